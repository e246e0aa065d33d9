"""Dual activations: what a layer of infinite width does to a correlation.

For (u, v) jointly Gaussian with unit variances and correlation rho, the dual of an activation
sigma is the number E[sigma(u) sigma(v)] as a function of rho. All of infinite width goes
through it: one hidden layer replaces the correlation of two inputs by the dual at that
correlation.

For the leaky family sigma_s(z) = (1 + s)/2 z + (1 - s)/2 |z| the linear and the kinked part
do not mix (one is odd, the other even), so with A = ((1 + s)/2)^2 and B = ((1 - s)/2)^2

    E[sigma sigma]   = A rho + B (2/pi) (sqrt(1 - rho^2) + rho arcsin rho)
    E[sigma' sigma'] = A     + B (2/pi) arcsin rho.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation, Derivative, require_activation, two_slopes

TWO_OVER_PI = 2 / math.pi  # E|u| |v| = 2/pi for independent standard normals


def dual(
    activation: Activation, rho: ArrayLike, *, variances: tuple[float, float] = (1.0, 1.0)
) -> Float[Array, "..."]:
    """Return the dual activation E[sigma(u) sigma(v)].

    Here (u, v) is Gaussian with mean zero, the given variances and correlation rho. The
    function can be differentiated, mapped and compiled by JAX with respect to rho; its
    derivative is the dual of sigma', at the ends of the range too.

    Args:
        activation: A member of the leaky family or the derivative of one. The dual of
            `relu.derivative` is what the gradient of a ReLU layer sees.
        rho: Correlations in [-1, 1], any shape. Four roundings beyond count as the end.
        variances: Variance of u and of v, both > 0.

    Returns:
        An array of the shape of `rho`, float64. The error is a few units in the last place
        relative to E[sigma^2].

    Raises:
        ValueError: If |rho| > 1 or an entry is not finite (both unchecked under `jax.jit`,
            where the result is nan), a variance is not a positive number, no closed form is
            known for the activation, or the result overflows.

    Source: Cho and Saul (2009) for ReLU; the leaky form is proved in this book, *ReLU
    against linear*.

    >>> from ntklib.activations import relu
    >>> print(f"{float(dual(relu, 0.0)):.6f}")  # 1 / (2 pi)
    0.159155
    """
    _validate.require_x64()
    rho = jnp.asarray(_validate.between("rho", rho, -1.0, 1.0, "; a correlation is at most 1"))
    closed_form, degree = _lookup(activation)
    try:
        v1, v2 = variances
    except (TypeError, ValueError):
        raise ValueError(f"variances must be two numbers, got {variances!r}") from None
    sizes = _validate.positive("variances", v1), _validate.positive("variances", v2)
    scale = (math.sqrt(sizes[0]) * math.sqrt(sizes[1])) ** degree
    if not math.isfinite(scale * second_moment(activation)):
        raise ValueError(
            f"the dual overflows: {activation.name} has slope {activation.params[0]:.6g} and the "
            f"variances {sizes}"
        )
    return scale * closed_form(rho, *_energies(activation))


def second_moment(activation: Activation) -> float:
    """Return E[sigma(z)^2] for a standard normal z: the dual at correlation 1.

    It is A + B in the notation above, for the derivative as well. A plain number, also where
    the caller is being traced by `jax.jit`, and in 32-bit mode.

    Raises:
        ValueError: If no closed form is known for the activation, or it overflows.
    """
    _lookup(activation)
    linear, kinked = _energies(activation)
    if not math.isfinite(linear + kinked):
        raise ValueError(
            f"E[sigma^2] overflows: {activation.name} has slope {activation.params[0]:.6g}"
        )
    return linear + kinked


def kink_constant(activation: Activation) -> float:
    """Return c in [0, 2/pi]: how much of the activation's energy sits in its kink.

    c = (2/pi) B / (A + B) = (2/pi) (1 - s)^2 / (2 (1 + s^2)), which is 1/pi for ReLU and 0
    for the identity. It is the only thing about a leaky activation that its angle map and
    its normalised neural tangent kernel depend on.

    Raises:
        ValueError: If the activation is not of the leaky family.
    """
    if require_activation(activation).fn is not two_slopes:
        raise ValueError(
            f"angles in closed form need relu, leaky_relu(slope) or identity, got {activation.name}"
        )
    slope = _slope(activation)
    if abs(slope) > 1:
        slope = 1 / slope  # the same constant, and its square does not overflow
    return TWO_OVER_PI * ((1 - slope) ** 2 / (2 * (1 + slope**2)))


def _slope(activation: Activation) -> float:
    if len(activation.params) != 1:
        raise ValueError(
            f"params of {activation.name} must be one number, its slope, got {activation.params}"
        )
    return activation.params[0]


def _energies(activation: Activation) -> tuple[float, float]:
    """Return A and B of the module's formula, infinite where they overflow."""
    slope = _slope(activation)
    linear, kinked = (1 + slope) / 2, (1 - slope) / 2
    return linear * linear, kinked * kinked


@jax.custom_jvp
def _arc(rho: Array) -> Array:
    """Return sqrt(1 - rho^2) + rho arcsin rho, whose derivative arcsin rho is finite at +-1."""
    return jnp.sqrt((1 - rho) * (1 + rho)) + rho * jnp.arcsin(rho)


_arc.defjvps(lambda tangent, _, rho: tangent * jnp.arcsin(rho))


def _leaky_dual(rho: Array, linear: float, kinked: float) -> Array:
    return linear * rho + kinked * TWO_OVER_PI * _arc(rho)


def _leaky_derivative_dual(rho: Array, linear: float, kinked: float) -> Array:
    return linear + kinked * TWO_OVER_PI * jnp.arcsin(rho)


# function -> (dual in closed form, degree of homogeneity)
_CLOSED_FORMS: dict[Callable, tuple[Callable[..., Array], int]] = {
    two_slopes: (_leaky_dual, 1),
    Derivative(two_slopes): (_leaky_derivative_dual, 0),
}


def _lookup(activation: Activation) -> tuple[Callable[..., Array], int]:
    try:
        return _CLOSED_FORMS[require_activation(activation).fn]
    except (KeyError, TypeError):  # TypeError: a function that cannot be hashed
        raise ValueError(
            f"no closed form is known for the dual of {activation.name}; "
            "there is one for relu, leaky_relu(slope), identity and their derivatives"
        ) from None
