"""How alike the directions of weight vectors are, and in which order a heat map shows it."""

import numpy as np
from jaxtyping import ArrayLike, Float, Int
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist

from ntklib import _validate

Matrix = Float[np.ndarray, "m D"]


def cosine_similarity(weights: ArrayLike) -> Float[np.ndarray, "m m"]:
    """Return D_ij = w_i . w_j / (|w_i| |w_j|), the cosines between weight vectors.

    Args:
        weights: The w_j with their biases, shape (m, D); of one neuron a row.

    Raises:
        ValueError: If the shape is another, an entry is not finite, or a row is zero: it has no
            direction.

    Source: Zhou et al. (2022), section 3; this book, *Small initialisation*.

    >>> print(cosine_similarity([[1.0, 0.0], [-2.0, 0.0], [3.0, 3.0]]).round(4))
    [[ 1.     -1.      0.7071]
     [-1.      1.     -0.7071]
     [ 0.7071 -0.7071  1.    ]]
    """
    units = unit_rows("weights", weights)
    return np.clip(units @ units.T, -1.0, 1.0)


def similarity_order(weights: ArrayLike) -> Int[np.ndarray, " m"]:
    """Return an order of neurons in which those with similar directions are neighbours.

    It is that of the leaves of average linkage by angle, each branch turned so that neighbours
    are as close as they can be. Sorting by the leading eigenvector of the cosines, the usual
    way, does not tell more than two groups apart.

    Args:
        weights: As for `cosine_similarity`.

    Raises:
        ValueError: As `cosine_similarity`.

    Source: this book, *Small initialisation*; Bar-Joseph, Gifford and Jaakkola (2001) for the order
    of the leaves.

    >>> [int(j) for j in similarity_order([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [0.1, 1.0]])]
    [0, 2, 3, 1]
    """
    units = unit_rows("weights", weights)
    if len(units) == 1:
        return np.zeros(1, int)
    angles = pair_angles(units)
    return leaves_list(linkage(angles, "average", optimal_ordering=True)).astype(int)


def nearest_angles(directions: ArrayLike, to: ArrayLike) -> Float[np.ndarray, " k"]:
    """Return the angle, in radians, from each direction to the nearest one of others.

    Args:
        directions: Nonzero vectors, shape (k, D), of any length.
        to: The others, shape (l, D).

    Raises:
        ValueError: As `cosine_similarity`, or if the two D differ.

    >>> float(nearest_angles([[2.0, 0.0]], [[0.0, 1.0], [-1.0, 1.0]]).round(6)[0])
    1.570796
    """
    first, second = unit_rows("directions", directions), unit_rows("to", to)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            "directions and to must have rows of one length, got shapes "
            f"{first.shape} and {second.shape}"
        )
    chords = np.linalg.norm(first[:, None] - second, axis=2).min(axis=1)
    return 2 * np.arcsin(np.minimum(chords / 2, 1))


def unit_rows(name: str, weights: ArrayLike) -> Matrix:
    """Return rows divided by their lengths; raise if one is zero."""
    vectors = _validate.rows(name, weights)
    vectors = vectors / np.abs(vectors).max(axis=1, keepdims=True)  # tiny ones have squares too
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def pair_angles(units: Matrix) -> Float[np.ndarray, " pairs"]:
    """Return the angles between all pairs of unit vectors, in the order of SciPy's `pdist`.

    They come from chords, whose digits do not go where angles are small.
    """
    return 2 * np.arcsin(np.minimum(pdist(units) / 2, 1))
