"""Layer maps along a sequence of variances.

Where the variance of pre-activations moves from layer to layer, every layer has a map of its
own. A map depends on the logarithm of the variance analytically, so where many variances fall
between q and 2 q, maps at a few Chebyshev nodes there stand in for all of them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ntklib.activations import Activation
from ntklib.dual import second_moment
from ntklib.kernels.layer_map import Gap, LayerMap, layer_map

NODES = 14  # the nearest singularity is pi/2 off in the logarithm: the error is 9^-14


class Blend(NamedTuple):
    """A linear combination of functions of the angle.

    Attributes:
        weights: One a function.
        parts: The functions.
    """

    weights: tuple[float, ...]
    parts: tuple[Gap, ...]

    def __call__(self, theta: np.ndarray) -> np.ndarray:
        """Return the combination at angles in [0, pi]."""
        total = np.zeros(np.shape(theta))
        for weight, part in zip(self.weights, self.parts, strict=True):
            total += weight * part(theta)
        return total


class MapSource:
    """Layer maps of one activation for the variances that a propagation will meet.

    Args:
        activation: Any activation.
        variances: Those it will meet, in order; the last may be met many times.
    """

    def __init__(self, activation: Activation, variances: Sequence[float]) -> None:
        self._activation = activation
        self._last = variances[-1] if variances else None
        met = Counter(_octave(variance) for variance in set(variances))
        self._crowded = {octave for octave, count in met.items() if count > NODES}

    def __call__(self, variance: float) -> LayerMap:
        """Return the layer map at a variance."""
        octave = _octave(variance)
        if octave not in self._crowded or variance == self._last:
            return layer_map(self._activation, variance)
        nodes = np.cos((np.arange(NODES) + 0.5) * math.pi / NODES)
        maps = [layer_map(self._activation, 2.0 ** (octave + (1 + x) / 2)) for x in nodes]
        weights = _lagrange(nodes, 2 * (math.log2(variance) - octave) - 1)
        slope = self._activation.derivative
        return LayerMap(
            Blend(weights, tuple(each.gap for each in maps)),
            second_moment(self._activation, variance=variance),
            _blend(weights, [each.slope_gap for each in maps]),
            math.inf if slope.point_masses else second_moment(slope, variance=variance),
        )


def _octave(variance: float) -> int:
    return math.floor(math.log2(variance))


def _blend(weights: tuple[float, ...], parts: list[Gap | None]) -> Blend | None:
    known = tuple(part for part in parts if part is not None)
    return Blend(weights, known) if len(known) == len(parts) else None


def _lagrange(nodes: np.ndarray, place: float) -> tuple[float, ...]:
    """Return the value at `place` of each Lagrange polynomial on Chebyshev nodes."""
    if (nodes == place).any():
        return tuple((nodes == place).astype(float))
    signs = (-1.0) ** np.arange(len(nodes))
    terms = signs * np.sqrt(1 - nodes**2) / (place - nodes)
    return tuple((terms / terms.sum()).tolist())
