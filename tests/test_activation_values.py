"""Every named activation: values and derivatives in 40 digits, and what follows from them."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mpf

from ntklib.activations import Activation, leaky_relu, named, polynomial, relu, tanh
from ntklib.activations.functions import SELU_ALPHA, SELU_SCALE

POINTS = [-30.0, -3.0, -1.25, -1e-3, 1e-8, 0.5, 2.0, 17.0]


def selu(z):
    return mpf(SELU_SCALE) * (z if z > 0 else mpf(SELU_ALPHA) * mpmath.expm1(z))


DEFINITIONS = {
    "identity": lambda z: z,
    "relu": lambda z: max(z, mpf(0)),
    "leaky_relu": lambda z: z if z > 0 else mpf(0.01) * z,
    "relu_squared": lambda z: max(z, mpf(0)) ** 2,
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "selu": selu,
    "sign": mpmath.sign,
    "hard_tanh": lambda z: min(max(z, mpf(-1)), mpf(1)),
    "tanh": mpmath.tanh,
    "erf": mpmath.erf,
    "sine": mpmath.sin,
    "cosine": mpmath.cos,
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "gelu": lambda z: z * mpmath.ncdf(z),
    "quadratic": lambda z: z**2,
    "cubic": lambda z: z**3,
    "xtanh": lambda z: z * mpmath.tanh(z),
    "x2tanh": lambda z: z**2 * mpmath.tanh(z),
}
# name: jump order, multiplicity, degree of homogeneity
SMOOTHNESS = {
    "identity": (math.inf, 1, 1),
    "relu": (1, None, 1),
    "leaky_relu": (1, None, 1),
    "relu_squared": (2, None, 2),
    "elu": (2, 1, None),
    "selu": (1, None, None),
    "sign": (0, None, 0),
    "hard_tanh": (1, 1, None),
    "tanh": (math.inf, 1, None),
    "erf": (math.inf, 1, None),
    "sine": (math.inf, 1, None),
    "cosine": (math.inf, 2, None),
    "sigmoid": (math.inf, 1, None),
    "softplus": (math.inf, 1, None),
    "swish": (math.inf, 1, None),
    "gelu": (math.inf, 1, None),
    "quadratic": (math.inf, 2, 2),
    "cubic": (math.inf, 3, 3),
    "xtanh": (math.inf, 2, None),
    "x2tanh": (math.inf, 3, None),
}
every_activation = pytest.mark.parametrize("activation", named(), ids=lambda a: a.name)


def test_the_tables_above_hold_every_named_activation():
    names = {activation.name for activation in named()}
    assert names == set(DEFINITIONS) == set(SMOOTHNESS)
    assert len(names) == len(named())


@every_activation
def test_values_and_derivatives_are_those_of_the_definition(activation):
    define = DEFINITIONS[activation.name]
    z = np.array(POINTS)
    with mpmath.workdps(40):
        values = [float(define(mpf(z))) for z in POINTS]
        slopes = [float(mpmath.diff(define, mpf(z), h=mpf(10) ** -18)) for z in POINTS]
    np.testing.assert_allclose(activation(z), values, rtol=2e-15, atol=3e-16)
    if activation.name != "sign":
        computed = np.asarray(activation.derivative(z))
        # JAX differentiates tanh to 1 - tanh^2, rounded at 1; x^2 tanh multiplies that by x^2
        rounding = 1e-15 * np.maximum(1, z * z if "tanh" in activation.name else 1)
        assert (np.abs(computed - slopes) <= rounding + 5e-15 * np.abs(slopes)).all()


@every_activation
def test_smoothness(activation):
    jump_order, multiplicity, degree = SMOOTHNESS[activation.name]
    assert activation.jump_order == jump_order
    assert activation.multiplicity == multiplicity
    assert activation.homogeneous_degree == degree


@every_activation
@pytest.mark.parametrize("gain", [2.0, -0.5])
def test_a_gain_scales_the_argument(activation, gain):
    scaled, z = activation.scaled(gain), np.array(POINTS)
    np.testing.assert_array_equal(scaled(z), activation(gain * z))
    assert scaled == activation.scaled(gain)
    assert hash(scaled) == hash(activation.scaled(gain))
    assert scaled.scaled(1 / gain) == activation
    assert scaled.jump_order == activation.jump_order
    assert scaled.kinks == tuple(sorted(kink / gain + 0.0 for kink in activation.kinks))
    if activation.name != "sign":
        slope = gain * np.asarray(activation.derivative(gain * z))
        np.testing.assert_allclose(scaled.derivative(z), slope, rtol=2e-15)


@every_activation
def test_nothing_is_nan_or_infinite_within_a_million(activation):
    sizes = np.concatenate([np.logspace(-300, -10, 30), np.logspace(-9, 6, 400)])
    z = np.concatenate([-sizes, [0.0, -0.0], sizes])
    functions = [activation] if activation.name == "sign" else [activation, activation.derivative]
    for function in functions:
        assert np.isfinite(function(z)).all()
        backward = jax.vmap(jax.grad(lambda x, f=function: f(x)))(jnp.asarray(z))
        assert np.isfinite(backward).all()


@every_activation
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_low_precision_is_kept(activation, dtype):
    z = jnp.asarray(POINTS, dtype)
    assert activation(z).dtype == dtype
    assert activation.scaled(0.5)(z).dtype == dtype
    if activation.name != "sign":
        assert activation.derivative(z).dtype == dtype


@given(st.floats(-1e6, 1e6), st.sampled_from(named()))
def test_the_shape_is_kept_and_no_entry_sees_another(z, activation):
    alone = float(activation(z))
    together = np.asarray(activation(np.array([[0.3, z], [z, -2.0]])))
    assert together.shape == (2, 2)
    np.testing.assert_allclose(together[[0, 1], [1, 0]], alone, rtol=4e-16)


def test_equality_is_by_value_and_hashes_agree():
    assert polynomial(0, 0, 1) == polynomial(0.0, 0.0, 1.0)
    assert polynomial(0, 0, 1) != polynomial(0, 0, 2)
    assert len(set(named()) | set(named())) == len(named())
    assert Activation("mine", jnp.tanh) != tanh
    assert tanh.scaled(2).derivative == tanh.scaled(2).derivative


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("kink", [0.0, -0.7])
@pytest.mark.parametrize("smooth", [jnp.zeros_like, lambda z: jnp.tanh(z) + z**3])
def test_jump_orders_of_ones_own_activations(order, kink, smooth):
    def power(z):
        inside = jnp.where(z > kink, z - kink, 0.0)
        return smooth(z) + jnp.where(z > kink, inside**order if order else 1.0, 0.0)

    assert Activation("mine", power, kinks=(kink,)).jump_order == order


@pytest.mark.parametrize(
    ("fn", "kinks", "order"),
    [
        (lambda z: jnp.abs(z) ** 0.5, (0.0,), 1),
        (lambda z: z**2 * jnp.abs(z), (0.0,), 3),
        (lambda z: jnp.clip(z, -1, 2) + jnp.sign(z), (-1.0, 0.0, 2.0), 0),
        (jnp.sin, (0.0, 1.0), math.inf),
        (lambda z: 1e-9 * jnp.abs(z - 2), (2.0,), 1),
    ],
)
def test_the_first_of_several_jumps_counts(fn, kinks, order):
    assert Activation("mine", fn, kinks=kinks).jump_order == order


def test_multiplicity_and_degree_of_ones_own_activations():
    bump = Activation("bump", lambda z: z**4 * jnp.exp(-(z**2)))
    assert bump.multiplicity == 4
    assert Activation("away", lambda z: jnp.abs(z - 1) + z**2, kinks=(1.0,)).multiplicity == 1
    assert Activation("flat", jnp.ones_like).multiplicity is None
    root = Activation("root", lambda z: jnp.sign(z) * jnp.sqrt(jnp.abs(z)), kinks=(0.0,))
    assert root.multiplicity is None  # the slope at zero is infinite
    assert Activation("power", lambda z: jnp.abs(z) ** 1.5, kinks=(0.0,)).multiplicity is None
    assert Activation("root", lambda z: jnp.abs(z) ** 0.5, (0.0,)).homogeneous_degree == 0.5
    assert Activation("one-sided", lambda z: jnp.where(z > 0, z, 0), (0.0,)).homogeneous_degree == 1
    assert leaky_relu(-0.3).homogeneous_degree == 1
    assert relu.scaled(3).homogeneous_degree == 1
    assert Activation("affine", lambda z: z + 1).homogeneous_degree is None
    assert Activation("zero", jnp.zeros_like).homogeneous_degree is None
