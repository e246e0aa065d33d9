"""Activations: values, derivatives, equality, and what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import Activation, identity, leaky_relu, relu

POINTS = np.array([-3.0, -0.5, 0.25, 2.0])


def test_values_are_those_of_the_definition():
    np.testing.assert_array_equal(relu(POINTS), np.maximum(POINTS, 0))
    np.testing.assert_array_equal(identity(POINTS), POINTS)
    np.testing.assert_array_equal(
        leaky_relu(0.2)(POINTS), np.where(POINTS > 0, POINTS, 0.2 * POINTS)
    )


@pytest.mark.parametrize("activation", [relu, identity, leaky_relu(0.2), leaky_relu(-1.0)])
def test_the_derivative_is_the_difference_quotient(activation):
    step = 1e-6
    quotient = (activation(POINTS + step) - activation(POINTS - step)) / (2 * step)
    np.testing.assert_allclose(activation.derivative(POINTS), quotient, atol=1e-9)


def test_equality_is_by_value_and_derivatives_inherit_it():
    assert leaky_relu(0.1) == leaky_relu(0.1)
    assert leaky_relu(0.1) != leaky_relu(0.2)
    assert hash(leaky_relu(0.1).derivative) == hash(leaky_relu(0.1).derivative)
    assert len({relu.derivative, relu.derivative, identity.derivative}) == 2


def test_a_function_that_jumps_has_no_derivative():
    with pytest.raises(ValueError, match=r"relu' jumps by 1 at 0\.0"):
        _ = relu.derivative.derivative
    assert float(identity.derivative.derivative(2.0)) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_parameters_and_kinks_must_be_finite(bad):
    with pytest.raises(ValueError, match=f"must be finite, got {bad}"):
        leaky_relu(bad)
    with pytest.raises(ValueError, match=f"kinks of mine must be finite, got {bad}"):
        Activation("mine", jnp.abs, kinks=(bad,))
