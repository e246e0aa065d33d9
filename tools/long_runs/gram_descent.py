"""Two-layer networks on a half circle: how fast the loss falls, and the eigenvalues at the start.

The setting of Figure 1 of the paper that the wing Gram is about, as its caption and abstract tell
it, with our own choice of what they leave open: n inputs at the angles pi i / n, labels +1 and -1
at random, hidden weights trained by full gradient descent with steps of one over the largest
eigenvalue of the network's own Gram matrix at the start. Weights outside the plane of the data
never move, so the plane is all of the space here.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ntklib.activations import (
    Activation,
    elu,
    gelu,
    leaky_relu,
    relu,
    selu,
    sigmoid,
    swish,
    tanh,
)
from ntklib.dual import second_moment

WIDTH = 4096
SEEDS = (0, 1, 2, 3, 4)
SIZES = (10, 50)
STEPS = (0, 1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300, 500, 800, 1200, 2000, 3000, 5000)
NAMED = (relu, leaky_relu(0.01), selu, elu, gelu, swish, tanh, sigmoid)
DEPENDS = ("ntklib/activations/functions.py", "ntklib/activations/registry.py")
SETTINGS = {
    "width": WIDTH,
    "seeds": SEEDS,
    "sizes": SIZES,
    "steps": STEPS,
    "activations": [activation.name for activation in NAMED],
    "leaky slope": 0.01,
    "inputs": "angles pi i / n in a plane, i = 0, ..., n - 1",
    "labels": "2 default_rng(0).integers(2, size=n) - 1",
    "weights": "default_rng(seed), standard normal; output weights +1 and -1 in turn",
    "network": "f(x) = (m E sigma^2)^(-1/2) sum a_i sigma(w_i . x)",
    "loss": "mean squared error",
    "dtype": "float64",
}


def half_circle(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n points at the angles pi i / n, and their labels."""
    theta = np.pi * np.arange(n) / n
    labels = 2.0 * np.random.default_rng(0).integers(2, size=n) - 1
    return np.stack([np.cos(theta), np.sin(theta)], axis=1), labels


def output_weights(activation: Activation) -> np.ndarray:
    """Return the output weights with all the factors in front."""
    signs = 1.0 - 2.0 * (np.arange(WIDTH) % 2)
    return signs / np.sqrt(WIDTH * float(second_moment(activation)))


def spectrum(weights: np.ndarray, x: np.ndarray, activation: Activation) -> tuple[Any, Any]:
    """Return eigenvalues of the Gram matrix, rising, and eigenvectors, through singular values."""
    slopes = np.asarray(activation.derivative(x @ weights.T)) * output_weights(activation)
    factor = (slopes[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    vectors, sizes, _ = np.linalg.svd(factor, full_matrices=False)
    return sizes[::-1] ** 2, vectors[:, ::-1]


@partial(jax.jit, static_argnames="activation")
def descend(
    weights: jax.Array,
    x: jax.Array,
    labels: jax.Array,
    rate: jax.Array,
    outer: jax.Array,
    steps: jax.Array,
    *,
    activation: Activation,
) -> tuple[jax.Array, jax.Array]:
    """Take steps on half the squared error; return the weights and the errors behind them."""

    def errors(weights: jax.Array) -> jax.Array:
        return activation(x @ weights.T) @ outer - labels

    def step(_: jax.Array, weights: jax.Array) -> jax.Array:
        return weights - rate * jax.grad(lambda w: jnp.sum(errors(w) ** 2) / 2)(weights)

    moved = jax.lax.fori_loop(0, steps, step, weights)
    return moved, errors(moved)


def train(n: int, activation: Activation, seed: int) -> dict[str, Any]:
    """Train one network; return its losses, those of its tangent, and its spectrum."""
    x, labels = half_circle(n)
    outer = output_weights(activation)
    start = np.random.default_rng(seed).standard_normal((WIDTH, 2))
    values, vectors = spectrum(start, x, activation)
    run = partial(descend, activation=activation)
    weights, losses = jnp.asarray(start), []
    errors = None
    for before, after in zip((0, *STEPS), STEPS, strict=False):
        weights, found = run(weights, x, labels, 1 / values[-1], outer, after - before)
        errors = found if errors is None else errors
        losses.append(float(jnp.mean(found**2)))
    parts = (vectors.T @ np.asarray(errors)) ** 2 / n
    left = (1 - values / values[-1])[:, None] ** (2 * np.array(STEPS)) * parts[:, None]
    final = spectrum(np.asarray(weights), x, activation)[0]
    return {
        "loss": losses,
        "tangent": left.sum(axis=0),
        "eigenvalues": values,
        "smallest_after": final[0],
        "largest_after": final[-1],
    }


def measure(n: int, activation: Activation) -> dict[str, Any]:
    """Train the networks of one activation; all lists run over them."""
    found = [train(n, activation, seed) for seed in SEEDS]
    jax.clear_caches()
    return {name: [one[name] for one in found] for name in found[0]}


PARTS = {f"{each.name}, n {n}": partial(measure, n, each) for n in SIZES for each in NAMED}
