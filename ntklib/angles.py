"""Norms and angles of data rows, accurate for rows that nearly coincide.

arccos of an inner product loses half the digits near 1: two rows 1e-9 apart come out 0 or
2e-8 apart. The half-angle form 2 arctan2(|u - v|, |u + v|) does not (Kahan, 2006).
"""

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate

CLOSE = 1e-2  # below this 1 - |cos|, the inner product has lost digits and the pair is redone
CHUNK = 1 << 22  # numbers gathered at a time when close pairs are redone, to bound memory


def norms_and_angles(
    x1: ArrayLike, x2: ArrayLike | None = None
) -> tuple[Float[np.ndarray, " n1"], Float[np.ndarray, " n2"], Float[np.ndarray, "n1 n2"]]:
    """Return the row norms of both data sets and the angles between their rows.

    Args:
        x1: Data, shape (n1, d).
        x2: Data, shape (n2, d); `x1` again if None.

    Returns:
        Norms of shapes (n1,) and (n2,), and angles in radians in [0, pi], shape (n1, n2),
        with a relative error below 1e-13. With `x2=None` the angles are symmetric with an
        exactly zero diagonal.

    Raises:
        ValueError: If a shape is wrong, an entry is not finite, or a row is zero.

    >>> norms, _, angles = norms_and_angles([[1.0, 0.0], [2.0, 2.0]])
    >>> print(np.degrees(angles).round(6).tolist())
    [[0.0, 45.0], [45.0, 0.0]]
    """
    first, second = _validate.row_pair(x1, x2)
    norms1, unit1 = _normalise(first)
    norms2, unit2 = _normalise(second)
    cosines = np.clip(unit1 @ unit2.T, -1.0, 1.0)
    angles = np.arccos(cosines)
    close = np.argwhere(1 - np.abs(cosines) < CLOSE)
    step = max(1, CHUNK // first.shape[1])
    for start in range(0, len(close), step):
        i, j = close[start : start + step].T
        u, v = unit1[i], unit2[j]
        apart = np.linalg.norm(u - v, axis=1)
        angles[i, j] = 2 * np.arctan2(apart, np.linalg.norm(u + v, axis=1))
    if x2 is None:
        angles = (angles + angles.T) / 2
        np.fill_diagonal(angles, 0.0)
    return norms1, norms2, angles


def _normalise(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row norms and unit rows, without overflow or underflow on the way."""
    largest = np.abs(x).max(axis=1)
    scaled = x / largest[:, None]
    norms = np.linalg.norm(scaled, axis=1)
    return largest * norms, scaled / norms[:, None]
