"""What one layer of infinite width does to angles, tabulated for one variance.

With (u, v) normal of variance q each and at angle theta, the layer needs two cosines,

    cos theta' = E[sigma(u) sigma(v)] / E[sigma(u)^2]        and the same for sigma',

and the two energies. Solvers take these tables and never the activation, so that a new
activation compiles nothing.
"""

import math
from typing import NamedTuple

from ntklib.activations import Activation
from ntklib.caching import remembered
from ntklib.dual import dual_table, second_moment
from ntklib.kernels.angle_function import AngleFunction, angle_function


class LayerMap(NamedTuple):
    """One layer of infinite width at one variance of its pre-activations.

    Attributes:
        gap: 1 - cos theta' as a function of theta.
        energy: E[sigma(u)^2].
        slope_gap: 1 - E[sigma'(u) sigma'(v)] / E[sigma'(u)^2] as a function of theta.
        slope_energy: E[sigma'(u)^2], infinite (and `slope_gap` None) if sigma jumps.
    """

    gap: AngleFunction
    energy: float
    slope_gap: AngleFunction | None
    slope_energy: float


@remembered(256)
def layer_map(activation: Activation, variance: float) -> LayerMap:
    """Return the layer map of an activation at a variance of its pre-activations.

    Raises:
        ValueError: If the activation is zero, or is no tame function with its kinks declared.
    """
    energy = second_moment(activation, variance=variance)
    if energy == 0:
        raise ValueError(
            f"{activation.name} is zero on inputs of variance {variance:.6g}, "
            "so its embeddings have no angles"
        )
    slope = activation.derivative
    gap = _gap(activation, variance)
    if slope.point_masses:
        return LayerMap(gap, energy, None, math.inf)
    slope_energy = second_moment(slope, variance=variance)
    return LayerMap(gap, energy, _gap(slope, variance) if slope_energy else gap, slope_energy)


def _gap(activation: Activation, variance: float) -> AngleFunction:
    table = dual_table(activation, (variance, variance))
    return angle_function(table.gap, table.power)
