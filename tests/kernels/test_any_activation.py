"""Kernels of any activation against the textbook recursion with other integrals."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from reference import Bent, Broken, Homogeneous, Smooth, kernels
from scipy.special import erf as error_function
from scipy.special import expit, ndtr

from ntklib import activations
from ntklib.activations import Activation
from ntklib.kernels import nngp, ntk

ANGLES = np.array([1e-3, 0.03, 0.5, 1.3, 2.2, 3.0])
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


def density(z):
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def exponential_unit(scale, alpha):
    return Bent(
        lambda z: scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        lambda z: scale * np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))),
    )


SMOOTH = {
    activations.tanh: Smooth(np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    activations.gelu: Smooth(
        lambda z: z * ndtr(z.astype(float)), lambda z: ndtr(z.astype(float)) + z * density(z)
    ),
    activations.swish: Smooth(
        lambda z: z * expit(z), lambda z: expit(z) * (1 + z * (1 - expit(z)))
    ),
    activations.erf: Smooth(
        lambda z: error_function(z.astype(float)), lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z)
    ),
    activations.sine: Smooth(np.sin, np.cos),
    activations.cosine: Smooth(np.cos, lambda z: -np.sin(z)),
    activations.cubic: Smooth(lambda z: z**3, lambda z: 3 * z * z),
    activations.xtanh: Smooth(lambda z: z * np.tanh(z), lambda z: np.tanh(z) + z / np.cosh(z) ** 2),
    Activation("arctan", jnp.arctan): Smooth(np.arctan, lambda z: 1 / (1 + z * z)),
    Activation("bump", lambda z: (z + 0.3) * jnp.exp(-z * z / 2)): Smooth(
        lambda z: (z + 0.3) * np.exp(-z * z / 2),
        lambda z: (1 - z * (z + 0.3)) * np.exp(-z * z / 2),
    ),
}
KINKED = {
    activations.elu: exponential_unit(1.0, 1.0),
    activations.selu: exponential_unit(SELU_SCALE, SELU_ALPHA),
    activations.relu: Bent(lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0)),
    activations.relu_squared: Bent(lambda z: np.maximum(z, 0) ** 2, lambda z: 2 * np.maximum(z, 0)),
    activations.hard_tanh: Broken(
        lambda z: np.clip(z, -1, 1), lambda z: 1.0 * (abs(z) < 1), {-1: 1, 1: -1}
    ),
    Activation("softsign", lambda z: z / (1 + abs(z)), kinks=(0,)): Bent(
        lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2
    ),
    Activation("ramp", lambda z: jnp.clip(z, -0.3, 2), kinks=(-0.3, 2)): Broken(
        lambda z: np.clip(z, -0.3, 2), lambda z: 1.0 * ((z > -0.3) & (z < 2)), {-0.3: 1, 2: -1}
    ),
}
SETTINGS = {"default": (None, 0.0, 1.0), "biased": (1.3, 0.2, 2.5)}


def arranged(square):
    """One row, and others at the angles from it, of the given squared norm."""
    rows = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
    return np.sqrt(square) * np.array([[1.0, 0.0]]), np.sqrt(square) * rows


def compare(activation, duals, depth, setting, bound):
    weight, bias, square = SETTINGS[setting]
    one, others = arranged(square)
    expected = [
        kernels(duals, theta, depth, weight=weight, bias=bias, square=square) for theta in ANGLES
    ]
    shared = {"weight_variance": weight, "bias_variance": bias, "depth": depth}
    for kernel, values in (
        (nngp, [(k.nngp, k.nngp_drop) for k in expected]),
        (ntk, [(k.ntk, k.ntk_drop) for k in expected]),
    ):
        found = np.array(kernel(one, others, activation=activation, **shared))[0]
        size, drop = (np.array(each, float) for each in zip(*values, strict=True))
        np.testing.assert_allclose(found, size - drop, rtol=0, atol=bound * size[0])
        cosine = np.array(kernel(one, others, activation=activation, normalized=True, **shared))
        np.testing.assert_allclose(cosine[0], 1 - drop / size, rtol=0, atol=bound)


@pytest.mark.parametrize("activation", SMOOTH, ids=lambda a: a.name)
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("depth", [1, 3])
def test_smooth(activation, setting, depth):
    compare(activation, SMOOTH[activation], depth, setting, 2e-14)


@pytest.mark.parametrize("activation", KINKED, ids=lambda a: a.name)
@pytest.mark.parametrize("depth", [0, 1, 2, 5])
def test_kinked(activation, depth):
    """Double integrals hold 4e-13 of the gap at small angles; what is seen is below 3e-13."""
    compare(activation, KINKED[activation], depth, "default", 5e-13)


@pytest.mark.parametrize("activation", [activations.relu, activations.relu_squared])
def test_kinked_and_biased(activation):
    compare(activation, KINKED[activation], 3, "biased", 2e-13)


def arc(theta):
    return mpmath.sin(theta) + (mpmath.pi - theta) * mpmath.cos(theta)


HOMOGENEOUS = {
    activations.relu: Homogeneous(
        1,
        lambda t: arc(t) / (2 * mpmath.pi),
        lambda t: (mpmath.pi - t) / (2 * mpmath.pi),
    ),
    activations.relu_squared: Homogeneous(
        2,
        lambda t: (
            (3 * mpmath.sin(t) * mpmath.cos(t) + (mpmath.pi - t) * (1 + 2 * mpmath.cos(t) ** 2))
            / (2 * mpmath.pi)
        ),
        lambda t: 2 * arc(t) / mpmath.pi,
    ),
    activations.cubic: Homogeneous(
        3,
        lambda t: 6 * mpmath.cos(t) ** 3 + 9 * mpmath.cos(t),
        lambda t: 18 * mpmath.cos(t) ** 2 + 9,
    ),
    activations.sign: Homogeneous(0, lambda t: 1 - 2 * t / mpmath.pi, None),
    Activation("modulus", lambda z: jnp.abs(z), kinks=(0.0,)): Homogeneous(
        1,
        lambda t: 2 * arc(t) / mpmath.pi - mpmath.cos(t),
        lambda t: 1 - 2 * t / mpmath.pi,
    ),
}


@pytest.mark.parametrize("activation", HOMOGENEOUS, ids=lambda a: a.name)
@pytest.mark.parametrize("bias", [0.0, 0.7])
@pytest.mark.parametrize("theta", ["1e-9", "1e-6", "0.4", "2.5"])
def test_rows_of_unequal_norms(activation, bias, theta):
    """Products of lengths 3 and 0.25 at depth 3, against 40 digits."""
    x = np.array([[3.0, 0.0], [0.25 * np.cos(float(theta)), 0.25 * np.sin(float(theta))]])
    formulas = HOMOGENEOUS[activation]
    with mpmath.workdps(40):
        rows = mpmath.matrix(x.tolist())
        exact = formulas.matrices(rows * rows.T, 3, weight=mpmath.mpf("0.8"), bias=bias)
    settings = {"depth": 3, "weight_variance": 0.8, "bias_variance": bias, "activation": activation}
    for kernel, matrix in zip((nngp, ntk), exact, strict=True):
        if kernel is ntk and formulas.slope_dual is None:
            continue
        expected = np.array(matrix.tolist(), float)
        size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        np.testing.assert_allclose(kernel(x, **settings) / size, expected / size, atol=2e-13)
        np.testing.assert_allclose(np.diag(kernel(x, **settings)), np.diag(expected), rtol=1e-13)


@pytest.mark.parametrize("name", ["tanh", "gelu", "elu", "relu", "sine", "hard_tanh"])
def test_nearly_identical_rows(name):
    """Small gaps follow chi theta^2 / 2, or bend with theta where the slope jumps."""
    activation = getattr(activations, name)
    duals = {**SMOOTH, **KINKED}[activation]
    for theta in (1e-9, 1e-7, 1e-5):
        x = np.array([[1.0, 0.0], [np.cos(theta), np.sin(theta)]])
        gap = 1 - float(ntk(x, activation=activation, depth=2, normalized=True)[0, 1])
        exact = kernels(duals, theta, 2).cosine_gaps[1]
        assert gap == pytest.approx(exact, rel=1e-4, abs=4e-16)


@pytest.mark.parametrize("name", ["tanh", "gelu", "selu", "xtanh", "relu"])
@pytest.mark.parametrize("kernel", [nngp, ntk])
def test_symmetric_exact_on_the_diagonal_and_positive(name, kernel):
    x = np.random.default_rng(3).standard_normal((12, 5))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    x[7], x[9] = -x[2], x[3] + 1e-8 * x[4]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = np.array(kernel(x, activation=getattr(activations, name), depth=3, normalized=True))
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)
    assert np.linalg.eigvalsh(found)[0] > -1e-14
    odd = {"tanh": -1.0, "xtanh": 1.0}
    assert found[2, 7] == pytest.approx(odd.get(name, found[2, 7]), abs=1e-15)


@pytest.mark.parametrize("bounds", [(-10, 20), (-1, 1.5)])
def test_what_is_linear_near_the_origin_is_not_taken_for_odd_or_homogeneous(bounds):
    """Inputs of length 20 reach both bounds, though values at small points show neither."""
    clip = Activation("clip", lambda z: jnp.clip(z, *bounds), kinks=bounds)
    duals = Broken(
        lambda z: np.clip(z, *bounds),
        lambda z: 1.0 * ((z > bounds[0]) & (z < bounds[1])),
        {bounds[0]: 1, bounds[1]: -1},
    )
    x = 20 * np.array([[1.0, 0.0], [-0.8, 0.6]])
    exact = kernels(duals, np.arccos(-0.8), 1, square=400.0, weight=1.0)
    found = nngp(x, activation=clip, depth=1, weight_variance=1.0)[0, 1]
    assert float(found) == pytest.approx(exact.nngp - exact.nngp_drop, rel=1e-11)
    with pytest.raises(ValueError, match="clip is not homogeneous"):
        nngp([[1.0, 0.0], [2.0, 0.0]], activation=clip, depth=1)
