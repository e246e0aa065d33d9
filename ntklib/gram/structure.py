"""When a Gram matrix is singular whatever the rounding: the reasons that can be counted.

More inputs than the functions x -> Gamma(x . z) have room for are dependent, and so are opposite
inputs where Gamma has one parity.
"""

import math

import numpy as np
from jaxtyping import Float

from ntklib.gram.degrees import Degrees, gram_degrees
from ntklib.gram.matrix import UnitGram

ON_ONE_LINE = 1e-15  # radians; rows closer to one line differ by rounding alone


def singular_because(data: UnitGram) -> str | None:
    """Return why the Gram matrix of these rows is exactly singular, or None.

    Rows within 1e-15 radians of one line are taken to lie on it: that is what rounding of their
    entries makes of rows that do. None does not mean that the matrix is regular, as rows may be
    special in other ways.
    """
    same, opposite = on_one_line(data.angles)
    if same is not None:
        return f"rows {same[0]} and {same[1]} point the same way"
    degrees = gram_degrees(data.activation)
    if opposite is not None and -1 in degrees:
        kind = "odd" if degrees.even == -1 else "even"
        i, j = opposite
        return f"rows {i} and {j} are opposite and the Gram function is {kind}"
    return _too_many(data, degrees)


def on_one_line(
    angles: Float[np.ndarray, "n n"],
) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Return the first two rows that point the same way, and the first two that are opposite."""
    above = np.triu(np.ones(angles.shape, bool), 1)
    same = np.argwhere(above & (angles <= ON_ONE_LINE))
    opposite = np.argwhere(above & (angles >= math.pi - ON_ONE_LINE))
    first, second = (
        (int(each[0][0]), int(each[0][1])) if len(each) else None for each in (same, opposite)
    )
    return first, second


def _too_many(data: UnitGram, degrees: Degrees) -> str | None:
    """Return by how much rows, or pairs of opposite rows, outnumber the functions, or None."""
    even, odd = degrees.room(data.dimension)
    n = len(data.rows)
    if n > even + odd:
        return f"{n} rows, and the Gram function has room for {even + odd:.0f}"
    first = np.argwhere(np.triu(data.angles >= math.pi - ON_ONE_LINE))[:, 0]
    if not len(first):
        return None
    even, odd = degrees.room(data._replace(rows=data.rows[first]).dimension)
    if len(first) <= min(even, odd):
        return None
    kind, room = ("odd", odd) if odd <= even else ("even", even)
    return (
        f"{len(first)} pairs of opposite rows, and the {kind} part of the Gram function has room "
        f"for {room:.0f}"
    )
