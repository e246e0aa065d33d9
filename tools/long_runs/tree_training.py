"""Tree machines trained to store random patterns: how many gradient descent leaves unstored.

A machine with one linear unit (the perceptron), one with sign units and one with ReLU units, 240
weights each, Gaussian patterns, fair random labels. Full gradient descent with momentum on a
logistic loss that gets sharper as training goes on; backwards, the slope of a unit is smooth (a
bell for sign, a sigmoid for ReLU), and that gets sharper, too. Weights of a unit are put back to
their length after each step. The rates were chosen on the seeds 0, 1 and 2, which are not used
here. What it finds are the limits of an algorithm.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

WEIGHTS = 240
STEPS = 2000
MOMENTUM = 0.9
LOADS = (1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0)
SEEDS = tuple(range(100, 112))
DEPENDS = ()


class Kind(NamedTuple):
    """Hidden units of a machine, and how it is trained.

    Attributes:
        units: Their number.
        fn: What a unit does with its pre-activation.
        slope: Its slope backwards, at a pre-activation and a sharpness.
        sharpness: The latter at the start and at the end.
        spread: Standard deviation of the unit's output.
        balanced: Whether half of the output weights are -1.
        rate: Of gradient descent at the start; it falls to zero in a line.
    """

    units: int
    fn: Callable[[jax.Array], jax.Array]
    slope: Callable[[jax.Array, jax.Array], jax.Array]
    sharpness: tuple[float, float]
    spread: float
    balanced: bool
    rate: float


def bell(v: jax.Array, sharpness: jax.Array) -> jax.Array:
    """Return the slope of erf(sharpness v / sqrt(2))."""
    return sharpness * np.sqrt(2 / np.pi) * jnp.exp(-((sharpness * v) ** 2) / 2)


KINDS = {
    "linear": Kind(1, lambda v: v, lambda v, _: jnp.ones_like(v), (1, 1), 1.0, False, 1.0),
    "relu": Kind(
        16,
        jax.nn.relu,
        lambda v, sharpness: jax.nn.sigmoid(sharpness * v),
        (4, 40),
        float(np.sqrt((np.pi - 1) / (2 * np.pi))),
        True,
        1.0,
    ),
    "sign": Kind(15, jnp.sign, bell, (1, 20), 1.0, False, 0.3),
}
SETTINGS = {
    "weights": WEIGHTS,
    "units": {name: kind.units for name, kind in KINDS.items()},
    "rates": {name: kind.rate for name, kind in KINDS.items()},
    "loads": LOADS,
    "seeds": SEEDS,
    "steps": STEPS,
    "momentum": MOMENTUM,
    "patterns": "default_rng(seed): standard normal inputs, then labels, then starting weights",
    "loss": "mean of ln(1 + exp(-g u))/g, g from 6 to 60; u is the stability",
    "dtype": "float32",
}


def task(kind: Kind, load: float, seed: int) -> tuple[Any, Any, Any]:
    """Return inputs (P, m, N/m), labels and starting weights of length 1."""
    draw = np.random.default_rng(seed)
    shape = (kind.units, WEIGHTS // kind.units)
    inputs = draw.standard_normal((round(load * WEIGHTS), *shape))
    labels = draw.choice([-1.0, 1.0], len(inputs))
    weights = draw.standard_normal(shape)
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    return tuple(jnp.asarray(each, jnp.float32) for each in (inputs, labels, weights))


@partial(jax.jit, static_argnames=("kind", "steps"))
def fewest_errors(
    inputs: jax.Array, labels: jax.Array, weights: jax.Array, *, kind: Kind, steps: int = STEPS
) -> jax.Array:
    """Train a machine and return the smallest number of patterns that it did not store."""
    count = kind.units
    signs = 1.0 - 2.0 * (np.arange(count) % 2) * kind.balanced
    outer = jnp.asarray(signs / (np.sqrt(count) * kind.spread), jnp.float32)

    def loss(weights: jax.Array, sharpness: jax.Array, gain: jax.Array) -> tuple[Any, Any]:
        v = jnp.einsum("pmn,mn->pm", inputs, weights)
        slope = jax.lax.stop_gradient(kind.slope(v, sharpness))
        # Forwards the unit itself, backwards its smooth slope.
        forward = jax.lax.stop_gradient(kind.fn(v) - slope * v) + slope * v
        stability = labels * (forward @ outer)
        errors = jnp.sum(labels * (kind.fn(v) @ outer) <= 0)
        return jnp.mean(jax.nn.softplus(-gain * stability)) / gain, errors

    def step(i: jax.Array, state: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        weights, speed, fewest = state
        part = jnp.float32(i / steps)
        low, high = kind.sharpness
        gradient, errors = jax.grad(loss, has_aux=True)(
            weights, low * (high / low) ** part, 6 * 10**part
        )
        speed = MOMENTUM * speed - kind.rate * (1 - part) * count * gradient
        weights = weights + speed
        weights = weights / jnp.linalg.norm(weights, axis=1, keepdims=True)
        return weights, speed, jnp.minimum(fewest, errors)

    start = weights, jnp.zeros_like(weights), jnp.asarray(len(labels))
    return jax.lax.fori_loop(0, steps, step, start)[2]


def measure(name: str, load: float) -> dict[str, Any]:
    """Train one machine at one load, on every seed; return the fewest errors of each."""
    kind = KINDS[name]
    found = [int(fewest_errors(*task(kind, load, seed), kind=kind)) for seed in SEEDS]
    jax.clear_caches()
    return {"patterns": round(load * WEIGHTS), "errors": found}


PARTS = {f"{name}, load {load}": partial(measure, name, load) for name in KINDS for load in LOADS}
