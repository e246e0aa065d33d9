"""Infinite-width kernels: closed forms, symmetry, scaling, and what is refused."""

import math

import jax
import numpy as np
import pytest

from ntklib.activations import identity, leaky_relu, relu
from ntklib.kernels import nngp, ntk

X = np.random.default_rng(0).standard_normal((6, 4))
KERNELS = [ntk, nngp]


def test_one_relu_layer_by_hand():
    x, z = X[:2]
    theta = math.acos(x @ z / np.linalg.norm(x) / np.linalg.norm(z))
    norms = np.linalg.norm(x) * np.linalg.norm(z)
    cosine = (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / math.pi
    assert float(nngp(X, activation=relu, depth=1)[0, 1]) == pytest.approx(norms * cosine)
    expected = norms * (cosine + math.cos(theta) * (1 - theta / math.pi))
    assert float(ntk(X, activation=relu, depth=1)[0, 1]) == pytest.approx(expected, rel=1e-14)


def test_the_linear_network_multiplies_the_gram_matrix_by_the_number_of_layers():
    np.testing.assert_allclose(ntk(X, activation=identity, depth=4), 5 * X @ X.T, atol=1e-13)
    np.testing.assert_allclose(nngp(X, activation=identity, depth=4), X @ X.T, atol=1e-13)
    np.testing.assert_allclose(ntk(X, activation=relu, depth=0), X @ X.T, atol=1e-13)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("activation", [relu, leaky_relu(0.2)])
def test_symmetric_positive_and_consistent(kernel, activation):
    whole = np.asarray(kernel(X, activation=activation, depth=3))
    np.testing.assert_array_equal(whole, whole.T)
    assert np.linalg.eigvalsh(whole).min() > 0
    np.testing.assert_allclose(
        whole[:2, 2:], kernel(X[:2], X[2:], activation=activation, depth=3), rtol=1e-12
    )
    diagonal = (4 if kernel is ntk else 1) * (X**2).sum(axis=1)
    np.testing.assert_allclose(np.diag(whole), diagonal, rtol=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
def test_normalized_is_the_cosine_of_the_kernel(kernel):
    raw = np.asarray(kernel(X, activation=relu, depth=5, weight_variance=3.0))
    length = np.sqrt(np.diag(raw))
    cosine = kernel(X, activation=relu, depth=5, weight_variance=0.1, normalized=True)
    np.testing.assert_allclose(raw / np.outer(length, length), cosine, atol=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("activation", "energy"), [(relu, 0.5), (leaky_relu(0.5), 0.625)])
def test_weight_variance_scales_every_layer(kernel, activation, energy):
    default = kernel(X, activation=activation, depth=3)
    scaled = kernel(X, activation=activation, depth=3, weight_variance=6.0)
    np.testing.assert_allclose(scaled, (6 * energy) ** 3 * default, rtol=1e-14)


@pytest.mark.parametrize(
    ("x", "settings", "message"),
    [
        (X, {"depth": 2000, "weight_variance": 4.0}, "the kernel overflows.*normalized=True"),
        (X, {"depth": 9000, "weight_variance": 0.02}, "the kernel underflows.*lengths from 0"),
        (1e200 * X, {"depth": 1}, r"overflows: its vectors have lengths from .*e\+200"),
        (1e-200 * X, {"depth": 1, "weight_variance": 2.0}, r"underflows.*e-200"),
    ],
)
@pytest.mark.parametrize("kernel", KERNELS)
def test_what_float64_does_not_hold_is_refused(kernel, x, settings, message):
    with pytest.raises(ValueError, match=message):
        kernel(x, activation=relu, **settings)
    cosine = np.asarray(kernel(x, activation=relu, normalized=True, **settings))
    np.testing.assert_allclose(np.diag(cosine), 1, rtol=1e-12)


def test_the_number_of_layers_counts_against_overflow():
    largest = np.sqrt(np.finfo(np.float64).max / 3)
    assert np.isfinite(ntk([[0.99 * largest]], activation=relu, depth=2)).all()
    with pytest.raises(ValueError, match="overflows"):
        ntk([[1.01 * largest]], activation=relu, depth=2)


def test_a_small_input_makes_room_for_growth():
    (value,) = np.asarray(ntk([[1e-10]], activation=relu, depth=1030, weight_variance=4.0)).ravel()
    assert np.log(value) == pytest.approx(np.log(1031) + 1030 * np.log(2) - 20 * np.log(10))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": -1}, "depth must be an integer >= 0, got -1"),
        ({"depth": 1.5}, r"got 1\.5"),
        ({"depth": 1, "weight_variance": 0.0}, r"weight_variance must be positive, got 0\.0"),
        ({"depth": 1, "weight_variance": np.nan}, "weight_variance must be finite, got nan"),
        (
            {"depth": 1, "weight_variance": -1.0, "normalized": True},
            r"weight_variance must be positive, got -1\.0",
        ),
        ({"depth": 1, "bias_variance": -1.0}, r"bias_variance must be at least 0, got -1\.0"),
        ({"depth": 1, "bias_variance": np.inf}, "bias_variance must be finite, got inf"),
    ],
)
def test_bad_settings_are_refused(kernel, arguments, message):
    with pytest.raises(ValueError, match=message):
        kernel(X, activation=relu, **arguments)


@pytest.mark.parametrize("kernel", KERNELS)
def test_data_inside_a_compiled_function_is_refused(kernel):
    with pytest.raises(ValueError, match=r"x1 must be known here, outside jax\.jit"):
        jax.jit(lambda x: kernel(x, activation=relu, depth=1))(X)


def test_32_bit_mode_is_refused():
    with jax.enable_x64(False), pytest.raises(ValueError, match="jax_enable_x64 is False"):
        ntk(X, activation=relu, depth=1)
