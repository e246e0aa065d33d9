"""Groups of vectors that point the same way, cut from a tree of average linkage by angle."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.cluster.hierarchy import fcluster, linkage

from ntklib.condensation.similarity import Matrix, nearest_angles, pair_angles

SMALLEST = 2  # vectors in a group
BLOCK = 512  # rows of a table of angles at a time


class Groups(NamedTuple):
    """The k groups among m unit vectors, the largest first.

    Attributes:
        directions: Unit vectors along the mean of each group, shape (k, D).
        members: Number of the group of each vector, -1 where it is in none.
        radius: Largest angle of a member from its direction.
        coverage: Share of the vectors within `within` of a direction.
        gap: Smallest angle between two of these that belong to different groups; infinite with
            fewer than two groups.
    """

    directions: Float[np.ndarray, "k D"]
    members: Int[np.ndarray, " m"]
    radius: Float[np.ndarray, " k"]
    coverage: float
    gap: float


def group(units: Matrix, *, cut: float, min_share: float, within: float) -> Groups:
    """Return groups of unit vectors that stand within about `cut` of each other, on average.

    Args:
        units: Shape (m, D).
        cut: Mean angle at which two groups are no longer joined.
        min_share: Share of the vectors that a group has at least; it has two in any case.
        within: Angle from its direction up to which a vector counts as covered.
    """
    members = np.full(len(units), -1)
    if len(units) < SMALLEST:
        return Groups(units[:0], members, np.zeros(0), 0.0, np.inf)
    labels = fcluster(linkage(pair_angles(units), "average"), cut, "distance") - 1
    sizes = np.bincount(labels)
    large = np.flatnonzero(sizes >= max(SMALLEST, min_share * len(units)))
    large = large[np.argsort(-sizes[large], kind="stable")]
    directions = np.zeros((len(large), units.shape[1]))
    for number, label in enumerate(large):
        members[labels == label] = number
        directions[number] = units[labels == label].sum(axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    if not len(large):
        return Groups(directions, members, np.zeros(0), 0.0, np.inf)
    covered = nearest_angles(units, directions) <= within
    away = _angles_from(units, directions, members)
    radius = np.array([away[members == number].max() for number in range(len(large))])
    core = covered & (members >= 0) & (away <= within)
    return Groups(directions, members, radius, float(covered.mean()), _gap(units, members, core))


def _angles_from(units: Matrix, directions: Matrix, members: np.ndarray) -> np.ndarray:
    """Return the angle of each vector from the direction of its own group."""
    chords = np.linalg.norm(units - directions[members], axis=1)
    return 2 * np.arcsin(np.minimum(chords / 2, 1))


def _gap(units: Matrix, members: np.ndarray, core: np.ndarray) -> float:
    """Return the smallest angle between vectors of different groups."""
    units, members = units[core], members[core]
    largest = -1.0
    for start in range(0, len(units), BLOCK):
        part = slice(start, start + BLOCK)
        cosines = units[part] @ units.T
        apart = members[part, None] != members
        largest = max(largest, float(cosines.max(initial=-1.0, where=apart)))
    several = len(np.unique(members)) > 1
    return float(np.arccos(min(largest, 1.0))) if several else np.inf
