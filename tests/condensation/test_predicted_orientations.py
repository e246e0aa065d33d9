"""Orientations for one input against closed forms and a dense search of the circle."""

import numpy as np
import pytest

from ntklib.activations import (
    cosine,
    cubic,
    gelu,
    leaky_relu,
    polynomial,
    relu,
    relu_squared,
    selu,
    sigmoid,
    sign,
    tanh,
    x2tanh,
    xtanh,
)
from ntklib.condensation import leading_form, predicted_orientations
from ntklib.condensation.extrema import on_circle

X = np.linspace(-1, 1.5, 40)
Y = np.sin(3 * X) + np.sin(6 * X) / 2
POWERS = {1: tanh, 2: xtanh, 3: x2tanh, 4: polynomial(0, 0, 0, 0, 2), 5: polynomial(*[0] * 5, -1)}
TIE = [[1.0, 0], [-1, 0], [0, 1], [0, -1], [0, 0]]
ONE_INPUT = [tanh, xtanh, x2tanh, POWERS[4], POWERS[5], cosine, sigmoid, gelu]
ONE_INPUT += [relu, leaky_relu(0.2), leaky_relu(-1), selu]


def named(value):
    return f"{value.name}{value.params}" if hasattr(value, "name") else None


def line_data(seed, n=12):
    rng = np.random.default_rng(seed)
    return rng.normal(size=n), rng.normal(size=n)


def with_moments(moments):
    """Data of one input with F(w, b) = sum_k C(p, k) moments_k w^k b^(p-k)."""
    n = len(moments)
    x = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return x, n * np.linalg.solve(np.vander(x, increasing=True).T, moments)


@pytest.mark.parametrize(
    ("activation", "degrees"),
    [
        (xtanh, [-129.43, -39.43, 50.57, 140.57]),
        (relu, [-28.30, 25.97, 154.62]),
    ],
    ids=named,
)
def test_data_of_the_chapter(activation, degrees):
    found = predicted_orientations(X, Y, activation=activation)
    np.testing.assert_allclose(np.degrees(found.angles), degrees, atol=0.006)
    assert found.count == len(degrees)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("p", POWERS)
def test_one_input_has_the_roots_of_the_polynomial_of_the_ratio(p, seed):
    """In h = weight/bias: sum_i y_i (h x_i + 1)^(p-1) (x_i - h) = 0."""
    x, y = line_data(seed)
    one = np.polynomial.Polynomial([1.0])
    ratio = np.polynomial.Polynomial([0.0, 1.0])
    equation = sum(
        yi * (xi * ratio + one) ** (p - 1) * (xi - ratio) for xi, yi in zip(x, y, strict=True)
    )
    roots = equation.roots()
    lines = np.arctan2(1, roots[np.abs(roots.imag) < 1e-9].real)
    expected = np.sort(np.concatenate([lines, lines - np.pi]))
    found = predicted_orientations(x, y, activation=POWERS[p])
    np.testing.assert_allclose(found.angles, expected, atol=1e-8)
    assert found.count <= 2 * p


def test_root_at_infinity():
    """Where sum_i y_i x_i = 0, one line has no bias: the ratio weight/bias is infinite there."""
    x, y = with_moments([-1.0, 0.0, 2.0])
    found = predicted_orientations(x, y, activation=POWERS[2])
    expected = polynomial(0, 0, 1)
    np.testing.assert_allclose(np.degrees(found.angles), [-90, 0, 90, 180], atol=1e-9)
    other = predicted_orientations(x, y, activation=expected)
    np.testing.assert_allclose(other.value, [-1, 2, -1, 2], atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("activation", ONE_INPUT, ids=named)
def test_dense_search_of_the_circle(activation, seed):
    x, y = line_data(seed)
    form = leading_form(x, y, activation=activation)
    grid = np.linspace(-np.pi, np.pi, 200_001)[1:]
    value = form.value(on_circle(grid))
    before, after = np.roll(value, 1), np.roll(value, -1)
    nothing = 1e-13
    top = (value > before + nothing) & (value > after + nothing)
    bottom = (value < before - nothing) & (value < after - nothing)
    found = predicted_orientations(x, y, activation=activation)
    kinds = np.where(top, 1, -1)[top | bottom]
    assert found.output_sign.tolist() == kinds.tolist()
    np.testing.assert_allclose(found.angles, grid[top | bottom], atol=4e-5)
    expected = kinds * value[top | bottom] > 1e-9
    assert found.grows.tolist() == expected.tolist()


@pytest.mark.parametrize("activation", ONE_INPUT, ids=named)
def test_symmetries(activation):
    x, y = line_data(7)
    found = predicted_orientations(x, y, activation=activation)
    opposite = predicted_orientations(x, -3 * y, activation=activation)
    np.testing.assert_allclose(opposite.angles, found.angles, atol=1e-12)
    assert (opposite.output_sign == -found.output_sign).all()
    assert (opposite.grows == found.grows).all()
    np.testing.assert_allclose(opposite.exponent, found.exponent, rtol=1e-9)
    twice = predicted_orientations(np.tile(x[::-1], 2), np.tile(y[::-1], 2), activation=activation)
    np.testing.assert_allclose(twice.angles, found.angles, atol=1e-12)
    column = predicted_orientations(x[:, None], y, activation=activation)
    np.testing.assert_array_equal(column.angles, found.angles)


def test_one_datum_under_relu():
    """F = y |x| cos(t - t_x) on half a circle and flat on the rest."""
    for y in (2.0, -2.0):
        found = predicted_orientations([1.0], [y], activation=relu)
        np.testing.assert_allclose(np.degrees(found.angles), [45])
        np.testing.assert_allclose(found.exponent, 1)
        assert (found.output_sign[0], found.count) == (np.sign(y), 1)


def test_minimum_at_zero_does_not_grow():
    """F = w^2: its minima are no orientations that are seen."""
    found = predicted_orientations(*with_moments([0.0, 0.0, 1.0]), activation=POWERS[2])
    assert found.grows.tolist() == [False, True, False, True]
    assert np.isinf(found.exponent[~found.grows]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predicted_orientations(X, 0 * Y, activation=xtanh), "targets pull no direction"),
        (lambda: predicted_orientations(X, 0 * Y, activation=relu), "targets pull no direction"),
        (lambda: predicted_orientations(X, 0 * X + 2, activation=sigmoid), "centred targets pull"),
        (
            lambda: predicted_orientations(*with_moments([1.0, 0, 1]), activation=xtanh),
            "the same in all directions",
        ),
        (
            lambda: predicted_orientations(*with_moments([0.0, 0, 0, 1]), activation=cubic),
            r"at angle -?90 degrees is degenerate",
        ),
        (
            lambda: predicted_orientations(TIE, [1.0, 1, 1, 1, -4], activation=xtanh),
            "the same extreme value 0.4 along a whole curve",
        ),
        (lambda: predicted_orientations(X, Y, activation=sign), "sign has no lowest order"),
        (lambda: predicted_orientations(X, Y, activation=relu_squared), "no lowest order at zero"),
        (lambda: predicted_orientations(X, Y, activation=polynomial(1.0)), "no lowest order"),
        (lambda: predicted_orientations(np.eye(3), [1, 2, 3], activation=relu), "got 3"),
        (lambda: predicted_orientations(X, Y[1:], activation=tanh), r"got shape \(39,\)"),
        (lambda: predicted_orientations(X * np.nan, Y, activation=tanh), "x must be finite"),
        (lambda: predicted_orientations([[[1.0]]], [1], activation=tanh), r"shape \(1, 1, 1\)"),
        (lambda: predicted_orientations(X, Y, activation="relu"), "take ntklib.activations.relu"),
        (lambda: predicted_orientations(X, Y, activation=tanh, starts=0), "starts must be"),
        (
            lambda: predicted_orientations(np.eye(80), np.ones(80), activation=cubic),
            "up to 64 dimensions, the bias included, got 81",
        ),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
