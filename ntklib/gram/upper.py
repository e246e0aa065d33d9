"""Upper bounds on the smallest eigenvalue: by counting harmonics, and by single pairs of rows."""

import math

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib.activations import Activation
from ntklib.gram.function import GramFunction
from ntklib.gram.matrix import UnitGram, unit_gram
from ntklib.gram.series import growing_series
from ntklib.gram.span import span
from ntklib.gram.spheres import (
    energy_error,
    harmonic_dimension,
    harmonic_energies,
    polynomial_dimension,
    smooth_energies,
)
from ntklib.gram.structure import singular_because

SHARE = 1e-3  # of a bound, that omitted coefficients may make
ROUNDING = 1e-11  # by which a bound that is a sum of positive terms is widened
ANGLE = 1e-13  # relative error of an angle


def upper_bound(x: ArrayLike, *, activation: Activation) -> float:
    """Return an upper bound on the smallest eigenvalue of the Gram matrix of an activation.

    The least of two. *Counting*: for a set A of degrees with N_A = sum_{j in A} N_j < n,

        lambda_min <= n sum_{j not in A} Gamma_j / (n - N_A)

    for rows of length 1: the harmonics in A vanish on a space of dimension n - N_A, on which
    the rest of the matrix has at most the trace n sum_{j not in A} Gamma_j. A takes the degrees
    of the largest eigenvalues Gamma_j / N_j first. *Pairs*: lambda_min <= Gamma(1) -
    |Gamma(rho_ij)| for the closest and the most opposite two rows.

    Args:
        x: Data, shape (n, d), as for `gram_matrix`. The sphere is that of their span; what
            rounding leaves outside the span is allowed for.
        activation: Without kinks it must be one that ball arithmetic can evaluate.

    Returns:
        A bound >= 0; exactly 0 for repeated rows and where a polynomial has fewer harmonics than
        there are rows. Without kinks it is a sum of positive terms and keeps its meaning down to
        1e-280. With kinks it is a bound up to the rounding errors that were added to it, about
        1e-14 n Gamma(1).

    Raises:
        ValueError: As `gram_matrix`, or if ball arithmetic cannot evaluate the activation.

    Source: this book, *Smoothness*.

    >>> from ntklib.activations import tanh
    >>> theta = 2 * np.pi * np.arange(21) / 21
    >>> x = np.column_stack([np.cos(theta), np.sin(theta)])
    >>> print(f"{upper_bound(x, activation=tanh):.2e}")  # the eigenvalue is 6.29e-08
    8.27e-08
    """
    gram = unit_gram(x, activation)
    if singular_because(gram) is not None:
        return 0.0
    return min(_by_counting(gram), _by_pairs(gram))


def _by_counting(gram: UnitGram) -> float:
    """Return the bound by counting, with what lies outside of the span added.

    With features phi, c^T G c = |sum_i c_i l_i phi(x_i)|^2, and moving each x_i into the span by
    an angle eta_i moves phi(x_i) by the root of 2 (Gamma(1) - Gamma(cos eta_i)).
    """
    sphere, squares = span(gram.rows), np.sort(gram.lengths**2)
    find = _with_kinks if gram.activation.kinks else _without_kinks
    inside = find(gram.activation, sphere.points.shape[1], squares)
    moved = GramFunction(gram.activation).drop(sphere.outside)
    return (math.sqrt(inside) + math.sqrt(2 * float(gram.lengths**2 @ moved))) ** 2


def _with_kinks(activation: Activation, dimension: int, squares: np.ndarray) -> float:
    degree = 1
    while polynomial_dimension(dimension, degree) < 2 * len(squares) and degree < len(squares):
        degree += 1
    energies = harmonic_energies(activation, dimension, degree)
    at_one = GramFunction(activation).at_one
    error = energy_error(at_one, dimension, degree).sum()
    beyond = max(at_one - energies.sum(), 0.0) + error
    return _least_over_sets(energies, beyond, dimension, squares)


def _without_kinks(activation: Activation, dimension: int, squares: np.ndarray) -> float:
    """Return the bound with so many Hermite coefficients that more would not improve it."""
    bound = math.inf
    for coefficients, rest, _ in growing_series(activation):
        energies = smooth_energies(coefficients, dimension, len(coefficients) - 1)
        bound, known = (
            _least_over_sets(energies, beyond, dimension, squares) for beyond in (rest, 0.0)
        )
        if bound <= (1 + SHARE) * known:
            break
    return bound * (1 + ROUNDING)


def _least_over_sets(
    energies: Float[np.ndarray, " degrees"],
    beyond: float,
    dimension: int,
    squares: Float[np.ndarray, " n"],
) -> float:
    """Return the least bound over sets of degrees that grow by the next largest eigenvalue.

    Args:
        energies: Gamma_j, estimates from below.
        beyond: What they lack to Gamma(1).
        dimension: Of the space around the sphere.
        squares: Squared lengths of the rows, ascending.
    """
    most = len(squares)
    counts = np.array([min(harmonic_dimension(dimension, j), most) for j in range(len(energies))])
    order = np.argsort(-energies / np.maximum(counts, 1), kind="stable")
    left, used = energies.copy(), 0
    best = (left.sum() + beyond) * _share(squares, 0)
    for j in order[energies[order] > 0]:
        if used + counts[j] < most:
            left[j], used = 0.0, used + int(counts[j])
            best = min(best, (left.sum() + beyond) * _share(squares, used))
    return float(best)


def _share(squares: Float[np.ndarray, " n"], used: int) -> float:
    """Return sum_i l_i^2 / (n - N_A), or less if the longest rows are left out (interlacing)."""
    return float((np.cumsum(squares)[used:] / np.arange(1, len(squares) - used + 1)).min())


def _by_pairs(gram: UnitGram) -> float:
    """Return the smallest eigenvalue of one row, or of two that are close or opposite."""
    gamma, squares = GramFunction(gram.activation), gram.lengths**2
    best = float(squares.min()) * gamma.at_one * (1 + ROUNDING)
    i, j = np.triu_indices(len(squares), 1)
    if not i.size:
        return best
    angles = gram.angles[i, j]
    weight = squares[i] * squares[j] / (squares[i] + squares[j])
    for sharp in (angles, math.pi - angles):
        pair = int(np.argmin(weight * np.sin(np.minimum(sharp, math.pi / 2) / 2) ** 2))
        gap, error = gamma.pair_gap(float(angles[pair]))
        gap = gap * (1 + 4 * ANGLE) + error
        best = min(best, _of_two(float(squares[i[pair]]), float(squares[j[pair]]), gamma, gap))
    return best


def _of_two(a: float, b: float, gamma: GramFunction, gap: float) -> float:
    """Return the smaller eigenvalue of [[a g, c h], [c h, b g]], c^2 = a b, gap = g - |h|."""
    trace, determinant = (a + b) * gamma.at_one, a * b * gap * (2 * gamma.at_one - gap)
    return 2 * determinant / (trace + math.sqrt(max(trace**2 - 4 * determinant, 0.0)))
