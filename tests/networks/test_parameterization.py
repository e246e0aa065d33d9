"""NTK and standard parameterisation train as one; mean field moves its features."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import leaky_relu, relu
from ntklib.networks import (
    MEAN_FIELD,
    NTK,
    STANDARD,
    Dense,
    Network,
    Parameterization,
    empirical_ntk,
    empirical_ntk_of,
    init_mlp,
    layer_scales,
    mlp,
    reparameterize,
    train,
)

RNG = np.random.default_rng(8)
X = RNG.standard_normal((6, 3))
X /= np.linalg.norm(X, axis=1, keepdims=True)
Y = RNG.standard_normal(6)
ALL = [NTK, STANDARD, MEAN_FIELD, Parameterization("halfway", 0.5, 0.25)]


def draws(widths=(3, 20, 30, 1), seed=0, **options):
    return init_mlp(jax.random.key(seed), widths, **options)


def test_the_table_by_hand():
    """Widths 20 and 30 below the second and third matrix, g = 2 for ReLU."""
    tables = {
        p.name: layer_scales((3, 20, 30, 1), activation=relu, parameterization=p)
        for p in (NTK, STANDARD, MEAN_FIELD)
    }
    factors = np.sqrt([1, 2 / 20, 2 / 30])
    for name, multiplier, std, rate in [
        ("NTK", factors, [1, 1, 1], [1, 1, 1]),
        ("standard", [1, 1, 1], factors, factors**2),
        ("mean field", factors / [1, 1, np.sqrt(30)], [1, 1, 1], [30, 30, 30]),
    ]:
        weights = np.array([layer.weight for layer in tables[name]])
        np.testing.assert_allclose(weights, np.transpose([multiplier, std, rate]), rtol=1e-14)
    biases = np.array([layer.bias for layer in tables["mean field"]])
    np.testing.assert_allclose(biases[:, 0], [1, 1, 30**-0.5], rtol=1e-14)
    np.testing.assert_allclose(biases[:, 2], 30, rtol=1e-14)


@pytest.mark.parametrize("parameterization", ALL)
def test_outputs_by_hand(parameterization):
    """h = c W alpha + c' b, layer by layer."""
    network = Network(leaky_relu(0.2), parameterization)
    params = draws(bias=True)
    alpha = X
    for index, (layer, scale) in enumerate(zip(params, network.scales(params), strict=True)):
        alpha = scale.weight.multiplier * alpha @ layer.weight.T
        alpha = alpha + scale.bias.multiplier * layer.bias
        alpha = np.asarray(leaky_relu(0.2)(alpha)) if index < 2 else alpha
    np.testing.assert_allclose(network(params, X), alpha, rtol=1e-12)


def test_ntk_is_the_network_of_the_library():
    params = draws(bias=True)
    np.testing.assert_array_equal(Network(relu)(params, X), mlp(params, X, activation=relu))
    assert Network(relu).initial(params)[1].weight is not None
    for layer, again in zip(params, Network(relu).initial(params), strict=True):
        np.testing.assert_array_equal(layer.weight, again.weight)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(
    "other", [STANDARD, Parameterization("halfway", 0.5, 0.0), Parameterization("odd", -1.0, 0.0)]
)
def test_training_is_the_same_in_function_space(bias, other):
    ntk, written = Network(relu), Network(relu, other)
    params = {ntk: draws(bias=bias)}
    params[written] = written.initial(params[ntk])
    found = {
        network: train(
            network,
            start,
            X,
            Y,
            steps=100,
            learning_rate=network.learning_rates(start, 0.02),
            record=[0, 1, 100],
            observe=lambda now, network=network: network(now, X),
        )
        for network, start in params.items()
    }
    np.testing.assert_allclose(found[written].losses, found[ntk].losses, rtol=1e-11)
    np.testing.assert_allclose(found[written].recorded, found[ntk].recorded, rtol=1e-9, atol=1e-12)
    assert found[ntk].losses[-1] < 0.2 * found[ntk].losses[0]
    carried = reparameterize(found[written].params, written, ntk)
    for layer, expected in zip(carried, found[ntk].params, strict=True):
        np.testing.assert_allclose(layer.weight, expected.weight, rtol=1e-9, atol=1e-12)


def test_one_rate_for_all_layers_is_another_training():
    """Standard parameterisation as it comes in other libraries: no factor g/m in the rates."""
    network = Network(relu, STANDARD)
    start = network.initial(draws())
    rates = network.learning_rates(start, 0.02)
    scaled = train(network, start, X, Y, steps=1, learning_rate=rates)
    plain = train(network, start, X, Y, steps=1, learning_rate=0.02)
    assert abs(plain.losses[1] / scaled.losses[1] - 1) > 0.1


@pytest.mark.parametrize("target", ALL)
@pytest.mark.parametrize("source", ALL)
def test_any_two_compute_one_function(source, target):
    first, second = Network(relu, source), Network(relu, target)
    params = first.initial(draws(bias=True))
    carried = reparameterize(params, first, second)
    np.testing.assert_allclose(second(carried, X), first(params, X), rtol=1e-12, atol=1e-13)
    back = reparameterize(carried, second, first)
    np.testing.assert_allclose(back[2].weight, params[2].weight, rtol=1e-13)


def test_mean_field_starts_at_the_same_speed():
    """K / M for the kernel, times M for the rate, and an output smaller by sqrt(M)."""
    network, params = Network(relu, MEAN_FIELD), draws(bias=True)
    kernel = empirical_ntk_of(network, params, X)
    expected = empirical_ntk(params, X, activation=relu)
    np.testing.assert_allclose(30 * kernel, expected, rtol=1e-12, atol=1e-12)
    outputs = mlp(params, X, activation=relu)
    np.testing.assert_allclose(np.sqrt(30) * network(params, X), outputs, rtol=1e-12)


def movements_of_features(network, width, count):
    """Relative changes of the hidden layer during 20 steps, of many networks."""
    keys = jax.random.split(jax.random.key(width), count)
    start = jax.vmap(lambda key: network.initial(init_mlp(key, (3, width, 1))))(keys)
    one = jax.tree.map(lambda leaf: leaf[0], start)
    rates = network.learning_rates(one, 0.05)
    end = train(network, start, X, Y, steps=20, learning_rate=rates, ensemble=True).params
    before, after = (
        np.maximum(np.einsum("nd,emd->enm", X, params[0].weight), 0) for params in (start, end)
    )
    return np.linalg.norm(after - before, axis=(1, 2)) / np.linalg.norm(before, axis=(1, 2))


@pytest.mark.parametrize(("parameterization", "power"), [(NTK, -0.5), (MEAN_FIELD, 0.0)])
def test_features_move_like_this_power_of_the_width(parameterization, power):
    """From width 128 to 2048; the mean of forty networks each, within four standard errors."""
    network, count = Network(relu, parameterization), 40
    narrow, wide = (np.log(movements_of_features(network, m, count)) for m in (128, 2048))
    slope = (wide.mean() - narrow.mean()) / np.log(16)
    variance = (narrow.var(ddof=1) + wide.var(ddof=1)) / count
    error = np.sqrt(variance) / np.log(16)
    assert error < 0.03
    assert abs(slope - power) < 4 * error + 0.01  # a correction of order 1/width, over log 16


def test_rates_have_the_shape_of_the_parameters():
    for bias in (False, True):
        params = draws(bias=bias)
        rates = Network(relu, STANDARD).learning_rates(params, 0.5)
        assert jax.tree.structure(rates) == jax.tree.structure(params)
        assert rates[1].weight == pytest.approx(0.5 * 2 / 20)
        assert isinstance(rates[1], Dense)


def test_networks_are_equal_by_value():
    assert Network(leaky_relu(0.1), STANDARD) == Network(leaky_relu(0.1), STANDARD)
    assert hash(Network(leaky_relu(0.1))) == hash(Network(leaky_relu(0.1)))
    assert Network(relu) != Network(relu, MEAN_FIELD)


def test_bad_requests_are_refused():
    with pytest.raises(ValueError, match="must have one activation, got relu and leaky_relu"):
        reparameterize(draws(), Network(relu), Network(leaky_relu(0.1)))
    with pytest.raises(ValueError, match=r"two or more integers, got \(3,\)"):
        layer_scales((3,), activation=relu, parameterization=NTK)
    with pytest.raises(ValueError, match="every width must be an integer >= 1, got 0"):
        layer_scales((3, 0, 1), activation=relu, parameterization=NTK)
    with pytest.raises(ValueError, match=r"learning_rate must be positive, got 0\.0"):
        Network(relu).learning_rates(draws(), 0.0)
    assert jnp.isfinite(Network(relu)(draws((3, 1)), X)).all()
