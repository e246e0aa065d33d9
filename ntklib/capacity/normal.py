"""Averages over a standard normal variable of functions that bend sharply at zero.

Near capacity the integrands of the replica method turn a corner at z = 0, of a width that goes to
zero with the distance from capacity. The panels are therefore graded towards zero: Gauss-Hermite
quadrature, whose nodes stay a fixed distance apart, would lose all its digits there.
"""

import math
from functools import cache

import numpy as np
from jaxtyping import Float
from scipy.special import erfcx

from ntklib.panels import rule

REACH = 10.0  # standard deviations; what lies beyond has probability 2e-23
SMALLEST = 4.0**-13  # width of the panel at zero: corners down to 1e-8 are resolved
WIDTH = 1.5  # of the panels from 1 on
LONG_SERIES = 100.0  # beyond, the slope of the ratio is taken from its asymptotic series

Rule = tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]


@cache
def normal_rule(parts: int = 1) -> Rule:
    """Return nodes z and weights such that E[g(z)] is the sum of weights * g(nodes).

    Args:
        parts: Into how many pieces each panel is cut; two values differ by the error.
    """
    z, weights = half_rule(parts)
    return np.concatenate([-z[::-1], z]), np.concatenate([weights[::-1], weights]) / 2


@cache
def half_rule(parts: int = 1) -> Rule:
    """Return the nodes above zero, with weights that average an even function."""
    graded = SMALLEST * 4.0 ** np.arange(14)
    edges = np.concatenate([[0.0], graded, np.arange(1 + WIDTH, REACH + WIDTH / 2, WIDTH)])
    cuts = np.arange(parts) / parts
    fine = np.append((edges[:-1, None] + np.diff(edges)[:, None] * cuts).ravel(), edges[-1])
    nodes, weights = rule(fine)
    z = nodes.ravel()
    return z, 2 * weights.ravel() * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def mills(x: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return psi(x) = phi(x) / Phi(-x), the inverse Mills ratio: minus the slope of ln Phi(-x)."""
    return math.sqrt(2 / math.pi) / erfcx(np.asarray(x) / math.sqrt(2))


def mills_slope(x: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Return psi'(x) = psi(x) (psi(x) - x), between 0 and 1."""
    x = np.asarray(x, float)
    ratio = mills(np.minimum(x, LONG_SERIES))
    y = 1 / np.maximum(x, LONG_SERIES) ** 2
    far = 1 - y * (1 - y * (6 - y * (50 - 518 * y)))
    return np.where(x < LONG_SERIES, ratio * (ratio - x), far)
