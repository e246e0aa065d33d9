"""The Gram function of a smooth activation as a power series, as long as it takes."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.balls import longest_series
from ntklib.gram.degrees import gram_degrees

LEASTS = (1e-30, 1e-45, 1e-68, 1e-102, 1e-153, 1e-230, 1e-290)
GUARD, MOST_BITS = 12, 1024  # of the arithmetic
OUT_OF_REACH = 1e6  # factor by which what was left out may exceed what was asked for


class Series(NamedTuple):
    """Coefficients k a_k^2 of a Gram function and what they leave out.

    Attributes:
        coefficients: By degree k from 0; exactly zero where parity or degree of sigma says so.
        rest: Bound on the sum of all later ones, and on the errors of those that are there: 0 for
            a polynomial.
        last: Whether a longer series is out of reach.
    """

    coefficients: Float[np.ndarray, " m"]
    rest: float
    last: bool


def growing_series(activation: Activation) -> Iterator[Series]:
    """Yield longer and longer series, for activations without kinks.

    Raises:
        ValueError: If ball arithmetic cannot evaluate the activation.
    """
    even, odd = gram_degrees(activation)
    for least in LEASTS:
        found, rest = gram_coefficients(activation, least)
        coefficients = found.copy()
        for parity, top in enumerate((even, odd)):
            if top is not None:
                coefficients[parity if top < 0 else top + 2 :: 2] = 0.0
        if even is not None and odd is not None:
            yield Series(coefficients[: max(even, odd, 0) + 1], 0.0, True)
            return
        last = least == LEASTS[-1] or rest > OUT_OF_REACH * least
        yield Series(coefficients, rest, last)
        if last:
            return


def gram_coefficients(
    activation: Activation, least: float
) -> tuple[Float[np.ndarray, " m"], float]:
    """Return the coefficients k a_k^2 of a Gram function, each with its digits, and their tail.

    Args:
        activation: sigma, without kinks.
        least: The coefficients go on until all later ones together are below this number, or to
            degree 4096.

    Returns:
        Coefficients by degree k from 0, and a bound on the sum of all later ones.

    Raises:
        ValueError: As `ntklib.balls.ball_series`.

    >>> from ntklib.activations import gelu
    >>> coefficients, tail = gram_coefficients(gelu, 1e-60)
    >>> print(f"{coefficients[200]:.6e}", tail < 1e-60)
    5.693629e-61 True
    """
    bits = min(max(64, math.ceil(-math.log2(least)) + GUARD), MOST_BITS)
    series = longest_series(activation.derivative, bits)
    return np.array([0.0, *(float(square) for square in series.squares)]), series.tail


def series_of(activation: Activation) -> Series:
    """Return the first of the series."""
    return next(growing_series(activation))
