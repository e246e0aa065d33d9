"""What the runs on digits share: the split, the networks, and what is measured on them."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float
from numpy.typing import NDArray

from ntklib import pages
from ntklib.activations import relu
from ntklib.networks import Params, init_mlp, mlp

WIDTH = 512
CLASSES = 10
DEPTHS = (1, 2, 3, 5, 8, 10)
SEEDS = (0, 1, 2, 3, 4)
TRAINING_ROWS = 1000
DEPENDS = (
    "ntklib/networks/fully_connected.py",
    "ntklib/networks/training_loop.py",
    "ntklib/networks/training_run.py",
    "ntklib/networks/loss.py",
    "ntklib/pages/data.py",
    "tools/long_runs/digits_task.py",
)


def split() -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return training images and labels, held-out images and labels, in one random order."""
    order = np.random.default_rng(0).permutation(len(pages.data.digits()))
    images, labels = pages.data.digits()[order], pages.data.digit_labels()[order]
    parts = np.split(images, [TRAINING_ROWS]), np.split(labels, [TRAINING_ROWS])
    return parts[0][0], parts[1][0], parts[0][1], parts[1][1]


def network(seed: int, depth: int) -> Params:
    """Return a random ReLU network with one output a digit, in NTK parameterisation."""
    widths = (64, *[WIDTH] * depth, CLASSES)
    return init_mlp(jax.random.key(seed), widths, dtype=jnp.float32)


@jax.jit
def outputs(params: Params, x: Array) -> Float[Array, "n k"]:
    return mlp(params, x, activation=relu)


def cross_entropy(found: Float[Array, "n k"], targets: Float[Array, "n k"]) -> Float[Array, ""]:
    """Return the mean cross-entropy, in nats."""
    return optax.softmax_cross_entropy(found, targets).mean()


def share_right(found: Float[Array, "n k"], labels: Array) -> Float[Array, ""]:
    """Return the percentage of rows whose largest output is the label."""
    return 100 * jnp.mean(jnp.argmax(found, axis=1) == labels)


@partial(jax.jit, static_argnames="rounds")
def largest_eigenvalue(params: Params, x: Array, rounds: int = 30) -> Float[Array, ""]:
    """Return the largest eigenvalue of the NTK matrix over all inputs and outputs.

    By power iteration on J J^T, from a vector that is constant over the inputs: about what the
    gradients of all inputs share.
    """
    x = jnp.asarray(x, params[0].weight.dtype)
    _, push = jax.linearize(lambda weights: outputs(weights, x), params)
    pull = jax.linear_transpose(push, params)
    start = jnp.tile(jax.random.normal(jax.random.key(0), (CLASSES,), x.dtype), (len(x), 1))

    def turn(vector: Array, _: None) -> tuple[Array, Array]:
        image = push(*pull(vector))
        size = jnp.linalg.norm(image)
        return image / size, size

    return jax.lax.scan(turn, start / jnp.linalg.norm(start), length=rounds)[1][-1]
