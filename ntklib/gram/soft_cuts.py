"""Minorants of a Gram function with kinks that fade away from the diagonal: soft cuts."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial.polynomial import polyval

from ntklib.gram.function import GramFunction
from ntklib.gram.matrix import UnitGram
from ntklib.panels import resolve

ROWS = 40  # that the search looks at
FEW = 4000  # angles up to which a minorant is evaluated at each of them
REACH = 0.925  # cosine up to which the degrees of the series are all there is
FINE = 1e-17  # tolerance of a minorant on panels, relative to Gamma(1)
ANGLE = 1e-13  # relative error of an angle
SHARPEST = 1e-100  # angle below which rows count as one
STEP = 0.25  # of the search, in the logarithm to base 2 of the width
COARSE = 6  # steps between the widths that are tried first
BEYOND = 4.0  # how far the search goes below the square of the smallest angle, in that logarithm
HIGHEST = 3  # order of a kink beyond which the search starts at the same power
GAIN = 0.05  # by which another step must improve the bound


class SoftCut(NamedTuple):
    """H(rho) = sum_k k a_k^2 (1 - q^k)^s rho^k, whose coefficients lie below those of Gamma.

    By the binomial theorem H(rho) = sum_i (-1)^i binom(s, i) Gamma(q^i rho): no coefficient is
    needed. Low degrees, which fill the matrix, are damped by (k (1 - q))^s; degrees beyond
    1 / (1 - q), which see only close rows, are kept.

    Attributes:
        gamma: The Gram function.
        power: s.
        width: 1 - q, in (0, 1).
    """

    gamma: GramFunction
    power: int
    width: float

    def __call__(self, theta: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """Return H(cos theta)."""
        return self.with_error(theta)[0]

    def with_error(self, theta: Float[np.ndarray, " m"]) -> tuple[np.ndarray, np.ndarray]:
        """Return H(cos theta) and a bound on its error."""
        cosine = np.cos(theta)
        near = np.abs(cosine) > REACH
        value, error = np.empty((2, theta.size))
        value[near], error[near] = self._from_differences(theta[near])
        value[~near], error[~near] = self._from_series(cosine[~near])
        return value, error

    def _from_series(self, cosine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the sum over k, which loses no digits to cancellation."""
        coefficients, errors = self.gamma.series
        k = np.arange(len(coefficients))
        kept = (-np.expm1(k * math.log1p(-self.width))) ** self.power
        largest = kept * REACH**k
        error = float(largest @ errors) + self.gamma.at_one * float(largest[-1])
        return polyval(cosine, kept * coefficients), np.full(cosine.shape, error)

    def _from_differences(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the sum of binomials, from which Gamma(1) may be subtracted everywhere."""
        value, error = np.zeros_like(theta), np.zeros_like(theta)
        for i in range(self.power + 1):
            weight, angle = math.comb(self.power, i), self._tilted(theta, i)
            drop = self.gamma.drop(angle)
            value -= (-1) ** i * weight * drop
            error += weight * self.gamma.drop_error(angle, drop)
        return value, error

    def _tilted(self, theta: np.ndarray, i: int) -> np.ndarray:
        """Return the angle whose cosine is q^i cos theta, also where both are small."""
        if i == 0:
            return theta
        rest = -math.expm1(i * math.log1p(-self.width))  # 1 - q^i
        sine = rest / 2 + (1 - rest) * np.sin(theta / 2) ** 2
        cosine = rest / 2 + (1 - rest) * np.cos(theta / 2) ** 2
        return 2 * np.arctan2(np.sqrt(sine), np.sqrt(cosine))


def by_soft_cuts(gram: UnitGram) -> float:
    """Return Gershgorin's bound for the best soft cut of the matrix on rows of length 1.

    The search looks at the most crowded rows alone; the bound that is returned, at all of them.
    """
    gamma, angles = GramFunction(gram.activation), gram.angles.copy()
    np.fill_diagonal(angles, math.nan)
    if np.nanmin(angles) < SHARPEST:
        return 0.0
    crowded = np.argsort(-np.nansum(1 / np.maximum(np.sin(angles), SHARPEST) ** 2, axis=1))
    return gershgorin(_best(gamma, angles[crowded[:ROWS]]), angles)


def _best(gamma: GramFunction, angles: Float[np.ndarray, "rows n"]) -> SoftCut:
    """Return the soft cut with the best bound on some rows, by steps uphill in s and log(1 - q).

    With a larger s the width that is best grows, by a quarter octave or two.
    """

    def cut(place: tuple[int, int]) -> SoftCut:
        return SoftCut(gamma, place[0], 2.0 ** (-place[1] * STEP))

    @cache
    def bound(place: tuple[int, int]) -> float:
        return gershgorin(cut(place), angles) if min(place) > 0 else -1.0

    order = int(min(gamma.activation.jump_order, HIGHEST))
    last = math.ceil((BEYOND - 2 * math.log2(min(np.nanmin(angles), 1.0))) / STEP)
    best = max(((2 * order + 2, t) for t in range(2, last, COARSE)), key=bound)
    while bound(best) > 0:
        s, t = best
        moves = [(s, t - 1), (s, t + 1), (s + 1, t), (s + 1, t - 2), (s - 1, t), (s - 1, t + 2)]
        better = max(moves, key=bound)
        if bound(better) <= bound(best) * (1 + GAIN):
            break
        best = better
    return cut(best)


def gershgorin(cut: SoftCut, angles: Float[np.ndarray, "rows n"]) -> float:
    """Return H(1) - max_i sum_{j != i} |H(rho_ij)|, rounded down, or 0 if that is negative.

    Args:
        cut: H.
        angles: Some rows of the matrix of angles, nan where j = i.
    """
    centre, error = (float(each[0]) for each in cut.with_error(np.zeros(1)))
    others = ~np.isnan(angles)
    if centre <= error or not others.any():
        return max(centre - error, 0.0)
    sizes = np.zeros(angles.shape)
    sizes[others] = _sizes(cut, angles[others])
    return max(centre - error - float(sizes.sum(axis=1).max()), 0.0)


def _sizes(cut: SoftCut, angles: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
    """Return bounds on |H| at all angles, from panels if they are many."""
    if angles.size <= FEW:
        values, errors = cut.with_error(angles)
        return np.abs(values) + errors
    edges = _graded(float(angles.min()) * (1 - ANGLE), math.pi - float(angles.max()))
    panels = resolve(
        cut.__call__,
        edges,
        size=cut.gamma.at_one,
        tolerance=FINE,
        refuse_kinks=False,
        most_cuts=12,
    )
    errors = cut.with_error(panels.edges)[1]
    of_panel = 2 * panels.residuals + np.maximum(errors[1:], errors[:-1])
    panel = np.clip(np.searchsorted(panels.edges, angles) - 1, 0, len(of_panel) - 1)
    return np.abs(panels(angles)) + of_panel[panel]


def _graded(low: float, rest: float) -> np.ndarray:
    """Return edges from `low` to pi that double in distance from 0, and from pi down to `rest`."""
    near, opposite = (
        np.geomspace(least, math.pi / 2, 2 - math.floor(math.log2(least)))
        for least in (min(low, 1.0), min(max(rest, 1e-8), 1.0))
    )
    return np.concatenate([near, (math.pi - opposite[-2::-1]), [math.pi]])
