"""The linearisation is the Taylor polynomial, and descent on it is the closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from ntklib.networks import empirical_ntk_of, linearize, linearized_descent, linearized_flow

RNG = np.random.default_rng(11)
X, Z = RNG.standard_normal((4, 3)), RNG.standard_normal((2, 3))
PARAMS = {"w": RNG.standard_normal((5, 3)), "a": RNG.standard_normal((1, 5)), "n": 3}
TWO = {**PARAMS, "a": RNG.standard_normal((2, 5))}


def network(params, x):
    return jnp.tanh(x @ params["w"].T) @ params["a"].T


def moved_by(params, size):
    rng = np.random.default_rng(5)
    steps = {name: size * rng.standard_normal(np.shape(params[name])) for name in ("w", "a")}
    return {**params, **{name: params[name] + step for name, step in steps.items()}}


def test_by_hand():
    """f = a tanh(w x): f_lin = f + (a' - a) tanh(w x) + a (1 - tanh^2) (w' - w) x."""
    new = moved_by(PARAMS, 0.7)
    hidden = np.tanh(X @ PARAMS["w"].T)
    expected = hidden @ new["a"].T + ((1 - hidden**2) * (X @ (new["w"] - PARAMS["w"]).T)) @ (
        PARAMS["a"].T
    )
    np.testing.assert_allclose(linearize(network, PARAMS)(new, X), expected, rtol=1e-13)


def test_the_remainder_is_of_second_order():
    linear = linearize(network, PARAMS)
    gaps = [
        np.abs(linear(new, X) - network(new, X)).max()
        for new in (moved_by(PARAMS, size) for size in (1e-3, 1e-4))
    ]
    assert gaps[0] / gaps[1] == pytest.approx(100, rel=0.05)
    np.testing.assert_array_equal(linear(PARAMS, X), network(PARAMS, X))


def test_its_kernel_is_that_of_the_model_and_stays():
    linear = linearize(network, PARAMS)
    expected = empirical_ntk_of(network, PARAMS, X, Z)
    for params in (PARAMS, moved_by(PARAMS, 2.0)):
        kernel = empirical_ntk_of(linear, params, X, Z)
        np.testing.assert_allclose(kernel, expected, rtol=1e-12, atol=1e-12)


def test_another_tree_is_refused():
    linear = linearize(network, PARAMS)
    with pytest.raises(ValueError, match=r"a tree like the one expanded at, .*\(1, 5\).*\(2, 5\)"):
        linear(TWO, X)
    with pytest.raises(ValueError, match="x must be finite"):
        linear(PARAMS, X * np.nan)


def really_trained(params, targets, learning_rate, steps):
    """Outputs at X and Z of the linearised network under plain gradient descent."""
    linear = linearize(network, params)
    weights = {"w": params["w"], "a": params["a"]}
    outputs = []

    @jax.jit
    def gradient(at):
        def loss(new):
            return jnp.sum((linear({**new, "n": 3}, X) - targets) ** 2) / 2

        return jax.grad(loss)(at)

    for _ in range(steps + 1):
        whole = {**weights, "n": 3}
        outputs.append((linear(whole, X), linear(whole, Z)))
        weights = jax.tree.map(lambda w, g: w - learning_rate * g, weights, gradient(weights))
    return [np.array(each) for each in zip(*outputs, strict=True)]


@pytest.mark.parametrize("params", [PARAMS, TWO])
def test_descent_is_what_training_the_linearised_model_does(params):
    outputs = len(params["a"])
    targets = RNG.standard_normal((4, outputs))
    trained, held_out = really_trained(params, targets, 0.02, 40)
    kernel, cross = empirical_ntk_of(network, params, X), empirical_ntk_of(network, params, Z, X)
    found = linearized_descent(
        kernel,
        network(params, X),
        targets,
        learning_rate=0.02,
        steps=range(41),
        cross_kernel=cross,
        initial_held_out=network(params, Z),
    )
    np.testing.assert_allclose(found.outputs, trained, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.held_out, held_out, rtol=1e-10, atol=1e-12)
    losses = np.square(trained - targets).sum(axis=(1, 2)) / 2
    np.testing.assert_allclose(found.losses, losses, rtol=1e-10)


def test_flow_is_the_solution_of_its_differential_equation():
    """SciPy integrates the errors and the held-out outputs together."""
    kernel, cross = empirical_ntk_of(network, PARAMS, X), empirical_ntk_of(network, PARAMS, Z, X)
    start, targets = network(PARAMS, X)[:, 0], RNG.standard_normal(4)

    def slope(_, state):
        error = state[:4] - targets
        return -np.concatenate([kernel @ error, cross @ error])

    initial = np.concatenate([start, np.zeros(2)])
    path = solve_ivp(slope, (0, 3), initial, t_eval=[0, 0.1, 3], rtol=1e-11, atol=1e-12)
    found = linearized_flow(kernel, start, targets, times=[0, 0.1, 3], cross_kernel=cross)
    np.testing.assert_allclose(found.outputs, path.y[:4].T, atol=1e-8)
    np.testing.assert_allclose(found.held_out, path.y[4:].T, atol=1e-8)


def test_small_steps_of_descent_are_flow():
    kernel = np.diag([3.0, 1.0, 0.0])
    start, targets, cross = np.ones(3), np.zeros(3), np.ones((1, 3))
    flow = linearized_flow(kernel, start, targets, times=2.0, cross_kernel=cross)
    steps = linearized_descent(
        kernel, start, targets, learning_rate=2e-7, steps=10**7, cross_kernel=cross
    )
    np.testing.assert_allclose(flow.outputs, [np.exp(-6), np.exp(-2), 1], rtol=1e-14)
    np.testing.assert_allclose(flow.held_out, [-(1 - np.exp(-6)) / 3 - (1 - np.exp(-2)) - 2])
    np.testing.assert_allclose(steps.outputs, flow.outputs, rtol=1e-5)
    np.testing.assert_allclose(steps.held_out, flow.held_out, rtol=1e-6)


def test_a_tiny_eigenvalue_keeps_its_digits_at_held_out_points():
    """1 - (1 - z)^t = t z for tiny z: the naive difference loses all digits here."""
    found = linearized_descent(
        np.diag([1.0, 1e-14]), [0, 1.0], [0, 0], learning_rate=0.5, steps=3, cross_kernel=[[0, 1.0]]
    )
    np.testing.assert_allclose(found.held_out, [-1.5], rtol=1e-12)


def test_one_kernel_may_serve_several_outputs():
    kernel, targets = np.array([[2.0, 0.5], [0.5, 1.0]]), RNG.standard_normal((2, 3))
    found = linearized_descent(kernel, np.zeros((2, 3)), targets, learning_rate=0.1, steps=7)
    each = [
        linearized_descent(kernel, [0, 0], column, learning_rate=0.1, steps=7).outputs
        for column in targets.T
    ]
    np.testing.assert_allclose(found.outputs, np.transpose(each), rtol=1e-13)


GOOD = {"kernel": np.eye(2), "initial_outputs": [0.0, 0], "targets": [1.0, 0]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kernel": np.eye(3)}, r"kernel must have shape \(2, 2\), got shape \(3, 3\)"),
        ({"kernel": [[1, 0.5], [0, 1]]}, "kernel must be symmetric"),
        ({"targets": [[1.0, 0]]}, r"one shape, .* got \(2,\) and \(1, 2\)"),
        ({"targets": [np.nan, 0]}, "targets must be finite"),
        ({"learning_rate": 0.0}, r"learning_rate must be positive, got 0\.0"),
        ({"steps": 1.5}, r"steps must be integers >= 0, got 1\.5"),
        ({"steps": [3, -1]}, r"steps must be a number >= 0 .* got \[3, -1\]"),
        ({"steps": 10**6, "learning_rate": 3.0}, "3 exceeds 2 / largest eigenvalue = 2"),
        ({"cross_kernel": np.ones((3, 4))}, r"shape \(p, 2\), got shape \(3, 4\)"),
        ({"initial_held_out": [1.0]}, "needs a cross_kernel"),
        ({"cross_kernel": np.ones((3, 2)), "initial_held_out": [1.0]}, r"shape \(3,\), got \(1,\)"),
    ],
)
def test_bad_problems_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        linearized_descent(**{**GOOD, "learning_rate": 0.1, "steps": 3, **change})
