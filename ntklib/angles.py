"""Norms and angles of data rows, accurate for rows that nearly coincide.

arccos of an inner product loses half the digits near 1: two rows 1e-9 apart come out 0 or
2e-8 apart. Rows that are scaled to length 1 lose digits too, as scaling rounds each of them
by itself. So where two rows x and z nearly point along one line, take z apart into c x and
the rest, which is perpendicular to x, without rounding c x; the angle is then

    arctan2(|z - c x|, c |x|),     c = <x, z> / <x, x>.
"""

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate

CLOSE = 1e-2  # below this 1 - |cos|, the inner product has lost digits and the pair is redone
CHUNK = 1 << 16  # numbers taken up at a time when close pairs are redone: they stay in cache
SPLITTER = 2.0**27 + 1  # cuts the 53 bits of a float into two halves


def norms_and_angles(
    x1: ArrayLike, x2: ArrayLike | None = None
) -> tuple[Float[np.ndarray, " n1"], Float[np.ndarray, " n2"], Float[np.ndarray, "n1 n2"]]:
    """Return the row norms of both data sets and the angles between their rows.

    Args:
        x1: Data, shape (n1, d).
        x2: Data, shape (n2, d); `x1` again if None.

    Returns:
        Norms of shapes (n1,) and (n2,), and angles in radians in [0, pi], shape (n1, n2).
        The angles are those of the rows exactly as given, with a relative error below
        1e-13. With `x2=None` they are symmetric with an exactly zero diagonal.

    Raises:
        ValueError: If a shape is wrong, an entry is not finite, a row is zero, or the data
            is traced by JAX (this runs on the host, in NumPy).

    >>> norms, _, angles = norms_and_angles([[1.0, 0.0], [2.0, 2.0]])
    >>> print(np.degrees(angles).round(6).tolist())
    [[0.0, 45.0], [45.0, 0.0]]
    """
    first, second = _validate.row_pair(x1, x2)
    scaled1, norms1, exponents1 = _scale(first)
    scaled2, norms2, exponents2 = (
        (scaled1, norms1, exponents1) if second is first else _scale(second)
    )
    cosines = (scaled1 / norms1[:, None]) @ (scaled2 / norms2[:, None]).T
    angles = np.arccos(np.clip(cosines, -1.0, 1.0))
    redo = 1 - np.abs(cosines) < CLOSE
    close = np.argwhere(np.triu(redo, 1) if x2 is None else redo)
    step = max(1, CHUNK // first.shape[1])
    for start in range(0, len(close), step):
        i, j = close[start : start + step].T
        angles[i, j] = _nearly_parallel(scaled1[i], scaled2[j])
    if x2 is None:
        upper = np.triu(angles, 1)
        angles = upper + upper.T
    return np.ldexp(norms1, exponents1), np.ldexp(norms2, exponents2), angles


def _scale(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return rows with entries below 1, their norms, and the exponents of 2 taken out.

    A power of two takes no digits away, and nothing overflows or underflows afterwards.
    """
    exponents = np.frexp(np.abs(x).max(axis=1))[1]
    scaled = np.ldexp(x, -exponents[:, None])
    return scaled, np.linalg.norm(scaled, axis=1), exponents


def _nearly_parallel(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Return the angles between rows of x and the rows of z beside them."""
    square = _inner(x, x)
    ratio = _inner(x, z) / square
    rest = _subtract_multiple(z, ratio[:, None], x)
    rest -= (_inner(x, rest) / square)[:, None] * x  # what the rounding of c left along x
    return np.arctan2(np.linalg.norm(rest, axis=1), ratio * np.sqrt(square))


def _inner(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", x, z)


def _subtract_multiple(z: np.ndarray, c: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return z - c x, with the rounding error of the product taken out (Dekker, 1971)."""
    product = c * x
    c_high, x_high = _high(c), _high(x)
    c_low, x_low = c - c_high, x - x_high
    error = ((c_high * x_high - product) + c_high * x_low + c_low * x_high) + c_low * x_low
    return (z - product) - error


def _high(x: np.ndarray) -> np.ndarray:
    """Return the upper half of the digits of every entry."""
    wide = SPLITTER * x
    return wide - (wide - x)
