"""Rows as points on the unit sphere of their span."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Span(NamedTuple):
    """Rows of length 1 in coordinates of the space they span.

    Attributes:
        points: Shape (n, d) with d the numerical rank, rows of length 1.
        outside: Angle between each row and the space, shape (n,): of the size of roundings, or
            exactly 0 where all coordinates are kept.
    """

    points: Float[np.ndarray, "n d"]
    outside: Float[np.ndarray, " n"]


def span(rows: Float[np.ndarray, "n columns"]) -> Span:
    """Return rows in coordinates of their span, those that are zero throughout left out."""
    kept = rows[:, rows.any(axis=0)]
    unit = kept / np.abs(kept).max(axis=1, keepdims=True)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    directions, sizes = np.linalg.svd(unit, full_matrices=False)[2:0:-1]
    rank = int((sizes > max(unit.shape) * np.finfo(float).eps * sizes[0]).sum())
    if rank == unit.shape[1]:
        return Span(unit, np.zeros(len(unit)))
    points = unit @ directions[:rank].T
    outside = np.linalg.norm(unit - points @ directions[:rank], axis=1)
    return Span(points / np.linalg.norm(points, axis=1, keepdims=True), np.arcsin(outside))
