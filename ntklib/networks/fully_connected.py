"""Fully connected networks of finite width.

Parameterisation: hidden layers alpha_l = sqrt(g / m_l) sigma(W_l alpha_{l-1} + b_l) with
g = 1 / E[sigma^2], and a linear output f = W_{L+1} alpha_L + b_{L+1}. With standard normal
weights and no biases the infinite-width limits are `kernels.nngp` and `kernels.ntk`.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, DTypeLike, Float, Key

from ntklib import _validate
from ntklib.activations import Activation, Function
from ntklib.dual import second_moment


class Dense(NamedTuple):
    """One layer of parameters.

    Attributes:
        weight: Shape (m_out, m_in).
        bias: Shape (m_out,), or None for a layer without.
    """

    weight: Float[Array, "m_out m_in"]
    bias: Float[Array, " m_out"] | None


Params = tuple[Dense, ...]


def init_mlp(
    key: Key[Array, ""],
    widths: Sequence[int],
    *,
    bias: bool = False,
    weight_std: float | None = None,
    dtype: DTypeLike = jnp.float64,
) -> Params:
    """Return random parameters of a fully connected network.

    At infinite width and for any activation, with w = s^2 / E[sigma^2], and b = s^2 with
    biases or 0 without, a network of spread s = weight_std has outputs of covariance
    `kernels.nngp` at s x and the neural tangent kernel `kernels.ntk` at s x, over s^2. So
    s = 1 without biases is the default scaling of both.

    Args:
        key: A JAX random key.
        widths: Input dimension, hidden widths, number of outputs: `(d, m_1, ..., m_L, k)`.
        bias: Whether layers have biases; if so they are drawn like the weights, as if the
            input to the layer had one more entry, equal to 1.
        weight_std: Standard deviation of every entry, the output layer's included; 1 if None.
        dtype: Floating-point type.

    Raises:
        ValueError: If there are fewer than two widths, a width is not an integer >= 1, or
            weight_std is not positive.

    >>> params = init_mlp(jax.random.key(0), (3, 8, 1))
    >>> [layer.weight.shape for layer in params]
    [(8, 3), (1, 8)]
    """
    sizes = tuple(_validate.count("every width", width, least=1) for width in widths)
    if len(sizes) < 2:
        raise ValueError(f"widths must hold two or more integers, got {tuple(widths)}")
    std = 1.0 if weight_std is None else _validate.positive("weight_std", weight_std)
    layers = []
    for m_in, m_out, layer_key in zip(
        sizes, sizes[1:], jax.random.split(key, len(sizes) - 1), strict=False
    ):
        entries = _scaled_normal(layer_key, (m_out, m_in + bias), std, dtype)
        layers.append(Dense(entries[:, :m_in], entries[:, m_in]) if bias else Dense(entries, None))
    return tuple(layers)


@partial(jax.jit, static_argnames=("shape", "dtype"))
def _scaled_normal(
    key: Key[Array, ""], shape: tuple[int, int], std: float, dtype: DTypeLike
) -> Array:
    """Return normal entries; compiled as one, so that no second copy is held."""
    return jnp.asarray(std, dtype) * jax.random.normal(key, shape, dtype)


def mlp(params: Params, x: ArrayLike, *, activation: Activation) -> Float[Array, "n k"]:
    """Return the outputs of a fully connected network.

    Args:
        params: From `init_mlp`.
        x: Inputs, shape (n, d).
        activation: Applied after every layer but the last.

    Raises:
        ValueError: If the shape of `x` does not fit the first weight matrix, or an entry is
            not finite (not checked under `jax.jit`).

    >>> from ntklib.activations import relu
    >>> mlp(init_mlp(jax.random.key(0), (3, 8, 1)), jnp.ones((5, 3)), activation=relu).shape
    (5, 1)
    """
    x = inputs_for("x", x, params)
    gain = 1 / second_moment(activation)
    return forward(params, x, None, gain, activation.params, activation.fn)[0]


def forward(
    params: Params,
    x: Array,
    added: list[Array] | None,
    gain: float,
    fn_params: tuple[float, ...],
    fn: Function,
) -> tuple[Array, list[Array]]:
    """Return outputs and every layer's input, with `added` put onto the pre-activations."""
    inputs = []
    for index, (weight, bias) in enumerate(params):
        inputs.append(x)
        x = x @ weight.T
        x = x if bias is None else x + bias
        x = x if added is None else x + added[index]
        if index < len(params) - 1:
            x = (gain / len(weight)) ** 0.5 * fn(x, *fn_params)
    return x, inputs


def inputs_for(name: str, x: ArrayLike, params: Params) -> Array:
    """Return `x` in the dtype of the parameters, its shape checked against the first layer."""
    array = jnp.asarray(_validate.finite(name, x))
    width = params[0].weight.shape[1]
    if array.ndim != 2 or array.shape[1] != width:
        raise ValueError(f"{name} must have shape (n, {width}), got shape {array.shape}")
    return array.astype(params[0].weight.dtype)
