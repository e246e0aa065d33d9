"""The dual near correlations 1 and -1, as a smooth function of h = sin(theta / 2).

There the Hermite series of an activation with kinks converges too slowly. The gap to the value
at 1 is a power of h times a smooth function, which double integrals at a few nodes determine.
Where the activation is steep or infinite somewhere, more happens at small h than a few nodes
show; then the logarithm of h takes the place of h.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.dual.double_integral import Piecewise, half_squared_difference
from ntklib.gaussian import CLOSEST, WIDEST, energy, evaluate, table
from ntklib.panels import Function, KinkError, Panels, resolve

TOLERANCE = 4e-13  # of the double integrals
SMALLEST = 1e-11  # h below which nothing more happens
CANCELLING = 1e-3  # h below which differences of values lose digits, one with each decade
MOST_CUTS = 3  # before the logarithm is taken
MOST_CUTS_ON_LOGARITHM = 6  # to a fifth of a unit; what is rough still is rounding
FINE = 0.02  # breaks closer than this show at small h
FIRST = [SMALLEST, 1e-5, 1e-3]  # ends of the first panels in the logarithm


class OnLogarithm(NamedTuple):
    """A function of h, tabulated as a function of its logarithm; constant below `SMALLEST`."""

    panels: Panels

    def __call__(self, h: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Evaluate at h >= 0."""
        return self.panels(np.log(np.maximum(h, SMALLEST)))


class Positive(NamedTuple):
    """The exponential of a function: one whose logarithm is tabulated."""

    logarithm: OnLogarithm

    def __call__(self, h: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Evaluate at h >= 0."""
        return np.exp(self.logarithm(h))


NearEnd = Panels | OnLogarithm | Positive


def near_one(f: Piecewise, g: Piecewise, farthest: float, power: int) -> NearEnd:
    """Return the gap E[(f(u) - g(v))^2] / 2 over h^power, for h up to `farthest`.

    If f = g it is accurate relative to itself.
    """

    def gap(h: float) -> float:
        return half_squared_difference(f, g, h) / h**power

    plain = _on_panels(f, g, gap, farthest)
    if plain is not None:
        return plain
    if power == 0:
        return _on_logarithm(gap, farthest)
    return Positive(_on_logarithm(lambda h: math.log(gap(h)), farthest))


def near_minus_one(f: Piecewise, g: Piecewise, farthest: float) -> NearEnd:
    """Return E[f(u) g(v)] at correlation -1 + 2 h^2, for E[f^2] = E[g^2] = 1."""
    mirrored = g.reflected()

    def value(h: float) -> float:
        return 1 - half_squared_difference(f, mirrored, h)

    return _on_panels(f, mirrored, value, farthest) or _on_logarithm(value, farthest)


def normalized_piecewise(activation: Activation, variance: float) -> Piecewise:
    """Return z -> sigma(sqrt(variance) z), scaled to E[sigma^2] = 1."""
    tabulated, root = table(activation, variance), math.sqrt(variance)
    factor = 1 / math.sqrt(energy(tabulated))
    return Piecewise(
        lambda x: factor * evaluate(activation, root * x),
        breaks(tabulated.edges, tabulated.kinks),
        tabulated.kinks,
    )


def breaks(edges: Float[np.ndarray, " m"], kinks: Float[np.ndarray, " j"]) -> np.ndarray:
    """Return the kinks and the ends of narrow panels, fewer where they shrink geometrically.

    Panels halve towards a steep place or a singularity. A rule on one panel reaches over one
    halving as well, or over two where it is a power, as beside a kink. So of such a sequence
    every other or every third end is kept, and none that rounding would merge.
    """
    widths = np.diff(edges)
    narrow = np.flatnonzero(widths < 0.9 * WIDEST)
    candidates = edges[np.union1d(narrow, narrow + 1)]
    for kink in kinks:
        candidates = candidates[np.abs(candidates - kink) > CLOSEST * max(1.0, abs(kink))]
    steps = np.diff(candidates, prepend=-1e9, append=1e9)
    ratio = np.minimum(steps[1:], steps[:-1]) / np.maximum(steps[1:], steps[:-1])
    every = 3 if len(kinks) else 2
    halving = (ratio > 0.4) & (ratio < 0.6)  # between a panel and one of half its width
    return np.union1d(kinks, candidates[~halving | (np.arange(len(candidates)) % every == 0)])


def _on_panels(
    f: Piecewise, g: Piecewise, function: Callable[[float], float], farthest: float
) -> Panels | None:
    """Return a function of h on panels, None if there would be many."""
    if np.diff(np.union1d(f.breaks, g.breaks)).min(initial=np.inf) < FINE:
        return None
    try:
        return resolve(
            _vectorized(function),
            [0.0, farthest],
            tolerance=TOLERANCE,
            size=1.0,
            most_cuts=MOST_CUTS,
        )
    except KinkError:
        return None


def _on_logarithm(function: Callable[[float], float], farthest: float) -> OnLogarithm:
    panels = resolve(
        lambda t: _vectorized(function)(np.exp(t)),
        np.log([*FIRST, farthest]),
        importance=lambda t: 1 / (1 + CANCELLING * np.exp(-t)),
        tolerance=TOLERANCE,
        size=1.0,
        refuse_kinks=False,
        most_cuts=MOST_CUTS_ON_LOGARITHM,
    )
    return OnLogarithm(panels)


def _vectorized(function: Callable[[float], float]) -> Function:
    return lambda h: np.array([function(float(each)) for each in h])
