"""The dual of any activation, tabulated once and then evaluated anywhere on [-1, 1].

Away from the ends it is the Hermite series to degree 400. Near the ends the series of an
activation with kinks converges too slowly; there the dual is a smooth function of
h = sin(theta / 2), which double integrals at a few nodes determine.
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial.polynomial import polyval

from ntklib.activations import Activation
from ntklib.dual.double_integral import Piecewise, half_squared_difference
from ntklib.dual.hermite import HermiteExpansion, energy, hermite_expansion
from ntklib.gaussian import WIDEST, evaluate, table
from ntklib.panels import Function, KinkError, Panels, resolve

DEGREE = 400
NEGLIGIBLE = 1e-15  # part of E[sigma^2] that may be left out
TOLERANCE = 4e-13  # of the double integrals
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
    near_one: Panels | None
    near_minus_one: Panels | None

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
        value = 1 - np.asarray(self(rho)) / self.size
        if self.near_one is not None:
            close = rho > self.reach
            value[close] = half[close] ** self.power * self.near_one(half[close])
        else:
            close = rho > 0.5
            powers = np.arange(len(self.products))[:, None] * np.log1p(-2 * half[close] ** 2)
            at_one = 0.0 if self.power else 1 - self.products.sum() / self.size
            value[close] = at_one - self.products @ np.expm1(powers) / self.size
        return value

    def _with_ends(self, value: np.ndarray, rho: np.ndarray, half: np.ndarray) -> np.ndarray:
        """Replace the series near the ends of the range, where it is too slow."""
        if self.near_one is not None and self.near_minus_one is not None:
            right, left = rho > self.reach, rho < -self.reach
            rise = half[right] ** self.power * self.near_one(half[right])
            value[right] = self.size * (1 - rise)
            value[left] = self.size * self.near_minus_one(half[left])
        return value


def dual_table(activation: Activation, variances: tuple[float, float] = (1.0, 1.0)) -> DualTable:
    """Return the dual of the function part of an activation, tabulated.

    Raises:
        ValueError: As `ntklib.gaussian.table`.
    """
    try:
        return _dual_table(activation, variances)
    except TypeError:  # a function that cannot be hashed
        return _dual_table.__wrapped__(activation, variances)


def normalized_piecewise(activation: Activation, variance: float) -> Piecewise:
    """Return z -> sigma(sqrt(variance) z), scaled to E[sigma^2] = 1, with its edges."""
    tabulated, root = table(activation, variance), math.sqrt(variance)
    factor = 1 / math.sqrt(energy(tabulated))
    fine = np.union1d(tabulated.kinks, _thinned(tabulated.edges))
    return Piecewise(
        lambda x: factor * evaluate(activation, root * x), tabulated.edges, fine, tabulated.kinks
    )


def _thinned(edges: np.ndarray) -> np.ndarray:
    """Return the ends of narrow panels; of a geometric sequence of them every other one.

    Panels halve towards a singularity. The nodes of one panel reach over four halvings as well,
    and the innermost ones, too small to matter here, are left out.
    """
    widths = np.diff(edges)
    narrow = np.flatnonzero((widths < 0.4 * WIDEST) & (widths > 1e-9))
    candidates = edges[np.union1d(narrow, narrow + 1)]
    steps = np.diff(candidates, prepend=-np.inf, append=np.inf)
    ratio = np.minimum(steps[1:], steps[:-1]) / np.maximum(steps[1:], steps[:-1])
    within = (ratio > 0.4) & (ratio < 0.6)  # between a panel and one of half its width
    return candidates[~within | (np.arange(len(candidates)) % 2 == 0)]


@lru_cache(maxsize=256)
def _dual_table(activation: Activation, variances: tuple[float, float]) -> DualTable:
    first, second = (hermite_expansion(activation, DEGREE, variance=v) for v in variances)
    energies = [energy(table(activation, v)) for v in variances]
    products, size = first.coefficients * second.coefficients, math.sqrt(math.prod(energies))
    power = (1 if activation.jump_order == 0 else 2) if variances[0] == variances[1] else 0
    tail = math.sqrt(_tail(first, energies[0]) * _tail(second, energies[1]))
    if tail <= NEGLIGIBLE * size:
        return DualTable(_trimmed(products, size), 1.0, size, power, None, None)
    reach = (NEGLIGIBLE * size / tail) ** (1 / DEGREE)
    f, g = (normalized_piecewise(activation, v) for v in variances)
    farthest = math.sqrt((1 - reach) / 2)
    ends = (
        _resolved(lambda h: half_squared_difference(f, g, h) / h**power, farthest, power),
        _resolved(lambda h: 1 - half_squared_difference(f, g.reflected(), h), farthest, 0),
    )
    return DualTable(products, reach, size, power, *ends)


def _resolved(function: Callable[[float], float], farthest: float, power: int) -> Panels:
    """Return panels to relative accuracy, or absolute where a singularity forbids it."""

    def sampled(h: np.ndarray) -> np.ndarray:
        return np.array([function(float(each)) for each in h])

    try:
        return _cut(sampled, farthest, lambda h: np.ones_like(h), refuse_kinks=True)
    except KinkError:
        return _cut(sampled, farthest, lambda h: h**power, refuse_kinks=False)


def _cut(
    function: Function, farthest: float, importance: Function, *, refuse_kinks: bool
) -> Panels:
    return resolve(
        function,
        [0.0, farthest],
        importance=importance,
        graded=(0.0,) if refuse_kinks else (),
        tolerance=TOLERANCE,
        size=1.0,
        refuse_kinks=refuse_kinks,
    )


def _tail(expansion: HermiteExpansion, total: float) -> float:
    """Return the energy beyond the expansion, also where rounding hides it."""
    if expansion.tail > NOISE * total:
        return expansion.tail
    last = expansion.coefficients[-DEGREE // 8 :]
    return DEGREE * float((last**2).max())


def _trimmed(products: np.ndarray, size: float) -> np.ndarray:
    """Return the coefficients up to the last one that is not negligible."""
    large = np.flatnonzero(np.abs(products) > 1e-34 * size)
    return products[: large[-1] + 1] if large.size else products[:1]
