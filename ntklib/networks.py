"""Networks of finite width and their empirical neural tangent kernel.

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
    x = _inputs("x", x, params)
    gain = 1 / second_moment(activation)
    return _forward(params, x, None, gain, activation.params, activation.fn)[0]


def empirical_ntk(
    params: Params,
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: Activation,
) -> Float[Array, "n1 n2"]:
    """Return the NTK of one finite network, <grad f(x), grad f(z)> over all its parameters.

    No Jacobian is formed. The gradient of f(x) with respect to W_l is the outer product of
    the backward signal B_l(x) and the input A_l(x) of the layer, so

        K = sum_l (A_l A_l^T) * (B_l B_l^T)        (* entrywise; biases add B_l B_l^T),

    which costs a few matrix products and holds two vectors per example and layer.

    Args:
        params: From `init_mlp`, with one output.
        x1: Data, shape (n1, d).
        x2: Data, shape (n2, d); `x1` again if None.
        activation: Applied after every layer but the last.

    Returns:
        The kernel in the dtype of the parameters.

    Raises:
        ValueError: If the network has more than one output, a shape does not fit, or an entry
            is not finite (not checked under `jax.jit`).

    Source: Novak, Sohl-Dickstein and Schoenholz (2022) for the structured contraction.

    >>> from ntklib.activations import relu
    >>> params = init_mlp(jax.random.key(0), (3, 8, 1))
    >>> empirical_ntk(params, jnp.eye(3), activation=relu).shape
    (3, 3)
    """
    outputs = params[-1].weight.shape[0]
    if outputs != 1:
        raise ValueError(f"the empirical NTK needs a network with one output, got {outputs}")
    rows1 = _inputs("x1", x1, params)
    rows2 = rows1 if x2 is None else _inputs("x2", x2, params)
    gain = 1 / second_moment(activation)
    return _contract(
        params, rows1, rows2, gain, activation.params, fn=activation.fn, same=x2 is None
    )


@partial(jax.jit, static_argnames=("fn", "same"))
def _contract(
    params: Params,
    x1: Array,
    x2: Array,
    gain: float,
    fn_params: tuple[float, ...],
    *,
    fn: Function,
    same: bool,
) -> Array:
    inputs1, signals1 = _layer_factors(params, x1, gain, fn_params, fn)
    inputs2, signals2 = (
        (inputs1, signals1) if same else _layer_factors(params, x2, gain, fn_params, fn)
    )
    kernel = jnp.zeros((len(x1), len(x2)), x1.dtype)
    for layer, a1, a2, b1, b2 in zip(params, inputs1, inputs2, signals1, signals2, strict=True):
        ones = 0 if layer.bias is None else 1
        kernel += (a1 @ a2.T + ones) * (b1 @ b2.T)
    return kernel


def _layer_factors(
    params: Params, x: Array, gain: float, fn_params: tuple[float, ...], fn: Function
) -> tuple[list[Array], list[Array]]:
    """Return each layer's inputs A_l and backward signals B_l, shapes (n, m_in), (n, m_out).

    B_l is the derivative of the output with respect to the layer's pre-activation; it comes
    from differentiating with respect to a zero added there, for all examples at once.
    """
    zeros = [jnp.zeros((len(x), len(layer.weight)), x.dtype) for layer in params]

    def outputs(added: list[Array]) -> tuple[Array, list[Array]]:
        return _forward(params, x, added, gain, fn_params, fn)

    _, pull_back, inputs = jax.vjp(outputs, zeros, has_aux=True)
    (signals,) = pull_back(jnp.ones((len(x), 1), x.dtype))
    return inputs, signals


def _forward(
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


def _inputs(name: str, x: ArrayLike, params: Params) -> Array:
    """Return `x` in the dtype of the parameters, its shape checked against the first layer."""
    array = jnp.asarray(_validate.finite(name, x))
    width = params[0].weight.shape[1]
    if array.ndim != 2 or array.shape[1] != width:
        raise ValueError(f"{name} must have shape (n, {width}), got shape {array.shape}")
    return array.astype(params[0].weight.dtype)
