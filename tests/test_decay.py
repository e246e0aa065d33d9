"""Decay laws: the singularity that is known decides the law that must be found."""

import math

import jax.numpy as jnp
import pytest

from ntklib.activations import (
    Activation,
    cubic,
    elu,
    erf,
    gelu,
    hard_tanh,
    identity,
    leaky_relu,
    polynomial,
    quadratic,
    relu,
    relu_squared,
    selu,
    sigmoid,
    sign,
    sine,
    softplus,
    swish,
    tanh,
    x2tanh,
    xtanh,
)
from ntklib.dual import decay_law

arctan = Activation("arctan", jnp.arctan)
lorentz = Activation("Lorentz", lambda z: 1 / (1 + (z - 1) ** 2))
gaussian = Activation("Gauss", lambda z: jnp.exp(-(z**2)))
ramp_cubed = Activation("cubed", lambda z: jnp.where(z > 0.5, z - 0.5, 0.0) ** 3, (0.5,))

hard_shrink = Activation("hard shrink", lambda z: jnp.where(abs(z) > 0.5, z, 0.0), (-0.5, 0.5))
soft_shrink = Activation(
    "soft shrink", lambda z: jnp.sign(z) * jnp.maximum(abs(z) - 0.2, 0), (-0.2, 0.2)
)
clipped = Activation("clipped", lambda z: jnp.clip(z, 0, 1), (0, 1))
rounded = Activation("rounded", jnp.round, tuple(n + 0.5 for n in range(-20, 20)))
softsign = Activation("softsign", lambda z: z / (1 + abs(z)), (0,))


def test_the_power_of_what_has_no_jumping_derivative_is_its_own():
    """|z|^s has a_k^2 ~ k^-(s + 3/2) for any s > -1/2 that is no even number."""
    law = decay_law(Activation("bent", lambda z: abs(z) ** 1.5, (0,)))
    assert float(law.rate) == pytest.approx(3, abs=law.rate.error)
    assert law.rate.error < 1e-4


def test_a_kink_that_is_none_leaves_no_power():
    law = decay_law(Activation("declared", jnp.tanh, (0.0,)))
    assert law.kind == "power"
    assert law.rate.error == math.inf


@pytest.mark.parametrize(
    ("activation", "order"),
    [
        (sign, 0),
        (relu, 1),
        (leaky_relu(0.3), 1),
        (hard_tanh, 1),
        (selu, 1),
        (relu_squared, 2),
        (elu, 2),
        (ramp_cubed, 3),
        (relu.derivative, 0),
        (sign.derivative, -1),
        (hard_shrink, 0),
        (soft_shrink, 1),
        (clipped, 1),
        (rounded, 0),
        (softsign, 2),
    ],
    ids=lambda a: getattr(a, "name", a),
)
def test_a_kink_leaves_a_power_law(activation, order):
    """a_k^2 ~ k^-(r + 3/2) where derivative r jumps: delta(z - b) has a_k^2 ~ k^(-1/2)."""
    law = decay_law(activation)
    assert law.kind == "power"
    assert float(law.rate) == pytest.approx(order + 1.5, abs=law.rate.error)
    assert law.rate.error < 0.02


@pytest.mark.parametrize(
    ("activation", "distance"),
    [
        (tanh, math.pi / 2),
        (xtanh, math.pi / 2),
        (x2tanh, math.pi / 2),
        (tanh.derivative, math.pi / 2),
        (sigmoid, math.pi),
        (swish, math.pi),
        (softplus, math.pi),
        (arctan, 1.0),
        (lorentz, 1.0),
        (tanh.scaled(2), math.pi / 4),
    ],
    ids=lambda a: getattr(a, "name", ""),
)
def test_poles_leave_a_stretched_exponential(activation, distance):
    """a_k^2 ~ exp(-2 tau sqrt(k)) with tau the distance of the poles from the real line."""
    law = decay_law(activation)
    assert law.kind == "stretched"
    assert float(law.rate) == pytest.approx(distance, rel=0.06)


@pytest.mark.parametrize(
    ("activation", "radius"),
    [(erf, 1.5), (gelu, 2.0), (gelu.derivative, 2.0), (gaussian, 1.5), (erf.scaled(2), 9 / 8)],
    ids=lambda a: getattr(a, "name", ""),
)
def test_a_gaussian_factor_leaves_a_geometric_law(activation, radius):
    """The dual of exp(-a z^2) is analytic up to |rho| = 1 + 1 / (2 a): arcsin(2 rho / 3)."""
    law = decay_law(activation)
    assert law.kind == "geometric"
    assert float(law.rate) == pytest.approx(radius, rel=0.02)


def test_an_entire_function_falls_faster_than_geometrically():
    law = decay_law(sine)
    assert law.kind == "superexponential"
    assert float(law.rate) == math.inf


@pytest.mark.parametrize(
    ("activation", "degree"),
    [
        (identity, 1),
        (quadratic, 2),
        (cubic, 3),
        (polynomial(4), 0),
        (polynomial(1, 0, 0, 0, 0, 2), 5),
    ],
)
def test_a_polynomial_stops(activation, degree):
    law = decay_law(activation)
    assert law.kind == "finite"
    assert float(law.rate) == degree
    assert law.rate.error == 0


def test_zero_is_refused_by_name():
    with pytest.raises(ValueError, match="nothing is zero, so its Hermite coefficients have no"):
        decay_law(Activation("nothing", jnp.zeros_like))


def test_a_function_that_oscillates_too_fast_is_refused():
    with pytest.raises(ValueError, match="has all its energy beyond degree 400"):
        decay_law(sine.scaled(80.0))
