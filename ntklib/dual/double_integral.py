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
LAYERS = np.array([-9.0, -4.5, 0.0, 4.5, 9.0])
WIDTH = 1.0  # of a panel, where the function is resolved on panels half as wide
LEAST_INNER_PANELS = 4
STEEPEST, GROWTH = 9.0, 3.0  # of the widths of neighbouring panels
OUTER_EDGES = np.linspace(-OUTER_REACH, OUTER_REACH, round(2 * OUTER_REACH / WIDTH) + 1)
ROWS = 96  # of the outer rule at a time: a megabyte, and kinks that are far from all are left out

Function = Callable[[np.ndarray], np.ndarray]


class Piecewise(NamedTuple):
    """A function for Gaussian integration.

    Attributes:
        function: Vectorised.
        breaks: Points that a panel of width `WIDTH` must not step over: kinks, and the ends of
            narrow panels where the function is steep or singular.
        kinks: Where the function or a derivative jumps.
    """

    function: Function
    breaks: Float[np.ndarray, " k"]
    kinks: Float[np.ndarray, " j"]

    def reflected(self) -> "Piecewise":
        """Return x -> f(-x)."""
        function = self.function
        return Piecewise(lambda x: function(-x), -self.breaks[::-1], -self.kinks[::-1])


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
        w, measure = _inner_rule(g, (1 - lost) * u, np.full(len(u), spread))
        step = spread * w - lost * u[:, None]
        with np.errstate(invalid="ignore"):
            values = f.function(u)[:, None] - g.function(u[:, None] + step)
        values[~np.isfinite(values)] = 0  # a sum that rounding put onto a singular point
        total += float(weights[start : start + ROWS] @ (measure * values**2).sum(axis=1))
    return total / 2


def conditional_mean(
    g: Piecewise, means: Float[np.ndarray, " m"], spreads: Float[np.ndarray, " m"]
) -> Float[np.ndarray, " m"]:
    """Return E[g(mean + spread w)] for a standard normal w, for each mean and spread."""
    result = np.empty(len(means))
    for start in range(0, len(means), ROWS):
        rows = slice(start, start + ROWS)
        w, measure = _inner_rule(g, means[rows], spreads[rows])
        values = g.function(means[rows, None] + spreads[rows, None] * w)
        result[rows] = (measure * values).sum(axis=1)
    return result


def _outer_rule(
    f: Piecewise, g: Piecewise, rho: float, spread: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and normal weights for u."""
    layers = (g.kinks[:, None] + spread * LAYERS).ravel() / rho
    moved = () if np.array_equal(f.breaks, g.breaks) else g.breaks / rho
    breaks = balanced(np.unique(np.concatenate([OUTER_EDGES, f.breaks, moved])), spread)
    edges = np.union1d(breaks, layers)
    points, weights = rule(edges[np.abs(edges) <= OUTER_REACH])
    density = np.exp(-(points**2) / 2) / math.sqrt(2 * math.pi)
    return points.ravel(), (weights * density).ravel()


def balanced(edges: Float[np.ndarray, " m"], least: float) -> np.ndarray:
    """Return edges with more between them, so that no panel is far wider than its neighbour.

    Beside a steep place of f the inner integral varies on the scale of the spread, also where
    f is flat and its own panels are wide. Widths below `least` count as `least`.
    """
    while True:
        widths = np.diff(edges)
        known = np.concatenate([[np.inf], np.maximum(widths, least), [np.inf]])
        before, after = known[:-2], known[2:]
        late, early = widths > STEEPEST * before, widths > STEEPEST * after
        if not (late | early).any():
            return edges
        inside = edges[:-1][late] + GROWTH * before[late], edges[1:][early] - GROWTH * after[early]
        edges = np.unique(np.concatenate([edges, *inside]))


def _inner_rule(
    g: Piecewise, means: np.ndarray, spreads: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes w and normal weights, shape (m, nodes), cut where g breaks."""
    most = INNER_REACH * spreads
    met = (g.breaks > (means - most).min()) & (g.breaks < (means + most).max())
    count = max(LEAST_INNER_PANELS, math.ceil(2 * most.max() / WIDTH))
    even = np.linspace(-INNER_REACH, INNER_REACH, count + 1)
    near = (g.breaks[met] - means[:, None]) / np.maximum(spreads, 1e-300)[:, None]
    edges = np.concatenate(
        [
            np.broadcast_to(even, (len(means), count + 1)),
            np.clip(near, -INNER_REACH, INNER_REACH),
        ],
        axis=1,
    )
    w, weights = (each.reshape(len(means), -1) for each in rule(np.sort(edges, axis=1)))
    return w, weights * np.exp(-(w**2) / 2) / math.sqrt(2 * math.pi)
