"""The dual of ELU and SELU, by Owen's T function.

sigma(z) = scale * (z for z > 0, alpha (e^z - 1) for z <= 0). A factor e^{a u + b v} in a
Gaussian average tilts it: it moves the means of u and v and leaves the covariance. What remains
are probabilities and first moments of a quadrant, and those are Owen's T.

With r = sqrt(1 - rho^2), a quadrant that is tilted by (a, b) ends at
h = -(a s1 + b rho s2), k = -(a rho s1 + b s2) standard deviations, and k - rho h = -b s2 r^2
exactly: nothing cancels, also where rho is nearly 1.
"""

import math
from types import ModuleType

import numpy as np
from scipy.special import ndtr, owens_t

SMALLEST_DEVIATION = 0.1  # below, four quadrants cancel to s^2 of their size in `dual`
LARGEST_DEVIATION = 2.0  # beyond, the tilt e^{2 s^2} magnifies rounding above 1e-12
DENSITY_AT_ZERO = 1 / math.sqrt(2 * math.pi)


def dual(
    xp: ModuleType, rho: np.ndarray, s1: float, s2: float, alpha: float, scale: float
) -> np.ndarray:
    """Return E[sigma(u) sigma(v)] for standard deviations s1, s2 and correlation rho."""
    arc = np.sqrt((1 - rho) * (1 + rho)) + rho * (math.pi / 2 + np.arcsin(rho))
    both_positive = s1 * s2 * arc / (2 * math.pi)
    mixed = _positive_times_exponential(rho, s1, s2) + _positive_times_exponential(rho, s2, s1)
    both_negative = (
        tilted_quadrant(rho, s1, s2, 1, 1)
        - tilted_quadrant(rho, s1, s2, 1, 0)
        - tilted_quadrant(rho, s1, s2, 0, 1)
        + tilted_quadrant(rho, s1, s2, 0, 0)
    )
    return scale**2 * (both_positive + alpha * mixed + alpha**2 * both_negative)


def dual_of_slope(
    xp: ModuleType, rho: np.ndarray, s1: float, s2: float, alpha: float, scale: float
) -> np.ndarray:
    """Return E[sigma'(u) sigma'(v)], with sigma' = scale (1 above 0, alpha e^z below)."""
    both_positive = tilted_quadrant(rho, s1, s2, 0, 0)
    mixed = (
        _half_plane(s2) + _half_plane(s1)
        - tilted_quadrant(rho, s1, s2, 0, 1) - tilted_quadrant(rho, s1, s2, 1, 0)
    )  # fmt: skip
    both_negative = tilted_quadrant(rho, s1, s2, 1, 1)
    return scale**2 * (both_positive + alpha * mixed + alpha**2 * both_negative)


def tilted_quadrant(rho: np.ndarray, s1: float, s2: float, a: int, b: int) -> np.ndarray:
    """Return E[exp(a u + b v); u < 0, v < 0] for a, b in {0, 1}."""
    rest = np.sqrt((1 - rho) * (1 + rho))
    if not (a or b):
        return 0.25 + np.arcsin(rho) / (2 * math.pi)
    difference = a * s1 - b * s2  # a s1 + b rho s2 cancels at rho = -1; 1 + rho is exact there
    h, k = -difference - b * (1 + rho) * s2, difference - a * (1 + rho) * s1
    probability = (ndtr(h) + ndtr(k)) / 2
    probability -= _owens_t(h, -b * s2 * rest) + _owens_t(k, -a * s1 * rest)
    probability -= (h * k < 0) / 2
    tilt = (a * s1) ** 2 + 2 * a * b * rho * s1 * s2 + (b * s2) ** 2
    return np.exp(tilt / 2) * probability


def _owens_t(place: np.ndarray, rise: np.ndarray) -> np.ndarray:
    """Return T(place, rise / place); at place 0, its limit from below, where rise < 0."""
    at_zero = place == 0
    slope = np.where(at_zero, np.inf, rise / np.where(at_zero, 1, place))
    return owens_t(place, slope)


def _half_plane(s: float) -> float:
    """Return E[e^v; v < 0]."""
    return math.exp(s * s / 2) * float(ndtr(-s))


def _positive_times_exponential(rho: np.ndarray, s1: float, s2: float) -> np.ndarray:
    """Return E[u (e^v - 1); u > 0, v < 0]."""
    rest = np.sqrt((1 - rho) * (1 + rho))
    quadrant = _half_plane(s2) - tilted_quadrant(rho, s1, s2, 0, 1)
    # Integration by parts in u, under the density that e^v has tilted.
    density = DENSITY_AT_ZERO * (ndtr(-s2 * rest) * np.exp((1 - rho * rho) * s2 * s2 / 2) - rho / 2)
    return s1 * (rho * s2 * quadrant + density - DENSITY_AT_ZERO * (1 - rho) / 2)
