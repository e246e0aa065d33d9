"""The elementwise functions behind the named activations.

Each is finite, with finite derivatives, for every finite argument: where a formula would
overflow on one side of a kink, that side is computed at 0 instead (both sides of a `where` are
differentiated, and 0 times infinity is not a number). At a kink the derivative is the one from
below.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def two_slopes(x: Array, slope: float) -> Array:
    """Return x where it is positive and slope * x elsewhere (0 at -inf if the slope is 0)."""
    below = jnp.where(jnp.isinf(x) & (slope == 0), 0, x)  # 0 * inf is not a number
    return jnp.where(x > 0, x, slope * below)


def positive_square(x: Array) -> Array:
    """Return max(x, 0)^2."""
    return jnp.where(x > 0, x, 0) ** 2


def exponential_unit(x: Array, alpha: float, scale: float) -> Array:
    """Return scale * x where x is positive and scale * alpha * (e^x - 1) elsewhere."""
    below = jnp.expm1(jnp.where(x > 0, 0, x))
    return scale * jnp.where(x > 0, x, alpha * below)


def clamp(x: Array) -> Array:
    """Return x moved into [-1, 1]."""
    inside = jnp.where(x > 1, 1.0, x)
    return jnp.where(inside > -1, inside, -1.0).astype(jnp.result_type(x, float))


def gaussian_gate(x: Array) -> Array:
    """Return x Phi(x), with Phi the standard normal distribution function."""
    return jax.nn.gelu(x, approximate=False)


def x_tanh(x: Array) -> Array:
    """Return x tanh x."""
    return x * jnp.tanh(x)


def x_squared_tanh(x: Array) -> Array:
    """Return x^2 tanh x."""
    return x * x * jnp.tanh(x)


def horner(x: Array, *coefficients: float) -> Array:
    """Return c_0 + c_1 x + c_2 x^2 + ..."""
    total = jnp.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total


def error_function(x: Array) -> Array:
    """Return erf(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return jax.scipy.special.erf(x)
