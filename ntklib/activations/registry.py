"""The named activations."""

import jax
import jax.numpy as jnp

from ntklib import _validate
from ntklib.activations import functions
from ntklib.activations.activation import Activation


def leaky_relu(slope: float) -> Activation:
    """Return the leaky ReLU: z above zero, `slope` z below.

    Args:
        slope: The slope below zero; any finite number (0 is ReLU, 1 the identity,
            -1 the absolute value).

    Raises:
        ValueError: If `slope` is not one finite number.
    """
    number = _validate.number("slope", slope)
    return Activation("leaky_relu", functions.two_slopes, kinks=(0.0,), params=(number,))


def polynomial(*coefficients: float) -> Activation:
    """Return the polynomial c_0 + c_1 z + c_2 z^2 + ...

    Args:
        *coefficients: Any finite numbers, the constant first; at least one.

    Raises:
        ValueError: If there is none, or one is not a finite number.

    >>> float(polynomial(1, 0, 2)(3.0))
    19.0
    """
    if not coefficients:
        raise ValueError("a polynomial needs at least one coefficient, got none")
    numbers = _validate.numbers("coefficients", coefficients)
    return Activation("polynomial", functions.horner, params=numbers)


identity = Activation("identity", functions.two_slopes, params=(1.0,))
relu = Activation("relu", functions.two_slopes, kinks=(0.0,), params=(0.0,))
relu_squared = Activation("relu_squared", functions.positive_square, kinks=(0.0,))
elu = Activation("elu", functions.exponential_unit, kinks=(0.0,), params=(1.0, 1.0))
selu = Activation(
    "selu",
    functions.exponential_unit,
    kinks=(0.0,),
    params=(functions.SELU_ALPHA, functions.SELU_SCALE),
)
sign = Activation("sign", jnp.sign, kinks=(0.0,))
hard_tanh = Activation("hard_tanh", functions.clamp, kinks=(-1.0, 1.0))
tanh = Activation("tanh", jnp.tanh)
erf = Activation("erf", functions.error_function)
sine = Activation("sine", jnp.sin)
cosine = Activation("cosine", jnp.cos)
sigmoid = Activation("sigmoid", jax.nn.sigmoid)
softplus = Activation("softplus", jax.nn.softplus)
swish = Activation("swish", jax.nn.silu)
gelu = Activation("gelu", functions.gaussian_gate)
quadratic = Activation("quadratic", functions.horner, params=(0.0, 0.0, 1.0))
cubic = Activation("cubic", functions.horner, params=(0.0, 0.0, 0.0, 1.0))
xtanh = Activation("xtanh", functions.x_tanh)
x2tanh = Activation("x2tanh", functions.x_squared_tanh)


def named() -> tuple[Activation, ...]:
    """Return the named activations; the leaky ReLU stands in with slope 0.01.

    >>> [activation.name for activation in named()][:3]
    ['identity', 'relu', 'leaky_relu']
    """
    return (
        *(identity, relu, leaky_relu(0.01), relu_squared, elu, selu, sign, hard_tanh),
        *(tanh, erf, sine, cosine, sigmoid, softplus, swish, gelu),
        *(quadratic, cubic, xtanh, x2tanh),
    )
