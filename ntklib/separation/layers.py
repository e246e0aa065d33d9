"""The cosine between two gradients, taken apart by layers.

The gradient of the output consists of L + 1 blocks, one a weight matrix. At infinite width the
blocks l of two gradients, those of the matrix on top of embedding l, have the inner product

    chi^(L-l) * cos theta_l * prod_{k=l}^{L-1} E[sigma'(u_k) sigma'(v_k)] / E[sigma'^2],

with theta_k the angle between the embeddings k, and u_k, v_k standard normal at that angle.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.dual import in_leaky_family, kink_constant
from ntklib.kernels import chi
from ntklib.kernels.layer_map import layer_map
from ntklib.kernels.propagation import angle
from ntklib.recursion import advance, start


class GradientLayers(NamedTuple):
    """What each layer contributes to the cosine between two gradients.

    Entry l belongs to the weights on top of embedding l, for l from 0, the input, to the depth L.

    Attributes:
        shares: Part of a gradient's squared length that lies in these weights, shape (L + 1,).
            They sum to 1.
        memories: What the layers above let through, in [-1, 1]: the cosine between the two
            signals that come down to these weights, shape (L + 1, ...). The last is 1.
        cosines: Cosine between the two embeddings, shape (L + 1, ...).
    """

    shares: Float[np.ndarray, " layers"]
    memories: Float[np.ndarray, "layers ..."]
    cosines: Float[np.ndarray, "layers ..."]

    @property
    def contributions(self) -> Float[np.ndarray, "layers ..."]:
        """The product of the three, layer by layer."""
        shares = self.shares.reshape((-1,) + (1,) * (self.cosines.ndim - 1))
        return shares * self.memories * self.cosines

    @property
    def cosine(self) -> Float[np.ndarray, "..."]:
        """The cosine of the gradient angle, the sum of the contributions."""
        return self.contributions.sum(axis=0)


def gradient_layers(theta: ArrayLike, *, activation: Activation, depth: int) -> GradientLayers:
    """Return the layers' shares, memories and cosines that make up a gradient angle.

    With chi = E[sigma'^2] / E[sigma^2] and for inputs of norm 1,

        cos phi_L = sum_l share_l * memory_l * cos theta_l,
        share_l = chi^(L-l) / sum_k chi^k,
        memory_l = prod_{k=l}^{L-1} E[sigma'(u_k) sigma'(v_k)] / E[sigma'^2];

    a factor of the product is 1 - theta_k / pi for ReLU.

    Args:
        theta: Input angles in radians, in [0, pi], any shape.
        activation: Any activation with its kinks declared and without jumps, in the default
            scaling (see `ntklib.kernels.ntk`).
        depth: L, the number of hidden layers.

    Returns:
        Arrays with one entry a layer in front; absolute errors are about depth * 1e-12.

    Raises:
        ValueError: If an angle is outside [0, pi] or not finite, the depth is not an integer
            >= 0, or the activation jumps or is no tame function.

    Source: Liu, Bi, Hui and Liu, Lemma 3.1, for ReLU; this book, "Depth", for the others.

    >>> from ntklib.activations import relu
    >>> layers = gradient_layers(np.pi / 2, activation=relu, depth=2)
    >>> print(layers.shares.round(4), layers.memories.round(4), layers.cosines.round(4))
    [0.3333 0.3333 0.3333] [0.3016 0.6031 1.    ] [0.     0.3183 0.4937]
    >>> print(f"{np.degrees(np.arccos(layers.cosine)):.4f}")
    76.7871
    """
    _validate.require_x64()
    angles = _validate.between(
        "theta", theta, 0.0, math.pi, "; angles are in radians, see numpy.radians"
    )
    layers = _validate.count("depth", depth)
    ratio = chi(activation)
    walk = _along_family if in_leaky_family(activation) else _along_tables
    thetas, kept = walk(_validate.known("theta", angles), activation, layers)
    memories = np.ones(thetas.shape)
    memories[:-1] = np.cumprod(kept[::-1], axis=0)[::-1]
    return GradientLayers(_shares(ratio, layers), memories, np.cos(thetas))


def _shares(ratio: float, depth: int) -> np.ndarray:
    """Return chi^(L-l) over their sum; the largest power is 1, so none overflows."""
    below = np.arange(depth + 1)
    powers = ratio ** (depth - below) if ratio <= 1 else ratio ** (-1.0 * below)
    return powers / powers.sum()


def _along_family(
    theta: np.ndarray, activation: Activation, depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return embedding angles 0 to L, and what layers 1 to L let through, of a leaky ReLU."""
    state, constant = start(theta), kink_constant(activation)
    thetas = [theta]
    for _ in range(depth):
        state = advance(state, constant, 1)
        thetas.append(np.asarray(state.theta))
    path = np.stack(thetas)
    return path, 1 - constant * path[:-1]


def _along_tables(
    theta: np.ndarray, activation: Activation, depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the same for any activation, from the table of one layer."""
    table = layer_map(activation, 1.0)
    assert table.slope_gap is not None  # chi has refused activations that jump
    thetas, kept = [theta], [np.empty((0, *theta.shape))]
    for _ in range(depth):
        kept.append(1 - table.slope_gap(thetas[-1])[None])
        thetas.append(angle(table.gap(thetas[-1])))
    return np.stack(thetas), np.concatenate(kept)
