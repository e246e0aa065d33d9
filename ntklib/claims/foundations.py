"""Claims of Foundations: a wide network at the start, its kernel, and how it trains.

Standard results or measurements of our own; none is quoted from a text. Each measurement draws
networks, or runs gradient descent, and does not use the formula under test.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike
from numpy.linalg import eigvalsh, norm

from ntklib.activations import Activation, relu, tanh
from ntklib.claims.claim import Basis, Claim, Finding, Paper
from ntklib.claims.data import digits, directions
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.own import own_claim
from ntklib.kernels import ntk
from ntklib.networks import (
    MEAN_FIELD,
    NTK,
    STANDARD,
    Network,
    Parameterization,
    empirical_ntk,
    init_mlp,
    linearize,
    train,
)

FOUNDATIONS = Paper(
    key="jacot2018ntk",
    title="Foundations: what a wide network computes, and how it trains",
    version="this book; no text is quoted",
)


ROWS = directions(8, 16)
SIGNS = np.array([1.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0, -1.0])


def _exponent(ours: float, widths: tuple[int, ...], sizes: list[np.ndarray]) -> Finding:
    """Compare a power of the width with slopes of log size, one a network."""
    logarithms = np.log(widths) - np.mean(np.log(widths))
    return averaged(ours, logarithms @ np.log(sizes) / (logarithms @ logarithms))


def output_tails() -> Finding:
    """Average the excess kurtosis of outputs of one-layer ReLU networks over 40 batches.

    The variance is 1 exactly, so the fourth moment less 3 is unbiased.
    """
    draw, width = np.random.default_rng(0), 8

    def kurtosis() -> float:
        projections, a = draw.standard_normal((2, 40_000, width))
        outputs = math.sqrt(2 / width) * (a * np.maximum(projections, 0)).sum(axis=1)
        return float((outputs**4).mean() - 3)

    return averaged(15 / width, np.array([kurtosis() for _ in range(40)]))


def _entries(width: int, networks: int) -> np.ndarray:
    """Return K of two inputs in random one-layer ReLU networks, shape (networks, 2, 2)."""

    def one(key: Array) -> Array:
        return empirical_ntk(init_mlp(key, (16, width, 1)), ROWS[:2], activation=relu)

    keys = jax.random.split(jax.random.key(width), networks)
    return np.asarray(jax.lax.map(one, keys, batch_size=250))


def kernel_is_right_on_average() -> Finding:
    """Average an entry of the NTK of networks with three hidden units."""
    limit = float(ntk(ROWS[:2], activation=relu, depth=1)[0, 1])
    return averaged(limit, _entries(3, 20_000)[:, 0, 1])


def kernel_variance() -> Finding:
    """Average width times the squared deviation of K(x, x) from its mean 2."""
    width = 64
    return averaged(12.0, width * (_entries(width, 10_000)[:, 0, 0] - 2) ** 2)


def _tangent() -> tuple[Network, tuple, np.ndarray, np.ndarray]:
    """Return a small network, its start, its NTK matrix and its outputs."""
    model, start = Network(relu), init_mlp(jax.random.key(0), (16, 200, 1))
    kernel = np.asarray(empirical_ntk(start, ROWS, activation=relu))
    return model, start, kernel, np.asarray(model(start, ROWS))[:, 0]


def tangent_follows_its_kernel() -> Finding:
    """Compare the loss of a tangent trained in its weights with powers of 1 - eta K."""
    model, start, kernel, outputs = _tangent()
    rate = 1 / eigvalsh(kernel)[-1]
    tangent = linearize(model, start)
    trained = train(tangent, start, ROWS, SIGNS, learning_rate=rate, steps=20).losses[-1]
    error = np.linalg.matrix_power(np.eye(8) - rate * kernel, 20) @ (outputs - SIGNS)
    return deterministic(float(error @ error / 2), float(trained), 1e-9)


def longest_stable_step() -> Finding:
    """Find by bisection the step from which on the loss of a trained tangent grows."""
    model, start, kernel, _ = _tangent()
    tangent = linearize(model, start)

    def grows(rate: float) -> bool:
        losses = train(tangent, start, ROWS, SIGNS, learning_rate=rate, steps=1500).losses
        return bool(losses[-1] > losses[-101])

    low, high = 1 / eigvalsh(kernel)[-1], 3 / eigvalsh(kernel)[-1]
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (low, middle) if grows(middle) else (middle, high)
    return deterministic(2 / float(norm(kernel, 2)), low, 1e-3)


def best_constant_step() -> Finding:
    """Measure the factor by which the best step shrinks the worst error, late in training."""
    kernel = np.asarray(ntk(ROWS, activation=relu, depth=1))
    values, vectors = np.linalg.eigh(kernel)
    error = vectors[:, 0] + vectors[:, -1]
    rate, sizes = 2 / (values[0] + values[-1]), []
    for _ in range(40):
        error = error - rate * kernel @ error
        sizes.append(norm(error))
    kappa = values[-1] / values[0]
    return deterministic((kappa - 1) / (kappa + 1), float(sizes[-1] / sizes[-2]), 1e-9)


def _lazy(sigma: Activation) -> Callable[[Array, ArrayLike], Array]:
    """Return (1 / sqrt m) sum_i a_i sigma(w_i x), with signs a_i = 1, -1 in turn."""

    def model(weights: Array, x: ArrayLike) -> Array:
        a = 1.0 - 2.0 * (jnp.arange(len(weights)) % 2)
        return sigma(jnp.asarray(x) @ weights.T) @ a / math.sqrt(len(weights))

    return model


def _hidden_kernel(weights: Array, x: np.ndarray, sigma: Activation) -> np.ndarray:
    """Return <x, z> times the mean of sigma'(w x) sigma'(w z) over the units."""
    slopes = np.asarray(sigma.derivative(x @ weights.T))
    return (x @ x.T) * (slopes @ slopes.T) / len(weights)


def _lazy_run(sigma: Activation, x: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Train; return the root mean square of |w_i(t) - w_i(0)|, and the kernel's change."""
    before = jax.random.normal(jax.random.key(width), (12, width, 16))
    rate = 1 / len(x)  # no eigenvalue exceeds the trace, at most n
    after = train(
        _lazy(sigma), before, x, SIGNS, learning_rate=rate, steps=150, ensemble=True
    ).params
    changes = []
    for old, new in zip(before, after, strict=True):
        first = _hidden_kernel(old, x, sigma)
        changes.append(norm(_hidden_kernel(new, x, sigma) - first) / norm(first))
    moved = np.asarray(jnp.sqrt(jnp.mean(jnp.sum((after - before) ** 2, axis=2), axis=1)))
    return moved, np.array(changes)


LAZY_WIDTHS = (256, 1024, 4096)


def bounds_of_lazy_training() -> Finding:
    """Count violations of the four bounds on a network wide enough for the theorem.

    Two inputs and outputs that nearly fit already keep the width it asks for small.
    """
    x, width, steps = ROWS[:2], 2**14, 300
    weights = jax.random.normal(jax.random.key(5), (width, 16))
    model = _lazy(tanh)
    targets = np.asarray(model(weights, x)) + np.array([2e-3, -1e-3])
    kernel = _hidden_kernel(weights, x, tanh)
    n, second, lam, start = 2, 4 / math.sqrt(27), eigvalsh(kernel)[0], norm([2e-3, 1e-3])
    assert math.sqrt(width) >= 16 * second * n**1.5 * start / lam**2
    rate = 1 / n
    run = train(model, weights, x, targets, learning_rate=rate, steps=steps)
    errors = np.sqrt(2 * run.losses)
    furthest = 4 * math.sqrt(n) * start / (lam * math.sqrt(width))
    moved = norm(run.params - weights, axis=1).max()
    change = norm(_hidden_kernel(run.params, x, tanh) - kernel, 2)
    final = np.asarray(model(run.params, x)) - targets
    tangent = np.linalg.matrix_power(np.eye(n) - rate * kernel, steps) @ [-2e-3, 1e-3]
    apart = 36 * second * n**1.5 * start**2 / (lam**2 * math.sqrt(width))
    return failures(
        errors <= (1 - rate * lam / 4) ** np.arange(steps + 1) * start * (1 + 1e-9),
        moved <= furthest,
        change <= 2 * second * n * furthest,
        norm(final - tangent) <= apart,
    )


def hidden_weights_move() -> Finding:
    """Fit the power of the width with which a weight of a lazy tanh network moves."""
    return _exponent(-0.5, LAZY_WIDTHS, [_lazy_run(tanh, ROWS, m)[0] for m in LAZY_WIDTHS])


def smooth_kernel_moves() -> Finding:
    """Fit the power of the width with which the NTK of a lazy tanh network changes."""
    return _exponent(-1.0, LAZY_WIDTHS, [_lazy_run(tanh, ROWS, m)[1] for m in LAZY_WIDTHS])


def kinked_kernel_moves() -> Finding:
    """Fit the power of the width with which the NTK of a lazy ReLU network changes."""
    rows = np.eye(16)[:8]
    return _exponent(-0.5, LAZY_WIDTHS, [_lazy_run(relu, rows, m)[1] for m in LAZY_WIDTHS])


def _movement(way: Parameterization, width: int, one_rate: bool) -> np.ndarray:
    """Return how far hidden weights of one-layer ReLU networks move, relative."""
    model, networks = Network(relu, way), 12
    keys = jax.random.split(jax.random.key(width), networks)
    draws = jax.vmap(lambda key: init_mlp(key, (16, width, 1)))(keys)
    rates = model.learning_rates(jax.tree.map(lambda leaf: leaf[0], draws), 0.05)
    rate = float(rates[-1].weight) if one_rate else rates
    starts = jax.vmap(model.initial)(draws)
    ends = train(model, starts, ROWS, SIGNS, learning_rate=rate, steps=200, ensemble=True).params
    change = ends[0].weight - starts[0].weight
    size = norm(np.asarray(change), axis=(1, 2))
    return size / norm(np.asarray(starts[0].weight), axis=(1, 2))


def _movement_exponent(ours: float, way: Parameterization, one_rate: bool = False) -> Finding:
    widths = (256, 1024, 4096)
    return _exponent(ours, widths, [_movement(way, width, one_rate) for width in widths])


def ntk_movement() -> Finding:
    """Fit how hidden weights move in the NTK parameterisation."""
    return _movement_exponent(-0.5, NTK)


def standard_movement() -> Finding:
    """Fit how they move in the standard one, if both layers have the output layer's rate."""
    return _movement_exponent(-1.5, STANDARD, one_rate=True)


def mean_field_movement() -> Finding:
    """Fit how they move in the mean-field one."""
    return _movement_exponent(0.0, MEAN_FIELD)


def large_steps_flatten() -> Finding:
    """Count networks that do not end, after steps of 3 / largest eigenvalue, below 2 / step."""
    flat = []
    for seed in range(6):
        start = init_mlp(jax.random.key(seed), (16, 1024, 1))
        rate = 3 / eigvalsh(empirical_ntk(start, ROWS, activation=relu))[-1]
        run = train(Network(relu), start, ROWS, SIGNS, learning_rate=rate, steps=200)
        end = eigvalsh(empirical_ntk(run.params, ROWS, activation=relu))[-1]
        flat.append(rate * end < 2 and run.losses[-1] < run.losses[0])
    return failures(flat)


def conditioning_is_not_accuracy() -> Finding:
    """Count splits of the digits on which the deep, better conditioned kernel is no worse."""
    images, labels = digits()
    draw, worse = np.random.default_rng(5), []
    for _ in range(5):
        rows = draw.permutation(len(images))[:700]
        targets = np.eye(10)[labels[rows[:300]]] - 0.1
        found = []
        for depth in (1, 50):
            kernel = np.asarray(ntk(images[rows], images[rows[:300]], activation=relu, depth=depth))
            answers = (kernel[300:] @ np.linalg.solve(kernel[:300], targets)).argmax(axis=1)
            values = eigvalsh(kernel[:300])
            found.append((values[-1] / values[0], (answers == labels[rows[300:]]).mean()))
        (shallow, right), (deep, right_deep) = found
        worse.append(deep < shallow / 10 and right_deep < right)
    return failures(worse)


def _ours(
    number: str,
    basis: Basis,
    quantity: str,
    statement: str,
    compute: Callable[[], Finding],
    limits: str = "",
) -> Claim:
    """Return a claim of the chapter: what it rests on and what is measured come first here."""
    return own_claim(
        *(FOUNDATIONS, "Wide networks", number, statement, quantity, compute),
        basis=basis,
        limits=limits,
    )


PROVED: Basis = "proved in this book"
MEASURED: Basis = "measured in this book"

CLAIMS = [
    _ours(
        "F1",
        PROVED,
        "excess kurtosis at width 8, mean of 40 batches of 40 000 networks",
        "The output of a random ReLU network with one hidden layer of width m, at an input of "
        "length 1, has the excess kurtosis 15/m.",
        output_tails,
    ),
    _ours(
        "F2",
        PROVED,
        "an off-diagonal entry, mean of 20 000 ReLU networks of width 3",
        "With one hidden layer the NTK of finite width has the NTK of infinite width as its mean, "
        "at every width.",
        kernel_is_right_on_average,
    ),
    _ours(
        "F2b",
        PROVED,
        "m Var K(x, x) at width 64, mean of 10 000 networks",
        "The NTK of a ReLU network with one hidden layer of width m has the variance 12/m at an "
        "input of length 1.",
        kernel_variance,
    ),
    _ours(
        "F3",
        PROVED,
        "loss of a tangent after 20 steps, eight inputs, trained in its 3400 weights",
        "Gradient descent on a linearised network takes errors e to (I − ηK)e in every step.",
        tangent_follows_its_kernel,
    ),
    _ours(
        "F3b",
        PROVED,
        "step from which on the loss of a tangent grows, found by bisection",
        "The longest stable step is 2/λmax.",
        longest_stable_step,
    ),
    _ours(
        "F3c",
        PROVED,
        "factor per step of an error along the first and the last eigenvector",
        "With the best constant step errors shrink by at least (κ − 1)/(κ + 1) in a step, and no "
        "better bound holds for all of them.",
        best_constant_step,
    ),
    _ours(
        "F4",
        PROVED,
        "violations of the four bounds; tanh, width 16 384, two inputs, 300 steps",
        "If the width is large enough, gradient descent on the hidden weights converges linearly, "
        "no weight moves further than D, and kernel and errors stay near those of the tangent.",
        bounds_of_lazy_training,
        limits="The constants are far from sharp: networks of practical width behave like this "
        "although the theorem asks for far more.",
    ),
    _ours(
        "F4b",
        PROVED,
        "power of the width; tanh, widths 256 to 4096, twelve networks each",
        "In training, a hidden weight in NTK parameterisation moves by an amount of order 1/√m.",
        hidden_weights_move,
    ),
    _ours(
        "F5",
        PROVED,
        "power of the width; tanh, widths 256 to 4096, twelve networks each",
        "With random signs in the output layer and a smooth activation, the NTK matrix changes in "
        "training by an amount of order 1/m.",
        smooth_kernel_moves,
    ),
    _ours(
        "F5b",
        MEASURED,
        "power of the width; eight orthogonal inputs, widths 256 to 4096, twelve networks each",
        "For ReLU and orthogonal inputs the NTK matrix changes in training by an amount of order "
        "1/√m: an example switches its own units off and never on.",
        kinked_kernel_moves,
        limits="On inputs that are close to each other, such as pictures of digits, fits at "
        "practical widths give powers between −1/2 and −3/4.",
    ),
    _ours(
        "F6",
        MEASURED,
        "power of the width; ReLU, widths 256 to 4096, twelve networks each",
        "In NTK parameterisation hidden weights move like m^(−1/2).",
        ntk_movement,
    ),
    _ours(
        "F6b",
        MEASURED,
        "power of the width; ReLU, widths 256 to 4096, twelve networks each",
        "In standard parameterisation, with one learning rate of order 1/m for both layers, "
        "hidden weights move like m^(−3/2).",
        standard_movement,
        limits="With a rate for each layer it is the NTK parameterisation in other letters.",
    ),
    _ours(
        "F6c",
        MEASURED,
        "power of the width; ReLU, widths 256 to 4096, twelve networks each",
        "In mean-field parameterisation hidden weights move by an amount that does not depend on "
        "the width.",
        mean_field_movement,
    ),
    _ours(
        "F7",
        MEASURED,
        "failures among six networks of width 1024",
        "A network trained with steps of 3/λmax, for which its tangent diverges, ends with a "
        "smaller loss and an NTK whose largest eigenvalue is below 2/η.",
        large_steps_flatten,
    ),
    _ours(
        "F8",
        MEASURED,
        "failures among five random splits, 300 digits to learn and 400 to test",
        "On the digits the NTK of fifty ReLU layers is better conditioned than that of one by more "
        "than a factor of ten, and classifies worse.",
        conditioning_is_not_accuracy,
        limits="One data set, kernel regression without ridge.",
    ),
]
