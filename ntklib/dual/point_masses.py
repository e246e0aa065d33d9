"""What point masses add to a dual: averages on lines and at points of the Gaussian plane."""

import math

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.dual.double_integral import Piecewise, conditional_mean
from ntklib.dual.near_ends import breaks
from ntklib.gaussian import evaluate, table


def from_point_masses(
    activation: Activation, deviations: tuple[float, float], rho: Float[np.ndarray, "..."]
) -> Float[np.ndarray, "..."]:
    """Return E[f(u) f(v)] - E[g(u) g(v)] for f = g + point masses.

    With masses m_i at b_i and p the density of u, it is the sum of m_i p(b_i) E[g(v) | u = b_i],
    the same with u and v exchanged, and m_i m_j times the joint density at (b_i, b_j), which is
    infinite at |rho| = 1 if the two points lie on the line that u and v are on then.
    """
    total = np.zeros(np.shape(rho))
    for at, mass in activation.point_masses:
        for one, other in (deviations, deviations[::-1]):
            total += mass * _density(at / one) / one * _given(activation, at / one, other, rho)
        for another, weight in activation.point_masses:
            joint = _joint_density(at / deviations[0], another / deviations[1], rho)
            total += mass * weight / math.prod(deviations) * joint
    return total


def _given(activation: Activation, place: float, deviation: float, rho: np.ndarray) -> np.ndarray:
    """Return E[g(v)] where the other standardised variable is known to be at `place`."""
    tabulated = table(activation, deviation**2)
    g = Piecewise(
        lambda x: evaluate(activation, deviation * x),
        breaks(tabulated.edges, tabulated.kinks),
        tabulated.kinks,
    )
    flat = np.ravel(rho)
    spreads = np.sqrt((1 - flat) * (1 + flat))
    return conditional_mean(g, place * flat, spreads).reshape(np.shape(rho))


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _joint_density(x: float, y: float, rho: np.ndarray) -> np.ndarray:
    """Return the bivariate standard normal density, in its limit at |rho| = 1."""
    rest = (1 - rho) * (1 + rho)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = -((x - rho * y) ** 2) / (2 * rest)
        density = np.exp(np.where(np.isnan(exponent), 0.0, exponent) - y * y / 2)
        density = density / (2 * math.pi * np.sqrt(rest))
    return np.where((rest == 0) & (x != rho * y), 0.0, density)
