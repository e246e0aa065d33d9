"""Data and references for claims about condition numbers.

The kernel is the recursion as printed, in NumPy alone, and its condition number comes from power
iteration and a Cholesky factor: nothing here runs through the code that the claims are about.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.linalg import eigvalsh, norm
from scipy.linalg import cho_factor, cho_solve

from ntklib.claims.claim import Finding


def gauss(n: int, d: int) -> np.ndarray:
    """Return n directions in d dimensions, uniform on the sphere."""
    rows = np.random.default_rng(0).standard_normal((n, d))
    return rows / norm(rows, axis=1, keepdims=True)


def digits() -> np.ndarray:
    """Return the first 200 of scikit-learn's digits, scaled to norm 1."""
    from sklearn.datasets import load_digits

    rows = load_digits().data[:200].astype(float)
    return rows / norm(rows, axis=1, keepdims=True)


def pairs(count: int, theta: float) -> np.ndarray:
    """Return pairs of directions in 64 dimensions, the two of a pair theta apart."""
    first = gauss(count, 64)
    step = np.random.default_rng(1).standard_normal((count, 64))
    step -= np.sum(step * first, axis=1, keepdims=True) * first
    step /= norm(step, axis=1, keepdims=True)
    return np.concatenate([first, math.cos(theta) * first + math.sin(theta) * step])


def synthetic() -> np.ndarray:
    """Return the paper's kind of synthetic data: 2000 Gaussian rows with 5 entries, unscaled."""
    return np.random.default_rng(0).standard_normal((2000, 5))


def as_printed(x: np.ndarray, depth: int) -> np.ndarray:
    """Return the ReLU NTK by K_l = cos theta_l + K_{l-1} (1 - theta_{l-1} / pi), in NumPy."""
    lengths = norm(x, axis=1)
    cosine = np.clip(x @ x.T / lengths[:, None] / lengths, -1, 1)
    np.fill_diagonal(cosine, 1.0)
    kernel = cosine
    for _ in range(depth):
        theta = np.arccos(cosine)
        cosine = np.minimum(cosine + (np.sin(theta) - theta * cosine) / math.pi, 1.0)
        kernel = cosine + kernel * (1 - theta / math.pi)
    return lengths[:, None] * lengths * kernel


def kappa_by_iteration(kernel: np.ndarray) -> float:
    """Return the condition number by power iteration, and inverse iteration on a Cholesky factor.

    The start vectors are the row of ones and the closest pair, which are nearly the answers.
    """
    lengths = np.sqrt(np.diag(kernel))
    cosine = kernel / lengths[:, None] / lengths - 2 * np.eye(len(kernel))
    pair = np.unravel_index(cosine.argmax(), cosine.shape)
    low = np.zeros(len(kernel))
    low[list(pair)] = 1.0, -1.0
    factor = cho_factor(kernel)
    largest = _converged(lambda v: kernel @ v, lengths)
    return largest * _converged(lambda v: cho_solve(factor, v), low)


def _converged(apply: Callable[[np.ndarray], np.ndarray], vector: np.ndarray) -> float:
    """Return the largest eigenvalue of a positive operator by power iteration."""
    value, change = 0.0, 1.0
    while change > 1e-12:
        vector = vector / norm(vector)
        image = apply(vector)
        fresh = float(vector @ image)
        change, value, vector = abs(fresh - value) / fresh, fresh, image
    return value


def ratios(kernels: np.ndarray) -> np.ndarray:
    """Return the largest over the smallest eigenvalue of matrices, shape (..., n, n)."""
    values = eigvalsh(kernels)
    return values[..., -1] / values[..., 0]


def deterministic(our_value: float, measured: float, relative: float) -> Finding:
    """Compare two numbers up to a relative tolerance."""
    return Finding(our_value, measured, relative * abs(our_value))


def failures(*conditions: object) -> Finding:
    """Count conditions that do not hold, entry by entry."""
    return Finding(0.0, float(sum(np.sum(~np.asarray(each, bool)) for each in conditions)), 0.0)
