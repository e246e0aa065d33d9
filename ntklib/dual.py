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
from ntklib.activations import Activation, Derivative, two_slopes

TWO_OVER_PI = 2 / math.pi  # E|u| |v| = 2/pi for independent standard normals


def dual(
    activation: Activation, rho: ArrayLike, *, variances: tuple[float, float] = (1.0, 1.0)
) -> Float[Array, "..."]:
    """Return the dual activation E[sigma(u) sigma(v)].

    Here (u, v) is Gaussian with mean zero, the given variances and correlation rho.

    Args:
        activation: A member of the leaky family or the derivative of one. The dual of
            `relu.derivative` is what the gradient of a ReLU layer sees.
        rho: Correlations in [-1, 1], any shape.
        variances: Variance of u and of v, both > 0.

    Returns:
        An array of the shape of `rho`, float64. The error is a few units in the last place
        relative to E[sigma^2].

    Raises:
        ValueError: If |rho| > 1, an entry is not finite, a variance is not positive, or no
            closed form is known for the activation.

    Source: Cho and Saul (2009) for ReLU; the leaky form is proved in this book, *ReLU
    against linear*.

    >>> from ntklib.activations import relu
    >>> print(f"{float(dual(relu, 0.0)):.6f}")  # 1 / (2 pi)
    0.159155
    """
    _validate.require_x64()
    rho = jnp.asarray(_validate.between("rho", rho, -1.0, 1.0, "; a correlation is at most 1"))
    v1, v2 = _validate.finite("variances", variances)
    if min(v1, v2) <= 0:
        raise ValueError(f"variances must be positive, got {tuple(variances)}")
    closed_form, degree = _lookup(activation)
    return (v1 * v2) ** (degree / 2) * closed_form(rho, *activation.params)


def second_moment(activation: Activation) -> float:
    """Return E[sigma(z)^2] for a standard normal z: the dual at correlation 1.

    A plain number, also where the caller is being traced by `jax.jit`.

    Raises:
        ValueError: If no closed form is known for the activation.
    """
    with jax.ensure_compile_time_eval():
        return float(dual(activation, 1.0))


def kink_constant(activation: Activation) -> float:
    """Return c in [0, 2/pi]: how much of the activation's energy sits in its kink.

    c = (2/pi) B / (A + B) = (2/pi) (1 - s)^2 / (2 (1 + s^2)), which is 1/pi for ReLU and 0
    for the identity. It is the only thing about a leaky activation that its angle map and
    its normalised neural tangent kernel depend on.

    Raises:
        ValueError: If the activation is not of the leaky family.
    """
    if activation.fn is not two_slopes:
        raise ValueError(
            f"angles in closed form need relu, leaky_relu(slope) or identity, got {activation.name}"
        )
    linear, kinked = _energies(*activation.params)
    return TWO_OVER_PI * kinked / (linear + kinked)


def _energies(slope: float) -> tuple[float, float]:
    """Return A and B of the module's formula."""
    return ((1 + slope) / 2) ** 2, ((1 - slope) / 2) ** 2


def _leaky_dual(rho: Array, slope: float) -> Array:
    linear, kinked = _energies(slope)
    arc = jnp.sqrt((1 - rho) * (1 + rho)) + rho * jnp.arcsin(rho)
    return linear * rho + kinked * TWO_OVER_PI * arc


def _leaky_derivative_dual(rho: Array, slope: float) -> Array:
    linear, kinked = _energies(slope)
    return linear + kinked * TWO_OVER_PI * jnp.arcsin(rho)


# function -> (dual in closed form, degree of homogeneity)
_CLOSED_FORMS: dict[Callable, tuple[Callable[..., Array], int]] = {
    two_slopes: (_leaky_dual, 1),
    Derivative(two_slopes): (_leaky_derivative_dual, 0),
}


def _lookup(activation: Activation) -> tuple[Callable[..., Array], int]:
    try:
        return _CLOSED_FORMS[activation.fn]
    except KeyError:
        raise ValueError(
            f"no closed form is known for the dual of {activation.name}; "
            "there is one for relu, leaky_relu(slope), identity and their derivatives"
        ) from None
