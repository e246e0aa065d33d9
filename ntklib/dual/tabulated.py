"""The dual of any activation, tabulated once and then evaluated anywhere on [-1, 1].

Away from the ends it is the Hermite series to degree 400. Near the ends the series of an
activation with kinks converges too slowly; there a smooth function of sin(theta / 2) takes over
(`near_ends`).
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial.polynomial import polyval

from ntklib.activations import Activation
from ntklib.caching import remembered
from ntklib.dual.hermite import HIGHEST, coefficients_of
from ntklib.dual.near_ends import NearEnd, near_minus_one, near_one, normalized_piecewise
from ntklib.gaussian import WIDEST, energy, table

DEGREE = 400
CHUNK = 1 << 12  # points at a time
LONG_SERIES = (4000, 16000)  # for functions that oscillate
OSCILLATING = 6.0  # within this many standard deviations
NEGLIGIBLE = 1e-15  # part of E[sigma^2] that may be left out
NOISE = 1e-13  # the tail of a series is known to this part of E[sigma^2]


class DualTable(NamedTuple):
    """The function rho -> E[sigma(u) sigma(v)] for fixed variances.

    Attributes:
        products: Coefficients of the power series in rho.
        reach: The series is used for |rho| up to here.
        size: sqrt(E[sigma(u)^2] E[sigma(v)^2]), what the dual is at most.
        power: Near rho = 1 the dual is size * (1 - h^power * near_one(h)).
        near_one: A smooth function of h on [0, sin(theta / 2) at `reach`], or None.
        near_minus_one: The dual over size at -rho as a function of h likewise, or None.
    """

    products: Float[np.ndarray, " degree"]
    reach: float
    size: float
    power: int
    near_one: NearEnd | None
    near_minus_one: NearEnd | None

    def __call__(self, rho: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return the dual at correlations in [-1, 1]."""
        rho = np.asarray(rho, float)
        value = np.asarray(polyval(np.clip(rho, -self.reach, self.reach), self.products))
        return self._with_ends(value, rho, np.sqrt((1 - np.abs(rho)) / 2))

    def gap(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return 1 - dual / size at angles in [0, pi].

        For equal variances this is zero at zero, and has its digits relative to itself.
        """
        theta = np.asarray(theta, float)
        half, rho = np.sin(theta / 2), np.cos(theta)
        value = np.array(1 - np.asarray(self(rho)) / self.size)
        if self.near_one is not None:
            close = rho > self.reach
            value[close] = half[close] ** self.power * self.near_one(half[close])
        else:
            close = rho > 0.5
            at_one = 0.0 if self.power else 1 - self.products.sum() / self.size
            value[close] = at_one - self._falls(np.log1p(-2 * half[close] ** 2)) / self.size
        return value

    def _falls(self, logarithms: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """Return the sum of products * (rho^k - 1) at correlations given by their logarithms."""
        degrees = np.arange(len(self.products))[:, None]
        falls = np.empty_like(logarithms)
        for start in range(0, len(logarithms), CHUNK):  # a matrix of degrees by points is large
            part = slice(start, start + CHUNK)
            falls[part] = self.products @ np.expm1(degrees * logarithms[part])
        return falls

    def _with_ends(self, value: np.ndarray, rho: np.ndarray, half: np.ndarray) -> np.ndarray:
        """Replace the series near the ends of the range, where it is too slow."""
        if self.near_one is not None and self.near_minus_one is not None:
            right, left = rho > self.reach, rho < -self.reach
            rise = half[right] ** self.power * self.near_one(half[right])
            value[right] = self.size * (1 - rise)
            value[left] = self.size * self.near_minus_one(half[left])
        return value


@remembered(256)
def dual_table(activation: Activation, variances: tuple[float, float] = (1.0, 1.0)) -> DualTable:
    """Return the dual of the function part of an activation, tabulated.

    Raises:
        ValueError: As `ntklib.gaussian.table`.
    """
    size = math.prod(math.sqrt(energy(table(activation, v))) for v in variances)
    power = (1 if activation.jump_order == 0 else 2) if variances[0] == variances[1] else 0
    for degree in _degrees(activation, variances):
        products, tail = _series(activation, variances, degree)
        if tail <= NEGLIGIBLE * size:
            return DualTable(_trimmed(products, size), 1.0, size, power, None, None)
    products, tail = _series(activation, variances, DEGREE)
    reach = (NEGLIGIBLE * size / tail) ** (1 / DEGREE)
    f, g = (normalized_piecewise(activation, v) for v in variances)
    farthest = math.sqrt((1 - reach) / 2)
    ends = near_one(f, g, farthest, power), near_minus_one(f, g, farthest)
    return DualTable(products, reach, size, power, *ends)


def _series(
    activation: Activation, variances: tuple[float, float], degree: int
) -> tuple[np.ndarray, float]:
    """Return the coefficients of the dual as a power series, and a bound on what is left."""
    tables = [table(activation, variance) for variance in variances]
    first, second = (coefficients_of(each, degree)[0] for each in tables)
    tail = _tail(first, energy(tables[0])) * _tail(second, energy(tables[1]))
    return first * second, math.sqrt(tail)


def _degrees(activation: Activation, variances: tuple[float, float]) -> list[int]:
    """Return to which degrees the series may be tried, ascending.

    With kinks it converges too slowly for more to be worthwhile. The panels resolve Hermite
    polynomials to a degree that goes with the inverse square of their width.
    """
    if activation.kinks:
        return [DEGREE]
    limit = math.inf
    for variance in variances:
        edges = table(activation, variance).edges
        widest = np.diff(edges[np.abs(edges) < OSCILLATING]).max()
        limit = min(limit, HIGHEST * (WIDEST / widest) ** 2)
    return [DEGREE, HIGHEST, *(d for d in LONG_SERIES if d <= limit)]


def _tail(coefficients: np.ndarray, total: float) -> float:
    """Return the energy beyond a series, also where rounding hides it."""
    tail = total - float(coefficients @ coefficients)
    if abs(tail) > NOISE * total:
        return abs(tail)
    degree = len(coefficients) - 1
    return degree * float((coefficients[-degree // 8 :] ** 2).max())


def _trimmed(products: np.ndarray, size: float) -> np.ndarray:
    """Return the coefficients up to the last one that is not negligible."""
    large = np.flatnonzero(np.abs(products) > 1e-34 * size)
    return products[: large[-1] + 1] if large.size else products[:1]
