"""Activations: values, derivatives, equality, and what is refused."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import (
    Activation,
    identity,
    leaky_relu,
    named,
    relu,
    require_activation,
)

POINTS = np.array([-3.0, -0.5, 0.25, 2.0])
FAMILY = [relu, identity, leaky_relu(0.2), leaky_relu(-1.0)]


def test_values_are_those_of_the_definition():
    np.testing.assert_array_equal(relu(POINTS), np.maximum(POINTS, 0))
    np.testing.assert_array_equal(identity(POINTS), POINTS)
    np.testing.assert_array_equal(
        leaky_relu(0.2)(POINTS), np.where(POINTS > 0, POINTS, 0.2 * POINTS)
    )


@pytest.mark.parametrize("activation", FAMILY)
def test_the_derivative_is_the_difference_quotient(activation):
    step = 1e-6
    quotient = (activation(POINTS + step) - activation(POINTS - step)) / (2 * step)
    np.testing.assert_allclose(activation.derivative(POINTS), quotient, atol=1e-9)


def test_infinite_arguments_have_their_limits():
    ends = np.array([-np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(relu(ends), [0.0, np.inf, np.nan])
    np.testing.assert_array_equal(leaky_relu(0.2)(ends), [-np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(relu.derivative(ends[:2]), [0.0, 1.0])
    np.testing.assert_array_equal(leaky_relu(0.2).derivative(ends[:2]), [0.2, 1.0])


def test_relu_differentiates_in_reverse_and_by_its_slope():
    backward = jax.vmap(jax.grad(relu))(jnp.array([-np.inf, -2.0, 3.0, np.inf]))
    np.testing.assert_array_equal(backward, [0.0, 0.0, 1.0, 1.0])
    assert jax.grad(lambda slope: relu.fn(-2.0, slope))(0.0) == -2.0


@pytest.mark.parametrize("slope", [0.0, 0.1, -0.7])
def test_at_the_kink_the_derivative_is_the_slope_below(slope):
    assert float(leaky_relu(slope).derivative(0.0)) == slope
    assert float(leaky_relu(slope).derivative(-0.0)) == slope


@pytest.mark.parametrize("point", [-3.0, -3, np.float64(-3), np.int8(-3), [-3]])
def test_plain_numbers_are_computed_in_float64(point):
    activation = leaky_relu(0.1)  # 0.1 in float32 is 0.10000000149
    assert activation.derivative(point).dtype == np.float64
    assert float(jnp.ravel(activation.derivative(point))[0]) == 0.1
    assert float(jnp.ravel(activation(point))[0]) == 0.1 * -3


@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float16, jnp.bfloat16])
def test_low_precision_is_kept(dtype):
    low = jnp.asarray(POINTS, dtype)
    assert leaky_relu(0.1)(low).dtype == dtype
    assert leaky_relu(0.1).derivative(low).dtype == dtype


def test_equality_is_by_value_and_derivatives_inherit_it():
    assert leaky_relu(0.1) == leaky_relu(0.1)
    assert leaky_relu(0.1) != leaky_relu(0.2)
    assert hash(leaky_relu(0.1).derivative) == hash(leaky_relu(0.1).derivative)
    assert len({relu.derivative, relu.derivative, identity.derivative}) == 2


def test_the_derivative_of_a_jump_has_a_point_mass_and_no_values():
    second = relu.derivative.derivative
    assert second.point_masses == ((0.0, 1.0),)
    with pytest.raises(ValueError, match=r"relu'' has a point mass at 0\.0, so it has no values"):
        second(1.0)
    with pytest.raises(ValueError, match=r"relu'' has a point mass at 0\.0, and the book has no"):
        _ = second.derivative
    assert float(identity.derivative.derivative(2.0)) == 0


@pytest.mark.parametrize("size", [2e-6, 1.0, 3e5])
@pytest.mark.parametrize("kink", [0.0, -1.0, 3e-9, 1e8])
@pytest.mark.parametrize("slope", [0.0, 1.0, -20.0])
def test_jumps_are_found_at_every_kink_and_size(size, kink, slope):
    size *= max(1, abs(kink))
    step = Activation("step", lambda z: size * (z > kink) + slope * (z - kink), kinks=(kink,))
    ((point, weight),) = step.derivative.point_masses
    assert point == kink
    assert weight == pytest.approx(size, rel=1e-4)


def test_a_unit_step_is_found_far_out_and_in_32_bits():
    for kink in (1e8, 1.0):
        step = Activation("step", lambda z, kink: 1.0 * (z > kink), (kink,), (kink,))
        assert step.derivative.point_masses == ((kink, 1.0),)
    with jax.enable_x64(False):
        step = Activation("step", lambda z: 1.0 * (z > 1), (1.0,))
        assert step.derivative.point_masses == ((1.0, 1.0),)
        assert float(leaky_relu(1000).derivative(-1.0)) == 1000


@pytest.mark.parametrize(
    ("fn", "kink"),
    [
        (lambda z: jnp.where(z > 0, 1e3 * z, 0.0), 0.0),
        (lambda z: jnp.where(z > 0, z, 1e9 * z), 0.0),
        (lambda z: jnp.abs(z - 1e8), 1e8),
        (lambda z: jnp.abs(z - 0.1) + 1e6, 0.1),
        (lambda z: jnp.abs(z) ** 0.5, 0.0),
        (jnp.cbrt, 0.0),
        (lambda z: jnp.full_like(z, 7.0), 0.3),
        (lambda z: jnp.where(z > 0, 1.0, 1 / 49 * 49), 0.0),  # a rounding apart
    ],
)
def test_steep_kinks_are_not_jumps(fn, kink):
    derivative = Activation("steep", fn, kinks=(kink,)).derivative
    assert derivative.name == "steep'"
    assert derivative.point_masses == ()


def test_large_slopes_have_derivatives():
    assert float(leaky_relu(1000).derivative(-1.0)) == 1000
    assert float(leaky_relu(1e160).derivative(-1.0)) == 1e160


def test_a_function_without_values_beside_its_kink_is_refused():
    with pytest.raises(ValueError, match=r"log has no finite values beside its kink at 0\.0"):
        _ = Activation("log", jnp.log, kinks=(0.0,)).derivative


def test_the_derivative_can_first_be_asked_for_while_jax_traces():
    activation = leaky_relu(0.125)
    assert float(jax.jit(lambda x: activation.derivative(x))(-2.0)) == 0.125


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_parameters_and_kinks_must_be_finite(bad):
    with pytest.raises(ValueError, match=f"must be finite, got {bad}"):
        leaky_relu(bad)
    with pytest.raises(ValueError, match=f"kinks of mine must be finite, got {bad}"):
        Activation("mine", jnp.abs, kinks=(bad,))


def test_malformed_activations_are_refused():
    with pytest.raises(ValueError, match=r"slope must be one number, got \[0\.1, 0\.2\]"):
        leaky_relu([0.1, 0.2])
    with pytest.raises(ValueError, match=r"kinks of mine must be a tuple of numbers, got 0\.0"):
        Activation("mine", jnp.abs, kinks=0.0)
    with pytest.raises(ValueError, match=r"params of mine must be a tuple of numbers, got 0\.5"):
        Activation("mine", jnp.abs, params=0.5)
    with pytest.raises(ValueError, match="fn of mine must be a function, got 3"):
        Activation("mine", 3)
    with pytest.raises(ValueError, match="name must be a string, got <"):
        Activation(jnp.abs, "abs")
    with pytest.raises(ValueError, match=r"slope must be known here, outside jax\.jit"):
        jax.jit(lambda slope: leaky_relu(slope)(1.0))(0.1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("relu", "activation must be an Activation, got 'relu'; take ntklib.activations.relu"),
        ("softmax", r"got 'softmax'; make one: Activation\(name, function\)"),
        (leaky_relu, r"got <function leaky_relu.*; call it: leaky_relu\(0\.1\)"),
        (jax.nn.relu, r"got .*; make one: Activation\(name, function\)"),
        (None, r"got None; make one: Activation\(name, function\)"),
    ],
)
def test_what_is_not_an_activation_is_refused_with_a_hint(value, message):
    with pytest.raises(ValueError, match=message):
        require_activation(value)
    assert require_activation(relu) is relu


@pytest.mark.parametrize("activation", named(), ids=lambda a: a.name)
def test_a_derivative_jumps_one_order_earlier_whether_told_or_asked(activation):
    told = replace(activation)
    order = told.jump_order
    asked = replace(activation).derivative
    assert told.derivative.jump_order == asked.jump_order == order - 1
