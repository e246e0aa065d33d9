"""How long capacities and entropy curves take, for activations that were never seen before.

    python benchmarks/capacity.py [--loads 200]

The first line pays for what is compiled and tabulated once in a session; every later activation is
new, so that its dual has to be tabulated. The last column is the same capacity with the inner
average by brute force and SciPy's Nelder-Mead, for comparison. Writes nothing but the table.
"""

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import norm

from ntklib.activations import Activation, gelu, relu, tanh
from ntklib.capacity import binary_curve, overlap, spherical_capacity

NEW = (
    relu,
    Activation("softsign", lambda x: x / (1 + abs(x)), kinks=(0.0,)),
    gelu.scaled(1.7),
    tanh.scaled(0.6),
)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(300)
NODES, WEIGHTS = 8 * NODES, 8 * WEIGHTS * norm.pdf(8 * NODES)


def by_brute_force(activation: Activation) -> float:
    """Return the 1RSB capacity by two nested quadratures and Nelder-Mead."""
    slope = float(overlap(activation, 1.0, order=1))

    def load(x: np.ndarray) -> float:
        q, omega = 1 / (1 + math.exp(-x[0])), math.exp(x[1])
        effective, room = min(float(overlap(activation, q)), 1.0), 1 + omega * (1 - q)
        fields = math.sqrt(effective) * NODES[:, None] + math.sqrt(1 - effective) * NODES
        inner = logsumexp(-omega / (2 * slope) * np.minimum(fields, 0) ** 2, b=WEIGHTS, axis=1)
        return (math.log(room) + omega * q / room) / (-2 * inner @ WEIGHTS)

    return float(minimize(load, [1.0, 2.0], method="Nelder-Mead").fun)


def timed(find: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    find()
    return time.perf_counter() - start


def main() -> None:
    """Print one line for each activation."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loads", type=int, default=200)
    loads = np.linspace(0.01, 0.95, parser.parse_args().loads)
    print(f"{'':>12} {'1RSB':>7} {'2RSB':>7} {len(loads):>4} entropies   brute force")
    for activation in NEW:
        one = timed(lambda each=activation: spherical_capacity(each, rsb=1))
        two = timed(lambda each=activation: spherical_capacity(each, rsb=2))
        curve = timed(lambda each=activation: binary_curve(each, loads))
        brute = timed(lambda each=activation: by_brute_force(each))
        print(f"{activation.name:>12} {one:6.2f}s {two:6.2f}s {curve:10.2f}s {brute:15.2f}s")


if __name__ == "__main__":
    main()
