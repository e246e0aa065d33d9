"""Wide networks of any activation, spread and bias against the kernels of infinite width."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import relu, sine, tanh
from ntklib.dual import second_moment
from ntklib.kernels import nngp, ntk
from ntklib.networks import empirical_ntk, init_mlp, mlp

ANGLES = np.array([0.0, 0.7, 2.5])
X = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
COUNT, WIDTH = 200, 256


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize(
    ("activation", "s", "bias"),
    [
        (relu, 1.5, True),
        (tanh, 1.0, False),
        (tanh, 1.5, False),
        (tanh, 0.7, True),
        (sine, 1.2, True),
    ],
)
def test_what_spread_and_biases_of_a_network_mean_in_the_kernels(activation, s, bias, depth):
    """A network of spread s has data s x, w = s^2 / E[sigma^2], and b = s^2 with biases.

    Its NTK is that of the kernel divided by s^2: it is taken with respect to entries of spread
    s, the kernel's with respect to standard normal ones. Means over 200 networks within four
    standard errors, allowing for the correction of order 1 / width.
    """
    variances = {"weight_variance": s**2 / second_moment(activation), "bias_variance": s**2 * bias}
    settings = {"activation": activation, "depth": depth, **variances}
    limits = ntk(s * X, **settings) / s**2, nngp(s * X, **settings)

    def sample(key):
        widths = (2, *[WIDTH] * depth, 1)
        params = init_mlp(key, widths, bias=bias, weight_std=s)
        found = mlp(params, X, activation=activation)[:, 0]
        kernel = empirical_ntk(params, X, activation=activation)
        return kernel, found[:, None] * found

    drawn = jax.lax.map(sample, jax.random.split(jax.random.key(depth), COUNT))
    for samples, limit in zip(drawn, limits, strict=True):
        samples = np.array(samples)
        error = samples.std(axis=0, ddof=1) / np.sqrt(COUNT)
        correction = 2 * depth / WIDTH * jnp.abs(limit).max()
        assert (np.abs(samples.mean(axis=0) - limit) < 4 * error + correction).all()
