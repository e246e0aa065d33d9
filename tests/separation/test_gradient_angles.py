"""Embedding and gradient angles: printed digits, limits, crossings, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from ntklib import activations
from ntklib.activations import identity, leaky_relu, relu, tanh
from ntklib.dual import second_moment
from ntklib.kernels import nngp, ntk
from ntklib.separation import crossing_angle, embedding_angle, gradient_angle, kernel_angles
from ntklib.spectrum import condition_number

DEPTHS = [1, 3, 10, 20]


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        (10, [16.71779955, 24.71220064, 39.20679172, 49.36863483]),
        (90, [80.84215049, 74.62728178, 71.56026735, 72.00582264]),
    ],
)
def test_gradient_angles_to_ten_digits(degrees, expected):
    angles = gradient_angle(np.radians(degrees), activation=relu, depth=DEPTHS)
    np.testing.assert_allclose(np.degrees(angles), expected, rtol=0, atol=5.1e-9)


def test_condition_numbers_of_a_gaussian_data_set():
    x = np.random.default_rng(0).standard_normal((50, 10))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    kappa = [condition_number(ntk(x, activation=relu, depth=depth)) for depth in (1, 3, 10, 20)]
    np.testing.assert_allclose(kappa, [119.36864, 56.871804, 34.389445, 27.604329], rtol=5e-8)


@given(st.just(0.0) | st.floats(1e-150, np.pi), st.integers(0, 12))
def test_a_linear_network_keeps_every_angle(theta, depth):
    for angle in (embedding_angle, gradient_angle):
        found = float(angle(theta, activation=identity, depth=depth))
        assert found == pytest.approx(theta, rel=1e-13, abs=3e-8 if theta > 3.14 else 0)


@given(st.floats(1e-9, np.pi))
def test_relu_embeddings_come_closer(theta):
    angles = np.array(embedding_angle(theta, activation=relu, depth=range(8)))
    assert (np.diff(angles) < 0).all()


@given(st.floats(1e-9, np.radians(60)), st.floats(0, 0.9))
def test_leaky_networks_lie_between_linear_and_relu(theta, slope):
    leaky = float(gradient_angle(theta, activation=leaky_relu(slope), depth=3))
    assert theta < leaky <= float(gradient_angle(theta, activation=relu, depth=3)) * (1 + 1e-14)


def test_the_gradient_angle_is_the_angle_of_the_kernel():
    x = np.random.default_rng(2).standard_normal((5, 3))
    input_angles = kernel_angles(x @ x.T)
    expected = gradient_angle(input_angles, activation=relu, depth=4)
    np.testing.assert_allclose(kernel_angles(ntk(x, activation=relu, depth=4)), expected, atol=1e-7)


@pytest.mark.parametrize("slope", [0.0, 0.5, -1.0, 0.99, 1 - 1e-8])
def test_one_layer_crosses_where_tan_is_twice_the_angle_whatever_the_slope(slope):
    crossing = crossing_angle(activation=leaky_relu(slope), depth=1)
    exact = brentq(lambda t: np.tan(t) - 2 * t, 1.0, 1.5, xtol=1e-15)
    assert abs(crossing.value - exact) <= crossing.error + 5e-16
    assert crossing.error < 1e-13


@pytest.mark.parametrize(
    ("depth", "degrees"), [(2, 67.165), (3, 67.539), (10, 69.564), (20, 71.167), (200, None)]
)
def test_deeper_crossings(depth, degrees):
    crossing = float(crossing_angle(activation=relu, depth=depth))
    if degrees is not None:
        assert np.degrees(crossing) == pytest.approx(degrees, abs=6e-4)
    around = np.array([crossing - 1e-9, crossing + 1e-9])
    below, above = np.array(gradient_angle(around, activation=relu, depth=depth)) - around
    assert below > 0 > above


def test_shapes():
    grid = np.linspace(0, np.pi, 6).reshape(2, 3)
    assert gradient_angle(grid, activation=relu, depth=2).shape == (2, 3)
    assert gradient_angle(grid, activation=relu, depth=[5]).shape == (1, 2, 3)
    unsorted = gradient_angle(grid, activation=relu, depth=[7, 0, 7])
    assert unsorted.shape == (3, 2, 3)
    np.testing.assert_array_equal(unsorted[0], unsorted[2])
    np.testing.assert_array_equal(unsorted[1], grid)


@pytest.mark.parametrize("angle", [embedding_angle, gradient_angle])
@pytest.mark.parametrize(
    ("theta", "depth", "message"),
    [
        (90.0, 1, r"theta must lie in \[0\.0, 3\.14.*got 90\.0; angles are in radians"),
        (-0.1, 1, r"got -0\.1"),
        (3.15, 1, r"got 3\.15"),
        (np.nan, 1, "theta must be finite, got nan"),
        (0.1, -3, "depth must be an integer >= 0, got -3"),
        (0.1, [1, 2.5], r"depth must be an integer >= 0, got 2\.5"),
        (0.1, [], r"at least one integer, got \[\]"),
    ],
)
def test_bad_input_is_refused(angle, theta, depth, message):
    with pytest.raises(ValueError, match=message):
        angle(theta, activation=relu, depth=depth)


def test_crossings_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="identity at depth 2"):
        crossing_angle(activation=identity, depth=2)
    with pytest.raises(ValueError, match="relu at depth 0"):
        crossing_angle(activation=relu, depth=0)


def test_equal_rows_of_unequal_length_stand_at_zero():
    x = np.outer(np.random.default_rng(0).uniform(0.1, 10, 30), [0.1, 0.7, 0.3])
    angles = kernel_angles(x @ x.T)
    assert np.isfinite(angles).all()
    assert angles.max() < 1e-7


def test_what_is_no_kernel_is_refused():
    with pytest.raises(ValueError, match="positive semidefinite, got a cosine 5"):
        kernel_angles([[1.0, 5.0], [5.0, 1.0]])
    with pytest.raises(ValueError, match="positive diagonal, got an entry 0"):
        kernel_angles([[0.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("name", ["tanh", "gelu", "xtanh", "elu"])
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_angles_of_any_activation_are_those_of_the_kernels(name, depth):
    activation = getattr(activations, name)
    theta = np.array([1e-3, 0.4, 1.5, 2.0, 3.1])
    one, others = np.array([[1.0, 0.0]]), np.column_stack([np.cos(theta), np.sin(theta)])
    for angle, kernel in ((embedding_angle, nngp), (gradient_angle, ntk)):
        cosine = kernel(one, others, activation=activation, depth=depth, normalized=True)[0]
        found = angle(theta, activation=activation, depth=[depth])[0]
        np.testing.assert_allclose(np.cos(found), cosine, rtol=0, atol=1e-13)


def test_small_angles_of_smooth_activations_grow_by_the_root_of_chi():
    """Gradients: the NTK's second derivative at 0, summed over layers."""
    chi = second_moment(tanh.derivative) / second_moment(tanh)
    embedding = np.array(embedding_angle([1e-120, 1e-9], activation=tanh, depth=3))
    np.testing.assert_allclose(embedding / [1e-120, 1e-9], chi**1.5, rtol=1e-12)
    theta = np.array([1e-9, 1e-6])
    np.testing.assert_allclose(
        gradient_angle(np.pi - theta, activation=tanh, depth=3),
        np.pi - np.asarray(gradient_angle(theta, activation=tanh, depth=3)),
        rtol=1e-15,
    )
    np.testing.assert_allclose(
        gradient_angle(np.pi - theta, activation=activations.cosine, depth=3),
        gradient_angle(theta, activation=activations.cosine, depth=3),
        rtol=1e-6,
    )
