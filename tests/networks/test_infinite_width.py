"""Wide networks of any activation, spread and bias against the recursion for infinite width."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import relu, sine, tanh
from ntklib.dual import dual, second_moment
from ntklib.networks import empirical_ntk, init_mlp, mlp

X = np.array([[1.0, 0.0], [0.8, 0.6], [-0.6, 0.3]])


def average(activation, outputs):
    """E sigma(u) sigma(v) for every pair of entries of a Gaussian vector."""

    def pair(i, j):
        variances = outputs[i, i], outputs[j, j]
        rho = np.clip(outputs[i, j] / np.sqrt(variances[0] * variances[1]), -1, 1)
        return float(dual(activation, rho, variances=variances))

    return np.array([[pair(i, j) for j in range(len(outputs))] for i in range(len(outputs))])


def recursion(x, activation, depth, weight_variance, bias_variance):
    """Covariance of the outputs and NTK, for h = sqrt(w / m) W sigma(h') + sqrt(b) beta.

    W and beta are standard normal, and both are trained; the first layer is W x + sqrt(b) beta.
    """
    outputs = x @ x.T + bias_variance
    kernel = outputs
    for _ in range(depth):
        slopes = average(activation.derivative, outputs)
        outputs = weight_variance * average(activation, outputs) + bias_variance
        kernel = outputs + weight_variance * slopes * kernel
    return outputs, kernel


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    ("activation", "weight_std", "bias"),
    [
        (relu, 1.5, True),
        (tanh, None, False),
        (tanh, 1.5, False),
        (tanh, 0.7, True),
        (sine, 1.2, True),
    ],
)
def test_what_spread_and_biases_of_a_network_mean_in_the_kernels(
    activation, weight_std, bias, depth
):
    """A network of spread s is the recursion at s x, w = s^2 / E[sigma^2], b = s^2 with biases.

    Its NTK is that of the recursion divided by s^2: it is taken with respect to entries of
    spread s, the recursion's with respect to standard normal ones. Means over 200 networks
    within four standard errors, allowing for the correction of order 1 / width.
    """
    count, width = 200, 256
    s = 1.0 if weight_std is None else weight_std
    weight_variance = s**2 / second_moment(activation)
    outputs, kernel = recursion(s * X, activation, depth, weight_variance, s**2 * bias)

    def sample(key):
        params = init_mlp(key, (2, *[width] * depth, 1), bias=bias, weight_std=weight_std)
        found = mlp(params, X, activation=activation)[:, 0]
        return empirical_ntk(params, X, activation=activation), jnp.outer(found, found)

    drawn = jax.lax.map(sample, jax.random.split(jax.random.key(depth), count))
    for samples, limit in zip(drawn, (kernel / s**2, outputs), strict=True):
        samples = np.array(samples)
        error = samples.std(axis=0, ddof=1) / np.sqrt(count)
        correction = 2 * depth / width * np.abs(limit).max()
        assert (np.abs(samples.mean(axis=0) - limit) < 4 * error + correction).all()
