"""The infinite-width NTK read from one profile against a recursion in every entry.

    python benchmarks/infinite_ntk.py [--rows 2000] [--depths 3 10 100]

Both give the same matrix for unit rows in 64 dimensions. The recursion takes every entry through
every layer, which is what a kernel library does that knows nothing of spheres; for ReLU it is
compiled by XLA, for the others it runs in NumPy on tables of the dual. A time is the least of
three runs after a first one, whose time, with compilation and tables, is printed apart; memory
is the largest of NumPy's allocations. Entries of the recursion are computed for a part of the
rows, and its time is scaled up.
"""

import argparse
import time
import tracemalloc
from collections.abc import Callable

import jax
import numpy as np

from ntklib.activations import Activation, elu, gelu, relu
from ntklib.angles import norms_and_angles
from ntklib.dual import in_leaky_family, kink_constant, second_moment
from ntklib.kernels import ntk
from ntklib.kernels.propagation import Scaling, propagate, start
from ntklib.recursion import advance
from ntklib.recursion import start as start_angles

DIMENSION = 64
RUNS = 3
PART = 200  # rows that the recursion is run for


def entrywise(x: np.ndarray, part: np.ndarray, activation: Activation, depth: int) -> np.ndarray:
    """The cosine kernel of a part of the rows with all, layer by layer in every entry."""
    theta = norms_and_angles(part, x)[2]
    if in_leaky_family(activation):
        return np.asarray(advance(start_angles(theta), kink_constant(activation), depth).ntk)
    one, scaling = np.ones(()), Scaling(1 / second_moment(activation), 0.0)
    state = start(theta, (one, one), scaling, with_ntk=True)
    return 1 - np.asarray(propagate(state, activation, scaling, depth).ntk_gap)


def times(function: Callable[[], np.ndarray]) -> tuple[np.ndarray, float, float]:
    """The result, the seconds of the first run, and of the fastest of the others."""
    seconds = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        result = jax.block_until_ready(function())
        seconds.append(time.perf_counter() - begin)
    return np.asarray(result), seconds[0], min(seconds[1:])


def peak(function: Callable[[], np.ndarray]) -> float:
    """The megabytes that NumPy holds at most."""
    tracemalloc.start()
    function()
    megabytes = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return megabytes


def main() -> None:
    """Print one line an activation and depth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--depths", type=int, nargs="+", default=[3, 10, 100])
    options = parser.parse_args()

    x = np.random.default_rng(0).standard_normal((options.rows, DIMENSION))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    part = x[: min(PART, options.rows)]
    scale = options.rows / len(part)
    print(f"{options.rows} unit rows in {DIMENSION} dimensions, jax {jax.__version__}")
    print(
        f"{'':>14} {'first':>8} {'then':>8} {'memory':>9} {'entrywise':>10} {'':>7} {'differ':>8}"
    )
    for activation in (relu, gelu, elu):
        for depth in options.depths:
            settings = {"activation": activation, "depth": depth, "normalized": True}
            kernel, first, then = times(lambda s=settings: ntk(x, **s))
            plain, _, slow = times(lambda a=activation, d=depth: entrywise(x, part, a, d))
            plain = plain / (depth + 1 if activation is relu else 1)
            print(
                f"{activation.name:>8} {depth:>5} {first:>6.2f} s {then:>6.2f} s"
                f" {peak(lambda s=settings: ntk(x, **s)):>6.0f} MB {slow * scale:>8.2f} s"
                f" {slow * scale / then:>6.0f}x {np.abs(kernel[: len(part)] - plain).max():>8.0e}"
            )


if __name__ == "__main__":
    main()
