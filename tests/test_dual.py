"""Dual activations against direct integration in 30 digits, and against simulation."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntklib.activations import Activation, identity, leaky_relu, relu, two_slopes
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
    assert float(dual(activation.derivative, rho)) == pytest.approx(expected, abs=3e-15)


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


@pytest.mark.parametrize("activation", FAMILY, ids=lambda a: f"{a.name}{a.params}")
def test_variances_scale_by_the_degree(activation):
    """sigma(2 u) sigma(3 v) = 6 sigma(u) sigma(v), and sigma' does not see the scale."""
    one = float(dual(activation, 0.3))
    assert float(dual(activation, 0.3, variances=(4, 9))) == pytest.approx(6 * one, rel=1e-15)
    derivative = activation.derivative
    assert float(dual(derivative, 0.3, variances=(4, 9))) == float(dual(derivative, 0.3))
    huge, tiny = (1e300, 1e200), (1e-300, 1e-200)
    assert float(dual(activation, 0.3, variances=huge)) == pytest.approx(1e250 * one, rel=1e-14)
    assert float(dual(activation, 0.3, variances=tiny)) == pytest.approx(1e-250 * one, rel=1e-14)


def test_constants():
    assert second_moment(relu) == 0.5
    assert second_moment(identity) == 1.0
    assert kink_constant(relu) == pytest.approx(1 / math.pi, rel=1e-15)
    assert kink_constant(identity) == 0.0
    assert kink_constant(leaky_relu(-1.0)) == 2 / math.pi


@pytest.mark.parametrize("slope", [0.0, 1.0, 0.1, -0.7, 3.0, 1e150])
def test_the_second_moment_is_the_dual_at_one_and_needs_no_64_bits(slope):
    for activation in (leaky_relu(slope), leaky_relu(slope).derivative):
        expected = float(dual(activation, 1.0))
        assert second_moment(activation) == pytest.approx(expected, rel=1e-15)
        with jax.enable_x64(False):
            assert second_moment(activation) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("slope", [0.3, -0.5, 7.0, -1e5, 1e160, -1e308])
def test_the_kink_constant_is_safe_at_every_scale(slope):
    with mpmath.workdps(700):
        s = mpmath.mpf(slope)
        expected = float((1 - s) ** 2 / (1 + s**2) / mpmath.pi)
    assert kink_constant(leaky_relu(slope)) == pytest.approx(expected, rel=1e-15)


def test_rounding_at_the_edge_is_clipped_and_more_is_refused():
    edge = 1.0000000000000002
    assert float(dual(relu, edge)) == float(dual(relu, 1.0))
    assert float(dual(relu, -edge)) == float(dual(relu, -1.0))
    assert np.isfinite(dual(relu, jnp.float32(1) + jnp.finfo(jnp.float32).eps))
    for beyond in (1 + 1e-14, -1 - 1e-14):
        with pytest.raises(ValueError, match=r"rho must lie in \[-1\.0, 1\.0\], got -?1\.0"):
            dual(relu, beyond)


@pytest.mark.parametrize("activation", FAMILY, ids=lambda a: f"{a.name}{a.params}")
def test_dual_goes_through_jax(activation):
    """Its slope is the dual of the derivative, at the ends of the range too."""
    rho = jnp.array(CORRELATIONS)
    expected = dual(activation, rho)
    close = {"rtol": 0, "atol": 1e-15}
    np.testing.assert_allclose(jax.jit(lambda r: dual(activation, r))(rho), expected, **close)
    np.testing.assert_allclose(jax.vmap(lambda r: dual(activation, r))(rho), expected, **close)
    slope = jax.vmap(jax.grad(lambda r: dual(activation, r)))(rho)
    np.testing.assert_allclose(slope, dual(activation.derivative, rho), **close)


@pytest.mark.parametrize("rho", [1.0000001, -2.0, np.nan])
def test_correlations_outside_the_range_are_refused(rho):
    with pytest.raises(ValueError, match=f"rho must .*{rho}"):
        dual(relu, [0.0, rho])


@pytest.mark.parametrize(
    ("variances", "message"),
    [
        ((1.0, -2.0), r"variances must be positive, got -2\.0"),
        ((0.0, 1.0), r"variances must be positive, got 0\.0"),
        ((1.0, np.inf), "variances must be finite, got inf"),
        ((1.0,), r"variances must be two numbers, got \(1\.0,\)"),
        ((1, 2, 3), r"variances must be two numbers, got \(1, 2, 3\)"),
        (2.0, r"variances must be two numbers, got 2\.0"),
        (None, "variances must be two numbers, got None"),
        (([1.0, 2.0], [1.0, 2.0]), r"variances must be one number, got \[1\.0, 2\.0\]"),
        (("1", "2"), "variances must be numbers, got '1'"),
    ],
)
def test_bad_variances_are_refused(variances, message):
    with pytest.raises(ValueError, match=message):
        dual(relu, 0.0, variances=variances)


def test_overflow_is_refused_by_name():
    with pytest.raises(ValueError, match=r"overflows: leaky_relu has parameters \(1e\+160,\)"):
        second_moment(leaky_relu(1e160))
    with pytest.raises(ValueError, match=r"overflows: leaky_relu' has parameters \(1e\+160,\)"):
        dual(leaky_relu(1e160).derivative, 0.5)
    with pytest.raises(
        ValueError, match=r"overflows: .*\(100\.0,\) and the variances are \(1e\+308, 1"
    ):
        dual(leaky_relu(100), 0.5, variances=(1e308, 1e308))


def test_32_bit_mode_is_refused():
    with jax.enable_x64(False), pytest.raises(ValueError, match="jax_enable_x64 is False"):
        dual(relu, 0.5)


@pytest.mark.parametrize("function", [lambda a: dual(a, 0.0), second_moment, kink_constant])
def test_what_is_not_an_activation_is_refused(function):
    with pytest.raises(ValueError, match=r"got 'relu'; take ntklib\.activations\.relu"):
        function("relu")
    with pytest.raises(ValueError, match=r"call it: leaky_relu\(0\.1\)"):
        function(leaky_relu)


def test_the_kink_constant_needs_the_leaky_family():
    for mine in (Activation("mine", jnp.tanh), Activation("mine", two_slopes)):
        with pytest.raises(ValueError, match=r"needs relu, leaky_relu\(slope\).*got mine"):
            kink_constant(mine)
