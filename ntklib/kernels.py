"""Kernels of infinitely wide networks: the NNGP and the neural tangent kernel (NTK).

The network has hidden layers alpha_l = sqrt(w / m_l) sigma(W_l alpha_{l-1}), l = 1..depth, and
the output W_{depth+1} alpha_depth, all weights standard normal, no biases (the NTK
parameterisation). As every width m_l goes to infinity the inner product of two embeddings
converges to the NNGP kernel, and the inner product of two gradients of the output with
respect to all the weights to the NTK.
"""

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.angles import norms_and_angles
from ntklib.dual import kink_constant, second_moment
from ntklib.recursion import Layers, advance, start


def ntk(
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: Activation,
    depth: int,
    weight_variance: float | None = None,
    normalized: bool = False,
) -> Float[Array, "n1 n2"]:
    """Return the neural tangent kernel of an infinitely wide network.

    K(x, z) = <grad f(x), grad f(z)> over all depth + 1 weight matrices. With the default
    scaling and unit inputs at angle theta_0, K_0 = cos theta_0 and
    K_l = cos theta_l + K_{l-1} E[sigma' sigma'] / E[sigma^2]; the diagonal is depth + 1.

    Args:
        x1: Data, shape (n1, d), any nonzero norms.
        x2: Data, shape (n2, d); `x1` again if None.
        activation: `relu`, `leaky_relu(slope)` or `identity`.
        depth: Number of hidden layers; 0 is the linear model with K = x1 x2^T.
        weight_variance: The w above; 1 / E[sigma^2] if None (2 for ReLU), which keeps the
            norm of an embedding equal to that of its input. A network from
            `networks.init_mlp(..., weight_std=s)` has w = s^2 / E[sigma^2].
        normalized: Return the cosine K(x, z) / sqrt(K(x, x) K(z, z)) instead.

    Returns:
        The kernel, float64, shape (n1, n2), with an error of a few units in the last place
        of its diagonal, up to 25 of them at depth 10 000.

    Raises:
        ValueError: If the data is not finite rows of one length, depth is not an integer
            >= 0, weight_variance is not positive, or the kernel overflows or underflows.
            Also under `jax.jit` and its kin: angles of close rows are found on the host.

    Source: Jacot, Gabriel and Hongler (2018); in this form Liu, Bi, Hui and Liu, Lemma 3.1.

    >>> from ntklib.activations import relu
    >>> print(ntk([[1.0, 0.0], [0.0, 1.0]], activation=relu, depth=1).round(6).tolist())
    [[2.0, 0.31831], [0.31831, 2.0]]
    """
    lengths, state = _propagate(x1, x2, activation, depth, weight_variance)
    if normalized:
        return state.ntk / (depth + 1)
    return _scale(lengths, depth + 1) * state.ntk


def nngp(
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: Activation,
    depth: int,
    weight_variance: float | None = None,
    normalized: bool = False,
) -> Float[Array, "n1 n2"]:
    """Return the inner products of the last hidden layer's embeddings at infinite width.

    This is also the covariance of the outputs over the draw of the weights, hence the name
    (neural network Gaussian process). Arguments and errors are those of `ntk`; with the
    default scaling the diagonal is |x|^2 at every depth.

    Source: Neal (1996), Lee et al. (2018).

    >>> from ntklib.activations import relu
    >>> print(nngp([[1.0, 0.0], [0.0, 1.0]], activation=relu, depth=1).round(6).tolist())
    [[1.0, 0.31831], [0.31831, 1.0]]
    """
    lengths, state = _propagate(x1, x2, activation, depth, weight_variance)
    cosine = jnp.cos(state.theta)
    return cosine if normalized else _scale(lengths, 1) * cosine


def _propagate(
    x1: ArrayLike,
    x2: ArrayLike | None,
    activation: Activation,
    depth: int,
    weight_variance: float | None,
) -> tuple[tuple[np.ndarray, np.ndarray], Layers]:
    """Return the lengths of the last embeddings and the recursion after `depth` layers."""
    _validate.require_x64()
    constant, layers = kink_constant(activation), _validate.count("depth", depth)
    growth = _growth(activation, weight_variance)
    norms1, norms2, angles = norms_and_angles(x1, x2)
    with np.errstate(over="ignore", under="ignore"):
        factor = np.float64(growth) ** layers
        lengths = norms1 * factor, norms2 * factor
    return lengths, advance(start(angles), constant, layers)


def _growth(activation: Activation, weight_variance: float | None) -> float:
    """Return what one layer multiplies the length of an embedding by."""
    if weight_variance is None:
        return 1.0
    variance = _validate.positive("weight_variance", weight_variance)
    return math.sqrt(variance * second_moment(activation))


def _scale(lengths: tuple[np.ndarray, np.ndarray], diagonal: int) -> Array:
    """Return the products of embedding lengths; raise if float64 does not hold the kernel."""
    with np.errstate(over="ignore", under="ignore"):
        products = lengths[0][:, None] * lengths[1]
        extremes = products.min(), products.max() * diagonal
    if not (np.isfinite(extremes[1]) and extremes[0] >= np.finfo(np.float64).tiny):
        kind = "underflows" if np.isfinite(extremes[1]) else "overflows"
        smallest, largest = np.concatenate(lengths).min(), np.concatenate(lengths).max()
        raise ValueError(
            f"the kernel {kind}: embeddings have lengths from {smallest:.3g} to {largest:.3g}; "
            "scale the data, change weight_variance, or pass normalized=True for the cosine kernel"
        )
    return jnp.asarray(products)
