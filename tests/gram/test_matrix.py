"""The Gram matrix of an activation: closed forms, simulation, and what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inputs import sphere

from ntklib.activations import (
    Activation,
    cubic,
    elu,
    identity,
    leaky_relu,
    named,
    polynomial,
    quadratic,
    relu,
    relu_squared,
    sign,
    tanh,
)  # fmt: skip
from ntklib.dual import hermite_coefficients
from ntklib.gram import gram_factor, gram_matrix
from ntklib.kernels import layer_ntk

DRAW = np.random.default_rng(3)


CONTINUOUS = [each for each in named() if each.jump_order > 0]


def test_relu_in_closed_form():
    x = sphere(7, 3)
    rho = np.clip(x @ x.T, -1, 1)
    wanted = rho * (0.25 + np.arcsin(rho) / (2 * np.pi))
    np.testing.assert_allclose(gram_matrix(x, activation=relu), wanted, atol=2e-9)
    np.testing.assert_allclose(np.diag(gram_matrix(x, activation=relu)), 0.5, rtol=1e-15)


def test_polynomials_in_closed_form():
    """Quadratic 4 rho^2; cubic 9 (2 rho^3 + rho)."""
    x = sphere(6, 4)
    rho = x @ x.T
    np.testing.assert_allclose(gram_matrix(x, activation=quadratic), 4 * rho**2, atol=1e-14)
    np.testing.assert_allclose(gram_matrix(x, activation=cubic), 9 * (2 * rho**3 + rho), atol=1e-13)


def test_identity_is_the_gram_matrix_of_the_data():
    x = 3 * DRAW.standard_normal((5, 8))
    np.testing.assert_allclose(gram_matrix(x, activation=identity), x @ x.T, atol=1e-13)


@pytest.mark.parametrize("activation", CONTINUOUS, ids=lambda each: each.name)
def test_sum_over_hermite_coefficients(activation):
    x = sphere(6, 12)
    rho = x @ x.T
    weights = np.arange(301) * hermite_coefficients(activation, 300) ** 2
    series = sum(weight * rho**k for k, weight in enumerate(weights))
    off = ~np.eye(6, dtype=bool)
    np.testing.assert_allclose(
        gram_matrix(x, activation=activation)[off], series[off], atol=2e-11 * weights.sum()
    )


@pytest.mark.parametrize("activation", CONTINUOUS, ids=lambda each: each.name)
def test_positive_semidefinite(activation):
    kernel = gram_matrix(sphere(15, 4), activation=activation)
    values = np.linalg.eigvalsh(kernel)
    assert values[0] >= -1e-11 * values[-1]
    np.testing.assert_array_equal(kernel, kernel.T)


@pytest.mark.parametrize("norm", [1.0, 2.0])
@pytest.mark.parametrize("activation", [relu, elu, tanh, relu_squared], ids=lambda each: each.name)
def test_against_wide_networks(activation, norm):
    """Forty networks of 2000 units, four standard errors."""
    x = norm * sphere(4, 3)
    found = []
    for seed in range(40):
        weights = np.random.default_rng(seed).standard_normal((2000, 3))
        factor = gram_factor(weights, x, activation=activation)
        found.append(factor @ factor.T)
    mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / np.sqrt(40)
    off = np.abs(mean - gram_matrix(x, activation=activation))
    assert (off < 4 * error + 1e-12).all()


def test_rows_of_any_norm_for_homogeneous_activations():
    x, norms = sphere(5, 3), np.array([0.01, 1.0, 2.0, 3.0, 700.0])
    for activation, degree in ((relu, 1), (leaky_relu(-0.2), 1), (relu_squared, 2), (cubic, 3)):
        unit = gram_matrix(x, activation=activation)
        found = gram_matrix(norms[:, None] * x, activation=activation)
        np.testing.assert_allclose(found, np.outer(norms**degree, norms**degree) * unit, rtol=1e-9)


def test_a_common_norm_is_a_gain():
    x = sphere(5, 3)
    np.testing.assert_allclose(
        gram_matrix(0.3 * x, activation=tanh),
        gram_matrix(x, activation=tanh.scaled(0.3)),
        rtol=1e-9,
    )


@given(st.floats(1e-6, 3.1))
def test_is_the_kernel_of_the_first_layer(theta):
    """Over the gain of the layer, for a network with one."""
    pair = np.array([[1.0, 0.0], [np.cos(theta), np.sin(theta)]])
    wanted = layer_ntk(pair, activation=relu, depth=1, layer=1) / 2
    np.testing.assert_allclose(gram_matrix(pair, activation=relu), wanted, atol=1e-15)


def test_a_readers_own_activation():
    own = Activation("ramp", lambda x: jnp.where(x > 0.3, x - 0.3, 0.0), kinks=(0.3,))
    kernel = gram_matrix(np.eye(2), activation=own)
    np.testing.assert_allclose(np.diag(kernel), 0.38208857781104736, rtol=1e-10)  # P(z > 0.3)
    np.testing.assert_allclose(kernel[0, 1], 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "activation", "message"),
    [
        (
            [[1.0, 0.0], [0.0, 2.0]],
            elu,
            "one norm, as elu is not homogeneous; got norms from 1 to 2",
        ),
        ([[1.0, 0.0], [0.0, 0.0]], relu, "zero vector"),
        ([[1.0, np.nan]], relu, r"finite, got nan at index \(0, 1\)"),
        ([1.0, 2.0], relu, r"shape \(n, d\)"),
        ([[1.0, 0.0]], sign, "sign jumps"),
        ([[1.0, 0.0]], sign.derivative, "sign' jumps"),
        ([[1.0, 0.0]], polynomial(3.0), "polynomial is constant"),
        ([[1.0, 0.0]], "relu", "take ntklib.activations.relu"),
        (
            [[1.0, 0.0], [0.6, 0.8]],
            Activation("bend", lambda x: jnp.where(x > 0.2, x - 0.2, 0.0)),
            "bend.* seems to have a kink near 0.2",
        ),
    ],
)
def test_what_is_refused(x, activation, message):
    with pytest.raises(ValueError, match=message):
        gram_matrix(x, activation=activation)
