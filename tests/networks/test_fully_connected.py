"""Finite networks: the empirical NTK against the Jacobian, and against infinite width."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import identity, leaky_relu, relu
from ntklib.kernels import nngp, ntk
from ntklib.networks import empirical_ntk, init_mlp, mlp
from ntklib.networks.layered_kernel import _contract

X = np.random.default_rng(1).standard_normal((5, 4))


def contracted_jacobian(params, x1, x2, activation):
    """The NTK by its definition: every gradient written out, then multiplied."""

    def gradients(x):
        jacobian = jax.jacrev(lambda p: mlp(p, x, activation=activation)[:, 0])(params)
        return jnp.concatenate([leaf.reshape(len(x), -1) for leaf in jax.tree.leaves(jacobian)], 1)

    return gradients(x1) @ gradients(x2).T


@pytest.mark.parametrize(
    ("activation", "hidden"),
    [(relu, ()), (relu, (7,)), (identity, (6, 9)), (leaky_relu(0.1), (5, 8, 3, 6))],
)
@pytest.mark.parametrize("bias", [False, True])
def test_empirical_ntk_equals_the_contracted_jacobian(activation, hidden, bias):
    params = init_mlp(jax.random.key(3), (4, *hidden, 1), bias=bias)
    for x2 in (None, X[:2]):
        expected = contracted_jacobian(params, X, X if x2 is None else x2, activation)
        kernel = empirical_ntk(params, X, x2, activation=activation)
        np.testing.assert_allclose(kernel, expected, rtol=1e-12, atol=1e-12)


def test_outputs_by_hand():
    params = init_mlp(jax.random.key(0), (4, 3, 2), bias=True)
    (w1, b1), (w2, b2) = params
    hidden = np.sqrt(2 / 3) * np.maximum(X @ w1.T + b1, 0)
    np.testing.assert_allclose(mlp(params, X, activation=relu), hidden @ w2.T + b2, rtol=1e-13)


@pytest.mark.parametrize("depth", [1, 3])
def test_wide_networks_approach_the_infinite_width_kernels(depth):
    """Means over networks within four standard errors; the bias of the mean is O(1/width)."""
    count, width = 60, 512

    def sample(key):
        params = init_mlp(key, (4, *[width] * depth, 1))
        outputs = mlp(params, X, activation=relu)[:, 0]
        return empirical_ntk(params, X, activation=relu), jnp.outer(outputs, outputs)

    samples = [sample(key) for key in jax.random.split(jax.random.key(5), count)]
    kernels = [ntk(X, activation=relu, depth=depth), nngp(X, activation=relu, depth=depth)]
    for drawn, limit in zip(zip(*samples, strict=True), kernels, strict=True):
        drawn = np.array(drawn)
        error = drawn.std(axis=0, ddof=1) / np.sqrt(count)
        bias = 5 * depth / width * np.abs(limit).max()
        assert (np.abs(drawn.mean(axis=0) - limit) < 4 * error + bias).all()


def test_parameters_have_the_asked_spread_and_type():
    (layer, _) = init_mlp(jax.random.key(0), (300, 200, 1), weight_std=0.1, dtype=jnp.float32)
    assert layer.weight.dtype == jnp.float32
    assert layer.bias is None
    assert float(layer.weight.std()) == pytest.approx(0.1, abs=4 * 0.1 / np.sqrt(2 * 60_000))
    kernel = empirical_ntk(
        init_mlp(jax.random.key(0), (4, 3, 1), dtype=jnp.float32), X, activation=relu
    )
    assert kernel.dtype == jnp.float32


def test_layers_and_biases_are_drawn_independently():
    params = init_mlp(jax.random.key(1), (60, 60, 60, 1), bias=True, weight_std=2.0)
    draws = [np.ravel(part) for layer in params[:2] for part in layer]
    for draw in draws:
        assert draw.std() == pytest.approx(2.0, abs=4 * 2.0 / np.sqrt(2 * draw.size))
    first, second = draws[0], draws[2]
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / 60
    assert abs(np.corrcoef(first[:60], draws[1])[0, 1]) < 4 / np.sqrt(60)


def test_another_slope_does_not_compile_again():
    params = init_mlp(jax.random.key(0), (4, 11, 1))
    empirical_ntk(params, X, activation=leaky_relu(0.3))
    compiled = _contract._cache_size()
    empirical_ntk(params, X, activation=leaky_relu(0.4))
    assert _contract._cache_size() == compiled


@pytest.mark.parametrize(
    ("widths", "options", "message"),
    [
        ((4,), {}, r"two or more integers, got \(4,\)"),
        ((4, 0, 1), {}, "every width must be an integer >= 1, got 0"),
        ((4, 2.5, 1), {}, r"every width must be an integer >= 1, got 2\.5"),
        ((4, 3, 1), {"weight_std": -1.0}, r"weight_std must be positive, got -1\.0"),
        ((4, 3, 1), {"weight_std": 0.0}, r"weight_std must be positive, got 0\.0"),
    ],
)
def test_bad_architectures_are_refused(widths, options, message):
    with pytest.raises(ValueError, match=message):
        init_mlp(jax.random.key(0), widths, **options)


def test_bad_inputs_are_refused():
    params = init_mlp(jax.random.key(0), (4, 3, 1))
    with pytest.raises(ValueError, match=r"x must have shape \(n, 4\), got shape \(5, 3\)"):
        mlp(params, X[:, :3], activation=relu)
    with pytest.raises(ValueError, match=r"x2 must have shape \(n, 4\), got shape \(4,\)"):
        empirical_ntk(params, X, X[0], activation=relu)
    with pytest.raises(ValueError, match=r"x1 must be finite, got nan at index \(0, 0\)"):
        empirical_ntk(params, X * np.nan, activation=relu)
    with pytest.raises(ValueError, match="one output, got 2"):
        empirical_ntk(init_mlp(jax.random.key(0), (4, 3, 2)), X, activation=relu)


def test_mlp_and_empirical_ntk_can_be_jitted():
    params = init_mlp(jax.random.key(3), (4, 6, 1))
    for function in (mlp, empirical_ntk):
        expected = function(params, X, activation=relu)
        jitted = jax.jit(lambda p, x, f=function: f(p, x, activation=relu))(params, X)
        np.testing.assert_allclose(jitted, expected, rtol=1e-12)
