"""The part that the weights of a single layer have in the neural tangent kernel.

A gradient over all weights is made of one block a weight matrix, so the kernel is a sum of
depth + 1 kernels, one a matrix. The block of W_l is an outer product: what flows up to it is
the embedding alpha_{l-1}, and what flows down to it passes through the layers l, ..., depth,
each of which multiplies by E[sigma' sigma'] / E[sigma^2] at infinite width.
"""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation, require_activation
from ntklib.angles import norms_and_angles
from ntklib.kernels.layer_map import LayerMap, layer_map
from ntklib.kernels.propagation import angle

UNIT = 1e-12  # how far from 1 rounding may take the norm of a normalised row


def layer_ntk(
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: Activation,
    depth: int,
    layer: int,
) -> Float[Array, "n1 n2"]:
    """Return the neural tangent kernel of a network of which one layer alone is trained.

    With theta_k the embedding angles and chi = E[sigma'^2] / E[sigma^2], unit inputs have

        K(x, z) = cos theta_{l-1} prod_{k=l-1}^{L-1} E[sigma'(u_k) sigma'(v_k)] / E[sigma^2]

    for layer l of depth L, where (u_k, v_k) is normal at angle theta_k; the diagonal is
    chi^(L - l + 1). For ReLU a factor is 1 - theta_k / pi. So the kernel of the first layer is
    the Gram matrix of the inputs, multiplied entry by entry with matrices that have ones on
    their diagonal. Summed over all layers it is `ntk`.

    Args:
        x1: Data, shape (n1, d), nonzero rows: of any norms if the activation is homogeneous
            of degree 1, of norm 1 if not.
        x2: Data, shape (n2, d); `x1` again if None.
        activation: Any activation without a jump, its kinks declared.
        depth: Number of hidden layers.
        layer: Which weights are trained, from 1, those behind the input, to depth + 1, those
            in front of the output.

    Raises:
        ValueError: If the data is not finite nonzero rows of one length, a norm is not 1
            though the activation is not homogeneous of degree 1, depth is not an integer >= 0,
            layer is not between 1 and depth + 1, the activation jumps (its NTK is infinite) or
            is no tame function.

    Source: the first layer in Liu, Bi, Hui and Liu, Theorem 4.2; the others in this book,
    *Conditioning*.

    >>> from ntklib.activations import relu
    >>> x = [[1.0, 0.0], [0.5, 0.75**0.5]]  # 60 degrees apart
    >>> print(layer_ntk(x, activation=relu, depth=1, layer=1).round(6).tolist())
    [[1.0, 0.333333], [0.333333, 1.0]]
    """
    _validate.require_x64()
    layers = _validate.count("depth", depth)
    trained = _validate.count("layer", layer, least=1)
    if trained > layers + 1:
        raise ValueError(f"layer must be at most depth + 1 = {layers + 1}, got {trained}")
    norms1, norms2, theta = norms_and_angles(x1, x2)
    require_activation(activation)
    if layers:
        _require_norms(activation, np.concatenate([norms1, norms2]))
    cosine = _cosine(layer_map(activation, 1.0), activation, layers, trained, theta)
    return jnp.asarray(norms1[:, None] * norms2 * cosine)


def _cosine(
    tables: LayerMap, activation: Activation, depth: int, layer: int, theta: np.ndarray
) -> np.ndarray:
    """Return the kernel of unit inputs at angles theta."""
    for _ in range(layer - 1):
        theta = angle(tables.gap(theta))
    kernel = np.cos(theta)
    if layer > depth:
        return kernel
    if tables.slope_gap is None:
        raise ValueError(
            f"the NTK of layer {layer} is infinite at depth {depth}: {activation.name} jumps"
        )
    chi = tables.slope_energy / tables.energy
    for _ in range(layer - 1, depth):
        kernel = kernel * chi * (1 - tables.slope_gap(theta))
        theta = angle(tables.gap(theta))
    return kernel


def _require_norms(activation: Activation, norms: np.ndarray) -> None:
    """Reject rows whose norm the kernel would not simply be multiplied by."""
    off = norms[np.argmax(np.abs(norms - 1))]
    if activation.homogeneous_degree != 1 and not math.isclose(off, 1, rel_tol=UNIT):
        raise ValueError(
            f"rows must have norm 1, as {activation.name} is not homogeneous of degree 1; "
            f"got a norm of {off:.9g}; divide each row by its norm"
        )
