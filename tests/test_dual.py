"""Dual activations against direct integration in 30 digits, and against simulation."""

import math

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntklib.activations import Activation, identity, leaky_relu, relu
from ntklib.dual import dual, kink_constant, second_moment

FAMILY = [relu, identity, leaky_relu(0.1), leaky_relu(-0.7)]
CORRELATIONS = [-1.0, -1 + 1e-12, -0.6, 0.0, 0.3, 0.999, 1 - 1e-12, 1.0]


def dual_by_polar_integration(slope, power, rho):
    """E[sigma(u) sigma(v)] by the angle of (z1, z2) alone; power 0 takes the derivatives.

    With u = R cos t, v = R cos(t - theta) the radius separates: E[R^2] = 2 for degree 1,
    E[R^0] = 1 for degree 0. The kinks sit at the zeros of the cosines and end the pieces.
    """
    with mpmath.workdps(30):
        theta = mpmath.acos(mpmath.mpf(rho))

        def piece(angle):
            value = mpmath.cos(angle)
            factor = 1 if value > 0 else mpmath.mpf(slope)
            return factor * value**power

        kinks = {mpmath.pi / 2, 3 * mpmath.pi / 2}
        kinks |= {(k + theta) % (2 * mpmath.pi) for k in list(kinks)}
        ends = [mpmath.mpf(0), *sorted(kinks), 2 * mpmath.pi]
        mean = mpmath.quad(lambda t: piece(t) * piece(t - theta), ends) / (2 * mpmath.pi)
        return float((2 if power else 1) * mean)


@pytest.mark.parametrize("activation", FAMILY, ids=lambda a: f"{a.name}{a.params}")
@pytest.mark.parametrize("rho", CORRELATIONS)
def test_dual_equals_the_integral(activation, rho):
    (slope,) = activation.params
    expected = dual_by_polar_integration(slope, 1, rho)
    assert float(dual(activation, rho)) == pytest.approx(expected, abs=3e-15)
    expected = dual_by_polar_integration(slope, 0, rho)
    # arcsin near +-1 turns one rounding of rho into its square root
    tolerance = 3e-15 + 3e-16 / math.sqrt(1 - abs(rho) + 1e-16)
    assert float(dual(activation.derivative, rho)) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("activation", FAMILY, ids=lambda a: f"{a.name}{a.params}")
def test_dual_equals_a_simulation(activation):
    draws, rho = 400_000, 0.4
    z = np.random.default_rng(0).standard_normal((2, draws))
    u, v = 2.0 * z[0], 0.5 * (rho * z[0] + math.sqrt(1 - rho**2) * z[1])
    products = np.asarray(activation(u) * activation(v))
    error = products.std() / math.sqrt(draws)
    predicted = float(dual(activation, rho, variances=(4.0, 0.25)))
    assert abs(products.mean() - predicted) < 4 * error


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_dual_increases_and_its_slope_is_the_dual_of_the_derivative(a, b):
    low, high = sorted((a, b))
    assert float(dual(relu, low)) <= float(dual(relu, high)) + 1e-16
    chord = float(dual(relu, high) - dual(relu, low))
    slopes = [float(dual(relu.derivative, r)) for r in (low, high)]  # convex: slopes increase
    assert slopes[0] * (high - low) - 1e-15 <= chord <= slopes[1] * (high - low) + 1e-15


def test_constants():
    assert second_moment(relu) == 0.5
    assert second_moment(identity) == 1.0
    assert kink_constant(relu) == pytest.approx(1 / math.pi, rel=1e-15)
    assert kink_constant(identity) == 0.0
    assert kink_constant(leaky_relu(-1.0)) == pytest.approx(2 / math.pi, rel=1e-15)


@pytest.mark.parametrize("rho", [1.0000001, -2.0, np.nan])
def test_correlations_outside_the_range_are_refused(rho):
    with pytest.raises(ValueError, match=f"rho must .*{rho}"):
        dual(relu, [0.0, rho])


def test_other_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"variances must be positive, got \(1.0, -2.0\)"):
        dual(relu, 0.0, variances=(1.0, -2.0))
    mine = Activation("mine", jnp.tanh)
    with pytest.raises(ValueError, match="no closed form is known for the dual of mine"):
        dual(mine, 0.0)
    with pytest.raises(ValueError, match="got mine"):
        kink_constant(mine)
