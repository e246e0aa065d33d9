"""The gradient cosine by layers: closed forms at one layer, and its sum at any depth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ntklib import activations
from ntklib.activations import identity, leaky_relu, relu, relu_squared, sigmoid, sign, tanh
from ntklib.separation import embedding_angle, gradient_angle, gradient_layers

ANGLES = np.array([[0.0, 1e-3, 0.4], [1.5, 2.5, np.pi]])


@given(st.floats(0, np.pi))
def test_one_layer_of_relu_by_hand(theta):
    layers = gradient_layers(theta, activation=relu, depth=1)
    image = np.cos(theta) + (np.sin(theta) - theta * np.cos(theta)) / np.pi
    np.testing.assert_allclose(layers.shares, [0.5, 0.5], rtol=1e-14)
    np.testing.assert_allclose(layers.memories, [1 - theta / np.pi, 1], atol=1e-15)
    np.testing.assert_allclose(layers.cosines, [np.cos(theta), image], atol=1e-14)


@given(st.floats(0, np.pi))
def test_one_layer_of_relu_squared_by_hand(theta):
    """Its slope is twice ReLU, whose dual is the arc-cosine kernel; chi is 4/3."""
    layers = gradient_layers(theta, activation=relu_squared, depth=1)
    slope = np.cos(theta) + (np.sin(theta) - theta * np.cos(theta)) / np.pi
    rest = np.pi - theta
    squares = 3 * np.sin(theta) * np.cos(theta) + rest * (1 + 2 * np.cos(theta) ** 2)
    np.testing.assert_allclose(layers.shares, [4 / 7, 3 / 7], rtol=1e-12)
    np.testing.assert_allclose(layers.memories, [slope, 1], atol=1e-11)
    np.testing.assert_allclose(layers.cosines[1], squares / (3 * np.pi), atol=1e-11)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "tanh", "gelu", "sigmoid", "relu_squared"])
@pytest.mark.parametrize("depth", [0, 1, 7])
def test_the_sum_is_the_gradient_cosine(name, depth):
    activation = getattr(activations, name)
    activation = activation(-0.3) if name == "leaky_relu" else activation
    layers = gradient_layers(ANGLES, activation=activation, depth=depth)
    assert layers.cosines.shape == layers.memories.shape == (depth + 1, *ANGLES.shape)
    phi = np.asarray(gradient_angle(ANGLES, activation=activation, depth=depth))
    theta = np.asarray(embedding_angle(ANGLES, activation=activation, depth=depth))
    np.testing.assert_allclose(layers.cosine, np.cos(phi), atol=1e-11)
    np.testing.assert_allclose(layers.cosines[-1], np.cos(theta), atol=1e-11)


def test_a_linear_network_remembers_all():
    layers = gradient_layers(1.0, activation=identity, depth=5)
    np.testing.assert_array_equal(layers.memories, np.ones(6))
    np.testing.assert_allclose(layers.shares, np.full(6, 1 / 6), rtol=1e-14)


def test_shares_lie_where_chi_puts_them_at_any_depth():
    deep = {s.name: gradient_layers(1.0, activation=s, depth=5000) for s in (tanh, sigmoid)}
    for layers in deep.values():
        assert np.isfinite(layers.shares).all()
        assert layers.shares.sum() == pytest.approx(1, rel=1e-13)
    assert deep["tanh"].shares[0] == pytest.approx(1 - 1 / 1.17780723, rel=1e-7)
    assert deep["sigmoid"].shares[-1] > 0.8
    assert deep["tanh"].contributions[0] == pytest.approx(0, abs=1e-100)


@pytest.mark.parametrize(
    ("theta", "activation", "depth", "message"),
    [
        (90.0, relu, 1, r"theta must lie in .* got 90\.0; angles are in radians"),
        (np.nan, relu, 1, "theta must be finite, got nan"),
        (0.1, leaky_relu(0.5), -1, "depth must be an integer >= 0, got -1"),
        (0.1, relu, 2.5, "got 2.5"),
        (0.1, sign, 1, "infinite"),
        (0.1, "relu", 1, "relu"),
    ],
)
def test_bad_input_is_refused(theta, activation, depth, message):
    with pytest.raises(ValueError, match=message):
        gradient_layers(theta, activation=activation, depth=depth)
