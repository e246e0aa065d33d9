"""Dual activations: what a layer of infinite width does to a correlation.

For (u, v) jointly Gaussian with unit variances and correlation rho, the dual of an activation
sigma is the number E[sigma(u) sigma(v)] as a function of rho. All of infinite width goes
through it: one hidden layer replaces the correlation of two inputs by the dual at that
correlation.

Where a closed form is known it is used (`closed_forms`); any other activation is tabulated once
(`tabulated`). Both run on the host, so that a new activation compiles nothing.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation, require_activation, two_slopes
from ntklib.dual.closed_forms import TWO_OVER_PI, closed_form
from ntklib.dual.point_masses import from_point_masses
from ntklib.dual.tabulated import dual_table
from ntklib.gaussian import energy, table

Pair = tuple[float, float]


def dual(
    activation: Activation, rho: ArrayLike, *, variances: tuple[float, float] = (1.0, 1.0)
) -> Float[Array, "..."]:
    """Return the dual activation E[sigma(u) sigma(v)].

    Here (u, v) is Gaussian with mean zero, the given variances and correlation rho. The
    function can be differentiated, mapped and compiled by JAX with respect to rho; its
    derivative is sqrt(v1 v2) times the dual of sigma', at the ends of the range too.

    Args:
        activation: Any activation with its kinks declared, or the derivative of one. The dual
            of `relu.derivative` is what the gradient of a ReLU layer sees; that of
            `sign.derivative`, two point masses, is infinite at the ends.
        rho: Correlations in [-1, 1], any shape. Four roundings beyond count as the end.
        variances: Variance of u and of v, both > 0.

    Returns:
        An array of the shape of `rho`, float64. Relative to sqrt(E[sigma(u)^2] E[sigma(v)^2])
        the error is a few units in the last place where a closed form is known (leaky
        ReLU, ReLU squared, ELU, SELU, sign, erf, sine, cosine, polynomials, their derivatives,
        and all of them scaled) and below 1e-12 elsewhere; 1e-11 for functions that are steep over
        1e-4 or less, 1e-10 for those that are infinite at a kink.

    Raises:
        ValueError: If |rho| > 1 or an entry is not finite (both unchecked under `jax.jit`,
            where the result is nan), a variance is not a positive number, the result
            overflows, or the activation is no tame function: not elementwise, not finite, of
            exponential growth, or with kinks that were not declared.

    Source: Cho and Saul (2009) for ReLU and its powers, Williams (1997) for erf; ELU by Owen's
    T (1956); the rest is derived in this book, *Gaussian integrals*.

    >>> from ntklib.activations import gelu, relu
    >>> print(f"{float(dual(relu, 0.0)):.6f}")  # 1 / (2 pi)
    0.159155
    >>> print(f"{float(dual(gelu.derivative, 1.0)):.10f}")
    0.4558508656
    """
    _validate.require_x64()
    rho = _validate.between("rho", rho, -1.0, 1.0, "; a correlation is at most 1")
    deviations = _deviations(require_activation(activation), variances)
    if _validate.traced(rho):
        return _traced(activation, deviations, jnp.asarray(rho))
    return jnp.asarray(_on_host(activation, deviations, np.asarray(rho)))


def second_moment(activation: Activation, *, variance: float = 1.0) -> float:
    """Return E[sigma(u)^2] for a normal u of mean zero: the dual at correlation 1.

    A plain number, also where the caller is being traced by `jax.jit`, and in 32-bit mode.

    Raises:
        ValueError: If the variance is not positive, the activation has point masses (E[sigma^2]
            is infinite), is no tame function, or the result overflows.

    >>> from ntklib.activations import tanh
    >>> print(f"{second_moment(tanh.derivative):.10f}")
    0.4644029024
    """
    deviation = math.sqrt(_validate.positive("variance", variance))
    if require_activation(activation).point_masses:
        raise ValueError(
            f"E[sigma^2] is infinite: {activation.name} has a point mass at "
            f"{activation.point_masses[0][0]}"
        )
    value = _energy(activation, deviation)
    if not math.isfinite(value):
        raise ValueError(
            f"E[sigma^2] overflows: {activation.name} has parameters {activation.params} and the "
            f"variance is {variance}"
        )
    return value


def kink_constant(activation: Activation) -> float:
    """Return c in [0, 2/pi]: how much of a leaky ReLU's energy sits in its kink.

    For the slope s below zero, c = (2/pi) (1 - s)^2 / (2 (1 + s^2)), which is 1/pi for ReLU and
    0 for the identity. It is the only thing about a leaky activation that its angle map and
    its normalised neural tangent kernel depend on.

    Raises:
        ValueError: If the activation is not of the leaky family.
    """
    if not in_leaky_family(activation):
        raise ValueError(
            f"the kink constant needs relu, leaky_relu(slope) or identity, got {activation.name}"
        )
    (slope,) = activation.params
    if abs(slope) > 1:
        slope = 1 / slope  # the same constant, and its square does not overflow
    return TWO_OVER_PI * ((1 - slope) ** 2 / (2 * (1 + slope**2)))


def in_leaky_family(activation: Activation) -> bool:
    """Return whether an activation is a leaky ReLU, ReLU and the identity included."""
    return require_activation(activation).fn is two_slopes and len(activation.params) == 1


def _deviations(activation: Activation, variances: Pair) -> Pair:
    """Return the standard deviations of u and v; raise if the dual overflows with them."""
    try:
        v1, v2 = variances
    except (TypeError, ValueError):
        raise ValueError(f"variances must be two numbers, got {variances!r}") from None
    sizes = _validate.positive("variances", v1), _validate.positive("variances", v2)
    deviations = math.sqrt(sizes[0]), math.sqrt(sizes[1])
    if activation.point_masses:
        return deviations
    if not math.isfinite(_largest(activation, deviations)):
        raise ValueError(
            f"the dual overflows: {activation.name} has parameters {activation.params} and the "
            f"variances are {sizes}"
        )
    return deviations


def _largest(activation: Activation, deviations: Pair) -> float:
    """Return the dual at correlation 1 or more, as a plain float that may be infinite."""
    form = closed_form(activation)
    if form is None or not form.covers(deviations):
        return 0.0  # the table raises by itself
    with np.errstate(over="ignore", invalid="ignore"):
        return float(form(np.float64(1.0), deviations))


def _energy(activation: Activation, deviation: float) -> float:
    form = closed_form(activation)
    if form is not None and form.covers((deviation, deviation)):
        with np.errstate(over="ignore", invalid="ignore"):
            return float(form(np.float64(1.0), (deviation, deviation)))
    return energy(table(activation, deviation**2))


def _on_host(activation: Activation, deviations: Pair, rho: np.ndarray) -> np.ndarray:
    form = closed_form(activation)
    if form is not None and form.covers(deviations):
        return np.asarray(form(rho, deviations))
    variances = deviations[0] ** 2, deviations[1] ** 2
    value = dual_table(activation, variances)(rho)
    return value + from_point_masses(activation, deviations, rho)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def _traced(activation: Activation, deviations: Pair, rho: Array) -> Array:
    form = closed_form(activation)
    if form is not None and form.covers(deviations) and form.traceable:
        inside = jnp.abs(rho) <= 1
        return jnp.where(inside, form(jnp.where(inside, rho, 0), deviations, jnp), jnp.nan)
    return jax.pure_callback(
        lambda known: _unchecked(activation, deviations, np.asarray(known)),
        jax.ShapeDtypeStruct(rho.shape, rho.dtype),
        rho,
        vmap_method="expand_dims",
    )


def _unchecked(activation: Activation, deviations: Pair, rho: np.ndarray) -> np.ndarray:
    """Return the dual, nan where the correlation is out of range."""
    inside = np.abs(rho) <= 1
    return np.where(inside, _on_host(activation, deviations, np.where(inside, rho, 0)), np.nan)


@_traced.defjvp
def _(
    activation: Activation, deviations: Pair, primals: tuple[Array], tangents: tuple[Array]
) -> tuple[Array, Array]:
    """Differentiate by Price's theorem: d/drho E[f(u) g(v)] = s1 s2 E[f'(u) g'(v)]."""
    (rho,), (tangent,) = primals, tangents
    slope = _traced(activation.derivative, deviations, rho)
    value = _traced(activation, deviations, rho)
    return value, deviations[0] * deviations[1] * slope * tangent
