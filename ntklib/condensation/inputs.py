"""What the wing is given: inputs, with a 1 for the bias where they need it, targets and seeds."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import ArrayLike, Float
from numpy.typing import NDArray

from ntklib import _validate


def input_rows(x: ArrayLike) -> Float[NDArray, "n d"]:
    """Return inputs as rows; a one-dimensional array holds inputs of one number each.

    Raises:
        ValueError: If the shape is neither (n,) nor (n, d), or an entry is not finite.
    """
    array = _validate.known("x", x)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(f"x must have shape (n,) or (n, d), got shape {array.shape}")
    return array.reshape(len(array), -1)


def with_bias(x: ArrayLike, y: ArrayLike) -> tuple[Float[NDArray, "n D"], Float[NDArray, " n"]]:
    """Return inputs with a last column of ones, and targets; raise if shapes do not fit."""
    rows, targets = input_rows(x), _validate.known("y", y)
    if targets.shape != (len(rows),):
        raise ValueError(
            f"y must have shape ({len(rows)},), one target for each input, "
            f"got shape {targets.shape}"
        )
    return np.column_stack([rows, np.ones(len(rows))]), targets


def checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """Return seeds as integers, at least one and each once."""
    if np.ndim(seeds) != 1 or len(seeds) == 0:
        raise ValueError(f"seeds must be a sequence such as range(10), got {seeds!r}")
    found = tuple(_validate.count("every seed", seed) for seed in seeds)
    if len(set(found)) != len(found):
        raise ValueError(f"seeds must differ, or networks would be the same, got {found}")
    return found
