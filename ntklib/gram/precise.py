"""Kernel matrices in ball arithmetic, from rows that are taken to be exactly what they are.

The dual of a smooth activation is its Hermite series, broken off where the rest is below what
is asked for; the rest is positive semidefinite, so that breaking off can only lower an
eigenvalue, and by no more than n times the energy left out. The leaky family and ReLU squared
have closed forms.
"""

from collections.abc import Callable
from typing import NamedTuple

from flint import arb, arb_mat, arb_poly, ctx

from ntklib.activations import Activation, Derivative, two_slopes
from ntklib.activations.functions import positive_square
from ntklib.balls import resolved_series
from ntklib.gram.matrix import UnitGram

Function = Callable[[arb], arb]


class BallDual(NamedTuple):
    """A dual in balls.

    Attributes:
        function: Of the correlation, a ball.
        energy: The value at 1, with nothing left out.
        tail: What the function lacks at correlation 1, at most.
    """

    function: Function
    energy: arb
    tail: float


def ball_dual(activation: Activation, bits: int) -> BallDual:
    """Return the dual of an activation, or of a derivative, to about 2^-bits.

    Raises:
        UnknownOperationError: If the activation is not known in ball arithmetic.
        ValueError: If it has kinks and no closed form, or its series is too long.
    """
    closed = _closed_form(activation)
    if closed is not None:
        return BallDual(closed, closed(arb(1)), 0.0)
    series = resolved_series(activation, bits)
    powers = arb_poly(series.squares)
    return BallDual(powers, series.energy, series.tail)


def ball_correlations(data: UnitGram) -> list[list[arb]]:
    """Return the correlations of the rows at the precision of `flint.ctx`; 1 on the diagonal."""
    rows = arb_mat([[arb(float(entry)) for entry in row] for row in data.rows])
    products = rows * rows.transpose()
    n = products.nrows()
    norms = [products[i, i].sqrt() for i in range(n)]
    return [
        [arb(1) if i == j else products[i, j] / (norms[i] * norms[j]) for j in range(n)]
        for i in range(n)
    ]


def symmetric(n: int, entry: Callable[[int, int], arb]) -> arb_mat:
    """Return a symmetric matrix of entries that are computed once."""
    matrix = arb_mat(n, n)
    for i in range(n):
        for j in range(i + 1):
            matrix[i, j] = matrix[j, i] = entry(i, j)
    return matrix


def ball_gram(data: UnitGram, bits: int) -> tuple[arb_mat, float]:
    """Return the Gram matrix of unit rows, and how much larger its eigenvalues may be.

    Raises:
        UnknownOperationError, ValueError: As `ball_dual`.
    """
    with ctx.workprec(bits + 32):
        slope = ball_dual(data.activation.derivative, bits)
        rho = ball_correlations(data)
        lengths = [arb(float(each)) for each in data.lengths]
        matrix = symmetric(
            len(rho),
            lambda i, j: lengths[i] * lengths[j] * rho[i][j] * slope.function(rho[i][j]),
        )
    return matrix, len(rho) * slope.tail * float(max(data.lengths)) ** 2


def _closed_form(activation: Activation) -> Function | None:
    """Return a dual in closed form: of the leaky family, ReLU squared and their derivatives."""
    fn = activation.fn
    if fn is two_slopes or (isinstance(fn, Derivative) and fn.fn is two_slopes):
        (slope,) = activation.params
        linear, kinked = ((1 + sign * arb(slope)) / 2 for sign in (1, -1))
        if isinstance(fn, Derivative):
            return lambda rho: linear**2 + kinked**2 * 2 * rho.asin() / arb.pi()
        return lambda rho: linear**2 * rho + kinked**2 * 2 * _arc(rho) / arb.pi()
    if isinstance(fn, Derivative) and fn.fn is positive_square:
        return lambda rho: rho + 2 * _arc(rho) / arb.pi()
    return None


def _arc(rho: arb) -> arb:
    """Return (pi / 2) E|u||v|."""
    return (1 - rho * rho).sqrt() + rho * rho.asin()
