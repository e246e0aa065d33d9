"""The energies E[sigma^2] and E[sigma'^2] along a sequence of variances, and where it leads.

Ten thousand layers may meet ten thousand variances. Energies depend on the logarithm of the
variance analytically, so once several variances were met between q and 2 q, Chebyshev nodes
there stand in for the others.
"""

import math
from collections import Counter

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.dual import second_moment

NODES = 16  # the nearest singularity is pi / 2 off in the logarithm: the error is 9^-16
SMALLEST, LARGEST = 1e-280, 1e280  # of a variance, in closed form
LARGEST_TABULATED = 1e8  # of a variance that an activation is tabulated at
SETTLED = 1e-14  # relative change of a variance that is rounding in the energies


class Energies:
    """E[sigma(u)^2] and E[sigma'(u)^2] of one activation as functions of the variance of u."""

    def __init__(self, activation: Activation) -> None:
        self.activation = activation
        self._asked: Counter[int] = Counter()
        self._nodes: dict[int, Float[np.ndarray, "nodes 2"]] = {}

    def __call__(self, variance: float) -> tuple[float, float]:
        """Return both energies; the second is infinite if the activation jumps."""
        octave = math.floor(math.log2(variance))
        self._asked[octave] += 1
        if self._asked[octave] <= NODES:
            return self._exact(variance)
        if octave not in self._nodes:
            places = 2.0 ** (octave + (1 + chebyshev(NODES)) / 2)
            self._nodes[octave] = np.array([self._exact(float(each)) for each in places])
        known = self._nodes[octave]
        if not (np.isfinite(known).all() and known.all()):
            return self._exact(variance)
        weights = lagrange(chebyshev(NODES), 2 * (math.log2(variance) - octave) - 1)
        energy, slope_energy = np.exp(weights @ np.log(known))
        return float(energy), float(slope_energy)

    def _exact(self, variance: float) -> tuple[float, float]:
        slope = self.activation.derivative
        energy = second_moment(self.activation, variance=variance)
        return energy, math.inf if slope.point_masses else second_moment(slope, variance=variance)


def trajectory(
    energies: Energies, variance: float, weight: float, bias: float, layers: int
) -> list[float]:
    """Return the variances that `layers` layers meet, up to where they no longer change.

    Raises:
        ValueError: If one leaves the range that can be computed.
    """
    require_in_range(variance, energies.activation, 0)
    met = [variance]
    for layer in range(1, layers):
        new = float(settled(weight * energies(variance)[0] + bias, variance))
        if new == variance:
            break
        require_in_range(new, energies.activation, layer)
        met.append(variance := new)
    return met


def require_in_range(variance: float, activation: Activation, layer: int) -> None:
    """Raise unless the variance after a layer is one that can be computed with.

    Raises:
        ValueError: If it is not; the message names variance, layer and activation.
    """
    tabulated = activation.homogeneous_degree is None and layer > 0
    largest = LARGEST_TABULATED if tabulated else LARGEST
    if not SMALLEST < variance < largest:
        raise ValueError(
            f"the variance of pre-activations is {variance:.3g} after layer {layer} of "
            f"{activation.name}, outside {SMALLEST:g} to {largest:g}; change weight_variance, "
            "bias_variance or the length of the inputs"
        )


def settled(new: np.ndarray | float, old: np.ndarray | float) -> np.ndarray:
    """Return the old variance where the new one differs by rounding alone.

    A fixed point then stays one, and its table is computed once; where it is unstable,
    rounding would otherwise carry it off.
    """
    return np.where(np.abs(new - old) <= SETTLED * np.abs(old), old, new)


def chebyshev(count: int) -> Float[np.ndarray, " count"]:
    """Return Chebyshev nodes on [-1, 1]."""
    return np.cos((np.arange(count) + 0.5) * math.pi / count)


def lagrange(nodes: Float[np.ndarray, " count"], place: float) -> Float[np.ndarray, " count"]:
    """Return the value at `place` of each Lagrange polynomial on Chebyshev nodes."""
    if (nodes == place).any():
        return (nodes == place).astype(float)
    signs = (-1.0) ** np.arange(len(nodes))
    terms = signs * np.sqrt(1 - nodes**2) / (place - nodes)
    return terms / terms.sum()
