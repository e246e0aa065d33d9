"""The training loop against a plain Python loop, closed forms and SciPy; and its manners."""

import signal
import sys
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import tqdm.auto
from scipy.integrate import solve_ivp

from ntklib import progress as progress_module
from ntklib.activations import relu
from ntklib.networks import (
    empirical_ntk_of,
    half_squared_error,
    init_mlp,
    linearize,
    linearized_descent,
    mlp,
    train,
)
from ntklib.networks.training_loop import advance

RNG = np.random.default_rng(3)
X, Y = RNG.standard_normal((6, 3)), RNG.standard_normal(6)


def network(params, x):
    return mlp(params, x, activation=relu)


def line(slope, x):
    return x @ slope


def start(seed=0, **options):
    return init_mlp(jax.random.key(seed), (3, 5, 4, 1), **options)


def total_loss(params, x=X, y=Y):
    return jnp.sum((network(params, x)[:, 0] - y) ** 2) / 2


def plain_loop(params, steps, optimizer):
    """What training is, one step after another."""
    memory, losses = optimizer.init(params), []
    for _ in range(steps):
        loss, gradient = jax.value_and_grad(total_loss)(params)
        losses.append(float(loss))
        change, memory = optimizer.update(gradient, memory, params)
        params = optax.apply_updates(params, change)
    return params, np.array([*losses, float(total_loss(params))])


def assert_trees_close(found, expected, rtol=1e-10):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol), found, expected
    )


def test_descent_on_a_quadratic_in_closed_form():
    """f = x . slope: the error of the slope shrinks by 1 - eta X^T X in a step."""
    matrix, best = X.T @ X, np.linalg.lstsq(X, Y)[0]
    found = train(line, np.zeros(3), X, Y, steps=50, learning_rate=0.05, record=[10, 50])
    for index, steps in enumerate((10, 50)):
        error = np.linalg.matrix_power(np.eye(3) - 0.05 * matrix, steps) @ best
        np.testing.assert_allclose(found.recorded[index], best - error, rtol=1e-12)
    np.testing.assert_array_equal(found.params, found.recorded[1])


def test_tiny_steps_are_gradient_flow():
    """SciPy's integrator on a quadratic; the distance to it shrinks with the step size."""
    flow = solve_ivp(lambda _, s: X.T @ (Y - X @ s), (0, 1), np.zeros(3), rtol=1e-11, atol=1e-12)
    gaps = []
    for steps in (1000, 10_000):
        found = train(line, np.zeros(3), X, Y, steps=steps, learning_rate=1 / steps)
        gaps.append(np.abs(found.params - flow.y[:, -1]).max())
    assert gaps[1] < 1e-4
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize("optimizer", [None, optax.adam, optax.adam(0.01)])
def test_it_is_the_plain_loop(optimizer):
    rate = None if isinstance(optimizer, optax.GradientTransformation) else 0.01
    reference = optimizer if rate is None else (optimizer or optax.sgd)(rate)
    params, losses = plain_loop(start(), 30, reference)
    found = train(network, start(), X, Y, steps=30, learning_rate=rate, optimizer=optimizer)
    assert_trees_close(found.params, params)
    np.testing.assert_allclose(found.losses, losses, rtol=1e-10)
    assert (found.stopped, found.diverged_at, found.recorded) == (None, None, None)


def test_the_linearised_model_goes_as_its_closed_form_says():
    params = start(bias=True)
    kernel = empirical_ntk_of(network, params, X)
    rate = 1 / np.linalg.eigvalsh(kernel)[-1]
    found = train(linearize(network, params), params, X, Y, steps=200, learning_rate=rate)
    exact = linearized_descent(
        kernel, network(params, X)[:, 0], Y, learning_rate=rate, steps=range(201)
    )
    np.testing.assert_allclose(found.losses, exact.losses, rtol=1e-9)
    assert found.losses[-1] < 0.2 * found.losses[0]


def test_a_rate_for_every_layer():
    """A layer of rate 0 stays; the others move as under the same rate for all in step one."""
    rates = (0.01, 0.0, 0.02)
    found = train(network, start(), X, Y, steps=1, learning_rate=rates)
    gradient = jax.grad(total_loss)(start())
    expected = [
        layer.weight - rate * slope.weight
        for layer, slope, rate in zip(start(), gradient, rates, strict=True)
    ]
    assert_trees_close([layer.weight for layer in found.params], expected)


def rows_used(batch_seed):
    """How often each step used each of 7 rows: with a loss linear in the outputs, the slope."""
    settings = {"steps": 9, "learning_rate": 1.0, "batch_size": 2, "record": 1}
    found = train(
        line,
        np.zeros(7),
        np.eye(7),
        np.zeros(7),
        loss=lambda outputs, _: -jnp.sum(outputs),
        batch_seed=batch_seed,
        **settings,
    )
    return np.diff(found.recorded, axis=0)


def test_batches_go_through_every_row_once_an_epoch():
    counts = rows_used(0)
    np.testing.assert_array_equal(counts.sum(axis=1), 2)
    for epoch in range(3):  # three batches of two; one row of seven is left out
        used = counts[3 * epoch : 3 * epoch + 3].sum(axis=0)
        assert sorted(used) == [0, 1, 1, 1, 1, 1, 1]
    assert len({tuple(np.flatnonzero(row)) for row in counts}) > 3
    assert (rows_used(1) != counts).any()


def test_all_rows_as_one_batch_are_plain_descent():
    full = train(network, start(), X, Y, steps=20, learning_rate=0.01)
    shuffled = train(network, start(), X, Y, steps=20, learning_rate=0.01, batch_size=6)
    np.testing.assert_allclose(shuffled.losses, full.losses, rtol=1e-10)


def test_an_ensemble_is_trained_as_if_one_by_one():
    keys = jax.random.split(jax.random.key(5), 3)
    params = jax.vmap(lambda key: init_mlp(key, (3, 5, 1)))(keys)
    settings = {"steps": 40, "learning_rate": 0.02, "optimizer": optax.adam, "record": [0, 7, 40]}
    together = train(network, params, X, Y, ensemble=True, **settings)
    assert together.losses.shape == (3, 41)
    for index in range(3):
        one = jax.tree.map(lambda leaf, index=index: leaf[index], params)
        alone = train(network, one, X, Y, **settings)
        np.testing.assert_allclose(together.losses[index], alone.losses, rtol=1e-9)
        for kind in ("params", "recorded"):
            picked = jax.tree.map(lambda leaf, index=index: leaf[index], getattr(together, kind))
            assert_trees_close(picked, getattr(alone, kind), rtol=1e-9)


def test_observations_are_recorded_where_asked():
    found = train(
        network,
        start(),
        X,
        Y,
        steps=25,
        learning_rate=0.01,
        record=10,
        observe=lambda params: {"loss": total_loss(params), "first": params[0].weight},
    )
    np.testing.assert_array_equal(found.recorded_at, [0, 10, 20, 25])
    np.testing.assert_allclose(found.recorded["loss"], found.losses[[0, 10, 20, 25]], rtol=1e-12)
    assert found.recorded["first"].shape == (4, 5, 3)
    np.testing.assert_array_equal(found.recorded["first"][-1], found.params[0].weight)


def test_the_type_to_train_in():
    found = train(network, start(), X, Y, steps=5, learning_rate=0.01, dtype=jnp.float32)
    assert {leaf.dtype for leaf in jax.tree.leaves(found.params)} == {jnp.dtype("float32")}
    assert found.losses.dtype == np.float32
    exact = train(network, start(), X, Y, steps=5, learning_rate=0.01)
    np.testing.assert_allclose(found.losses, exact.losses, rtol=1e-5)
    assert found.losses[-1] != exact.losses[-1]


def test_a_module_of_equinox():
    module = eqx.nn.MLP(3, 1, 8, 1, key=jax.random.key(0), dtype=float)
    found = train(
        lambda net, x: jax.vmap(net)(x),
        module,
        X,
        Y,
        steps=300,
        learning_rate=0.01,
        optimizer=optax.adam,
        record=150,
    )
    assert found.losses[-1] < 0.5 * found.losses[0]
    assert found.params.activation is module.activation
    assert found.recorded.layers[0].weight.shape == (3, 8, 3)
    left = jax.vmap(found.params)(X)[:, 0] - Y
    assert found.losses[-1] == pytest.approx(0.5 * float(left @ left), rel=1e-12)


def test_steps_and_rates_do_not_compile_again():
    train(network, start(), X, Y, steps=3, learning_rate=0.01)
    before = advance._cache_size()
    for steps, rate in ((0, 0.02), (1, 0.01), (5000, 0.003)):
        train(network, start(seed=steps), X, Y, steps=steps, learning_rate=rate, record=[0])
    assert advance._cache_size() == before
    train(network, start(), X, Y, steps=1, learning_rate=0.01, optimizer=optax.lion)
    train(network, start(), X, Y, steps=2, learning_rate=0.02, optimizer=optax.lion)
    assert advance._cache_size() == before + 1


def test_no_steps_are_the_start():
    found = train(network, start(), X, Y, steps=0, learning_rate=1.0, record=1)
    assert_trees_close(found.params, start(), rtol=0)
    np.testing.assert_allclose(found.losses, [total_loss(start())], rtol=1e-14)
    assert found.recorded_at.tolist() == [0]


def test_divergence_keeps_what_was_finite():
    """With rate 3 on x = y = 1 the error is (-2)^t: its square overflows at t = 512 or, if the
    half is multiplied in first, at t = 513."""
    with pytest.warns(RuntimeWarning, match=r"after 51[23] steps with learning_rate 3; try a sm"):
        found = train(line, np.zeros(1), [[1.0]], [1.0], steps=10**6, learning_rate=3.0, record=100)
    assert found.diverged_at in (512, 513)
    assert f"after {found.diverged_at} steps" in found.stopped
    last = found.diverged_at - 1
    np.testing.assert_allclose(found.losses, 2.0 ** (2 * np.arange(last + 1) - 1), rtol=1e-13)
    assert float(found.params[0]) == pytest.approx(1 - (-2.0) ** last, rel=1e-12)
    assert found.recorded_at.tolist() == [0, 100, 200, 300, 400, 500]


def test_a_network_that_diverges_does_not_stop_the_others():
    """The kernel is w^2 here, so the second network is over the edge."""

    def squared(w, x):
        return x @ w**2

    slopes = np.array([[0.5], [9.0]])
    with pytest.warns(RuntimeWarning, match="of 1 of 2 networks was no longer finite after"):
        found = train(
            squared, slopes, [[1.0]], [1.0], steps=100, learning_rate=0.1, ensemble=True, record=50
        )
    assert found.diverged_at[0] is None
    lost = found.diverged_at[1]
    assert np.isfinite(found.losses[1, :lost]).all()
    assert np.isnan(found.losses[1, lost:]).all()
    alone = train(squared, slopes[0], [[1.0]], [1.0], steps=100, learning_rate=0.1)
    np.testing.assert_allclose(found.losses[0], alone.losses, rtol=1e-13)
    last = (np.square(found.params[1, 0]) - 1) ** 2 / 2
    assert last == pytest.approx(found.losses[1, lost - 1], rel=1e-12)
    np.testing.assert_array_equal(found.recorded[1, 1:], [found.params[1]] * 2)


def test_an_interrupt_keeps_what_was_reached(monkeypatch):
    def interrupt(_, step):
        if step > 500:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(progress_module.Progress, "reach", interrupt)
    with pytest.warns(RuntimeWarning, match=r"interrupted after \d+ of 100000000 steps"):
        found = train(network, start(), X, Y, steps=10**8, learning_rate=1e-6, record=[7])
    done = len(found.losses) - 1
    assert 500 < done < 10**8
    assert found.recorded_at.tolist() == [7]
    monkeypatch.undo()
    again = train(network, start(), X, Y, steps=done, learning_rate=1e-6)
    assert_trees_close(found.params, again.params, rtol=0)
    np.testing.assert_array_equal(found.losses, again.losses)


def test_a_short_run_prints_nothing(capsys):
    train(network, start(), X, Y, steps=100, learning_rate=0.01)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("show", [True, None])
def test_a_long_run_shows_a_bar(capsys, monkeypatch, show):
    monkeypatch.setattr(progress_module, "PATIENCE", 0.0)
    # `make` disables bars by an environment variable, which tqdm reads once, when imported.
    monkeypatch.setattr(tqdm.auto, "tqdm", partial(tqdm.auto.tqdm, disable=False))
    train(network, start(), X, Y, steps=100, learning_rate=0.01, progress=show)
    assert "100/100" in capsys.readouterr().err


def test_a_bar_can_be_refused_and_missed(capsys, monkeypatch):
    monkeypatch.setattr(progress_module, "PATIENCE", 0.0)
    train(network, start(), X, Y, steps=100, learning_rate=0.01, progress=False)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    train(network, start(), X, Y, steps=100, learning_rate=0.01)
    assert capsys.readouterr() == ("", "")


def test_half_squared_error_by_hand_and_its_shapes():
    assert half_squared_error(jnp.array([1.0, 3.0]), jnp.array([0.0, 1.0])) == 2.5
    assert half_squared_error(jnp.ones((2, 1)), jnp.zeros(2)) == 1
    assert half_squared_error(jnp.ones(2), jnp.zeros((2, 1))) == 1
    for outputs, targets in (((2, 1), (2, 2)), ((4,), (2, 2)), ((2, 3), (3, 2))):
        with pytest.raises(ValueError, match="must have one shape, got"):
            half_squared_error(jnp.ones(outputs), jnp.ones(targets))


GOOD = {"steps": 3, "learning_rate": 0.1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": -1}, "steps must be an integer >= 0, got -1"),
        ({"steps": 2.5}, r"steps must be an integer >= 0, got 2\.5"),
        ({"learning_rate": None}, "learning_rate must be given, got None"),
        ({"learning_rate": 0.0}, r"learning_rate must be positive, got 0\.0"),
        ({"learning_rate": (0.1, -0.1, 0.1)}, r"every learning_rate must be >= 0, got \(0\.1"),
        ({"learning_rate": (0.1, 0.1)}, r"a tree that params begins like, got \(0\.1, 0\.1\)"),
        (
            {"optimizer": optax.adam(0.1)},
            r"has its own learning rate; leave out learning_rate=0\.1",
        ),
        ({"optimizer": "adam"}, "optimizer must come from optax, got 'adam'"),
        ({"loss": lambda f, y: f[:, 0] - y}, "loss must return one real number, got"),
        ({"record": 0}, "record must be an integer >= 1, got 0"),
        ({"record": [1, 4]}, "record must hold steps up to 3, got 4"),
        ({"observe": len}, "record must say after which steps to observe"),
        ({"batch_size": 7}, "batch_size must be at most the 6 rows, got 7"),
        ({"dtype": int}, "dtype must be a floating-point type"),
        ({"ensemble": True}, "one leading axis of networks, got lengths"),
        ({"loss": lambda f, y: jnp.log(-jnp.sum(f**2))}, "loss at the given parameters must be"),
    ],
)
def test_bad_settings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        train(network, start(), X, Y, **{**GOOD, **change})


def test_bad_data_is_refused():
    with pytest.raises(ValueError, match="x and y must have one length, got 6 and 5"):
        train(network, start(), X, Y[:5], **GOOD)
    with pytest.raises(ValueError, match=r"must have one shape, got \(6, 1\) and \(6, 2\)"):
        train(network, start(), X, np.ones((6, 2)), **GOOD)
    with pytest.raises(ValueError, match="y must be finite, got nan"):
        train(network, start(), X, Y * np.nan, **GOOD)
