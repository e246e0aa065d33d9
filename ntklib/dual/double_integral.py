"""E[f(u) g(v)] by two nested integrals, for correlations near 1.

For u, v standard normal with correlation rho = 1 - 2 h^2, h = sin(theta / 2), write
v = rho u + s w with w independent of u and s = sqrt(1 - rho^2). The Hermite series converges
slowly here, and a quadrature on fixed nodes misses v's narrow neighbourhood of u. So integrate
over w between the points where g has a kink, then over u between the kinks of f and through the
layers of width s that the kinks of g leave in the inner integral.

What is integrated is (f(u) - g(v))^2 / 2: no digits cancel when f = g and h is small.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.panels import rule

OUTER_REACH, INNER_REACH = 11.0, 9.0  # standard deviations
LAYERS = np.array([-9.0, -7.0, -5.0, -3.5, -2.0, -1.0, 0.0, 1.0, 2.0, 3.5, 5.0, 7.0, 9.0])
INNER_WIDTH = 0.5  # of a panel, as a distance in v
LEAST_INNER_PANELS = 8
ROWS = 256  # of the outer rule at a time: a few megabytes

Function = Callable[[np.ndarray], np.ndarray]


class Piecewise(NamedTuple):
    """A function for Gaussian integration.

    Attributes:
        function: Vectorised.
        edges: Ends of panels on each of which the function is resolved.
        fine: Those of them that a coarse rule must not step over: kinks and their like.
        kinks: Where the function or a derivative jumps.
    """

    function: Function
    edges: Float[np.ndarray, " k"]
    fine: Float[np.ndarray, " l"]
    kinks: Float[np.ndarray, " j"]

    def reflected(self) -> "Piecewise":
        """Return x -> f(-x)."""
        function = self.function
        return Piecewise(
            lambda x: function(-x), -self.edges[::-1], -self.fine[::-1], -self.kinks[::-1]
        )


def half_squared_difference(f: Piecewise, g: Piecewise, half_sine: float) -> float:
    """Return E[(f(u) - g(v))^2] / 2 at correlation 1 - 2 half_sine^2.

    E[f(u) g(v)] is then (E[f^2] + E[g^2]) / 2 minus it.
    """
    lost = 2 * half_sine**2
    spread = 2 * half_sine * math.sqrt((1 - half_sine) * (1 + half_sine))
    points, weights = _outer_rule(f, g, 1 - lost, spread)
    total = 0.0
    for start in range(0, len(points), ROWS):
        u = points[start : start + ROWS]
        step, measure = _inner_rule(g, u, lost, spread)
        values = f.function(u)[:, None] - g.function(u[:, None] + step)
        total += float(weights[start : start + ROWS] @ (measure * values**2).sum(axis=1))
    return total / 2


def conditional_mean(g: Piecewise, mean: Float[np.ndarray, " m"], spread: float) -> np.ndarray:
    """Return E[g(mean + spread w)] for a standard normal w, shape (m,)."""
    step, measure = _inner_rule(g, np.asarray(mean, float), 0.0, spread)
    return (measure * g.function(np.asarray(mean)[:, None] + step)).sum(axis=1)


def _outer_rule(
    f: Piecewise, g: Piecewise, rho: float, spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and normal weights for u."""
    layers = (g.kinks[:, None] + spread * LAYERS).ravel() / rho
    edges = np.unique(np.concatenate([f.edges, g.fine / rho, layers]))
    inside = edges[(edges > -OUTER_REACH) & (edges < OUTER_REACH)]
    points, weights = rule(np.concatenate([[-OUTER_REACH], inside, [OUTER_REACH]]))
    density = np.exp(-(points**2) / 2) / math.sqrt(2 * math.pi)
    return points.ravel(), (weights * density).ravel()


def _inner_rule(
    g: Piecewise, u: np.ndarray, lost: float, spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return steps v - u and normal weights, shape (m, nodes), cut where v meets an edge of g."""
    count = max(LEAST_INNER_PANELS, math.ceil(2 * INNER_REACH * spread / INNER_WIDTH))
    even = np.broadcast_to(np.linspace(-INNER_REACH, INNER_REACH, count + 1), (len(u), count + 1))
    near = np.clip(
        (g.fine - (1 - lost) * u[:, None]) / max(spread, 1e-300), -INNER_REACH, INNER_REACH
    )
    edges = np.sort(np.concatenate([even, near], axis=1), axis=1)
    w, weights = (each.reshape(len(u), -1) for each in rule(edges))
    density = np.exp(-(w**2) / 2) / math.sqrt(2 * math.pi)
    return spread * w - lost * u[:, None], weights * density
