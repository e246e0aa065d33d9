"""The NTK of any JAX model: by hand, against the Jacobian, on modules of Flax and Equinox."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen, nnx

from ntklib.activations import relu
from ntklib.networks import empirical_ntk, empirical_ntk_of, init_mlp, mlp
from ntklib.networks.leaves import join, split
from ntklib.networks.model_kernel import _kernel

RNG = np.random.default_rng(7)
X = RNG.standard_normal((5, 4))
Z = RNG.standard_normal((3, 4))
IMAGES = RNG.standard_normal((4, 6, 6, 2))


def two_layers(params, x):
    """A network with one hidden layer of tanh; the output layer may have several rows."""
    return jnp.tanh(x @ params["w"].T) @ params["a"].T


def flat_jacobian(apply_fn, params, x):
    """The Jacobian with one column a parameter, shape (n, k, parameters)."""
    found = jax.jacrev(lambda p: apply_fn(p, x).reshape(len(x), -1))(params)
    leaves = [leaf.reshape(*leaf.shape[:2], -1) for leaf in jax.tree.leaves(found)]
    return np.concatenate(leaves, axis=2)


def compare_with_the_jacobian(apply_fn, params, x, z, rtol=1e-12, **options):
    """Check the kernel between x and z, and that of x with itself, against the contraction."""
    jx, jz = flat_jacobian(apply_fn, params, x), flat_jacobian(apply_fn, params, z)
    for other, jacobian in ((z, jz), (None, jx)):
        expected = np.einsum("iap,jbp->ijab", jx, jacobian)
        kernel = empirical_ntk_of(apply_fn, params, x, other, **options)
        if jx.shape[1] == 1:
            expected = expected[:, :, 0, 0]
        np.testing.assert_allclose(kernel, expected, rtol=rtol, atol=rtol * np.abs(expected).max())


def test_two_layers_by_hand():
    """sum_i tanh_i tanh_i' + <x, z> sum_i a_i^2 tanh'_i tanh'_i'."""
    params = {"w": RNG.standard_normal((6, 4)), "a": RNG.standard_normal((1, 6))}
    hidden_x, hidden_z = np.tanh(X @ params["w"].T), np.tanh(Z @ params["w"].T)
    signals_x, signals_z = (params["a"] * (1 - h**2) for h in (hidden_x, hidden_z))
    expected = hidden_x @ hidden_z.T + (X @ Z.T) * (signals_x @ signals_z.T)
    np.testing.assert_allclose(empirical_ntk_of(two_layers, params, X, Z), expected, rtol=1e-12)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("memory", [1, 2000, 2**28])
def test_any_block_size_gives_the_contracted_jacobian(outputs, memory):
    """One byte makes blocks of a single gradient, 2000 of a few with the last one padded."""
    params = {"w": RNG.standard_normal((6, 4)), "a": RNG.standard_normal((outputs, 6))}
    compare_with_the_jacobian(two_layers, params, X, Z, memory=memory)


def test_outputs_without_an_axis_are_one_output():
    params = {"w": RNG.standard_normal((6, 4)), "a": RNG.standard_normal((1, 6))}
    flat = empirical_ntk_of(lambda p, x: two_layers(p, x)[:, 0], params, X)
    np.testing.assert_array_equal(flat, empirical_ntk_of(two_layers, params, X))
    assert flat.shape == (5, 5)


def test_it_agrees_with_the_kernel_by_layers():
    params = init_mlp(jax.random.key(3), (4, 7, 9, 1), bias=True)
    for other in (None, Z):
        kernel = empirical_ntk_of(lambda p, x: mlp(p, x, activation=relu), params, X, other)
        expected = empirical_ntk(params, X, other, activation=relu)
        np.testing.assert_allclose(kernel, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("memory", [1, 2000, 2**28])
def test_the_kernel_of_one_data_set_is_exactly_symmetric(memory):
    params = {"w": RNG.standard_normal((6, 4)), "a": RNG.standard_normal((3, 6))}
    kernel = np.asarray(empirical_ntk_of(two_layers, params, X, memory=memory))
    np.testing.assert_array_equal(kernel, kernel.transpose(1, 0, 3, 2))
    assert np.linalg.eigvalsh(kernel.transpose(0, 2, 1, 3).reshape(15, 15)).min() > 0


def same_network_in_flax(params):
    """The library's network (4, 7, 1) written as a Flax module, with the same weights."""

    class Mlp(linen.Module):
        @linen.compact
        def __call__(self, x):
            x = jnp.sqrt(2 / 7) * linen.relu(linen.Dense(7, param_dtype=float)(x))
            return linen.Dense(1, param_dtype=float)(x)

    tree = {
        f"Dense_{index}": {"kernel": layer.weight.T, "bias": layer.bias}
        for index, layer in enumerate(params)
    }
    return Mlp(), {"params": tree}


def same_network_in_equinox(params):
    """The library's network (4, 7, 1) written as an Equinox module, with the same weights."""
    network = eqx.nn.MLP(4, 1, 7, 1, activation=scaled_relu, key=jax.random.key(0))
    weights = [part for layer in params for part in layer]
    return eqx.tree_at(
        lambda net: [part for layer in net.layers for part in (layer.weight, layer.bias)],
        network,
        weights,
    )


def scaled_relu(x):
    return jnp.sqrt(2 / 7) * jax.nn.relu(x)


def test_the_same_network_in_flax_and_equinox():
    params = init_mlp(jax.random.key(3), (4, 7, 1), bias=True)
    expected = empirical_ntk(params, X, Z, activation=relu)
    flax_network, variables = same_network_in_flax(params)
    found = empirical_ntk_of(flax_network.apply, variables, X, Z)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    module = same_network_in_equinox(params)
    found = empirical_ntk_of(lambda network, x: jax.vmap(network)(x), module, X, Z)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_a_network_of_flax_nnx():
    params = init_mlp(jax.random.key(3), (4, 7, 1), bias=True)

    class Mlp(nnx.Module):
        def __init__(self, rngs):
            self.first = nnx.Linear(4, 7, rngs=rngs, param_dtype=float)
            self.last = nnx.Linear(7, 1, rngs=rngs, param_dtype=float)

        def __call__(self, x):
            return self.last(scaled_relu(self.first(x)))

    network = Mlp(nnx.Rngs(0))
    for layer, (weight, bias) in zip((network.first, network.last), params, strict=True):
        layer.kernel[...], layer.bias[...] = weight.T, bias
    graph, state = nnx.split(network)
    kernel = empirical_ntk_of(lambda s, x: nnx.merge(graph, s)(x), state, X, Z)
    expected = empirical_ntk(params, X, Z, activation=relu)
    np.testing.assert_allclose(kernel, expected, rtol=1e-12, atol=1e-12)


class Convolutions(linen.Module):
    """Two convolutions, a mean over the picture, and as many outputs as asked."""

    outputs: int

    @linen.compact
    def __call__(self, x):
        x = linen.tanh(linen.Conv(3, (3, 3), param_dtype=float)(x))
        x = linen.tanh(linen.Conv(4, (2, 2), param_dtype=float)(x))
        return linen.Dense(self.outputs, param_dtype=float)(x.mean(axis=(1, 2)))


@pytest.mark.parametrize("outputs", [1, 2])
def test_a_convolutional_network_of_flax(outputs):
    network = Convolutions(outputs)
    variables = network.init(jax.random.key(1), IMAGES)
    compare_with_the_jacobian(network.apply, variables, IMAGES, IMAGES[:2] + 1, memory=4000)


def test_a_convolutional_network_of_equinox():
    keys = jax.random.split(jax.random.key(1))
    network = eqx.nn.Sequential(
        [
            eqx.nn.Conv2d(2, 3, 3, key=keys[0], dtype=float),
            eqx.nn.Lambda(jnp.tanh),
            eqx.nn.Lambda(jnp.ravel),
            eqx.nn.Linear(48, 1, key=keys[1], dtype=float),
        ]
    )

    def apply_fn(module, x):
        return jax.vmap(module)(x.transpose(0, 3, 1, 2))

    weights, rest = eqx.partition(network, eqx.is_inexact_array)
    jx = flat_jacobian(lambda w, x: apply_fn(eqx.combine(w, rest), x), weights, IMAGES)
    kernel = empirical_ntk_of(apply_fn, network, IMAGES)
    np.testing.assert_allclose(kernel, jx[:, 0] @ jx[:, 0].T, rtol=1e-12)


def test_what_is_no_array_of_floats_is_held():
    weights = {"w": RNG.standard_normal((6, 4)), "a": RNG.standard_normal((1, 6))}
    extra = {
        **weights,
        "steps": np.int32(3),
        "mask": np.array([True]),
        "key": jax.random.key(0),
        "name": "network",
        "nothing": None,
        "rate": 0.5,
        "fn": jnp.tanh,
    }

    def apply_fn(params, x):
        assert (params["name"], params["rate"], params["fn"]) == ("network", 0.5, jnp.tanh)
        jax.random.normal(params["key"])
        return two_layers(params, x)

    expected = empirical_ntk_of(two_layers, weights, X)
    np.testing.assert_allclose(empirical_ntk_of(apply_fn, extra, X), expected, rtol=1e-13)


def test_split_and_join_are_inverse_and_tell_true_from_one():
    tree = {"w": np.ones(2), "n": np.arange(2), "on": True, "fn": jnp.tanh, "none": None}
    trained, arrays, structure = split(tree)
    assert jax.tree.leaves(trained)[0] is tree["w"]
    again = join(trained, arrays, structure)
    assert jax.tree.structure(again) == jax.tree.structure(tree)
    assert all(a is b for a, b in zip(jax.tree.leaves(again), jax.tree.leaves(tree), strict=True))
    assert split({**tree, "on": 1}).structure != structure


def test_integer_inputs_are_looked_up():
    params = {"table": RNG.standard_normal((9, 3))}
    words = np.array([[1, 2], [2, 2], [5, 8]])
    kernel = empirical_ntk_of(lambda p, x: p["table"][x].sum(axis=(1, 2)), params, words)
    np.testing.assert_array_equal(kernel, 3 * np.array([[2, 2, 0], [2, 4, 0], [0, 0, 2]]))


def test_the_type_is_that_of_the_parameters():
    params = {"w": np.ones((6, 4), np.float32), "a": np.ones((1, 6), np.float32)}
    assert empirical_ntk_of(two_layers, params, X).dtype == jnp.float32
    half = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.bfloat16), params)
    assert empirical_ntk_of(two_layers, half, X).dtype == jnp.float32


def test_other_parameters_of_one_shape_do_not_compile_again():
    for count in range(2):
        params = {"w": RNG.standard_normal((8, 4)), "a": RNG.standard_normal((1, 8))}
        empirical_ntk_of(two_layers, params, X)
        if count == 0:
            compiled = _kernel._cache_size()
    assert _kernel._cache_size() == compiled


def test_gradients_are_never_all_held():
    """What XLA plans for 64 gradients of 41 000 numbers: 21 MB if held, 1 MB allowed here."""
    params = {"w": RNG.standard_normal((1000, 40)), "a": RNG.standard_normal((1, 1000))}
    x = RNG.standard_normal((64, 40))
    lowered = jax.jit(lambda p, rows: empirical_ntk_of(two_layers, p, rows, memory=10**6))
    plan = lowered.lower(params, jnp.asarray(x)).compile().memory_analysis()
    assert plan.temp_size_in_bytes < 5e6 < 8 * 64 * 41_000


def test_it_can_be_jitted():
    params = {"w": RNG.standard_normal((6, 4)), "a": RNG.standard_normal((1, 6))}
    jitted = jax.jit(lambda p, x: empirical_ntk_of(two_layers, p, x))(params, X)
    np.testing.assert_allclose(jitted, empirical_ntk_of(two_layers, params, X), rtol=1e-13)


def test_a_model_with_its_start_subtracted_is_no_false_alarm():
    """The output is all rounding there, and rounding does depend on the size of the batch."""
    params = {"w": RNG.standard_normal((50, 4)), "a": RNG.standard_normal((1, 50))}

    def centred(p, x):
        backwards = two_layers({"w": params["w"][::-1], "a": params["a"][:, ::-1]}, x)
        return two_layers(p, x) - backwards  # the same sum in another order

    expected = empirical_ntk_of(two_layers, params, X)
    np.testing.assert_allclose(empirical_ntk_of(centred, params, X), expected, rtol=1e-12)


def normalised_over_the_batch(params, x):
    return (x - x.mean(axis=0)) @ params["w"]


@pytest.mark.parametrize(
    ("apply_fn", "params", "x", "message"),
    [
        (normalised_over_the_batch, {"w": np.ones(4)}, X, "must not depend on the other rows"),
        (lambda p, x: jnp.cumsum(x @ p["w"]), {"w": np.ones(4)}, X, "depend on the other rows"),
        (lambda p, x: jnp.ones((5, 2, 3)) * p["w"], {"w": np.ones(3)}, X, r"got shape \(5, 2, 3\)"),
        (lambda p, x: p["w"] * 1.0, {"w": np.ones(3)}, X, r"got shape \(3,\) for 5 rows"),
        (lambda p, x: (x @ p["w"], 0), {"w": np.ones(4)}, X, "one array, got a tuple"),
        (lambda p, x: x @ p["w"] > 0, {"w": np.ones(4)}, X, "real floats, got bool"),
        (lambda p, x: jnp.log(x @ p["w"]), {"w": np.zeros(4)}, X, "finite numbers, got"),
        (two_layers, {"w": 3, "a": "x"}, X, r"one array of floats, got leaves .*'int', 'str'"),
        (two_layers, {"w": np.ones(4, complex)}, X, "params must be real"),
        (two_layers, {"w": np.ones(4), "s": {2}}, X, "neither an array nor hash"),
        ("relu", {"w": np.ones(4)}, X, "apply_fn must be a function"),
        (two_layers, {"w": np.ones(4)}, np.full((2, 4), np.nan), "x1 must be finite, got nan"),
        (two_layers, {"w": np.ones(4)}, np.zeros((0, 4)), r"got shape \(0, 4\)"),
    ],
)
def test_bad_models_are_refused(apply_fn, params, x, message):
    with pytest.raises(ValueError, match=message):
        empirical_ntk_of(apply_fn, params, x)


def test_batch_normalisation_is_refused_in_training_and_taken_in_evaluation():
    class Normalised(linen.Module):
        @linen.compact
        def __call__(self, x, train):
            x = linen.BatchNorm(use_running_average=not train, param_dtype=float)(x)
            return linen.Dense(1, param_dtype=float)(x)

    network = Normalised()
    variables = network.init(jax.random.key(0), X, train=False)
    statistics = variables["batch_stats"]

    def apply_fn(params, x, train):
        tree = {"params": params, "batch_stats": statistics}
        found = network.apply(tree, x, train=train, mutable=["batch_stats"])
        return found[0]

    with pytest.raises(ValueError, match="is there batch normalisation in training mode"):
        empirical_ntk_of(lambda p, x: apply_fn(p, x, True), variables["params"], X)
    compare_with_the_jacobian(lambda p, x: apply_fn(p, x, False), variables["params"], X, Z)


def test_rows_of_two_shapes_are_refused():
    params = {"w": np.ones((6, 4)), "a": np.ones((1, 6))}
    with pytest.raises(ValueError, match=r"one shape, got shapes \(5, 4\) and \(3, 2\)"):
        empirical_ntk_of(two_layers, params, X, Z[:, :2])
    with pytest.raises(ValueError, match="memory must be an integer >= 1, got 0"):
        empirical_ntk_of(two_layers, params, X, memory=0)
