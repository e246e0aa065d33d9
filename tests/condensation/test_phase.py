"""The phase diagram: equations by autodiff, paths by plain descent, exponents against scaling."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.condensation.normalized import STEP, Network, Task, descent, kernel, train_all
from ntklib.condensation.phase import kernel_change, phase_exponent, train_in_phase
from ntklib.condensation.regime import predicted_exponent, regime
from ntklib.networks import empirical_ntk_of

X, Y = np.array([-1.0, -0.3, 0.4, 1.0]), np.array([0.3, -0.5, 0.6, -0.2])
INPUTS = np.column_stack([X, np.ones(4)])
ALPHA, B1, B2 = 3.0, 0.7, 0.2  # no two of them, nor any product, happen to agree
TASK = Task(INPUTS, Y, B1 * B2 / ALPHA, B1 / B2)


def drawn(width, seed=0):
    rng = np.random.default_rng(seed)
    return Network(rng.standard_normal(width), rng.standard_normal((2, width)))


def output(network, x):
    """Return the network as people write it, with its own weights and no normalisation."""
    return jnp.maximum(x @ network.input_weights, 0) @ network.output_weights / ALPHA


def risk(network):
    return jnp.sum((output(network, INPUTS) - Y) ** 2) / (2 * len(Y))


def physical(network):
    return Network(B1 * network.output_weights, B2 * network.input_weights)


@pytest.mark.parametrize(
    ("gamma", "gamma_prime", "expected"),
    [
        (0.5, 0.0, "linear"),  # NTK scaling
        (1.0, 0.0, "critical"),  # mean field
        (1.0, -0.7, "critical"),
        (1.0, 0.1, "linear"),
        (1.5, 0.5, "critical"),
        (1.5, 0.6, "linear"),
        (1.5, 0.4, "condensed"),
        (2.71, 0.0, "condensed"),
        (0.6, -0.8, "linear"),  # below the line gamma' = gamma - 1, and linear all the same
        (1.1, 1.1 - 1, "critical"),
        (np.float32(1.0), 0, "critical"),
    ],
)
def test_regime(gamma, gamma_prime, expected):
    assert regime(gamma, gamma_prime) == expected


def test_predicted_sign_is_the_regime():
    names = {-1: "linear", 0: "critical", 1: "condensed"}
    for gamma in np.arange(0, 25) / 8:
        for gamma_prime in np.arange(-12, 13) / 8:
            slope = predicted_exponent(gamma, gamma_prime)
            if math.isnan(slope):
                assert gamma > 1
                assert gamma_prime < 1 - gamma
            else:
                assert regime(gamma, gamma_prime) == names[int(np.sign(slope))]


@pytest.mark.parametrize("line", [(1.0, -0.5), (1.0, 0.5), (1.5, 0.5), (0.5, 0.3), (0.7, 0.0)])
def test_prediction_is_continuous(line):
    gamma, gamma_prime = line
    around = [
        predicted_exponent(gamma + dx, gamma_prime + dy)
        for dx in (-1e-9, 1e-9)
        for dy in (-1e-9, 1e-9)
    ]
    known = [slope for slope in around if not math.isnan(slope)]
    np.testing.assert_allclose(known, predicted_exponent(gamma, gamma_prime), atol=1e-8)


def test_rates_are_gradient_flow_of_the_physical_network():
    network = drawn(7)
    gradient = jax.grad(risk)(physical(network))
    time = B1 * B2
    found = descent(network, TASK)
    np.testing.assert_allclose(
        found.rates.output_weights, -time / B1 * gradient.output_weights, rtol=1e-12
    )
    np.testing.assert_allclose(
        found.rates.input_weights, -time / B2 * gradient.input_weights, rtol=1e-12
    )
    assert found.error == pytest.approx(float(2 * risk(physical(network))), rel=1e-12)


def test_kernel_is_the_tangent_kernel_of_the_physical_network():
    network = drawn(7)
    expected = empirical_ntk_of(output, physical(network), jnp.asarray(INPUTS)) * B1 * B2 / 4
    np.testing.assert_allclose(kernel(network, TASK), expected, rtol=1e-12)


def test_residual_obeys_the_kernel():
    network = drawn(7)
    rates = physical(descent(network, TASK).rates)
    start = physical(network)
    residual, change = jax.jvp(lambda at: output(at, INPUTS) - Y, (start,), (rates,))
    np.testing.assert_allclose(change, -kernel(network, TASK) @ residual, rtol=1e-10)


def test_balance_is_conserved():
    """ratio a^2 - |w|^2 / ratio of each neuron, to first order in the step."""
    network = drawn(9)
    rates = descent(network, TASK).rates
    of_output = TASK.ratio * network.output_weights * rates.output_weights
    of_input = (network.input_weights * rates.input_weights).sum(axis=0) / TASK.ratio
    np.testing.assert_allclose(of_output, of_input, rtol=1e-12)


@jax.jit
def largest_curvature(network, task):
    """Return the norm of the Hessian of the risk in the metric of the flow, by autodiff."""
    width = len(network.output_weights)

    def loss(flat):
        hidden = jnp.maximum(task.inputs @ flat[width:].reshape(2, width), 0)
        return jnp.sum((task.scale * hidden @ flat[:width] - task.targets) ** 2) / 8

    flat = jnp.concatenate([network.output_weights, network.input_weights.ravel()])
    root = jnp.sqrt(task.ratio)
    metric = jnp.concatenate([jnp.full(width, 1 / root), jnp.full(2 * width, root)])
    hessian = metric[:, None] * jax.hessian(loss)(flat) * metric
    return jnp.abs(jnp.linalg.eigvalsh(hessian)).max()


@pytest.mark.parametrize("ratio", [0.05, 1.0, 30.0])
@pytest.mark.parametrize("scale", [0.01, 1.0])
def test_step_is_below_the_curvature(ratio, scale):
    task = TASK._replace(scale=scale, ratio=ratio)
    for seed in range(5):
        network = drawn(6, seed)
        product = descent(network, task).step * largest_curvature(network, task)
        assert 0.05 * STEP < product <= STEP * (1 + 1e-12)


def descended(a, w, tolerance, limit):
    """Return the path of plain gradient descent on the physical weights, one loop a formula."""
    for step in range(limit + 1):
        field = INPUTS @ w.T
        hidden, on = np.maximum(field, 0), field > 0
        residual = hidden @ a / ALPHA - Y
        if np.mean(residual**2) < tolerance or step == limit:
            return a, w, step, np.mean(residual**2)
        gradient_a = hidden.T @ residual / (4 * ALPHA)
        gradient_w = a[:, None] * ((on * residual[:, None]).T @ INPUTS) / (4 * ALPHA)
        squares = np.sum(INPUTS**2, axis=1)
        curvature = (np.sum(hidden**2) + squares @ on @ a**2) / (4 * ALPHA**2)
        curvature += np.abs(residual) @ np.sqrt(squares) / (4 * ALPHA)
        a, w = a - 0.5 / curvature * gradient_a, w - 0.5 / curvature * gradient_w
    raise AssertionError


@pytest.mark.parametrize("limit", [0, 1, 40, 100_000])
def test_descent_in_physical_weights_takes_the_same_path(limit):
    start = drawn(12, seed=3)
    batch = jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], start)
    found = train_all(batch, jax.tree.map(jnp.asarray, TASK), 1e-4, limit)
    begin = physical(start)
    a, w, steps, error = descended(begin.output_weights, begin.input_weights.T, 1e-4, limit)
    assert steps == found.steps[0]
    assert found.converged[0] == (limit == 100_000)
    np.testing.assert_allclose(found.output_weights[0] * B1, a, rtol=1e-7)
    np.testing.assert_allclose(found.input_weights[0] * B2, w, rtol=1e-7, atol=1e-9)
    assert found.error[0] == pytest.approx(error, rel=1e-6)
    moved = np.linalg.norm(w - begin.input_weights.T) / np.linalg.norm(begin.input_weights)
    assert found.distance[0] == pytest.approx(moved, rel=1e-7)
    end = empirical_ntk_of(output, Network(a, w.T), jnp.asarray(INPUTS))
    first = empirical_ntk_of(output, begin, jnp.asarray(INPUTS))
    change = np.linalg.norm(end - first) / np.linalg.norm(first)
    assert found.kernel_change[0] == pytest.approx(change, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("gamma", [0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 1.75, 2.0])
def test_exponent_of_the_distance(gamma):
    found = phase_exponent(gamma, 0.0, x=X, y=Y)
    assert found.converged.all()
    assert found.mean_squared_error.max() < 1e-4
    assert np.all(np.sign(found.slopes) == np.sign(gamma - 1))
    assert found.standard_error < 0.05
    assert abs(found.slope - predicted_exponent(gamma, 0.0)) < 0.05 + 2 * found.standard_error


def test_critical_exponent_is_zero():
    for gamma, gamma_prime in ((1.0, 0.0), (1.25, 0.25), (1.5, 0.5), (2.0, 1.0), (1.0, -1.0)):
        found = phase_exponent(gamma, gamma_prime, x=X, y=Y)
        assert found.converged.all()
        assert abs(found.slope) < 0.04 + 2 * found.standard_error


@pytest.mark.parametrize(
    ("gamma", "gamma_prime", "slack"),
    [
        (1.5, 0.25, 0.05),
        (2.0, 0.5, 0.05),
        (2.5, 0.5, 0.05),
        (2.0, -0.5, 0.05),
        (0.5, 1.0, 0.1),
        (0.75, 1.0, 0.2),
        (1.0, 1.0, 0.2),
        (0.5, 0.5, 0.15),
        (0.75, -1.0, 0.15),
    ],
)
def test_exponents_off_the_axis(gamma, gamma_prime, slack):
    found = phase_exponent(gamma, gamma_prime, x=X, y=Y)
    assert found.converged.all()
    assert abs(found.slope - predicted_exponent(gamma, gamma_prime)) < slack


def test_change_of_the_kernel():
    found = {gamma: kernel_change(gamma, 0.0, x=X, y=Y) for gamma in (0.5, 0.75, 1, 1.5, 2)}
    assert all(each.converged.all() for each in found.values())
    assert found[0.5].slope < -0.5
    assert found[0.75].slope < -0.2
    assert abs(found[1].slope) < 0.1  # the curves of all widths cross here
    assert found[1.5].slope == pytest.approx(0.5, abs=0.1)
    assert found[2].slope == pytest.approx(1.0, abs=0.1)
    middle = [each.values[1].mean() for each in found.values()]
    assert np.all(np.diff(middle) > 0)


def test_slope_and_error_are_least_squares():
    found = phase_exponent(1.25, 0.0, x=X, y=Y, widths=(50, 100, 400), seeds=(3, 1, 8))
    fits = np.polyfit(np.log(found.widths), np.log(found.values), 1)[0]
    np.testing.assert_allclose(found.slopes, fits, rtol=1e-10)
    assert found.slope == pytest.approx(fits.mean())
    assert found.standard_error == pytest.approx(np.std(fits, ddof=1) / math.sqrt(3))


def test_runs_without_an_end_are_flagged_and_not_fitted():
    with pytest.warns(RuntimeWarning, match="6 of 6 runs did not reach"):
        found = phase_exponent(0.5, 0.0, x=X, y=Y, widths=(50, 100), seeds=range(3), max_steps=5)
    assert not found.converged.any()
    assert math.isnan(found.slope)
    assert math.isnan(found.standard_error)
    assert np.isnan(found.slopes).all()
    assert np.isfinite(found.values).all()
    assert found.mean_squared_error.min() >= 1e-4


def test_a_seed_that_fails_leaves_the_others():
    ends = train_in_phase(0.5, 0.0, width=50, x=X, y=Y, seeds=range(3)).steps
    other = train_in_phase(0.5, 0.0, width=100, x=X, y=Y, seeds=range(3)).steps
    longest = np.maximum(ends, other)
    with pytest.warns(RuntimeWarning, match="did not reach"):
        found = phase_exponent(
            0.5,
            0.0,
            x=X,
            y=Y,
            widths=(50, 100),
            seeds=range(3),
            max_steps=int(longest.max()) - 1,
        )
    np.testing.assert_array_equal(np.isnan(found.slopes), longest == longest.max())
    assert found.slope == pytest.approx(np.nanmean(found.slopes))


def test_targets_that_cannot_be_met():
    run = train_in_phase(0.5, 0.0, width=50, x=[0.3, 0.3], y=[1.0, -1.0], max_steps=500)
    assert not run.converged.any()
    assert np.all(run.steps == 500)
    np.testing.assert_allclose(run.error, 1.0, rtol=1e-6)


def test_seeds_and_widths_are_independent():
    both = train_in_phase(1.0, 0.2, width=50, x=X, y=Y, seeds=(4, 9))
    alone = train_in_phase(1.0, 0.2, width=50, x=X, y=Y, seeds=(9,))
    np.testing.assert_allclose(both.input_weights[1], alone.input_weights[0], rtol=1e-6)
    assert both.distance[0] != both.distance[1]


def test_drawn_as_documented():
    run = train_in_phase(1.0, 0.0, width=5, x=X, y=Y, seeds=(2,), tolerance=1e6)
    stream = np.random.default_rng([2, 5])
    assert run.steps[0] == 0
    np.testing.assert_array_equal(run.output_weights[0], stream.standard_normal(5))
    np.testing.assert_array_equal(run.input_weights[0], stream.standard_normal((5, 2)))


def test_inputs_of_several_dimensions():
    rng = np.random.default_rng(0)
    run = train_in_phase(1.0, 0.0, width=80, x=rng.standard_normal((6, 3)), y=rng.uniform(size=6))
    assert run.converged.all()
    assert run.input_weights.shape == (5, 80, 4)


def test_one_program_a_width():
    train_in_phase(1.0, 0.0, width=60, x=X, y=Y)
    before = train_all._cache_size()
    for gamma in (0.5, 1.5):
        train_in_phase(gamma, 0.3, width=60, x=X, y=-Y, tolerance=1e-3, max_steps=100)
    assert train_all._cache_size() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gamma": np.nan}, "gamma must be finite, got nan"),
        ({"gamma": 11.0}, r"gamma must lie in \[-10.0, 10.0\], got 11.0"),
        ({"gamma_prime": [0.0]}, r"gamma_prime must be one number, got \[0.0\]"),
        ({"x": [[[1.0]]]}, r"x must have shape \(n,\) or \(n, d\), got shape \(1, 1, 1\)"),
        ({"x": []}, r"x must have shape \(n,\) or \(n, d\), got shape \(0,\)"),
        ({"y": [1.0]}, r"y must have shape \(4,\), one target for each input, got shape \(1,\)"),
        ({"y": [1.0, 2.0, np.inf, 0.0]}, "y must be finite, got inf"),
        ({"widths": (100,)}, r"widths must hold at least two different .* got \(100,\)"),
        ({"widths": 100}, "widths must hold at least two different .* got 100"),
        ({"widths": (1, 100)}, "width must be an integer >= 2, got 1"),
        ({"seeds": 5}, r"seeds must be a sequence such as range\(10\), got 5"),
        ({"seeds": (1, 1)}, r"seeds must differ, or networks would be the same, got \(1, 1\)"),
        ({"seeds": (0.5, 1)}, "every seed must be an integer >= 0, got 0.5"),
        ({"tolerance": 0.0}, "tolerance must be positive, got 0.0"),
        ({"max_steps": 0}, "max_steps must be an integer >= 1, got 0"),
        ({"widths": (5, 6), "tolerance": 1e6}, "tolerance must be below the error before training"),
    ],
)
def test_bad_input(change, message):
    arguments = {"gamma": 1.0, "gamma_prime": 0.0, "x": X, "y": Y} | change
    with pytest.raises(ValueError, match=message):
        phase_exponent(**arguments)


@pytest.mark.parametrize("function", [regime, predicted_exponent])
def test_bad_exponents(function):
    with pytest.raises(ValueError, match=r"gamma_prime must lie in .* got -12\.0"):
        function(1.0, -12)
