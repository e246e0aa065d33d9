"""Lower bounds on the smallest eigenvalue, from minorants of the Gram function."""

import numpy as np
from jaxtyping import ArrayLike

from ntklib.activations import Activation
from ntklib.gram.function import GramFunction
from ntklib.gram.levels import by_levels
from ntklib.gram.matrix import UnitGram, unit_gram
from ntklib.gram.soft_cuts import by_soft_cuts
from ntklib.gram.structure import singular_because

MOST_ROWS = 200  # with kinks: beyond, harmonics are many, and soft cuts mostly good


def lower_bound(x: ArrayLike, *, activation: Activation) -> float:
    """Return a lower bound on the smallest eigenvalue of the Gram matrix of an activation.

    If H has coefficients, or harmonic energies, between 0 and those of Gamma, then Gamma - H is
    positive semidefinite on any rows, and for rows of length 1

        lambda_min >= lambda_min(H) >= H(1) - max_i sum_{j != i} |H(rho_ij)|

    by Weyl and Gershgorin. The best of these minorants is taken: Gamma itself; for activations
    with kinks *soft cuts* H(rho) = sum_i (-1)^i binom(s, i) Gamma(q^i rho), over s and q; and
    *levels* H_j = min(Gamma_j, c N_j) on as few degrees as are independent on the rows, of which
    lambda_min(H) is the square of the smallest singular value of a matrix of harmonics. Levels
    are what works where energies fall exponentially: Gershgorin's bound would need degrees as
    large as one over the smallest angle, the singular value needs about as many harmonics as
    there are rows. Lengths of rows come in by lambda_min(D H D) >= min_i D_ii^2 lambda_min(H).

    Args:
        x: Data, shape (n, d), as for `gram_matrix`; up to 1000 rows take a few seconds.
        activation: Without kinks it must be one that ball arithmetic can evaluate.

    Returns:
        A bound >= 0, from which bounds on all rounding errors were taken off; 0 where nothing
        better was found. That is so for singular matrices; with kinks for bounds below about
        1e-14 n Gamma(1), which a kink of order 2 reaches for hundreds of rows on a circle, and
        for opposite rows of ReLU and of others whose kink shows at correlation -1; without kinks
        where rows are so close that the singular value is below 1e-14 of the largest, or Hermite
        coefficients beyond degree 4096 would be needed.

    Raises:
        ValueError: As `gram_matrix`, or if ball arithmetic cannot evaluate the activation.

    Source: this book, *Kinks* and *Smoothness*.

    >>> from ntklib.activations import relu, tanh
    >>> theta = 2 * np.pi * np.arange(21) / 21
    >>> x = np.column_stack([np.cos(theta), np.sin(theta)])
    >>> for sigma in (relu, tanh):  # eigenvalues 1.26e-02 and 6.29e-08
    ...     print(f"{lower_bound(x, activation=sigma):.2e}")
    1.09e-02
    6.29e-08
    """
    gram = unit_gram(x, activation)
    if singular_because(gram) is not None:
        return 0.0
    shortest, kinked = float(gram.lengths.min()) ** 2, bool(gram.activation.kinks)
    best = shortest * _by_gershgorin(gram)
    if len(gram.rows) == 1:
        return best
    if kinked:
        best = max(best, shortest * by_soft_cuts(gram))
    if not kinked or len(gram.rows) <= MOST_ROWS or best == 0:
        best = max(best, by_levels(gram))
    return best


def _by_gershgorin(gram: UnitGram) -> float:
    """Return Gamma(1) - max_i sum_{j != i} |Gamma(rho_ij)| for rows of length 1, or 0.

    The largest term of each row is taken off Gamma(1) first, without loss of digits.
    """
    gamma, count = GramFunction(gram.activation), len(gram.rows)
    if count == 1:
        return gamma.at_one - gamma.error
    sizes = np.abs(gamma(gram.angles)) + gamma.error
    np.fill_diagonal(sizes, 0.0)
    if gamma.at_one - float(sizes.sum(axis=1).max()) < -sizes.size * gamma.error:
        return 0.0
    nearest = sizes.argmax(axis=1)
    worst = np.inf
    for i, j in enumerate(nearest):
        gap, error = gamma.pair_gap(float(gram.angles[i, j]))
        worst = min(worst, gap * (1 - 1e-12) - error - float(sizes[i].sum() - sizes[i, j]))
        if worst <= 0:
            return 0.0
    return float(worst)
