"""The kernel of unequal angles but equal norms: one function of the angle, whatever the depth.

On inputs of one norm a kernel at infinite width depends on the angle between two inputs alone.
So the layers are gone through at the nodes of a table, and the table is read once an entry.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.kernels.angle_function import AngleFunction, angle_function
from ntklib.kernels.layer_map import layer_map
from ntklib.kernels.propagation import Scaling, State, propagate, start


class Profile(NamedTuple):
    """A kernel at one depth as a function of the input angle.

    Attributes:
        gap: 1 minus its cosine, as a function of the angle; None if it is constant.
        length: Square root of its diagonal.
        share: The NNGP's part of the diagonal.
    """

    gap: AngleFunction
    length: np.ndarray
    share: np.ndarray

    def __call__(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return 1 minus the cosine at angles in [0, pi]."""
        return self.gap(theta)


def profile(
    activation: Activation,
    depth: int,
    square: np.ndarray,
    scaling: Scaling,
    *,
    with_ntk: bool,
    largest: float = math.pi,
) -> Profile:
    """Return the tabulated kernel for inputs of squared norm `square`, at angles up to `largest`.

    Raises:
        ValueError: As `ntklib.kernels.ntk`.
    """

    def final(theta: np.ndarray) -> State:
        state = start(theta, (square, square), scaling, with_ntk=with_ntk)
        return propagate(state, activation, scaling, depth)

    def gap(theta: np.ndarray) -> np.ndarray:
        state = final(theta)
        return state.gap if state.ntk_gap is None else state.ntk_gap

    last = final(np.zeros(1))
    with np.errstate(over="ignore", divide="ignore"):
        length = np.sqrt(last.variances[0] / last.shares[0])
    tabulated = angle_function(
        gap,
        _power(activation, depth, with_ntk),
        halvings=_halvings(activation, depth),
        largest=largest,
    )
    return Profile(tabulated, length, last.shares[0])


def _power(activation: Activation, depth: int, with_ntk: bool) -> int:
    """Return how the gap starts at angle 0, as a power of the angle."""
    jump = activation.jump_order - with_ntk if depth else math.inf
    return 1 if jump <= 0 else 2


def _halvings(activation: Activation, depth: int) -> int:
    """Return how often the angle must be halved to come below the finest structure."""
    if depth == 0:
        return 0
    tables = layer_map(activation, 1.0)
    stretch = max(2.0, tables.slope_energy / tables.energy) if tables.slope_gap else 4.0
    return math.ceil(min(depth * math.log2(stretch) / 2, 60))
