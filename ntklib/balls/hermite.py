"""Hermite coefficients with all their digits, also where they are far below 1e-16.

The trapezoidal rule on the whole line converges faster than any power of its step for a function
that is analytic beside it: the error at step h is of order exp(-2 pi y / h) for every strip
|Im z| <= y in which the function is analytic and tame. So halving the step squares the error,
nearly: once it has changed the sums by 2^-(3/5 b), what is left is below 2^-b. The sums cancel
down to a_k, which costs as many digits as a_k is small; they are carried.

The recursion of the Hermite functions is stable, but balls would not know: their radii grow as if
all roundings had one sign. So that part runs in integers that count units of 2^-bits, where a
thousand steps lose a dozen bits of the guard.
"""

import math
from typing import NamedTuple

import numpy as np
from flint import arb, ctx

from ntklib.activations import Activation
from ntklib.balls.evaluation import BallFunction, ball_function
from ntklib.caching import remembered
from ntklib.dual import decay_law

GUARD = 40  # bits carried beyond those asked for
FIRST_STEP = 0.25
MOST_HALVINGS = 9
SETTLED = 0.6  # part of the bits up to which sums must have settled before the last halving
LEAST_DEGREE, MOST_DEGREE = 64, 4096
MOST_BITS = 1024


class BallSeries(NamedTuple):
    """The Hermite expansion of a function, in balls.

    Attributes:
        coefficients: a_0, ..., a_degree.
        energy: E[f^2], the sum of all a_k^2.
        bits: Absolute errors of the coefficients are about 2^-bits.
    """

    coefficients: tuple[arb, ...]
    energy: arb
    bits: int

    @property
    def squares(self) -> list[arb]:
        """Squares of the coefficients, which are those of the dual as a power series."""
        with ctx.workprec(2 * self.bits + GUARD):
            return [a * a for a in self.coefficients]

    @property
    def tail(self) -> float:
        """A bound on the energy beyond the coefficients, never below 2^-bits."""
        with ctx.workprec(2 * self.bits + GUARD):
            left = self.energy - sum(self.squares, arb(0))
        return max(float(left.abs_upper()), 2.0 ** -min(self.bits, 1000))


class _Sums(NamedTuple):
    """Trapezoidal sums of f h_k, and of f^2."""

    moments: list[arb]
    energy: arb

    def mean(self, other: "_Sums") -> "_Sums":
        pairs = zip(self.moments, other.moments, strict=True)
        return _Sums([(a + b) / 2 for a, b in pairs], (self.energy + other.energy) / 2)

    def distance(self, other: "_Sums") -> float:
        pairs = zip([*self.moments, self.energy], [*other.moments, other.energy], strict=True)
        return max(float((a - b).abs_upper()) for a, b in pairs)


@remembered(64)
def ball_series(activation: Activation, degree: int, bits: int) -> BallSeries:
    """Return Hermite coefficients of a function without kinks, to 2^-bits.

    The error in each ball is 2^-bits and the rounding. That the step is small enough is judged
    by how the sums settle (see above), not proved.

    Args:
        activation: A function that is analytic in a strip about the real axis, such as sigma or
            sigma' of a smooth activation; point masses are none.
        degree: Highest degree.
        bits: Of absolute accuracy, relative to sqrt(E[f^2]) of order 1.

    Raises:
        UnknownOperationError: If the function cannot be evaluated in balls.
        ValueError: If it has kinks, or sums have not settled at a step of 2^-11.

    >>> from ntklib.activations import gelu
    >>> series = ball_series(gelu.derivative, 200, 256)
    >>> print((series.coefficients[199] ** 2).str(10, radius=False))
    5.693628919e-61
    """
    if activation.kinks:
        raise ValueError(f"{activation.name} has kinks at {activation.kinks}: no fast convergence")
    with ctx.workprec(bits + GUARD + degree.bit_length()):
        function = ball_function(activation)
        step = arb(FIRST_STEP)
        sums = _trapezoid(function, degree, bits, step, arb(0))
        for _ in range(MOST_HALVINGS):
            between = _trapezoid(function, degree, bits, step, step / 2)
            change = sums.distance(between) / 2
            sums, step = sums.mean(between), step / 2
            if change < 2.0 ** (-SETTLED * bits):
                return _with_error(sums, bits)
    raise ValueError(
        f"{activation.name} is so steep, or so close to a kink, that its Hermite coefficients "
        f"are not found to {bits} bits"
    )


def resolved_series(activation: Activation, bits: int) -> BallSeries:
    """Return a series as `ball_series`, long enough for its tail to fall below 2^-bits, nearly.

    Raises:
        ValueError: As `ball_series`, or if that takes a degree above 4096.
    """
    series = longest_series(activation, bits)
    if series.tail > 256 * 2.0 ** -min(bits, MOST_BITS):
        raise ValueError(
            f"the Hermite series of {activation.name} is too long: {series.tail:.1g} of its "
            f"energy is beyond degree {MOST_DEGREE}"
        )
    return series


def longest_series(activation: Activation, bits: int) -> BallSeries:
    """Return a series as `resolved_series`, or the one to degree 4096 if that is too short."""
    degree = _likely_degree(activation, bits)
    while True:
        series = ball_series(activation, degree, bits)
        if degree >= MOST_DEGREE or series.tail <= 256 * 2.0 ** -min(bits, MOST_BITS):
            return series
        degree = min(degree + degree // 2, MOST_DEGREE)


def _likely_degree(activation: Activation, bits: int) -> int:
    """Return where the tail should be down to 2^-bits, by the law of the coefficients."""
    try:
        kind, rate, _ = decay_law(activation)
    except ValueError:  # it oscillates too fast for a law to be seen
        return MOST_DEGREE
    nats = (bits - 4) * math.log(2)
    degree = {
        "finite": float(rate) + 2,
        "stretched": (nats / (2 * max(float(rate), 1e-3)) + 4) ** 2,
        "geometric": nats / math.log(max(float(rate), 1.001)) + 48,
    }.get(kind, LEAST_DEGREE)
    return int(min(max(degree, LEAST_DEGREE), MOST_DEGREE))


def _with_error(sums: _Sums, bits: int) -> BallSeries:
    error = arb(0, arb(2) ** -bits)
    return BallSeries(tuple(a + error for a in sums.moments), sums.energy + error, bits)


def _trapezoid(function: BallFunction, degree: int, bits: int, step: arb, offset: arb) -> _Sums:
    """Return step times the sums over all points offset + j step, j an integer.

    Left and right points are added first, as h_k is even or odd. (With offset 0 the origin would
    be counted twice, so it has half the weight.)
    """
    points = _points(bits, step, offset)
    density = step / (2 * arb.pi()).sqrt()
    weights = [density * (-x * x / 4).exp() for x in points]
    if offset.is_zero():
        weights[0] /= 2
    right, left = [function(x) for x in points], [function(-x) for x in points]
    sides = list(zip(right, left, weights, strict=True))
    halves = [(r + s) * w for r, s, w in sides], [(r - s) * w for r, s, w in sides]
    energy = sum(
        (
            (r * r + s * s) * w * (-x * x / 4).exp()
            for (r, s, w), x in zip(sides, points, strict=True)
        ),
        arb(0),
    )
    return _Sums(_moments(points, halves, degree), energy)


def _moments(points: list[arb], halves: tuple[list[arb], list[arb]], degree: int) -> list[arb]:
    """Return the sums of f h_k, with h_{k+1} = (x h_k - sqrt(k) h_{k-1}) / sqrt(k + 1).

    The h_k are scaled by exp(-x^2 / 4), which keeps them below 1.1.
    """
    shift = ctx.prec
    place, *parts = (_counted(each, shift) for each in (points, *halves))
    before, row = 0 * place, _counted([(-x * x / 4).exp() for x in points], shift)
    moments = [row.dot(parts[0])]
    for k in range(degree):
        up = _units(arb(k + 1).rsqrt(), shift)
        down = _units((arb(k) / (k + 1)).sqrt(), shift)
        before, row = row, (up * (place * row >> shift) - down * before) >> shift
        moments.append(row.dot(parts[(k + 1) % 2]))
    unit = arb(2) ** (-2 * shift)
    return [unit * arb(total) for total in moments]


def _counted(values: list[arb], shift: int) -> np.ndarray:
    """Return numbers as integers that count units of 2^-shift."""
    return np.array([_units(value, shift) for value in values], dtype=object)


def _units(value: arb, shift: int) -> int:
    mantissa, exponent = (int(part) for part in value.mid().man_exp())
    moved = exponent + shift
    return mantissa << moved if moved >= 0 else mantissa >> -moved


def _points(bits: int, step: arb, offset: arb) -> list[arb]:
    """Return the points from 0 on, as far as |h_k(x)| phi(x) <= exp(-x^2 / 4) is of account."""
    reach = 2 * math.sqrt((bits + GUARD) * math.log(2)) + 1
    return [offset + j * step for j in range(math.ceil(reach / float(step)) + 1)]
