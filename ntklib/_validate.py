"""Checks at the door: every public function refuses bad input here, quoting what it got.

`finite` and `between` let values through that `jax.jit`, `grad` or `vmap` is tracing: those
have no numbers to check yet. Everything else here needs the numbers and says so.
"""

import operator
import reprlib
from collections.abc import Sequence
from numbers import Real

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike

Values = ArrayLike | Sequence[float]
LARGEST_COUNT = 2**53  # beyond it a float no longer counts by ones


def require_x64() -> None:
    """Raise if 64-bit floats, which `import ntklib` turned on, were turned off again."""
    if not jax.config.read("jax_enable_x64"):
        raise ValueError(
            "jax_enable_x64 is False, and this computation loses all its digits in 32 bits; "
            "call jax.config.update('jax_enable_x64', True)"
        )


def traced(values: object) -> bool:
    """Return whether JAX is tracing `values`, or one of them, so that it has no value yet."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(values))


def finite(name: str, values: Values) -> np.ndarray | Array:
    """Return `values` as float64; raise if an entry is not a finite number."""
    if not traced(values):
        return known(name, values)
    array = jnp.asarray(values)
    if jnp.iscomplexobj(array):
        raise ValueError(f"{name} must be real numbers, got {array.dtype}")
    return array.astype(float)


def between(
    name: str, values: Values, low: float, high: float, hint: str = ""
) -> np.ndarray | Array:
    """Return `values` as float64 in [low, high]; raise if one lies outside.

    What lies outside by no more than four roundings, of the type in which it came, is what
    arithmetic makes of the bound itself, and is moved onto it.
    """
    if traced(values):
        return finite(name, values)
    array = known(name, values)
    slack = 4 * epsilon(values) * max(abs(low), abs(high))
    outside = (array < low - slack) | (array > high + slack)
    if outside.any():
        raise ValueError(f"{name} must lie in [{low}, {high}], got {array[outside][0]}{hint}")
    return np.clip(array, low, high, out=array)


def known(name: str, values: Values) -> np.ndarray:
    """Return `values` as a new float64 array; raise as `finite`, or if it is traced."""
    if traced(values):
        raise ValueError(f"{name} must be known here, outside jax.jit, grad and vmap")
    try:
        array = _real(name, values).astype(np.float64)
    except OverflowError:
        raise ValueError(f"{name} must be numbers that 64-bit floats hold") from None
    bad = np.argwhere(~np.isfinite(array))
    if len(bad):
        where = tuple(int(i) for i in bad[0])
        place = f" at index {where}" if where else ""
        raise ValueError(f"{name} must be finite, got {array[where]}{place}")
    return array


def epsilon(values: Values) -> float:
    """Return the relative rounding of the type in which numbers came, at least float64's."""
    dtype = np.asarray(values).dtype
    if not jnp.issubdtype(dtype, np.floating):
        dtype = np.dtype(np.float64)
    return max(float(jnp.finfo(dtype).eps), float(np.finfo(np.float64).eps))


def number(name: str, value: ArrayLike) -> float:
    """Return one finite number as a plain float."""
    array = known(name, value)
    if array.ndim:
        raise ValueError(f"{name} must be one number, got {reprlib.repr(value)}")
    return float(array)


def positive(name: str, value: ArrayLike) -> float:
    """Return one finite number above zero as a plain float."""
    size = number(name, value)
    if size <= 0:
        raise ValueError(f"{name} must be positive, got {size}")
    return size


def numbers(name: str, values: Sequence[float]) -> tuple[float, ...]:
    """Return a sequence of finite numbers as a tuple of plain floats."""
    array = known(name, values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be a tuple of numbers, got {reprlib.repr(values)}")
    return tuple(array.tolist())


def rows(name: str, x: ArrayLike) -> np.ndarray:
    """Return `x` as a float64 matrix of nonzero data rows, shape (n, d)."""
    array = known(name, x)
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
    """Return an integer; raise unless it is one, at least `least`, and no truth value."""
    if traced(value):
        raise ValueError(f"{name} must be known here, outside jax.jit, grad and vmap")
    try:
        if jnp.issubdtype(getattr(value, "dtype", type(value)), np.bool_):
            raise TypeError
        integer = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}") from None
    if integer < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {integer}")
    if integer > LARGEST_COUNT:
        raise ValueError(f"{name} must be an integer of at most 2**53, got {integer}")
    return integer


def depths(value: int | Sequence[int]) -> tuple[int, ...]:
    """Return one or several numbers of hidden layers as a tuple."""
    sequence: Sequence = value if np.ndim(value) else (value,)  # type: ignore[assignment]
    if len(sequence) == 0:
        raise ValueError(f"depth must hold at least one integer, got {value!r}")
    return tuple(count("depth", each) for each in sequence)


def square(name: str, kernel: ArrayLike) -> np.ndarray:
    """Return (K + K^T) / 2 in float64; raise unless K is square and nearly symmetric.

    Nearly: to half the digits of the type in which it came, relative to its largest entry.
    """
    matrix = known(name, kernel)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"{name} must have shape (n, n) with n >= 1, got shape {matrix.shape}")
    half = matrix / 2  # halved before anything is added, lest it overflow
    asymmetry = 2 * float(np.abs(half - half.T).max())
    if asymmetry > epsilon(kernel) ** 0.5 * float(np.abs(matrix).max()):
        raise ValueError(f"{name} must be symmetric, but |K - K^T| reaches {asymmetry:.3g}")
    return half + half.T


def _real(name: str, values: Values) -> np.ndarray:
    """Return real numbers as an array of their own type (texts and None would convert too)."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):
        array = np.array(None)
    kinds = (np.bool_, np.integer, np.floating)
    if any(jnp.issubdtype(array.dtype, kind) for kind in kinds):
        return array
    if array.dtype == object and all(isinstance(entry, Real) for entry in array.flat):
        return array
    kind = "real numbers" if jnp.issubdtype(array.dtype, np.complexfloating) else "numbers"
    raise ValueError(f"{name} must be {kind}, got {reprlib.repr(values)}")
