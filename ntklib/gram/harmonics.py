"""An orthonormal basis of the harmonics of each degree, at given points of a sphere."""

import math

import numpy as np
from jaxtyping import Float


def harmonics(points: Float[np.ndarray, "n d"], degree: int) -> list[Float[np.ndarray, "n count"]]:
    """Return for each degree j = 0..p its N_j harmonics at the points, shape (n, N_j).

    They are homogeneous harmonic polynomials, orthonormal for the uniform probability measure on
    the unit sphere. In d dimensions those of degree j are one of degree l <= j in the first d - 1
    coordinates, times a Gegenbauer polynomial of degree j - l in the last.

    On unit points the rows are of squared length N_j (addition theorem).
    """
    count, dimension = points.shape
    if dimension == 1:
        first = [np.ones((count, 1)), points][: degree + 1]
        return first + [np.empty((count, 0))] * (degree + 1 - len(first))
    last, square = points[:, -1:], (points**2).sum(axis=1, keepdims=True)
    found: list[list[np.ndarray]] = [[] for _ in range(degree + 1)]
    for low, inner in enumerate(harmonics(points[:, :-1], degree)):
        if not inner.shape[1]:
            break
        before, values = np.zeros(()), inner / math.sqrt(_mean_power(dimension, low))
        found[low].append(values)
        for k in range(degree - low):
            after = (last * values - _step(dimension, low, k) * square * before) / _step(
                dimension, low, k + 1
            )
            before, values = values, after
            found[low + k + 1].append(values)
    return [np.concatenate(parts, axis=1) for parts in found]


def _mean_power(dimension: int, power: int) -> float:
    """Return the mean of (1 - x_d^2)^l over the unit sphere."""
    half = dimension / 2
    logarithm = math.lgamma(power + half - 0.5) - math.lgamma(half - 0.5)
    return math.exp(logarithm + math.lgamma(half) - math.lgamma(power + half))


def _step(dimension: int, power: int, k: int) -> float:
    """Return b_k in t p_k = b_{k+1} p_{k+1} + b_k p_{k-1}, for the weight (1 - t^2)^(l + (d-3)/2).

    The p_k are the orthonormal Gegenbauer polynomials of that weight.
    """
    index = power + dimension / 2 - 1
    if k < 2:
        return math.sqrt(k / (2 * (1 + index)))
    return math.sqrt(k * (k + 2 * index - 1) / (4 * (k + index) * (k + index - 1)))
