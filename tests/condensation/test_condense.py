"""Training from small weights: hand computation, plain NumPy loops, records and manners."""

import jax.numpy as jnp
import numpy as np
import optax
import pytest

from ntklib.activations import identity, quadratic, relu, sigmoid, softplus, tanh, x2tanh, xtanh
from ntklib.condensation import Adam, CondensationNetwork, Weights, condense, count_orientations
from ntklib.networks.training_loop import advance

X = np.linspace(-1, 1.5, 40)
Y = np.sin(3 * X) + np.sin(6 * X) / 2
ROWS = np.random.default_rng(0).uniform(-4, 2, (9, 3))
TARGETS = np.sin(5 * ROWS + 1).sum(axis=1)


def run_of(activation=tanh, x=X, y=Y, **options):
    settings = {"width": 6, "init_std": 0.3, "optimizer": "gradient_descent", "seeds": [4, 1]}
    settings |= {"learning_rate": 0.1, "steps": 12} | options
    return condense(x, y, activation=activation, **settings)


def test_residual_network_by_hand():
    """Layer 1: 2 * 1 + 1 = 3; layer 2: (3 - 1)^2 + 3 = 7, or 4 without; layer 3: 2 * 7 + 2 + 7."""
    weights = Weights(
        (jnp.array([[2.0, 1.0]]), jnp.array([[1.0, -1.0]]), jnp.array([[2.0, 2.0]])),
        jnp.array([5.0]),
    )
    x = jnp.array([[1.0]])
    activations = (identity, quadratic, identity)
    np.testing.assert_array_equal(CondensationNetwork(activations, True)(weights, x), [115.0])
    np.testing.assert_array_equal(CondensationNetwork(activations)(weights, x), [50.0])


def test_outputs_of_the_start_by_numpy():
    x, y = ROWS, TARGETS
    acts = (x2tanh, relu, sigmoid)
    run = run_of(acts, x, y, hidden_layers=3, residual=True, steps=0)
    for seed, found in zip((4, 1), run.outputs(x, step=0), strict=True):
        rng = np.random.default_rng(seed)
        one, two, three = (0.3 * rng.standard_normal((6, d)) for d in (4, 7, 7))
        output = 0.3 * rng.standard_normal(6)
        z = np.c_[x, np.ones(9)] @ one.T
        hidden = z**2 * np.tanh(z)
        hidden = hidden + np.maximum(np.c_[hidden, np.ones(9)] @ two.T, 0)
        hidden = hidden + 1 / (1 + np.exp(-np.c_[hidden, np.ones(9)] @ three.T))
        np.testing.assert_allclose(found, hidden @ output, rtol=1e-13)


def test_loss_is_half_the_mean_square():
    run = run_of(steps=3)
    for step in (0, 3):
        expected = ((run.outputs(X, step=step) - Y) ** 2).mean(axis=1) / 2
        np.testing.assert_allclose(run.losses[:, step], expected, rtol=1e-12)


def plain_loop(seed, update, *, steps, std, factor=1):
    """Train one tanh network with hand-written gradients; yield a and w after every step."""
    rng = np.random.default_rng(seed)
    inputs = np.c_[X, np.ones(len(X))]
    w, a = std * rng.standard_normal((6, 2)), std * rng.standard_normal(6)
    memory = {}
    for step in range(1, steps + 1):
        fired = np.tanh(inputs @ w.T)
        error = factor * (fired @ a - Y) / len(X)
        gradient = np.c_[(error[:, None] * a * (1 - fired**2)).T @ inputs, fired.T @ error]
        theta = np.c_[w, a]
        theta = theta + update(theta, gradient, step, memory)
        w, a = theta[:, :2], theta[:, 2]
        yield w, a


def descent(theta, gradient, step, memory):
    return -0.1 * gradient


def adam(theta, gradient, step, memory, eps=1e-8):
    memory["first"] = 0.9 * memory.get("first", 0) + 0.1 * gradient
    memory["second"] = 0.999 * memory.get("second", 0) + 0.001 * gradient**2
    first = memory["first"] / (1 - 0.9**step)
    return -0.1 * first / (np.sqrt(memory["second"] / (1 - 0.999**step)) + eps)


def coarse_adam(theta, gradient, step, memory):
    return adam(theta, gradient, step, memory, eps=0.03)


def normalized(theta, gradient, step, memory):
    lengths = [np.linalg.norm(each, axis=1, keepdims=True) for each in (theta, gradient)]
    return -0.1 * lengths[0] * gradient / lengths[1]


RULES = {
    "gradient_descent": descent,
    "adam": adam,
    Adam(eps=0.03): coarse_adam,
    "normalized": normalized,
}


@pytest.mark.parametrize("optimizer", RULES)
@pytest.mark.parametrize("std", [0.3, 1e-3])
def test_every_step_is_the_plain_loop(optimizer, std):
    run = run_of(optimizer=optimizer, init_std=std, record=1)
    np.testing.assert_array_equal(run.recorded_at, range(13))
    for place, seed in enumerate((4, 1)):
        loop = plain_loop(seed, RULES[optimizer], steps=12, std=std)
        for step, (w, a) in enumerate(loop, start=1):
            snapshot = run.at(step)
            np.testing.assert_allclose(snapshot.input_weights[0][place], w, rtol=1e-8, atol=1e-12)
            np.testing.assert_allclose(snapshot.output_weights[place], a, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "update", "factor"),
    [("adam", coarse_adam, 1), ("normalized", descent, 1), ("gradient_descent", descent, 2)],
)
def test_another_rule_is_seen(optimizer, update, factor):
    *_, (w, _) = plain_loop(4, update, steps=12, std=0.3, factor=factor)
    assert np.abs(run_of(optimizer=optimizer).at(12).input_weights[0][0] - w).max() > 1e-3


def test_a_deep_step_by_finite_differences():
    x, y = ROWS, TARGETS
    options = {"hidden_layers": 3, "residual": True, "width": 3, "learning_rate": 1e-3}
    run = run_of((tanh, xtanh, softplus), x, y, steps=1, **options)
    start, end = run.at(0), run.at(1)
    leaves = [each[0] for each in (*start.input_weights, start.output_weights)]
    network, h = run.setting.network, 1e-5

    def loss(leaf, index, change):
        moved = [each.copy() for each in leaves]
        moved[leaf][index] += change
        outputs = network(Weights(tuple(moved[:-1]), moved[-1]), jnp.asarray(x))
        return float(((outputs - y) ** 2).mean() / 2)

    for leaf, after in enumerate((*end.input_weights, end.output_weights)):
        for index in np.ndindex(after.shape[1:]):
            slope = (loss(leaf, index, h) - loss(leaf, index, -h)) / (2 * h)
            moved = (after[0] - leaves[leaf])[index]
            assert moved == pytest.approx(-1e-3 * slope, rel=1e-5, abs=1e-11)


def test_normalized_steps_of_tiny_neurons():
    """Squares of gradients underflow here; every live neuron still moves by its share."""
    for dtype, std in ((np.float32, 1e-11), (np.float64, 1e-60)):
        run = run_of(x2tanh, optimizer="normalized", init_std=std, steps=1, dtype=dtype)
        theta = np.concatenate([run.input_weights[0], run.output_weights[..., None]], axis=-1)
        before, after = theta[0]
        moved = np.linalg.norm((after - before) / std, axis=1)
        np.testing.assert_allclose(moved, 0.1 * np.linalg.norm(before / std, axis=1), rtol=1e-4)


def test_dead_neurons_stay_under_every_rule():
    for optimizer in ("gradient_descent", "adam", "normalized"):
        run = run_of(relu, np.abs(X) + 0.1, optimizer=optimizer, width=40)
        start = run.at(0).input_weights[0]
        dead = (start < 0).all(axis=-1)
        assert dead.sum() > 5
        np.testing.assert_array_equal(run.at(12).input_weights[0][dead], start[dead])


def test_records_and_their_default():
    run = run_of(steps=1000)
    np.testing.assert_array_equal(run.recorded_at, np.arange(0, 1001, 50))
    assert run.losses.shape == (2, 1001)
    run = run_of(record=[5, 2])
    np.testing.assert_array_equal(run.recorded_at, [0, 2, 5])
    np.testing.assert_array_equal(run.at(-1).output_weights, run.at(5).output_weights)
    with pytest.raises(ValueError, match=r"recorded \[0, 2, 5\], got 3"):
        run.at(3)


def test_initial_stage_is_the_last_record_before_learning():
    run, sparse = (run_of(steps=40, record=each) for each in (1, 15))
    lost = np.flatnonzero((run.losses < 0.9 * run.losses[:, :1]).any(axis=0))[0]
    assert run.initial_stage(0.9) == lost - 1
    assert sparse.initial_stage(0.9) == max(step for step in (0, 15, 30, 40) if step < lost)
    assert run.initial_stage(0) == 40
    with pytest.raises(ValueError, match=r"fraction must lie in \[0, 1\], got 1.5"):
        run.initial_stage(1.5)


def test_a_network_does_not_depend_on_its_neighbours():
    together, alone = run_of(seeds=[4, 1, 8]), run_of(seeds=[1])
    np.testing.assert_allclose(together.input_weights[0][1], alone.input_weights[0][0], rtol=1e-11)
    assert not np.allclose(together.input_weights[0][1], together.input_weights[0][0])


def test_nothing_compiles_twice():
    run_of(optimizer=Adam(eps=1e-9))
    before = advance._cache_size()
    run_of(optimizer=Adam(eps=1e-9), learning_rate=0.01, init_std=0.1, steps=30, seeds=[7, 8])
    assert advance._cache_size() == before


def test_divergence_is_said_and_nothing_is_left_to_count():
    wild = {"learning_rate": 50.0, "steps": 100, "init_std": 1.0}
    with pytest.warns(RuntimeWarning, match=r"no longer finite .* learning_rate 50"):
        run, at_the_end = (run_of(x2tanh, record=each, **wild) for each in (1, [100]))
    assert all(step is not None for step in run.diverged_at)
    assert "no longer finite" in run.stopped
    for weights in (*run.input_weights, run.output_weights):
        for network, end in zip(weights, run.diverged_at, strict=True):
            assert np.isfinite(network[:end]).all()
            assert np.isnan(network[end:]).all()
            assert len(network) == 101
    assert np.isnan(run.losses[0, run.diverged_at[0] :]).all()
    np.testing.assert_array_equal(at_the_end.recorded_at, [0, 100])
    with pytest.raises(ValueError, match="weights must be finite, got nan"):
        count_orientations(at_the_end.at(-1).input_weights[0][0])


def test_a_network_that_diverges_among_others_loses_its_weights_alone():
    alone = {"learning_rate": 0.1, "init_std": 1.0, "steps": 60, "record": 1}
    with pytest.warns(RuntimeWarning, match="no longer finite"):
        run = run_of(x2tanh, seeds=range(12), **alone)
    lost = np.array([step is not None for step in run.diverged_at])
    assert 0 < lost.sum() < 12
    ended = np.isnan(run.at(-1).input_weights[0]).any(axis=(1, 2))
    np.testing.assert_array_equal(ended, lost)


def test_an_optimizer_of_ones_own():
    found = run_of(optimizer=optax.sgd)
    np.testing.assert_allclose(found.losses, run_of().losses, rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": X[:, None, None]}, r"x must have shape \(n,\) or \(n, d\), got shape \(40, 1, 1\)"),
        ({"x": np.where(X > 1, np.nan, X)}, "x must be finite, got nan"),
        ({"y": Y[:5]}, "one length, got 40 and 5"),
        ({"y": np.ones((40, 2))}, r"y must have shape \(n,\) or \(n, 1\), got shape \(40, 2\)"),
        ({"activation": "tanh"}, "must be an Activation, got 'tanh'"),
        ({"activation": (tanh, relu)}, "each of the hidden_layers=1, got 2"),
        ({"width": 0}, "width must be an integer >= 1, got 0"),
        ({"init_std": 0.0}, "init_std must be positive, got 0"),
        ({"init_std": 1e-50, "dtype": np.float32}, "init_std must be at least .* got 1e-50"),
        ({"optimizer": Adam(1e-50), "dtype": np.float32}, "eps of Adam must be at .* got 1e-50"),
        ({"optimizer": "sgd"}, "one of gradient_descent, adam, normalized .* got 'sgd'"),
        ({"optimizer": optax.adam(0.1)}, "function of the learning rate, got Gradient"),
        ({"optimizer": "normalized", "hidden_layers": 2}, "needs hidden_layers=1, got 2"),
        ({"learning_rate": -1.0}, "learning_rate must be positive, got -1"),
        ({"steps": 1.5}, "steps must be an integer >= 0, got 1.5"),
        ({"seeds": 3}, r"sequence such as range\(10\), got 3"),
        ({"seeds": []}, r"sequence such as range\(10\), got \[\]"),
        ({"seeds": [1, 1]}, r"seeds must differ, .* got \(1, 1\)"),
        ({"residual": True}, "residual needs hidden_layers >= 2, got 1"),
        ({"record": [99]}, "steps up to 12, got 99"),
        ({"dtype": np.float16}, "dtype must be float32 or float64, got .*float16"),
        ({"dtype": "number"}, "dtype must be float32 or float64, got 'number'"),
    ],
)
def test_bad_input_to_condense(options, message):
    with pytest.raises(ValueError, match=message):
        run_of(**options)


def test_bad_eps_and_bad_inputs():
    with pytest.raises(ValueError, match="eps must be positive, got 0"):
        Adam(eps=0)
    with pytest.raises(ValueError, match=r"rows of 1 numbers, got shape \(3, 2\)"):
        run_of(steps=0).outputs(np.ones((3, 2)), step=0)
