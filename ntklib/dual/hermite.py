"""Hermite coefficients of an activation.

In the orthonormal basis h_k = He_k / sqrt(k!) of the Gaussian measure, sigma = sum_k a_k h_k
with a_k = E[sigma(z) h_k(z)]. For unit normals u, v of correlation rho,
E[h_j(u) h_k(v)] = rho^k if j = k and 0 otherwise, so the dual activation is
sum_k a_k^2 rho^k: a power series with no negative coefficient.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.gaussian import EPSILON, Table, energy, table

HIGHEST = 1000
LARGEST_VALUE = 1.1  # of |h_k(x)| exp(-x^2 / 4): Cramer's inequality


class HermiteExpansion(NamedTuple):
    """The first Hermite coefficients of a function and what is left after them.

    Attributes:
        coefficients: a_0, ..., a_degree.
        error: Bound on the rounding error of each, absolute.
        tail: E[sigma^2] minus the sum of a_k^2: the energy in higher degrees, at least 0. It
            is known to about 1e-14 of E[sigma^2].
    """

    coefficients: Float[np.ndarray, " degree_plus_1"]
    error: float
    tail: float


def hermite_expansion(
    activation: Activation, degree: int, *, variance: float = 1.0
) -> HermiteExpansion:
    """Return the Hermite coefficients of z -> sigma(sqrt(variance) z) with their error.

    Args:
        activation: Any activation; point masses are included.
        degree: Highest degree, 0 to 1000.
        variance: Of the normal variable that sigma is applied to, > 0.

    Raises:
        ValueError: If degree is not an integer in the range, the variance is not positive, or
            the activation is not a tame function with its kinks declared.

    >>> from ntklib.activations import relu
    >>> expansion = hermite_expansion(relu, 4)
    >>> print((expansion.coefficients**2).round(6).tolist())  # 1/(2 pi), 1/4, 1/(4 pi), ...
    [0.159155, 0.25, 0.079577, 0.0, 0.006631]
    """
    highest = _validate.count("degree", degree)
    if highest > HIGHEST:
        raise ValueError(f"degree must be at most {HIGHEST}, got {highest}")
    tabulated = table(activation, variance)
    coefficients, error = coefficients_of(tabulated, highest)
    tail = max(0.0, energy(tabulated) - float(coefficients @ coefficients))
    if activation.point_masses:
        coefficients = coefficients + _of_point_masses(activation, variance, highest)
        tail = math.inf
    return HermiteExpansion(coefficients, error, tail)


def hermite_coefficients(
    activation: Activation, degree: int
) -> Float[np.ndarray, " degree_plus_1"]:
    """Return a_0, ..., a_degree with sigma = sum_k a_k He_k / sqrt(k!).

    The error is absolute, 1e-14 of sqrt(E[sigma^2]) or less (`hermite_expansion` returns a
    bound): of a smooth activation the coefficients sink below it.

    Arguments and errors are those of `hermite_expansion`.

    >>> from ntklib.activations import cubic
    >>> print((hermite_coefficients(cubic, 4) ** 2).round(12).tolist())  # x^3 = 3 He_1 + He_3
    [0.0, 9.0, 0.0, 6.0, 0.0]
    """
    return hermite_expansion(activation, degree).coefficients


def coefficients_of(tabulated: Table, degree: int) -> tuple[np.ndarray, float]:
    """Return the Hermite coefficients of a tabulated function and a bound on their error."""
    # Half of the density sits in the Hermite functions, the other half is put to sigma.
    halves = tabulated.weights * tabulated.values * np.exp(tabulated.nodes**2 / 4)
    rows = _hermite_rows(tabulated.nodes, degree)
    coefficients = np.array([row @ halves for row in rows])
    rounding = EPSILON * LARGEST_VALUE * float(np.abs(halves).sum())
    recursion = 1 + math.sqrt(degree) / 8  # roundings of the recursion add up like a random walk
    error = 8 * recursion * rounding + tabulated.error * math.sqrt(energy(tabulated))
    return coefficients, error


def hermite_functions(
    points: Float[np.ndarray, " m"], degree: int
) -> Float[np.ndarray, "degree_plus_1 m"]:
    """Return h_k(x) exp(-x^2 / 4) for k = 0..degree; all of moderate size.

    h_{k+1} = (x h_k - sqrt(k) h_{k-1}) / sqrt(k + 1).
    """
    return np.stack(list(_hermite_rows(points, degree)))


def _hermite_rows(points: np.ndarray, degree: int) -> Iterator[np.ndarray]:
    before, row = np.zeros_like(points), np.exp(-(points**2) / 4)
    yield row
    for k in range(degree):
        before, row = row, (points * row - math.sqrt(k) * before) / math.sqrt(k + 1)
        yield row


def _of_point_masses(activation: Activation, variance: float, degree: int) -> np.ndarray:
    """Return the coefficients of sum_i m_i delta(sqrt(variance) z - b_i)."""
    points, weights = np.array(activation.point_masses).T
    places = points / math.sqrt(variance)
    density = np.exp(-(places**2) / 4) / math.sqrt(2 * math.pi * variance)
    return hermite_functions(places, degree) @ (weights * density)
