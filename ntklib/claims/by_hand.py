"""Condition numbers computed a second time, for claims about them.

The kernel is the recursion as printed, in NumPy alone, and its condition number comes from power
iteration and a Cholesky factor: nothing here runs through the code that the claims are about.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.linalg import eigvalsh, norm
from scipy.linalg import cho_factor, cho_solve


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
