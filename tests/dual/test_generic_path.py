"""What is tabulated against every closed form: two computations that share no formula."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntklib.activations import erf, hard_tanh, leaky_relu, named, relu, sign, sine, tanh
from ntklib.dual import dual, dual_table, second_moment
from ntklib.dual.closed_forms import closed_form
from ntklib.dual.point_masses import from_point_masses

RHO = np.concatenate(
    [
        [-1.0, -1 + 1e-12, 0.0, 1 - 1e-12, 1.0],
        np.random.default_rng(11).uniform(-1, 1, 200),
        1 - np.logspace(-14, -1, 40),
        np.logspace(-14, -1, 40) - 1,
    ]
)
VARIANCES = [(1.0, 1.0), (2.0, 0.3), (9.0, 0.01), (1e-6, 1e-6)]
BOUND = 1e-14  # of the size; measured: 2e-15


def with_closed_forms():
    every = [*named(), leaky_relu(-0.7), sign.scaled(-2)]
    both = [each for activation in every for each in (activation, activation.derivative)]
    return [a for a in both if closed_form(a) is not None and not a.point_masses]


@pytest.mark.parametrize("variances", VARIANCES)
@pytest.mark.parametrize("activation", with_closed_forms(), ids=lambda a: a.name)
def test_the_table_equals_the_closed_form(activation, variances):
    form = closed_form(activation)
    deviations = math.sqrt(variances[0]), math.sqrt(variances[1])
    if not form.covers(deviations):
        assert activation.name.rstrip("'") in ("elu", "selu")
        return
    moments = [second_moment(activation, variance=v) for v in variances]
    size = math.sqrt(math.prod(moments))
    error = np.abs(dual_table(activation, variances)(RHO) - form(RHO, deviations))
    assert error.max() <= BOUND * size, RHO[error.argmax()]


@pytest.mark.parametrize("variances", [(100.0, 0.01), (1e4, 1e4), (1e4, 1e-6)])
@pytest.mark.parametrize("activation", [relu, erf, erf.derivative, sine], ids=lambda a: a.name)
def test_large_and_small_variances_cost_a_digit(activation, variances):
    """At variance 10^4 the error function is as steep as a step, and the sine is sin(100 z)."""
    deviations = math.sqrt(variances[0]), math.sqrt(variances[1])
    size = math.sqrt(math.prod(second_moment(activation, variance=v) for v in variances))
    expected = closed_form(activation)(RHO, deviations)
    error = np.abs(dual_table(activation, variances)(RHO) - expected)
    assert error.max() <= 4e-12 * size


def test_the_activations_above_are_all_that_have_one():
    names = {activation.name.rstrip("'") for activation in with_closed_forms()}
    generic = {"hard_tanh", "tanh", "sigmoid", "softplus", "swish", "gelu", "xtanh", "x2tanh"}
    assert {a.name for a in named()} == (names - {"sign(-2 z)"}) | generic


def test_a_table_with_point_masses_equals_the_closed_form():
    """hard_tanh'' = delta(z + 1) - delta(z - 1), and a step's slope is its height times one."""
    rho = np.array([-0.999, -0.5, 0.0, 0.3, 0.9, 1 - 1e-9])
    root = np.sqrt((1 - rho) * (1 + rho))
    same, other = np.exp(-1 / (1 + rho)), np.exp(-1 / (1 - rho))
    expected = (same - other) / (math.pi * root)
    second = hard_tanh.derivative.derivative
    np.testing.assert_allclose(dual(second, rho), expected, rtol=1e-9, atol=1e-14)
    step = sign.derivative
    generic = from_point_masses(step, (1.0, 2.0), rho)
    np.testing.assert_allclose(generic, dual(step, rho, variances=(1, 4)), rtol=1e-9)


SIZES = st.sampled_from([0.05, 4.0])  # each new one is a new table


@given(st.sampled_from(named()), st.floats(-1, 1), SIZES, SIZES)
def test_bounds_and_symmetry(activation, rho, v1, v2):
    size = math.sqrt(
        second_moment(activation, variance=v1) * second_moment(activation, variance=v2)
    )
    value = float(dual(activation, rho, variances=(v1, v2)))
    assert abs(value) <= size * (1 + 1e-14)
    swapped = float(dual(activation, rho, variances=(v2, v1)))
    assert value == pytest.approx(swapped, abs=1e-12 * size)


@pytest.mark.parametrize("activation", named(), ids=lambda a: a.name)
def test_at_one_it_is_the_second_moment_and_the_gram_matrix_is_positive(activation):
    one = second_moment(activation)
    assert float(dual(activation, 1.0)) == pytest.approx(one, rel=1e-14)
    x = np.random.default_rng(5).standard_normal((30, 4))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    gram = np.asarray(dual(activation, np.clip(x @ x.T, -1, 1)))
    assert np.linalg.eigvalsh(gram).min() > -1e-12 * one * len(x)


@pytest.mark.parametrize(
    "activation", [a for a in named() if a.name != "sign"], ids=lambda a: a.name
)
def test_kappa_is_at_least_one_and_the_slope_is_the_dual_of_the_derivative(activation):
    """E sigma'^2 >= E sigma^2 - (E sigma)^2 (Poincare), and d/drho by a central difference."""
    slope = second_moment(activation.derivative)
    assert slope >= second_moment(activation) - float(dual(activation, 0.0)) - 1e-14
    step, rho = 1e-3, 0.4
    around = np.asarray(dual(activation, rho + step * np.array([-2, -1, 1, 2])))
    quotient = around @ np.array([1, -8, 8, -1]) / (12 * step)
    assert float(dual(activation.derivative, rho)) == pytest.approx(quotient, rel=1e-9, abs=1e-10)


def test_gaps_of_one_angle_and_of_many():
    """Many are taken up in parts."""
    theta = np.linspace(0, np.pi, 10_001)
    table = dual_table(tanh.derivative, (1.0, 1.0))
    gaps = table.gap(theta)
    for i in (0, 1, 4095, 4096, 10_000):
        assert float(table.gap(theta[i])) == pytest.approx(gaps[i], rel=1e-13, abs=1e-16)
