"""The degrees of a Gram function: which powers of the correlation it is made of.

The Gram function Gamma(rho) = sum_k k a_k^2 rho^k has an even and an odd part. If one of them is a
polynomial of degree q, the functions x -> Gamma(x . z) of that parity lie in a space of dimension
binom(d + q - 1, q), the homogeneous polynomials of degree q in d variables.
"""

import math
from itertools import pairwise
from typing import NamedTuple

from flint import arb, ctx

from ntklib.activations import Activation
from ntklib.balls import UnknownOperationError, ball_function
from ntklib.caching import remembered

HIGHEST = 15  # degree up to which a polynomial is recognised
BITS = 400


class Degrees(NamedTuple):
    """The highest degrees of the two parts of a Gram function.

    Attributes:
        even: Of the even part: None if there are infinitely many, -1 if that part is zero.
        odd: Of the odd part.
    """

    even: int | None
    odd: int | None

    def room(self, dimension: int) -> tuple[float, float]:
        """Return how many independent functions the two parts have on a sphere."""
        even, odd = (_room(top, dimension) for top in self)
        return even, odd


@remembered(256)
def gram_degrees(activation: Activation) -> Degrees:
    """Return the degrees of a Gram function, from the two parts of sigma'.

    Unbounded is what it says where nothing else is certain: for a function that is not known in
    ball arithmetic, and for polynomials beyond degree 15.

    >>> from ntklib.activations import cubic, relu, swish, tanh
    >>> for sigma in (cubic, relu, tanh, swish):
    ...     print(sigma.name, *gram_degrees(sigma))
    cubic -1 3
    relu None 1
    tanh -1 None
    swish None 1
    """
    derivative = activation.derivative
    try:
        with ctx.workprec(BITS):
            function = ball_function(derivative)
            points = [arb(30 * j + 11) / 73 for j in range(HIGHEST + 5)] + [arb(37), arb(181)]
            right, left = [function(x) for x in points], [function(-x) for x in points]
            halves = [(a + b) / 2 for a, b in zip(right, left, strict=True)]
            rests = [(a - b) / (2 * x) for a, b, x in zip(right, left, points, strict=True)]
            squares = [x * x for x in points]
            even_slope, odd_slope = _degree(squares, halves), _degree(squares, rests)
    except (UnknownOperationError, ArithmeticError):
        return Degrees(None, None)
    even = None if odd_slope is None else (2 * odd_slope + 2 if odd_slope >= 0 else -1)
    odd = None if even_slope is None else (2 * even_slope + 1 if even_slope >= 0 else -1)
    return Degrees(even, odd)


def _degree(points: list[arb], values: list[arb]) -> int | None:
    """Return the degree of the polynomial through the points, -1 if zero, None if none fits.

    By divided differences: those beyond the degree vanish, at every point.
    """
    differences, leading = list(values), []
    for order in range(len(points)):
        leading.append(differences[0])
        differences = [
            (b - a) / (points[i + order + 1] - points[i])
            for i, (a, b) in enumerate(pairwise(differences))
        ]
    present = [k for k, each in enumerate(leading) if not _vanishes(each)]
    top = present[-1] if present else -1
    return top if 2 * top <= HIGHEST else None


def _vanishes(value: arb) -> bool:
    return bool(value.contains(0)) and float(value.abs_upper()) < 2.0 ** (-BITS / 4)


def _room(top: int | None, dimension: int) -> float:
    if top is None:
        return math.inf
    return 0 if top < 0 else math.comb(dimension + top - 1, top)
