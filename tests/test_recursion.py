"""The layer recursion against the textbook formula in 60 digits, at every size of angle."""

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from ntklib.activations import identity, leaky_relu, relu
from ntklib.dual import kink_constant
from ntklib.recursion import advance, sine_minus_theta_cosine, start

ANGLES = [1e-12, 1e-6, 1e-3, 0.1, 0.499, 0.501, 1.0, 2.0, 3.0]


def textbook(theta, slope, depth):
    """Embedding and gradient angle by cosines alone, where the cancellation costs nothing."""
    with mpmath.workdps(60):
        theta, slope = mpmath.mpf(theta), mpmath.mpf(slope)
        c = (1 - slope) ** 2 / (mpmath.pi * (1 + slope**2))
        kernel = mpmath.cos(theta)
        for _ in range(depth):
            cosine = mpmath.cos(theta) + c * (mpmath.sin(theta) - theta * mpmath.cos(theta))
            kernel = cosine + kernel * (1 - c * theta)
            theta = mpmath.acos(cosine)
        return float(theta), float(mpmath.acos(kernel / (depth + 1)))


@pytest.mark.parametrize("activation", [relu, identity, leaky_relu(0.3)])
@pytest.mark.parametrize("depth", [0, 1, 2, 7, 40])
def test_angles_keep_their_relative_accuracy(activation, depth):
    layers = advance(start(ANGLES), kink_constant(activation), depth)
    (slope,) = activation.params
    embedding, gradient = zip(*(textbook(a, slope, depth) for a in ANGLES), strict=True)
    np.testing.assert_allclose(layers.theta, embedding, rtol=2e-15 * (depth + 1))
    np.testing.assert_allclose(layers.gradient_angle, gradient, rtol=2e-15 * (depth + 1))


@pytest.mark.parametrize("theta", [np.pi, np.pi - 1e-3, 3.0, 2.0, 1.6, 1.5, 0.1])
@pytest.mark.parametrize("slope", [-1.0, -0.4])
@pytest.mark.parametrize("depth", [1, 3, 10])
def test_negative_slopes_fold_obtuse_angles(theta, slope, depth):
    """The absolute value (slope -1) takes pi to 0; the rounding of pi, 1.2e-16, is felt there."""
    layers = advance(start(theta), kink_constant(leaky_relu(slope)), depth)
    embedding, gradient = textbook(theta, slope, depth)
    assert float(layers.theta) == pytest.approx(embedding, rel=1e-12, abs=2e-16)
    assert float(layers.gradient_angle) == pytest.approx(gradient, rel=1e-12, abs=3e-8)


def test_ends_of_the_range_are_exact():
    layers = advance(start([0.0, np.pi]), kink_constant(relu), 25)
    assert float(layers.theta[0]) == 0
    assert float(layers.gradient_angle[0]) == 0
    assert float(layers.ntk[0]) == 26
    once = advance(start(np.pi), kink_constant(relu), 1)
    assert float(once.theta) == pytest.approx(np.pi / 2, rel=1e-15)


@pytest.mark.parametrize("theta", ANGLES)
def test_the_bend_of_one_layer(theta):
    with mpmath.workdps(60):
        t = mpmath.mpf(theta)
        expected = float(mpmath.sin(t) - t * mpmath.cos(t))
    assert float(sine_minus_theta_cosine(jnp.array(theta))) == pytest.approx(expected, rel=1e-15)
