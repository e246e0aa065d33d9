"""Checks at the door: every public function refuses bad input here, quoting what it got."""

import operator
from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import ArrayLike


def require_x64() -> None:
    """Raise if 64-bit floats, which `import ntklib` turned on, were turned off again."""
    if not jax.config.read("jax_enable_x64"):
        raise ValueError(
            "jax_enable_x64 is False, and this computation loses all its digits in 32 bits; "
            "call jax.config.update('jax_enable_x64', True)"
        )


def finite(name: str, values: ArrayLike | Sequence[float]) -> np.ndarray:
    """Return `values` as a float64 array; raise if an entry is not a finite number."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {values!r}") from error
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        place = f" at index {where}" if where else ""
        raise ValueError(f"{name} must be finite, got {array[where]}{place}")
    return array


def between(name: str, values: ArrayLike, low: float, high: float, hint: str = "") -> np.ndarray:
    """Return `values` as float64; raise if one of them lies outside [low, high]."""
    array = finite(name, values)
    outside = (array < low) | (array > high)
    if outside.any():
        raise ValueError(f"{name} must lie in [{low}, {high}], got {array[outside][0]}{hint}")
    return array


def rows(name: str, x: ArrayLike) -> np.ndarray:
    """Return `x` as a float64 matrix of nonzero data rows, shape (n, d)."""
    array = finite(name, x)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} must have shape (n, d) with n, d >= 1, got shape {array.shape}")
    zero = np.flatnonzero(~array.any(axis=1))
    if zero.size:
        raise ValueError(
            f"{name} must not contain the zero vector (it has no angle), got row {zero[0]} = 0"
        )
    return array


def row_pair(x1: ArrayLike, x2: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Return both data matrices, the second being the first if it is None."""
    first = rows("x1", x1)
    second = first if x2 is None else rows("x2", x2)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"x1 and x2 must have rows of one length, got shapes {first.shape} and {second.shape}"
        )
    return first, second


def count(name: str, value: int, least: int = 0) -> int:
    """Return an integer; raise unless it is one and at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}") from None
    if number < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {number}")
    return number


def depths(value: int | Sequence[int]) -> tuple[int, ...]:
    """Return one or several numbers of hidden layers as a tuple."""
    sequence: Sequence = value if np.ndim(value) else (value,)  # type: ignore[assignment]
    if len(sequence) == 0:
        raise ValueError(f"depth must hold at least one integer, got {value!r}")
    return tuple(count("depth", each) for each in sequence)


def square(name: str, kernel: ArrayLike) -> np.ndarray:
    """Return `kernel` as a symmetric float64 matrix; raise if it is not one."""
    matrix = finite(name, kernel)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"{name} must have shape (n, n) with n >= 1, got shape {matrix.shape}")
    asymmetry = float(np.abs(matrix - matrix.T).max())
    if asymmetry > 1e-8 * float(np.abs(matrix).max()):
        raise ValueError(f"{name} must be symmetric, but |K - K^T| reaches {asymmetry:.3g}")
    return matrix
