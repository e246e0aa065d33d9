"""Capacities of spherical weights: closed forms, an independent minimiser, limits, simulation."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import linprog, minimize
from scipy.special import logsumexp
from scipy.stats import norm

from ntklib.activations import (
    Activation,
    elu,
    erf,
    gelu,
    identity,
    leaky_relu,
    named,
    polynomial,
    quadratic,
    relu,
    relu_squared,
    sign,
    tanh,
)
from ntklib.capacity import breaking, capacity_saddle, overlap, spherical_capacity
from ntklib.capacity.minimum import Problem
from ntklib.capacity.overlap import centred_dual

NODES, WEIGHTS = np.polynomial.legendre.leggauss(120)
Z, OUTER = 9 * NODES, 9 * WEIGHTS * norm.pdf(9 * NODES)


def by_hand(activation, q0, omega, margin=0.0):
    """1RSB at capacity by two nested quadratures, the inner one cut at its corner."""
    effective, slope = float(overlap(activation, q0)), float(overlap(activation, 1.0, order=1))
    spread, stiffness = math.sqrt(1 - effective), omega / slope
    corner = -(math.sqrt(effective) * Z - margin) / spread
    stiff = 1 + stiffness * spread**2
    reach = 12 / math.sqrt(stiff) + np.maximum(corner, 0) / stiff
    below = corner[:, None] + reach[:, None] * (NODES - 1) / 2
    cost = norm.logpdf(below) - stiffness * spread**2 * (below - corner[:, None]) ** 2 / 2
    wrong = logsumexp(cost, b=reach[:, None] / 2 * WEIGHTS, axis=1)
    inner = np.logaddexp(norm.logsf(corner), wrong)
    room = 1 + omega * (1 - q0)
    return (math.log(room) / 2 + omega * q0 / (2 * room)) / -(inner @ OUTER)


@pytest.mark.parametrize("activation", named(), ids=lambda a: a.name)
def test_replica_symmetric_capacity_is_twice_the_mean_degree(activation):
    found = spherical_capacity(activation)
    if activation == sign:
        assert found == math.inf
        assert "jumps" in found.method
        return
    assert found == pytest.approx(2 * float(overlap(activation, 1.0, order=1)), rel=1e-12)
    assert found >= 2 - 1e-10


@pytest.mark.parametrize(
    ("activation", "load"),
    [
        (identity, 2.0),
        (relu, 2 * math.pi / (math.pi - 1)),
        (quadratic, 4.0),
        (polynomial(0, -3, 0, 1), 6.0),
        (relu_squared, 3.2),
        (erf, 2 * (2 / math.sqrt(5) * 2 / math.pi) / (2 / math.pi * math.asin(2 / 3))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_closed_forms(activation, load):
    assert spherical_capacity(activation) == pytest.approx(load, rel=1e-13)


@pytest.mark.parametrize("margin", [-2.0, -0.3, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 5.0])
def test_margin_by_adaptive_quadrature(margin):
    shortfall = quad(lambda z: (z + margin) ** 2 * norm.pdf(z), -margin, 40, epsabs=1e-14)[0]
    for activation in (identity, relu):
        expected = float(overlap(activation, 1.0, order=1)) / shortfall
        assert spherical_capacity(activation, margin=margin) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("activation", "one", "two"),
    [
        (relu, 2.664280057, 2.653274),
        (quadratic, 3.374664425, 3.366400),
        (erf, 2.374999191, 2.374354),
        (leaky_relu(0.1), 2.512518172, None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_broken_symmetry(activation, one, two):
    assert spherical_capacity(activation, rsb=1) == pytest.approx(one, abs=1e-9)
    if two is not None:
        assert spherical_capacity(activation, rsb=2) == pytest.approx(two, abs=1e-6)


@pytest.mark.parametrize(
    ("activation", "margin"),
    [(relu, 0.0), (gelu, 0.0), (tanh, 0.0), (erf.scaled(3), 0.0), (relu, 0.5), (identity, -1.0)],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_one_step_by_another_minimiser(activation, margin):
    found = capacity_saddle(activation, rsb=1, margin=margin)
    start = math.log(found.overlaps[0] / (1 - found.overlaps[0])), math.log(found.scales[0])

    def load(x):
        return by_hand(activation, 1 / (1 + math.exp(-x[0])), math.exp(x[1]), margin)

    again = minimize(
        load, np.add(start, 0.2), method="Nelder-Mead", options={"fatol": 1e-12, "xatol": 1e-7}
    )
    assert found.capacity == pytest.approx(again.fun, rel=1e-9)


def test_global_minimum_on_a_grid():
    """No point of a coarse grid lies below the minimum that was found."""
    for activation in (relu, quadratic, leaky_relu(0.5)):
        found = spherical_capacity(activation, rsb=1)
        grid = [
            by_hand(activation, q, w)
            for q in np.linspace(0, 0.98, 15)
            for w in np.geomspace(0.1, 500, 15)
        ]
        assert found <= min(grid)


def test_two_steps_contain_one():
    """With q_1 close to q_0, or equal scales, the second step does nothing."""
    centred = centred_dual(relu)
    one, two = Problem(centred, 0.3, 1), Problem(centred, 0.3, 2)
    for outer, scale in ((0.7, 2.0), (1.5, 3.0), (3.6, 4.9)):
        single = one.load(np.array([outer, scale]))[0]
        merged = two.load(np.array([outer, 1.0, scale, 1e-9]))[0]
        assert merged == pytest.approx(single, rel=1e-7)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("activation", [relu, gelu], ids=lambda a: a.name)
def test_slopes_are_slopes(steps, activation):
    problem = Problem(centred_dual(activation), 0.2, steps)
    x = np.array([0.8, 2.1] if steps == 1 else [0.6, 1.9, 2.2, 1.1])
    for i, slope in enumerate(problem.load(x)[1]):
        step = 1e-5 * np.eye(len(x))[i]
        rise = (problem.load(x + step)[0] - problem.load(x - step)[0]) / 2e-5
        assert slope == pytest.approx(rise, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    "activation", [relu, gelu, elu, erf.scaled(3), quadratic], ids=lambda a: a.name
)
def test_each_step_lowers_the_capacity(activation):
    loads = [spherical_capacity(activation, rsb=rsb) for rsb in (0, 1, 2)]
    assert loads[0] > loads[1] > loads[2] > 2


def test_pure_third_degree_has_clusters_at_right_angles():
    """Q = q^3 is flat at 0: the outer overlap goes there, and replica symmetry is far off."""
    third = polynomial(0, -3, 0, 1)
    found = capacity_saddle(third, rsb=1)
    assert found.overlaps == (0.0,)
    assert found.capacity == pytest.approx(by_hand(third, 0.0, found.scales[0]), rel=1e-9)
    assert found.capacity < 4 < spherical_capacity(third)


@pytest.mark.parametrize("slope", [0.5, 0.9])
def test_two_steps_of_almost_linear_machines(slope):
    """Scales reach thousands, and far fields on the wrong side count."""
    symmetric, one, two = (spherical_capacity(leaky_relu(slope), rsb=rsb) for rsb in (0, 1, 2))
    assert two < one < symmetric
    assert one - two < 0.1 * (symmetric - one)  # the steps converge


def test_errors_hold_with_finer_averages():
    for rsb in (1, 2):
        found = capacity_saddle(relu, rsb=rsb)
        gaps = 1 - np.array(found.overlaps)
        point = breaking.Point(
            gaps, centred_dual(relu).gap(np.sqrt(gaps / 2)), np.array(found.scales)
        )
        fine = breaking.LOADS[rsb](point, math.pi / (math.pi - 1), 0.0, refine=3)
        assert abs(float(fine) - found.capacity) < found.capacity.error


def test_nothing_to_break_for_the_linear_machine():
    found = capacity_saddle(identity, rsb=1)
    assert found.capacity == 2
    assert found.overlaps == found.scales == ()
    assert "no step" in found.capacity.method
    assert spherical_capacity(identity, rsb=1, margin=1.0) == spherical_capacity(
        identity, margin=1.0
    )


def test_jump_is_infinite_and_says_why():
    found = capacity_saddle(sign, rsb=2)
    assert found.capacity == math.inf
    assert "sign jumps" in found.capacity.method


def test_steep_erf_goes_where_sign_is():
    loads = [spherical_capacity(erf.scaled(gain)) for gain in (1, 3, 10, 30)]
    assert loads[1] == pytest.approx(4.754036, abs=1e-6)
    assert np.all(np.diff(loads) > 0)
    assert loads[-1] > 30


def test_perceptron_stores_up_to_its_margin():
    """Linear programming finds weights below the capacity at margin 0, and none above it."""
    rng = np.random.default_rng(0)
    weights = 60
    for load, expected in ((1.4, True), (2.6, False)):
        patterns = rng.standard_normal((round(load * weights), weights))
        found = linprog(
            np.zeros(weights), A_ub=-patterns, b_ub=-np.ones(len(patterns)), bounds=(None, None)
        )
        assert (found.status == 0) == expected


def test_activation_of_the_reader():
    own = Activation("softsign", lambda x: x / (1 + abs(x)), kinks=(0.0,))
    loads = [spherical_capacity(own, rsb=rsb) for rsb in (0, 1)]
    assert 2 < loads[1] < loads[0] < 2.6
    assert loads[0] == pytest.approx(2 * float(overlap(own, 1.0, order=1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spherical_capacity(relu, rsb=3), "rsb must be 0, 1 or 2 .*, got 3"),
        (lambda: spherical_capacity(relu, rsb=True), "rsb must be 0, 1 or 2 .*, got True"),
        (lambda: spherical_capacity(relu, rsb=False), "rsb must be 0, 1 or 2 .*, got False"),
        (lambda: spherical_capacity(sign, margin=-9.0), "margin must be >= -6.0, got -9.0"),
        (lambda: spherical_capacity(relu, margin=math.inf), "margin .*inf"),
        (lambda: spherical_capacity(relu, margin=-9.0), "margin must be >= -6.0, got -9.0"),
        (lambda: spherical_capacity(polynomial(3.0)), "polynomial must not be constant"),
        (lambda: capacity_saddle(relu, rsb=0), "rsb must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
