"""One way to write a number in the book."""

import math
from decimal import Decimal
from typing import SupportsFloat

PLAIN = range(-5, 6)
"""Decimal exponents for which a number is written out, without a power of ten."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: SupportsFloat, digits: int = 4) -> str:
    """Write a value with so many significant digits, as running text.

    Trailing zeros count as digits and stay; an integer shorter than ``digits`` is written as it
    is. Outside 1e-5 to 1e6 the number gets a power of ten.

    Args:
        value: anything with ``__float__``: a Python or NumPy number, an array of one element, an
            estimate.
        digits: significant digits, 1 to 17.

    Raises:
        ValueError: if the value is not a number or digits is out of range; the message quotes it.

    >>> number(16.71779955, 5), number(-0.5, 2), number(64), number(2.5e-9, 2)
    ('16.718', '−0.50', '64', '2.5 × 10⁻⁹')
    """
    if not 1 <= digits <= 17:
        raise ValueError(f"digits must lie between 1 and 17, got {digits!r}")
    as_float = float(value)
    if math.isnan(as_float):
        raise ValueError(f"cannot write {value!r}: it is not a number")
    if math.isinf(as_float):
        return "−∞" if as_float < 0 else "∞"
    if _is_integer(value) and abs(int(as_float)) < 10**digits:
        return str(int(as_float)).replace("-", "−")
    return _significant(as_float, digits).replace("-", "−")


def _is_integer(value: SupportsFloat) -> bool:
    """Whether the value is of an integer type, NumPy's included."""
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    return isinstance(value, int) or kind in {"i", "u"}


def _significant(value: float, digits: int) -> str:
    """Round to so many digits and choose between decimals and a power of ten."""
    mantissa, exponent_text = f"{value:.{digits - 1}e}".split("e")
    exponent = int(exponent_text)
    if value == 0 or exponent in PLAIN:
        rounded = Decimal(f"{mantissa}e{exponent}")
        return f"{rounded:.{max(digits - 1 - exponent, 0)}f}"
    return f"{mantissa} × 10{superscript(exponent)}"


def superscript(exponent: int) -> str:
    """Write an integer in superscript characters.

    >>> superscript(-12)
    '⁻¹²'
    """
    return str(exponent).translate(_SUPERSCRIPTS)
