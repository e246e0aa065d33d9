"""How far a point of pre-activations lies from the region of right answers.

A pattern is stored where the pre-activations v of its hidden units lie in the region
S = {v : sum_l c_l sigma(v_l) > 0}. A Gaussian point outside has to be moved, and its squared
distance to S is what storing it costs: 1 over its mean is the replica-symmetric capacity, at any
number of units, and a ceiling for the capacity by a theorem.
"""

from typing import Literal

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation, relu, require_activation, sign

Ties = Literal["error", "correct"]
Rows = Float[np.ndarray, "n units"]
TIES = ("error", "correct")
ROUNDS = 200  # of Newton's method on a concave, piecewise linear function


def squared_distances(
    activation: Activation, preactivations: ArrayLike, *, ties: Ties = "error"
) -> Float[np.ndarray, " n"]:
    """Return the squared distance of each row to the region of right answers.

    For sign units all output weights are 1 and their number is odd; for ReLU units the first half
    of the output weights is 1 and the second half -1.

    Args:
        activation: `sign` or `relu`.
        preactivations: Points v, one a row, shape (n, units).
        ties: Whether an output of exactly zero, as where all ReLU units are off, counts as an
            "error" or as "correct". Sign units have no ties.

    Raises:
        ValueError: If the activation is another one, the number of units is even for sign or odd
            for ReLU, ties is no such word, or the points are not finite rows.

    Source: this book, *ReLU versus threshold*.

    >>> from ntklib.activations import relu, sign
    >>> squared_distances(sign, [[-0.1, -2.0, 1.0], [1.0, 1.0, -1.0]]).round(3).tolist()
    [0.01, 0.0]
    >>> squared_distances(relu, [[-0.5, -1.0]]).tolist()  # all units off: the first is switched on
    [0.25]
    """
    rows = _validate.known("preactivations", preactivations)
    if rows.ndim != 2:
        raise ValueError(f"preactivations must be rows, shape (n, units), got shape {rows.shape}")
    require_machine(activation, rows.shape[1], ties)
    return _of_sign(rows) if activation == sign else _of_relu(rows, ties)


def require_machine(activation: Activation, units: int, ties: Ties) -> None:
    """Raise unless there is a machine of so many hidden units with this activation."""
    if ties not in TIES:
        raise ValueError(f"ties must be 'error' or 'correct', got {ties!r}")
    known = require_activation(activation)
    if known not in (sign, relu):
        raise ValueError(
            f"a finite number of units needs sign or relu, got {known.name}; for many units every "
            "activation has ntklib.capacity.spherical_capacity"
        )
    _validate.count("units", units)
    if known == sign and units % 2 == 0:
        raise ValueError(f"sign needs an odd number of units, so that no output is 0, got {units}")
    if known == relu and (units % 2 or units < 2):
        raise ValueError(
            f"relu needs an even number of units, half of them with weight -1, got {units}"
        )


def _of_sign(rows: Rows) -> Float[np.ndarray, " n"]:
    """Flip as many units as are missing for a majority, those closest to zero first."""
    wrong = rows < 0
    missing = wrong.sum(axis=1) - (rows.shape[1] - 1) // 2
    costs = np.sort(np.where(wrong, rows**2, np.inf), axis=1)
    flipped = np.arange(rows.shape[1]) < missing[:, None]
    return np.where(flipped, costs, 0.0).sum(axis=1)


def _of_relu(rows: Rows, ties: Ties) -> Float[np.ndarray, " n"]:
    """Return the least over how many silent positive units are switched on.

    With k of them on, those closest to zero, the problem is convex: all positive units that are on
    rise by one amount t, and the negative ones fall by t, or to zero.
    """
    half = rows.shape[1] // 2
    positive, negative = rows[:, :half], np.maximum(rows[:, half:], 0)
    on = np.maximum(positive, 0)
    active = (positive > 0).sum(axis=1)
    margin = on.sum(axis=1) - negative.sum(axis=1)
    silent = np.sort(np.where(positive > 0, np.inf, -positive), axis=1)
    best = np.where(margin > 0, 0.0, np.inf)
    best[(margin == 0) & ((active > 0) | (ties == "correct"))] = 0.0
    switched, spent = np.zeros(len(rows)), np.zeros(len(rows))
    for k in range(half + 1):
        if k:
            switched = switched - silent[:, k - 1]
            spent = spent + silent[:, k - 1] ** 2  # a bound below on the cost
        open_ = np.flatnonzero((spent < best) & np.isfinite(spent))
        if ties == "error":
            open_ = open_[active[open_] + k > 0]
        if not open_.size:
            if k and not (spent < best).any():
                break
            continue
        lifted = active[open_] + k
        level = on[open_].sum(axis=1) + switched[open_]
        t = _common_shift(level, lifted, negative[open_])
        cost = lifted * t**2 + (np.minimum(t[:, None], negative[open_]) ** 2).sum(axis=1)
        best[open_] = np.minimum(best[open_], cost)
    return best


def _common_shift(
    level: np.ndarray, lifted: np.ndarray, negative: np.ndarray
) -> Float[np.ndarray, " n"]:
    """Return the t >= 0 at which level + lifted t equals the sum of max(negative - t, 0).

    The difference is concave and rises, so that Newton's method from zero climbs to the root and
    reaches it after finitely many steps.
    """
    t = np.zeros(len(level))
    for _ in range(ROUNDS):
        left = negative - t[:, None]
        gap = np.maximum(left, 0).sum(axis=1) - level - lifted * t
        slope = lifted + (left > 0).sum(axis=1)
        step = np.maximum(gap, 0) / np.maximum(slope, 1)
        if not (step > 1e-15 * (1 + t)).any():
            return t
        t = t + step
    raise RuntimeError(f"the common shift was not found in {ROUNDS} rounds")
