"""The empirical NTK of a fully connected network, by layers."""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ntklib.activations import Activation, Function
from ntklib.dual import second_moment
from ntklib.networks.fully_connected import Params, forward, inputs_for


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
    >>> from ntklib.networks import init_mlp
    >>> params = init_mlp(jax.random.key(0), (3, 8, 1))
    >>> empirical_ntk(params, jnp.eye(3), activation=relu).shape
    (3, 3)
    """
    outputs = params[-1].weight.shape[0]
    if outputs != 1:
        raise ValueError(f"the empirical NTK needs a network with one output, got {outputs}")
    rows1 = inputs_for("x1", x1, params)
    rows2 = rows1 if x2 is None else inputs_for("x2", x2, params)
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
        return forward(params, x, added, gain, fn_params, fn)

    _, pull_back, inputs = jax.vjp(outputs, zeros, has_aux=True)
    (signals,) = pull_back(jnp.ones((len(x), 1), x.dtype))
    return inputs, signals
