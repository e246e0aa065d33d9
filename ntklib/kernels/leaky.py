"""The leaky family without biases, whose layers have a closed form.

ReLU, its leaky relatives and the identity need no tables of duals: `ntklib.recursion` carries
angles through any number of layers to rounding. Where entries are many, it is run
at the nodes of a table of the angle and the table is read once an entry, which compiles nothing
that depends on the size of the data.
"""

import math

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.dual import kink_constant, second_moment
from ntklib.kernels.angle_function import MANY, angle_function
from ntklib.recursion import Layers, advance, start

CHUNK = 1 << 10  # nodes at a time: one compilation


def cosine_gap(
    activation: Activation, layers: int, theta: Float[np.ndarray, "..."], *, with_ntk: bool
) -> Float[np.ndarray, "..."]:
    """Return 1 minus the cosine kernel at input angles in [0, pi]."""
    constant = kink_constant(activation)
    if theta.size < MANY:
        return _gap(advance(start(theta), constant, layers), with_ntk)

    def at_nodes(nodes: np.ndarray) -> np.ndarray:
        padded = np.pad(nodes, (0, -len(nodes) % CHUNK)).reshape(-1, CHUNK)
        parts = [_gap(advance(start(each), constant, layers), with_ntk) for each in padded]
        return np.concatenate(parts)[: len(nodes)]

    power = 1 if with_ntk and constant else 2
    return angle_function(at_nodes, power, halvings=layers.bit_length())(theta)


def lengths(
    activation: Activation,
    layers: int,
    norms: tuple[np.ndarray, np.ndarray],
    weight_variance: float,
    *,
    with_ntk: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the square roots of the kernel's diagonals, infinite or 0 where they overflow."""
    growth = math.sqrt(weight_variance * second_moment(activation))
    with np.errstate(over="ignore", under="ignore"):
        factor = np.float64(growth) ** layers * math.sqrt(layers + 1 if with_ntk else 1)
        return norms[0] * factor, norms[1] * factor


def _gap(state: Layers, with_ntk: bool) -> np.ndarray:
    if with_ntk:
        return np.asarray(state.gap) / (float(state.depth) + 1)
    return 2 * np.sin(np.asarray(state.theta) / 2) ** 2
