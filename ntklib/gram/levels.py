"""Minorants that are level in the harmonics: eigenvalues of the kernel cut off at a height."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigvalsh, svdvals

from ntklib.activations import Activation
from ntklib.gaussian import EPSILON
from ntklib.gram.function import GramFunction
from ntklib.gram.harmonics import harmonics
from ntklib.gram.matrix import UnitGram
from ntklib.gram.series import growing_series
from ntklib.gram.span import span
from ntklib.gram.spheres import (
    energy_error,
    gegenbauer,
    harmonic_dimension,
    harmonic_energies,
    polynomial_dimension,
    smooth_energies,
)

HEIGHT = 1e4  # a level over the smallest eigenvalue that is kept
SIZES = (1.0, 1.1, 1.25, 1.5, 2.0, 3.0)  # numbers of harmonics that are tried, over that of rows
ENOUGH = 3  # of these, if one gives a bound
MANY_ROWS, FEW_SIZES = 250, (1.0, 1.25)
MOST_HARMONICS, MOST_NUMBERS = 8000, 6e6  # of which a matrix is formed
SAFE = 10.0  # factor by which an energy must exceed its error
RELATIVE = 1e-11  # error of an energy without kinks


def by_levels(gram: UnitGram) -> float:
    """Return the best lower bound from minorants H_j = min(Gamma_j, c N_j), j in A, on all rows.

    A holds the degrees of the largest eigenvalues Gamma_j / N_j, and c is at most `HEIGHT` times
    the smallest of them. H(rho_ij) = <y_i, y_j> where y_i lists the harmonics of A at x_i, each
    times the root of H_j / N_j, so the smallest eigenvalue is the square of the smallest singular
    value of the rows y_i. That is found with about 16 digits of the largest, so the square to
    1e-30 of the largest eigenvalue: far below what the matrix itself would show in 64 bits.
    """
    points = span(gram.rows).points
    best, dimension = 0.0, points.shape[1]
    for energies, last in _energies(gram.activation, dimension, len(points)):
        levels = list(_levels(energies, dimension, len(points)))
        best = max(best, *(level.bound(points, gram) for level in levels), 0.0)
        if (
            last
            or len(levels) == len(_sizes(len(points)))
            or (best and (dimension == 1 or len(levels) >= ENOUGH))
        ):
            break
    return best


def _energies(
    activation: Activation, dimension: int, rows: int
) -> Iterator[tuple[np.ndarray, bool]]:
    """Yield harmonic energies, rounded down, of more and more degrees; and whether no more come.

    With kinks, degrees with room for twice the harmonics that are wanted are enough.
    """
    if not activation.kinks:
        for coefficients, rest, last in growing_series(activation):
            energies = smooth_energies(coefficients, dimension, len(coefficients) - 1)
            yield np.where(energies > SAFE * rest, energies * (1 - RELATIVE), 0.0), last
        return
    degree = 1
    while (
        polynomial_dimension(dimension, degree) < 2 * _sizes(rows)[-1] * rows and degree < 3 * rows
    ):
        degree += 1
    error = SAFE * energy_error(GramFunction(activation).at_one, dimension, degree)
    energies = harmonic_energies(activation, dimension, degree)
    yield np.where(energies > error, energies - error, 0.0), True


class _Level(NamedTuple):
    """A minorant: eigenvalues of a kernel on the sphere, by degree; 0 outside of A.

    Attributes:
        heights: H_j / N_j over `lowest`.
        counts: N_j.
        lowest: The smallest of the eigenvalues that are kept.
    """

    heights: Float[np.ndarray, " degrees"]
    counts: list[int]
    lowest: float

    def bound(self, points: Float[np.ndarray, "n d"], gram: UnitGram) -> float:
        """Return a lower bound on the smallest eigenvalue, rounding taken off."""
        kept = np.flatnonzero(self.heights)
        size = sum(self.counts[j] for j in kept)
        if size > MOST_HARMONICS or size * len(points) > MOST_NUMBERS:
            return self.lowest * float(gram.lengths.min()) ** 2 * self._of_kernel(gram)
        found = harmonics(points, int(kept[-1]))
        rows = np.concatenate([found[j] * math.sqrt(self.heights[j]) for j in kept], axis=1)
        singular = svdvals(rows * gram.lengths[:, None])
        moved = self._steepness(kept, points.shape[1]) * float(np.linalg.norm(gram.lengths))
        error = EPSILON * (8 * moved + (8 + math.sqrt(len(rows))) * float(singular[0]))
        return self.lowest * max(float(singular[-1]) - error, 0.0) ** 2

    def _steepness(self, kept: np.ndarray, dimension: int) -> float:
        """Return by how much y moves when x does: |grad|^2 of harmonics adds to j (j+d-2) N_j."""
        squares = [self.heights[j] * self.counts[j] * (1 + j * (j + dimension)) for j in kept]
        return math.sqrt(math.fsum(squares))

    def _of_kernel(self, gram: UnitGram) -> float:
        """Return the smallest eigenvalue for unit rows where harmonics are too many to list."""
        dimension, degree = gram.dimension, int(np.flatnonzero(self.heights)[-1])
        weights = self.heights[: degree + 1] * np.array(self.counts[: degree + 1], float)
        rows = gegenbauer(dimension, degree, np.cos(gram.angles))
        matrix = sum((w * row for w, row in zip(weights, rows, strict=True)), np.zeros(()))
        error = 8 * EPSILON * (1 + degree) ** 2 * len(matrix) * float(weights.sum())
        return max(float(eigvalsh(matrix, subset_by_index=[0, 0])[0]) - error, 0.0)


def _levels(energies: np.ndarray, dimension: int, rows: int) -> Iterator[_Level]:
    """Yield minorants with more and more harmonics, at least as many as there are rows."""
    counts = [harmonic_dimension(dimension, j) for j in range(len(energies))]
    eigenvalues = np.array([e / max(c, 1) for e, c in zip(energies, counts, strict=True)])
    order = np.argsort(-eigenvalues, kind="stable")
    order = order[eigenvalues[order] > 0]
    sums = np.array([0, *np.cumsum([min(counts[j], 2**40) for j in order])])[1:]
    for size in _sizes(rows):
        reached = int(np.searchsorted(sums, size * rows))
        if reached >= len(order):
            break
        lowest = float(eigenvalues[order[reached]])
        heights = np.zeros(len(energies))
        kept = order[: reached + 1]
        heights[kept] = np.minimum(eigenvalues[kept] / lowest, HEIGHT)
        yield _Level(heights, counts, lowest)


def _sizes(rows: int) -> tuple[float, ...]:
    return SIZES if rows <= MANY_ROWS else FEW_SIZES
