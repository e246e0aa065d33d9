"""Distances to the region of right answers, against quadratic programs and simulation."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import minimize

from ntklib.activations import relu, sign, tanh
from ntklib.capacity import finite_capacity, spherical_capacity, squared_distances


def by_programs(z, ties):
    """Try every pattern of units on and off, and solve a quadratic program for each."""
    units = len(z)
    half = units // 2
    signs = np.repeat([1.0, -1.0], half)
    if signs @ np.maximum(z, 0) > 0:
        return 0.0
    best = math.inf
    for on in itertools.product([False, True], repeat=units):
        if ties == "error" and not any(on[:half]):
            continue
        output = signs * np.array(on)
        bounds = [(0, None) if each else (None, 0) for each in on]
        start = np.where(on, np.where(signs > 0, np.maximum(z, 0) + 5, 0), np.minimum(z, 0))
        found = minimize(
            lambda x: (x - z) @ (x - z),
            start,
            jac=lambda x: 2 * (x - z),
            bounds=bounds,
            constraints=[{"type": "ineq", "fun": output.dot, "jac": lambda x, o=output: o}],
            method="SLSQP",
            options={"ftol": 1e-13},
        )
        if found.success:
            best = min(best, found.fun)
    return best


@pytest.mark.parametrize("ties", ["error", "correct"])
@pytest.mark.parametrize("units", [2, 4])
def test_relu_by_quadratic_programs(units, ties):
    points = np.random.default_rng(units).standard_normal((24, units))
    points[0] = -np.abs(points[0])  # all units off
    expected = [by_programs(z, ties) for z in points]
    np.testing.assert_allclose(squared_distances(relu, points, ties=ties), expected, atol=1e-7)


def test_sign_by_flipping_every_set():
    points = np.random.default_rng(0).standard_normal((50, 5))
    found = squared_distances(sign, points)
    for z, distance in zip(points, found, strict=True):
        costs = [
            sum(z[list(flip)] ** 2)
            for size in range(6)
            for flip in itertools.combinations(range(5), size)
            if np.sum(np.sign(np.where(np.isin(range(5), flip), -z, z))) > 0
        ]
        assert distance == pytest.approx(min(costs))


def test_scaling_and_order_of_units():
    points = np.random.default_rng(1).standard_normal((40, 6))
    for activation, shuffle in ((relu, [2, 0, 1, 5, 3, 4]), (sign, [4, 2, 0, 1, 3])):
        rows = points[:, : len(shuffle)]
        distances = squared_distances(activation, rows)
        np.testing.assert_allclose(squared_distances(activation, rows[:, shuffle]), distances)
        np.testing.assert_allclose(squared_distances(activation, 3 * rows), 9 * distances)


def test_rows_that_are_right_cost_nothing():
    points = np.random.default_rng(2).standard_normal((1000, 8))
    signs = np.repeat([1.0, -1.0], 4)
    right = np.maximum(points, 0) @ signs > 0
    np.testing.assert_array_equal(squared_distances(relu, points) == 0, right)


def test_a_silent_machine_and_its_tie():
    silent = [[-0.5, -2.0, -1.0, -1.0]]
    assert squared_distances(relu, silent, ties="correct") == 0
    assert squared_distances(relu, silent, ties="error") == 0.25


@pytest.mark.parametrize(
    ("units", "load"), [(1, 2.0), (3, 4.0251919), (5, 5.7687509), (101, 40.38744)]
)
def test_sign_values(units, load):
    assert finite_capacity(sign, units=units) == pytest.approx(load, rel=1e-7)


@pytest.mark.parametrize("units", [3, 9])
def test_sign_integral_by_simulation(units):
    distances = squared_distances(sign, np.random.default_rng(0).standard_normal((200_000, units)))
    error = distances.std() / math.sqrt(len(distances))
    assert abs(distances.mean() - 1 / finite_capacity(sign, units=units)) < 4 * error


def test_sign_grows_like_the_square_root():
    quotients = [
        finite_capacity(sign, units=m) / math.sqrt(72 * m / math.pi) for m in (1001, 10001, 100001)
    ]
    gaps = 1 - np.array(quotients)
    assert quotients[0] == pytest.approx(0.943, abs=5e-4)
    np.testing.assert_allclose(gaps[:-1] / gaps[1:], math.sqrt(10), rtol=0.05)


def test_two_relu_units_store_four_thirds():
    found = finite_capacity(relu, units=2, samples=400_000, seed=3)
    assert abs(found - 4 / 3) < 4 * found.error


@pytest.mark.parametrize("ties", ["error", "correct"])
def test_many_relu_units_approach_the_wide_machine(ties):
    found = finite_capacity(relu, units=256, ties=ties, samples=60_000)
    assert abs(found - spherical_capacity(relu)) < 4 * found.error + 0.02


def test_ties_bracket_the_wide_machine():
    wide = spherical_capacity(relu)
    strict = [finite_capacity(relu, units=m, ties="error") for m in (2, 4, 6)]
    lenient = [finite_capacity(relu, units=m, ties="correct") for m in (2, 4, 6)]
    assert np.all(np.diff(strict) > 0)
    assert np.all(np.diff(lenient) < 0)
    assert max(strict) < wide < min(lenient) + 0.1


def test_same_seed_same_number():
    one, two = (finite_capacity(relu, units=4, samples=1000, seed=5) for _ in range(2))
    assert one == two
    assert one != finite_capacity(relu, units=4, samples=1000, seed=6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_capacity(sign, units=4), "odd number of units, .* got 4"),
        (lambda: finite_capacity(relu, units=3), "even number of units, .* got 3"),
        (lambda: finite_capacity(relu, units=0), "even number of units, .* got 0"),
        (lambda: finite_capacity(tanh, units=4), "needs sign or relu, got tanh"),
        (lambda: finite_capacity(relu, units=4, ties="draw"), "ties must be .* got 'draw'"),
        (lambda: finite_capacity(relu, units=4, samples=1), "samples must be .* got 1"),
        (lambda: finite_capacity(sign, units=2.5), "units must be an integer .* got 2.5"),
        (lambda: squared_distances(relu, [1.0, 2.0]), r"must be rows, .* got shape \(2,\)"),
        (lambda: squared_distances(relu, [[1.0, np.nan]]), "must be finite, got nan"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
