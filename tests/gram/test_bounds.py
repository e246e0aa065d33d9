"""Bounds bracket the smallest eigenvalue, follow its powers, and say 0 where it is 0."""

import math

import numpy as np
import pytest
from inputs import circle
from scipy.linalg import eigvalsh

from ntklib import activations
from ntklib.activations import (
    elu,
    leaky_relu,
    polynomial,
    quadratic,
    relu,
    relu_squared,
    sign,
    tanh,
)
from ntklib.gram import lower_bound, upper_bound
from ntklib.gram.function import GramFunction
from ntklib.gram.levels import by_levels
from ntklib.gram.matrix import gram_matrix, unit_gram
from ntklib.gram.smallest import min_eigenvalue
from ntklib.gram.soft_cuts import SoftCut, by_soft_cuts

KINKED = (relu, leaky_relu(0.1), activations.selu, elu, relu_squared, activations.hard_tanh)
SMOOTH = tuple(
    getattr(activations, name) for name in ("tanh", "swish", "gelu", "sigmoid", "erf", "softplus")
)
POLYNOMIALS = quadratic, activations.cubic, polynomial(0, 1, 1, 0, 0.2)
SIZES = ((2, 2), (2, 4), (2, 5), (2, 12), (3, 20), (4, 3), (5, 30), (8, 9), (10, 40))
VARIANTS = ("plain", "close", "opposite", "longer")


def rows(sigma, d, n, variant):
    """Random rows of one length; then two close, two nearly opposite, or of other lengths."""
    random = np.random.default_rng([d, n, VARIANTS.index(variant)])
    x = random.standard_normal((n, d))
    if variant in ("close", "opposite"):
        step = 10 ** -random.uniform(1, 7) * random.standard_normal(d)
        x[1] = (x[0] + step) * (1 if variant == "close" else -1)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    if variant == "longer":
        if sigma.homogeneous_degree is not None:
            x *= random.uniform(0.5, 2, size=(n, 1))
        elif sigma in (
            elu,
            activations.gelu,
        ):  # one of each kind: it is another function to tabulate
            x *= 1.5
    return x


def eigenvalue(x, sigma):
    """Smallest eigenvalue and its error, in floats where they do."""
    try:
        found = min_eigenvalue(x, activation=sigma)
        return float(found), found.error
    except ValueError:  # kinked, and lost in rounding
        values = eigvalsh(gram_matrix(x, activation=sigma))
        return float(values[0]), 1e-11 * float(values[-1])


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("sigma", KINKED + SMOOTH + POLYNOMIALS, ids=lambda each: each.name)
def test_bounds_hold(sigma, variant):
    for d, n in SIZES:
        x = rows(sigma, d, n, variant)
        value, error = eigenvalue(x, sigma)
        lower, upper = (bound(x, activation=sigma) for bound in (lower_bound, upper_bound))
        assert 0 <= lower <= value + error, (d, n)
        assert value - error <= upper, (d, n)
        if variant in ("plain", "longer") and sigma not in POLYNOMIALS:
            assert lower > 0, (d, n)


@pytest.mark.parametrize(("sigma", "power", "worst"), [(relu, -1, 2), (elu, -3, 4)])
def test_bounds_follow_the_power_on_half_circles(sigma, power, worst):
    counts = [201, 401, 801]
    found = []
    for n in counts:
        x = circle(n, whole=1)
        value = eigvalsh(gram_matrix(x, activation=sigma), subset_by_index=[0, 0])[0]
        found.append((lower_bound(x, activation=sigma), upper_bound(x, activation=sigma)))
        assert found[-1][0] <= value <= found[-1][1] <= worst * value
        assert found[-1][0] >= 0.4 * value
    lower, _ = np.log(found).T
    assert np.polyfit(np.log(counts), lower, 1)[0] == pytest.approx(power, abs=0.15)


@pytest.mark.parametrize("sigma", [relu, elu, leaky_relu(0.5)], ids=lambda each: each.name)
@pytest.mark.parametrize("n", [5, 41, 101])
def test_bounds_on_full_circles_by_fft(sigma, n):
    """A circulant matrix has the Fourier transform of its first row as eigenvalues."""
    row = gram_matrix(circle(n), activation=sigma)[0]
    value = np.fft.fft(row).real.min()
    assert 0.8 * value <= lower_bound(circle(n), activation=sigma) <= value * (1 + 1e-9)
    assert value * (1 - 1e-9) <= upper_bound(circle(n), activation=sigma) <= 2.2 * value


@pytest.mark.parametrize(("n", "value"), [(21, 6.293847212e-8), (41, 2.446656198e-13)])
def test_tanh_on_full_circles(n, value):
    """(Rows that are rounded have an eigenvalue that differs in the seventh digit.)"""
    assert 0.99 * value <= lower_bound(circle(n), activation=tanh) <= value * (1 + 1e-6)
    assert value <= upper_bound(circle(n), activation=tanh) <= 2 * value


@pytest.mark.parametrize("seed", range(5))
def test_random_rows_on_a_circle_far_below_rounding(seed):
    x = np.random.default_rng(seed).standard_normal((20, 2))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    value = float(min_eigenvalue(x, activation=tanh))
    lower, upper = lower_bound(x, activation=tanh), upper_bound(x, activation=tanh)
    assert 0.1 * value <= lower <= value <= upper


def test_two_rows_are_known_to_their_digits():
    for angle in (1e-9, 1e-4, 0.3, 2.0):
        x = np.array([[1.0, 0.0], [math.cos(angle), math.sin(angle)]])
        for sigma in (relu, elu, tanh, activations.gelu):
            value = float(GramFunction(sigma).pair_gap(angle)[0])
            assert lower_bound(x, activation=sigma) == pytest.approx(value, rel=1e-9)
            assert upper_bound(x, activation=sigma) == pytest.approx(value, rel=1e-9)
    close = np.array([[1.0, 0.0], [1.0, 1e-9]])  # ReLU: Gamma(1) - Gamma = t / (2 pi) + ...
    assert lower_bound(close, activation=relu) == pytest.approx(1e-9 / (2 * math.pi), rel=1e-8)


def test_singular_matrices_are_between_zero_and_zero():
    x = np.random.default_rng(0).standard_normal((7, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    cases = [
        (np.vstack([x, x[:1]]), relu),
        (np.vstack([x, x[:1]]), tanh),
        (np.vstack([x, -x[:1]]), tanh),
        (x, quadratic),
        (np.vstack([x, x @ np.diag([1, 1, -1])]), activations.cubic),
    ]
    for data, sigma in cases:
        assert lower_bound(data, activation=sigma) == upper_bound(data, activation=sigma) == 0.0


def test_rows_outside_their_span_by_a_rounding_are_allowed_for():
    """A circle turned into ten dimensions is no longer plane to the last bit."""
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((10, 10)))[0][:2]
    x = circle(61) @ turn
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    value = float(min_eigenvalue(x, activation=tanh))
    assert lower_bound(x, activation=tanh) <= value <= upper_bound(x, activation=tanh) < 1e-15


def test_lengths_of_rows_count():
    x = circle(9, whole=1)
    factor = np.linspace(1, 3, 9)[:, None]
    for sigma in (relu, relu_squared):
        value, error = eigenvalue(factor * x, sigma)
        assert lower_bound(factor * x, activation=sigma) <= value + error
        assert value - error <= upper_bound(factor * x, activation=sigma)
        scale = 4**sigma.homogeneous_degree
        for bound in (lower_bound, upper_bound):
            once = bound(x, activation=sigma)
            assert bound(2 * x, activation=sigma) == pytest.approx(scale * once, rel=1e-6)
    np.testing.assert_allclose(
        upper_bound(1.5 * x, activation=tanh),
        upper_bound(x, activation=tanh.scaled(1.5)),
        rtol=1e-9,
    )


@pytest.mark.parametrize("width", [0.3, 1e-2, 1e-5])
@pytest.mark.parametrize("power", [2, 5])
def test_soft_cuts_are_minorants_and_one_function(width, power):
    """Series and differences agree where one takes over; H lies below Gamma at angle 0."""
    for sigma in (relu, elu, activations.hard_tanh):
        gamma = GramFunction(sigma)
        cut = SoftCut(gamma, power, width)
        theta = np.arccos(np.array([0.925, 0.9, 0.3, -0.5, -0.9]))
        by_series, by_difference = cut._from_series(np.cos(theta)), cut._from_differences(theta)
        error = by_series[1] + by_difference[1]
        assert (np.abs(by_series[0] - by_difference[0]) <= error).all()
        value, error = cut.with_error(np.zeros(1))
        assert 0 < value[0] <= gamma.at_one + error[0]
        assert (np.abs(cut(theta)) <= value[0] + error[0] + by_series[1]).all()


def test_the_two_families_need_each_other():
    """Soft cuts are good for many rows; many dimensions are better seen by levels."""
    data = unit_gram(circle(150, whole=1), relu)
    assert by_soft_cuts(data) > 0.8 * eigvalsh(data.kernel())[0]
    data = unit_gram(rows(relu_squared, 5, 30, "plain"), relu_squared)
    assert by_levels(data) > 2 * by_soft_cuts(data)


@pytest.mark.parametrize("bound", [lower_bound, upper_bound])
def test_bad_input_is_refused(bound):
    with pytest.raises(ValueError, match="jumps"):
        bound(circle(3), activation=sign)
    with pytest.raises(ValueError, match="one norm"):
        bound([[1.0, 0.0], [0.0, 2.0]], activation=tanh)
    with pytest.raises(ValueError, match="activation must be an Activation"):
        bound(circle(3), activation="relu")
    with pytest.raises(ValueError, match="zero vector"):
        bound([[0.0, 0.0], [0.0, 2.0]], activation=relu)


@pytest.mark.parametrize("bound", [lower_bound, upper_bound])
def test_one_row(bound):
    assert bound([[0.6, 0.8]], activation=relu) == pytest.approx(0.5, rel=1e-10)
    assert bound([[0.6, 0.8]], activation=tanh) == pytest.approx(0.4644029024, rel=1e-9)
