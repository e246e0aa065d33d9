"""The data sets of the book, as unit-norm rows."""

from functools import cache

import numpy as np
from jaxtyping import Float
from numpy.typing import NDArray

Rows = Float[NDArray[np.float64], "n d"]


def digits(count: int | None = None) -> Rows:
    """Return scikit-learn's handwritten digits, 64 pixels each, scaled to unit norm.

    Args:
        count: how many, from the start of the file; all 1797 by default.

    Raises:
        ValueError: if count is not between 1 and 1797; the message quotes it.
    """
    images = _all_digits()
    if count is None:
        return images.copy()
    if not 1 <= count <= len(images):
        raise ValueError(f"count must lie between 1 and {len(images)}, got {count!r}")
    return images[:count].copy()


def digit_labels(count: int | None = None) -> NDArray[np.int64]:
    """Return the digit, 0 to 9, that each row of :func:`digits` shows."""
    from sklearn.datasets import load_digits

    return load_digits().target[: len(digits(count))].astype(np.int64)


def gauss(n: int, d: int, seed: int = 0) -> Rows:
    """Return n directions in d dimensions, uniform on the sphere.

    The rows are ``numpy.random.default_rng(seed).standard_normal((n, d))``, normalised.

    Raises:
        ValueError: if n or d is below 1; the message quotes it.

    >>> gauss(2, 3).round(4).tolist()
    [[0.1888, -0.1984, 0.9618], [0.1602, -0.8181, 0.5523]]
    """
    _check_counts(n=n, d=d)
    return _unit(np.random.default_rng(seed).standard_normal((n, d)))


def near_duplicates(n: int, d: int, *, angle: float, seed: int = 0) -> Rows:
    """Return n pairs of directions in d dimensions, the two of a pair ``angle`` radians apart.

    Row 2i is uniform on the sphere and row 2i + 1 = cos(angle) · row 2i + sin(angle) · e, with e
    a random unit vector orthogonal to it. The shape is (2n, d).

    Args:
        n: number of pairs.
        d: dimension, at least 2.
        angle: in radians, above 0 and at most π/2.
        seed: of ``numpy.random.default_rng``.

    Raises:
        ValueError: if n, d or angle is out of range; the message quotes it.
    """
    _check_counts(n=n, d=d)
    if d < 2:
        raise ValueError(f"near duplicates need at least 2 dimensions, got d={d!r}")
    if not 0 < angle <= np.pi / 2:
        raise ValueError(f"angle must be above 0 and at most pi/2 radians, got {angle!r}")
    stream = np.random.default_rng(seed)
    first = _unit(stream.standard_normal((n, d)))
    other = stream.standard_normal((n, d))
    orthogonal = _unit(other - np.sum(first * other, axis=1, keepdims=True) * first)
    second = np.cos(angle) * first + np.sin(angle) * orthogonal
    return np.stack([first, second], axis=1).reshape(2 * n, d)


@cache
def _all_digits() -> Rows:
    """Read the digits once."""
    from sklearn.datasets import load_digits

    return _unit(load_digits().data.astype(np.float64))


def _unit(rows: Rows) -> Rows:
    """Scale every row to norm 1."""
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _check_counts(**counts: int) -> None:
    """Reject a count below 1, naming it."""
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"{name} must be at least 1, got {count!r}")
