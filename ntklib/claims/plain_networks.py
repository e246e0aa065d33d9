"""What claims about condensation train by themselves: the paper's data, and Adam in NumPy.

Nothing here runs through the library's training, which is what the claims are about.
"""

from collections.abc import Callable, Sequence

import numpy as np

Weights = Sequence[np.ndarray]


def with_bias(x: np.ndarray) -> np.ndarray:
    """Return inputs, shape (n,) or (n, d), with a last column of ones."""
    return np.column_stack([x, np.ones(len(x))])


def five_inputs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the 80 points of the paper's figure 2, and their targets."""
    x = np.random.default_rng(seed).uniform(-4, 2, (80, 5))
    return x, 3.5 * np.sin(5 * x + 1).sum(axis=1)


def by_adam(
    gradients: Callable[[Weights], Weights],
    weights: Weights,
    *,
    rate: float,
    steps: int,
    eps: float = 1e-8,
) -> list[np.ndarray]:
    """Return the arrays of weights after steps of Adam."""
    now = list(weights)
    first, second = ([np.zeros_like(each) for each in now] for _ in range(2))
    for step in range(1, steps + 1):
        for k, slope in enumerate(gradients(now)):
            first[k] = 0.9 * first[k] + 0.1 * slope
            second[k] = 0.999 * second[k] + 0.001 * slope**2
            size = np.sqrt(second[k] / (1 - 0.999**step)) + eps
            now[k] = now[k] - rate * first[k] / (1 - 0.9**step) / size
    return now
