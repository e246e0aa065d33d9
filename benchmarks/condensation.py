"""What a training step of a condensing network costs, against a plain PyTorch loop.

    python benchmarks/condensation.py [--steps 20000] [--width 50] [--examples 80] [--layers 1]

Both train the same tanh network from the same weights on the same rows of five numbers, by Adam
on all rows, in the same type of floats. ``ntklib.condensation.condense`` runs all steps in one
compiled program; the loop of PyTorch dispatches every operation of every step from Python. A time
is the least of several runs after a first one that compiles, and for PyTorch of several on one
thread and on all. ``differ by`` compares the losses at the end, relative to the loss at the start.
PyTorch is not among the book's requirements: without it, only the library is timed. Writes nothing
but the table.
"""

import argparse
import time
from types import ModuleType
from typing import Any, NamedTuple

import jax
import numpy as np

from ntklib.activations import tanh
from ntklib.condensation import Condensation, condense

RATE, STD = 1e-4, 5e-4
RUNS = 3
TORCH_STEPS = 2000


class Size(NamedTuple):
    """What is trained: the width, the hidden layers, and how many examples."""

    width: int
    layers: int
    examples: int


def optional_torch() -> ModuleType | None:
    """Return PyTorch, or None, with a word, where it is not installed."""
    try:
        import torch
    except ImportError:
        print("PyTorch is not installed, so its column is empty; `pip install torch` fills it.")
        return None
    return torch


def data(examples: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the paper's second figure."""
    x = np.random.default_rng(0).uniform(-4, 2, (examples, 5))
    return x, 3.5 * np.sin(5 * x + 1).sum(axis=1)


def ours(size: Size, steps: int, dtype: np.dtype, seeds: range) -> Condensation:
    """Train with the library."""
    return condense(
        *data(size.examples),
        activation=tanh,
        width=size.width,
        hidden_layers=size.layers,
        init_std=STD,
        optimizer="adam",
        learning_rate=RATE,
        steps=steps,
        seeds=seeds,
        record=[steps],
        dtype=dtype,
        progress=False,
    )


def fastest(torch: ModuleType, start: Condensation, size: Size, steps: int) -> tuple[float, float]:
    """Return the least microseconds a step, on one thread and on all, and the loss at the end."""
    everything = torch.get_num_threads()
    runs = []
    for threads in sorted({1, everything}):
        torch.set_num_threads(threads)
        runs += [theirs(torch, start, size, steps) for _ in range(RUNS)]
    return min(each for each, _ in runs), runs[0][1]


def theirs(torch: ModuleType, start: Condensation, size: Size, steps: int) -> tuple[float, float]:
    """Train with a plain loop; return microseconds a step and the loss at the end."""
    dtype = torch.float32 if start.setting.dtype == np.float32 else torch.float64
    x, y = (torch.tensor(each, dtype=dtype) for each in data(size.examples))
    arrays = [layer[0, 0] for layer in (*start.input_weights, start.output_weights)]
    weights = [torch.tensor(each, requires_grad=True) for each in arrays]
    optimizer = torch.optim.Adam(weights, lr=RATE)

    def loss() -> Any:
        hidden = x
        for layer in weights[:-1]:
            hidden = torch.tanh(hidden @ layer[:, :-1].T + layer[:, -1])
        return ((hidden @ weights[-1] - y) ** 2).mean() / 2

    begin = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    return (time.perf_counter() - begin) / steps * 1e6, float(loss().detach())


def our_microseconds(size: Size, steps: int, dtype: np.dtype, networks: int) -> float:
    """Return the library's least time for a step of one network, of several trained at once."""
    ours(size, steps, dtype, range(networks))
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        ours(size, steps, dtype, range(networks))
        seconds.append(time.perf_counter() - begin)
    return min(seconds) / steps / networks * 1e6


def row(torch: ModuleType | None, size: Size, steps: int, dtype: np.dtype) -> str:
    """Return one line of the table."""
    alone, among = (our_microseconds(size, steps, dtype, networks) for networks in (1, 10))
    line = f"{dtype.name:>8} {alone:>8.1f} us {among:>8.1f} us"
    if torch is None:
        return f"{line} {'-':>8}"
    count = min(steps, TORCH_STEPS)
    found = ours(size, count, dtype, range(1))
    least, loss = fastest(torch, found, size, count)
    apart = abs(loss - found.losses[0, -1]) / found.losses[0, 0]
    return f"{line} {least:>8.0f} us {least / alone:>7.1f}x {apart:>10.0e}"


def main() -> None:
    """Print one line a type of floats."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=20_000, help="steps of the library's run")
    parser.add_argument("--width", type=int, default=50, help="neurons in a hidden layer")
    parser.add_argument("--layers", type=int, default=1, help="hidden layers")
    parser.add_argument("--examples", type=int, default=80, help="rows of the data")
    options = parser.parse_args()

    size = Size(options.width, options.layers, options.examples)
    torch = optional_torch()
    version = f"torch {torch.__version__}, " if torch else ""
    shape = "-".join(map(str, (5, *[size.width] * size.layers, 1)))
    print(f"{shape}, {size.examples} rows, jax {jax.__version__}, {version}{jax.devices()[0]}")
    print(
        f"{'':>8} {'condense':>11} {'ten, each':>11} {'PyTorch':>11} {'ratio':>8} {'differ by':>10}"
    )
    for dtype in (np.dtype(np.float32), np.dtype(np.float64)):
        print(row(torch, size, options.steps, dtype))


if __name__ == "__main__":
    main()
