"""Duals without a closed form, against NumPy and mpmath that know nothing of the library."""

from functools import cache

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from mpmath import mpf
from references import IN_DIGITS, SMOOTH, by_trapezoid, in_digits, truncated_powers

from ntklib.activations import Activation, erf, hard_tanh, named, sine
from ntklib.dual import dual, dual_table, second_moment

REGISTRY = {activation.name: activation for activation in named()}
REGISTRY |= {f"{name}'": each.derivative for name, each in list(REGISTRY.items())}
RHO = [-1.0, -1 + 1e-12, -0.83, -0.2, 0.0, 0.5, 0.97, 1 - 1e-12, 1.0]


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("variances", [(1.0, 1.0), (2.0, 0.3), (9.0, 0.01)])
def test_smooth_ones_equal_a_sum_over_the_plane(name, variances):
    size = np.sqrt(np.prod([second_moment(REGISTRY[name], variance=v) for v in variances]))
    expected = [by_trapezoid(SMOOTH[name], rho, variances) for rho in RHO]
    error = np.abs(dual(REGISTRY[name], RHO, variances=variances) - np.array(expected))
    assert error.max() <= 1e-14 * size


@pytest.mark.parametrize("name", IN_DIGITS)
@pytest.mark.parametrize("rho", [-0.83, 1.0])
def test_smooth_ones_equal_a_sum_in_25_digits(name, rho):
    expected = in_digits(IN_DIGITS[name], rho)
    assert float(dual(REGISTRY[name], rho)) == pytest.approx(expected, rel=5e-15)


CLAMP = ([-1, 1], [1, 1], [1, -1])  # hard_tanh + 1


@pytest.mark.parametrize("rho", [-1.0, -0.9, 0.3, 0.99, 1 - 1e-12])
@pytest.mark.parametrize("deviations", [(1.0, 1.0), (3.0, 0.1)])
def test_hard_tanh_equals_one_integral(rho, deviations):
    """E[(1 + f(u)) (1 + f(v))] = 1 + E[f(u) f(v)], because f is odd."""
    variances = deviations[0] ** 2, deviations[1] ** 2
    expected = truncated_powers(*CLAMP, rho, deviations) - 1
    computed = float(dual(hard_tanh, rho, variances=variances))
    assert computed == pytest.approx(expected, abs=1e-14)
    expected = truncated_powers([-1, 1], [0, 0], [1, -1], rho, deviations)
    computed = float(dual(hard_tanh.derivative, rho, variances=variances))
    assert computed == pytest.approx(expected, abs=1e-14)


KINKS, HEIGHTS = [-0.7, 0.4, 1.3], [1.0, -2.0, 0.5]


@cache
def with_kinks(order):
    def fn(z):
        powers = [jnp.where(z > k, z - k, 0.0) ** order if order else 1.0 * (z > k) for k in KINKS]
        return sum(h * p for h, p in zip(HEIGHTS, powers, strict=True))

    return Activation(f"kinks of order {order}", fn, kinks=tuple(KINKS))


@pytest.mark.parametrize("order", [0, 1, 2, 3])
@pytest.mark.parametrize("rho", [-0.95, 0.4, 1 - 1e-9])
def test_several_kinks_of_every_order_off_the_origin(order, rho):
    mine = with_kinks(order)
    size = second_moment(mine)
    expected = truncated_powers(KINKS, [order] * 3, HEIGHTS, rho)
    assert float(dual(mine, rho)) == pytest.approx(expected, abs=1e-14 * size)


ENDS = np.concatenate(
    [[-1.0, 0.0, 1.0], 1 - np.logspace(-14, -0.3, 25), np.logspace(-14, -0.3, 25) - 1]
)


def power_dual(p):
    """E |u|^p |v|^p = 2^p Gamma((p + 1) / 2)^2 / pi * 2F1(-p/2, -p/2; 1/2; rho^2)."""
    factor = 2**p * mpmath.gamma((mpf(p) + 1) / 2) ** 2 / mpmath.pi
    return [float(factor * mpmath.hyp2f1(-p / 2, -p / 2, 0.5, mpf(r) ** 2)) for r in ENDS]


@pytest.mark.parametrize(("p", "bound"), [(0.5, 1e-14), (2.5, 1e-14), (-0.1, 1e-10)])
def test_powers_equal_a_hypergeometric_function(p, bound):
    mine = Activation(f"|z|^{p}", lambda z: jnp.abs(z) ** p, kinks=(0.0,))
    error = np.abs(dual(mine, ENDS) - np.array(power_dual(p)))
    assert error.max() <= bound * second_moment(mine)


def test_a_logarithm_equals_its_arc_sine():
    """The covariance of log|u| and log|v| is arcsin(rho)^2 / 2."""
    mine = Activation("log", lambda z: jnp.log(jnp.abs(z)), kinks=(0.0,))
    mean = -(np.euler_gamma + np.log(2)) / 2
    error = np.abs(dual(mine, ENDS) - (mean**2 + np.arcsin(ENDS) ** 2 / 2))
    assert error.max() <= 5e-11 * second_moment(mine)


@pytest.mark.parametrize("kink", [1.0, -0.3])
def test_a_logarithm_off_the_origin_equals_a_difference_of_gaussian_averages(kink):
    """At rho = 0 the dual is (E sigma)^2, at 1 it is E sigma^2; sums put points onto the kink."""
    mine = Activation("log", lambda z: jnp.log(jnp.abs(z - kink)), kinks=(kink,))
    with mpmath.workdps(20):
        ends = [-12, kink, 12]
        first, second = (
            mpmath.quad(lambda z, p=p: mpmath.log(abs(z - kink)) ** p * mpmath.npdf(z), ends)
            for p in (1, 2)
        )
    assert float(dual(mine, 0.0)) == pytest.approx(float(first**2), rel=1e-10)
    near = np.asarray(dual(mine, [1 - 1e-12, 1.0]))
    np.testing.assert_allclose(near, float(second), rtol=2e-6)  # the gap falls like sqrt(1 - rho)
    assert float(dual(mine, 1.0)) == pytest.approx(float(second), rel=1e-9)


@pytest.mark.parametrize(("gain", "bound"), [(10.0, 1e-14), (1e3, 1e-12), (1e4, 1e-11)])
def test_steep_ones_keep_their_digits(gain, bound):
    """erf(10^4 z) is a step but for 1e-4: a rule that steps over it is wrong by 2e-8."""
    mine = Activation("steep", lambda z: jax.scipy.special.erf(gain * z))
    error = np.abs(dual(mine, ENDS) - dual(erf.scaled(gain), ENDS))
    assert error.max() <= bound


@pytest.mark.parametrize("gain", [5.0, 20.0, 60.0])
def test_oscillating_ones_keep_their_digits(gain):
    """The slope of the dual is up to gain^2 E sigma'^2, and rho is rounded."""
    mine = Activation("fast", lambda z: jnp.sin(gain * z))
    error = np.abs(dual(mine, ENDS) - dual(sine.scaled(gain), ENDS))
    assert error.max() <= 1e-14 + gain**2 * 1e-16


class Unhashable:
    """A callable that cannot key a cache."""

    __hash__ = None

    def __call__(self, z, a, b):
        return jnp.where(z > a, b * (z - a), 0.0)


def test_unhashable_functions_and_parameters_do_as_well():
    mine = Activation("mine", Unhashable(), kinks=(0.5,), params=(0.5, 2.0))
    expected = truncated_powers([0.5], [1], [2], 0.3)
    assert float(dual(mine, 0.3)) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("height", [1.0, -2.5])
def test_the_slope_of_a_staircase_has_only_point_masses(height):
    stairs = Activation("stairs", lambda z: height * (z > 0.3) - 1.0 * (z > -1), (-1.0, 0.3))
    masses, rho = [(-1.0, -1.0), (0.3, height)], 0.4
    expected = sum(
        m * n * mpmath.exp(-(a * a - 2 * rho * a * b + b * b) / (2 * (1 - rho**2)))
        for a, m in masses
        for b, n in masses
    ) / (2 * mpmath.pi * mpmath.sqrt(1 - rho**2))
    assert float(dual(stairs.derivative, rho)) == pytest.approx(float(expected), rel=1e-14)


@pytest.mark.parametrize("variances", [(1.0, 1.0), (2.0, 0.3)])
def test_the_slope_of_a_jump_with_a_smooth_part_equals_a_difference(variances):
    jumps = Activation("jumps", lambda z: jnp.tanh(z) + jnp.where(z > 0.5, 1.5, 0.0), (0.5,))
    rho, step = np.array([-0.6, 0.2, 0.7]), 1e-3
    around = [np.asarray(dual(jumps, rho + k * step, variances=variances)) for k in (-2, -1, 1, 2)]
    quotient = (around[0] - 8 * around[1] + 8 * around[2] - around[3]) / (12 * step)
    slope = np.sqrt(np.prod(variances)) * dual(jumps.derivative, rho, variances=variances)
    np.testing.assert_allclose(slope, quotient, rtol=2e-9)


def test_a_gap_starts_with_the_power_that_its_kink_leaves():
    assert dual_table(REGISTRY["sign"]).power == 1
    assert dual_table(REGISTRY["relu"]).power == dual_table(REGISTRY["tanh"]).power == 2
    assert dual_table(hard_tanh.derivative).power == 1


SUBJECTS = {
    "relu": REGISTRY["relu"],
    1: erf,
    1000: Activation("steep", lambda z: jax.scipy.special.erf(1000 * z)),
    "fast": Activation("fast", lambda z: jnp.sin(20 * z)),
    "sign": REGISTRY["sign"],
}


@pytest.mark.parametrize("power_of_ten", [-1, -3, -5, -7, -9])
def test_gaps_keep_their_digits_at_small_angles(power_of_ten):
    """ReLU, a smooth one, a steep one and an oscillating one, against 40 digits."""
    theta = 10.0**power_of_ten
    with mpmath.workdps(40):
        t = mpf(theta)
        bend = (mpmath.sin(t) + (mpmath.pi - t) * mpmath.cos(t)) / mpmath.pi
        expected = {"relu": 1 - bend}
        for gain in (1, 1000):
            share = 2 * mpf(gain) ** 2 / (1 + 2 * mpf(gain) ** 2)
            expected[gain] = 1 - mpmath.asin(share * mpmath.cos(t)) / mpmath.asin(share)
        far = mpf(400)  # (20 z)^2
        expected["fast"] = 1 - mpmath.sinh(far * mpmath.cos(t)) / mpmath.sinh(far)
        expected["sign"] = 2 * t / mpmath.pi
    for key, activation in SUBJECTS.items():
        computed = float(dual_table(activation).gap(np.array([theta]))[0])
        assert computed == pytest.approx(float(expected[key]), rel=2e-13), key
