"""A number found by a numerical method, with its error."""

import math
from typing import Any, NoReturn, SupportsFloat


class Estimate(float):
    """A value, a bound or standard error for it, and how it was found.

    It *is* a float, so that it goes where a number goes: into arithmetic, comparisons, format
    strings, NumPy and JAX. What comes out of arithmetic is a plain float, since an error is not
    carried through formulas by itself: a class that seemed to would be believed. Two estimates
    are equal, and hash alike, if their values are.

    Args:
        value: The number; infinity is allowed, nan is not.
        error: Bound or standard error, >= 0, in the units of the value.
        method: How the value was found, in words.

    Raises:
        ValueError: If value or error is nan or no number, the error is negative, or the method
            is no text.

    >>> root = Estimate(1.41421356237, error=3e-12, method="bisection")
    >>> root
    Estimate(1.4142135623700 ± 3e-12, 'bisection')
    >>> f"{root:.3f}", root.error, root**2 < 2
    ('1.414', 3e-12, True)
    """

    __slots__ = ("error", "method")
    error: float
    method: str

    def __new__(cls, value: SupportsFloat, error: SupportsFloat, method: str) -> "Estimate":
        """Store the value as the float itself, and the rest beside it."""
        number, bound = _real("value", value), _real("error", error)
        if bound < 0:
            raise ValueError(f"error must be >= 0, got {bound}")
        if not isinstance(method, str):
            raise ValueError(f"method must be a text, got {method!r}")
        self = super().__new__(cls, number)
        object.__setattr__(self, "error", bound)
        object.__setattr__(self, "method", method)
        return self

    @property
    def value(self) -> float:
        """The number alone, a plain float."""
        return float(self)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an Estimate cannot be changed: {name} is set once")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an Estimate cannot be changed: {name} stays")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.value, self.error, self.method)

    def __copy__(self) -> "Estimate":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "Estimate":
        return self

    def __repr__(self) -> str:
        return f"Estimate({self}, {self.method!r})"

    def __str__(self) -> str:
        return f"{_shown(self.value, self.error)} ± {self.error:.2g}"


def _real(name: str, value: SupportsFloat) -> float:
    """Return a plain float that is not nan; numbers only, no texts."""
    if isinstance(value, str | bytes):
        raise ValueError(f"{name} must be a number, got {value!r}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, got {value!r}") from None
    if math.isnan(number):
        raise ValueError(f"{name} must not be nan")
    return number


def _shown(value: float, error: float) -> str:
    """Return a value in decimals down to the second digit of its error, as far as there are any.

    A value with no error, or with one far below its own rounding, is shown in full; a very
    large or small one in powers of ten.
    """
    if not (math.isfinite(value) and math.isfinite(error)) or error == 0 or value == 0:
        return repr(value)
    digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2
    if not 1 <= digits <= 16:
        return repr(value) if digits > 16 else f"{value:.1g}"
    size = math.floor(math.log10(abs(value)))
    if not -5 < size < 16:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(digits - 1 - size, 0)}f}"
