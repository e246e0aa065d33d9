"""Layer maps along a sequence of variances.

Where the variance of pre-activations moves from layer to layer, every layer has a map of its
own. A map depends on the logarithm of the variance analytically, so where many variances crowd
between q and 2 q, maps at a few Chebyshev nodes around them stand in for all.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.kernels.angle_function import AngleFunction
from ntklib.kernels.energies import Energies, chebyshev, lagrange
from ntklib.kernels.layer_map import LayerMap, layer_map
from ntklib.panels import TO_COEFFICIENTS, Panels, rule

ACCURACY = 1e-14  # of an interpolation, as far as the nearest singularity tells


class MapSource:
    """Layer maps of one activation for the variances that a propagation will meet.

    Args:
        activation: Any activation.
        energies: Those of the activation.
        variances: The ones it will meet; others get a map of their own.
    """

    def __init__(
        self, activation: Activation, energies: Energies, variances: Sequence[float]
    ) -> None:
        self._activation, self._energies = activation, energies
        octaves: dict[int, set[float]] = {}
        for variance in variances:
            octaves.setdefault(_octave(variance), set()).add(variance)
        self._spans = {octave: _Span.around(met) for octave, met in octaves.items()}
        self._crowded = {
            octave: len(met) > self._spans[octave].size for octave, met in octaves.items()
        }
        self._families: dict[int, tuple[_Family, _Family | None]] = {}

    def __call__(self, variance: float) -> LayerMap:
        """Return the layer map at a variance."""
        octave = _octave(variance)
        if not self._crowded.get(octave) or not self._spans[octave].holds(variance):
            return layer_map(self._activation, variance)
        if octave not in self._families:
            self._families[octave] = self._family(self._spans[octave])
        gaps, slope_gaps = self._families[octave]
        weights = self._spans[octave].weights(variance)
        energy, slope_energy = self._energies(variance)
        slope_gap = None if slope_gaps is None else slope_gaps(weights)
        return LayerMap(gaps(weights), energy, slope_gap, slope_energy)

    def _family(self, span: "_Span") -> tuple["_Family", "_Family | None"]:
        maps = [layer_map(self._activation, each) for each in span.places()]
        slope_gaps = [each.slope_gap for each in maps if each.slope_gap is not None]
        return _Family.of([m.gap for m in maps]), _Family.of(slope_gaps) if slope_gaps else None


class _Span(NamedTuple):
    """An interval of logarithms of variances.

    Attributes:
        centre: Its middle.
        half: Half its length.
    """

    centre: float
    half: float

    @classmethod
    def around(cls, variances: set[float]) -> "_Span":
        low, high = math.log(min(variances)), math.log(max(variances))
        return cls((low + high) / 2, (high - low) / 2 + 1e-9)

    @property
    def size(self) -> int:
        """How many nodes it takes, the nearest singularity being pi / 2 off."""
        distance = math.pi / 2 / self.half
        return 1 + math.ceil(-math.log(ACCURACY) / math.asinh(distance))

    def holds(self, variance: float) -> bool:
        return abs(math.log(variance) - self.centre) <= self.half

    def places(self) -> list[float]:
        return np.exp(self.centre + self.half * chebyshev(self.size)).tolist()

    def weights(self, variance: float) -> np.ndarray:
        return lagrange(chebyshev(self.size), (math.log(variance) - self.centre) / self.half)


class _Family(NamedTuple):
    """Functions of the angle on common panels, so that combining them costs a few sums.

    Attributes:
        power: That of each function.
        near: Edges and the coefficients of each function, shape (count, m, ORDER).
        far: The same.
    """

    power: int
    near: tuple[np.ndarray, np.ndarray]
    far: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, functions: Sequence[AngleFunction]) -> "_Family":
        near = _on_common_panels([each.near for each in functions])
        return cls(functions[0].power, near, _on_common_panels([each.far for each in functions]))

    def __call__(self, weights: Float[np.ndarray, " count"]) -> AngleFunction:
        """Return the linear combination."""
        return AngleFunction(self.power, _combine(self.near, weights), _combine(self.far, weights))


def _on_common_panels(parts: list[Panels]) -> tuple[np.ndarray, np.ndarray]:
    edges = np.unique(np.concatenate([each.edges for each in parts]))
    points, _ = rule(edges)
    return edges, np.stack([each(points) @ TO_COEFFICIENTS.T for each in parts])


def _combine(family: tuple[np.ndarray, np.ndarray], weights: np.ndarray) -> Panels:
    edges, coefficients = family
    combined = np.tensordot(weights, coefficients, 1)
    return Panels(edges, combined, combined, np.zeros(len(combined)))


def _octave(variance: float) -> int:
    return math.floor(math.log2(variance))
