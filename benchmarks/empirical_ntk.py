"""The empirical NTK by layers against the contraction of a Jacobian: time and memory.

    python benchmarks/empirical_ntk.py [--width 1024] [--examples 16 64 256]

Both compute the same matrix for the same network with three hidden ReLU layers, in float32. The
Jacobian holds one number per example and weight; ``ntklib.networks.empirical_ntk`` holds one
vector per example and layer. Memory is what XLA plans for temporary arrays and the result, and a
time is the least of several runs after compilation. Writes nothing but the table.
"""

import argparse
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from ntklib.activations import relu
from ntklib.networks import Params, empirical_ntk, init_mlp, mlp

INPUT_DIMENSION = 64
HIDDEN_LAYERS = 3
RUNS = 5
Kernel = Callable[[Params, jax.Array], jax.Array]


def by_layers(params: Params, x: jax.Array) -> jax.Array:
    """The library's way."""
    return empirical_ntk(params, x, activation=relu)


def by_jacobian(params: Params, x: jax.Array) -> jax.Array:
    """The textbook's way: every gradient, then all their inner products."""

    def output(weights: Params, row: jax.Array) -> jax.Array:
        return mlp(weights, row[None], activation=relu)[0, 0]

    gradients = jax.vmap(jax.grad(output), in_axes=(None, 0))(params, x)
    flat = [leaf.reshape(len(x), -1) for leaf in jax.tree.leaves(gradients)]
    return sum(leaf @ leaf.T for leaf in flat)


def measure(kernel: Kernel, params: Params, x: jax.Array) -> tuple[jax.Array, float, float]:
    """The matrix, the least time of a run in seconds, and the megabytes that it needs."""
    compiled = jax.jit(kernel).lower(params, x).compile()
    plan = compiled.memory_analysis()
    megabytes = (plan.temp_size_in_bytes + plan.output_size_in_bytes) / 1e6
    matrix = compiled(params, x).block_until_ready()
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        compiled(params, x).block_until_ready()
        seconds.append(time.perf_counter() - start)
    return matrix, min(seconds), megabytes


def main() -> None:
    """Print one line a number of examples."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=1024, help="units in a hidden layer")
    parser.add_argument("--examples", type=int, nargs="+", default=[16, 64, 256])
    options = parser.parse_args()

    widths = (INPUT_DIMENSION, *[options.width] * HIDDEN_LAYERS, 1)
    params = init_mlp(jax.random.key(0), widths, dtype=jnp.float32)
    weights = sum(layer.weight.size for layer in params)
    device = jax.devices()[0]
    print(f"{'-'.join(map(str, widths))}, {weights:,} weights, jax {jax.__version__}, {device}")
    print(f"{'n':>5} {'layers':>18} {'Jacobian':>20} {'time':>8} {'memory':>8} {'differ by':>10}")
    for n in options.examples:
        rows = np.random.default_rng(n).standard_normal((n, INPUT_DIMENSION))
        x = jnp.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), jnp.float32)
        ours, our_time, our_memory = measure(by_layers, params, x)
        theirs, their_time, their_memory = measure(by_jacobian, params, x)
        difference = float(jnp.abs(ours - theirs).max() / jnp.abs(theirs).max())
        print(
            f"{n:>5} {our_time * 1e3:>7.1f} ms {our_memory:>5.1f} MB"
            f" {their_time * 1e3:>8.1f} ms {their_memory:>6.0f} MB"
            f" {their_time / our_time:>7.0f}x {their_memory / our_memory:>7.0f}x"
            f" {difference:>10.0e}"
        )


if __name__ == "__main__":
    main()
