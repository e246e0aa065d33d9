"""Data sets that claims are measured on."""

import math

import numpy as np
from numpy.linalg import norm


def directions(n: int, d: int) -> np.ndarray:
    """Return n directions in d dimensions, uniform on the sphere."""
    rows = np.random.default_rng(0).standard_normal((n, d))
    return rows / norm(rows, axis=1, keepdims=True)


def circle(n: int, turn: float = 2 * math.pi) -> np.ndarray:
    """Return n points of the unit circle, turn / n apart: all around, or on a part of it."""
    theta = turn * np.arange(n) / n
    return np.stack([np.cos(theta), np.sin(theta)], axis=1)


def unit_pair(theta: float) -> np.ndarray:
    """Return two unit vectors in the plane at angle theta."""
    return np.array([[1.0, 0.0], [math.cos(theta), math.sin(theta)]])


def near_pairs(count: int, theta: float) -> np.ndarray:
    """Return pairs of directions in 64 dimensions, the two of a pair theta apart."""
    first = directions(count, 64)
    step = np.random.default_rng(1).standard_normal((count, 64))
    step -= np.sum(step * first, axis=1, keepdims=True) * first
    step /= norm(step, axis=1, keepdims=True)
    return np.concatenate([first, math.cos(theta) * first + math.sin(theta) * step])


def synthetic() -> np.ndarray:
    """Return the paper's kind of synthetic data: 2000 Gaussian rows with 5 entries, unscaled."""
    return np.random.default_rng(0).standard_normal((2000, 5))


def digits(count: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return scikit-learn's digits, scaled to norm 1, and which they are: the first, or all."""
    from sklearn.datasets import load_digits

    data = load_digits()
    rows = data.data[:count].astype(float)
    return rows / norm(rows, axis=1, keepdims=True), data.target[:count]
