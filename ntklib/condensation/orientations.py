"""How many orientations the neurons of a network have condensed on, and whether they have at all.

A tree of neurons cut at some angle always gives a number. Random vectors in the plane give about
ten. So the count comes with a verdict: neurons must have grown out of their initial weights, stand
close to the directions counted, in groups with room between them, and have stayed there.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import ArrayLike, Bool, Float, Int

from ntklib import _validate
from ntklib.condensation.clusters import Groups, group
from ntklib.condensation.prediction import plane_angles
from ntklib.condensation.similarity import Matrix, nearest_angles, unit_rows

DEGREE = np.pi / 180
CUT = 15 * DEGREE
WITHIN = 10 * DEGREE  # of a direction; also how far that may move
FAN = CUT / 3  # between groups, below which one continuous spread was cut in pieces
COVERAGE = 0.9
GROWN = 10.0  # times the typical initial length, which then turns a neuron by about 6 degrees
SHARE = 0.25  # of the neurons, which must have grown
SHORT = 0.1  # of the length that nine in ten of the grown neurons do not exceed


@dataclass(frozen=True, eq=False)
class OrientationCount:
    """The k orientations among m neurons.

    Attributes:
        count: k.
        directions: Unit vectors (weights, bias), shape (k, D), that with most neurons first.
        members: Number of the orientation of each neuron, shape (m,); -1 where it has none.
        kept: Which neurons were looked at: those that have grown, and are not far behind.
        radius: Largest angle of a member from its direction, shape (k,).
        coverage: Share of the kept neurons within 10 degrees of a direction.
        gap: Smallest angle between neurons of two orientations; infinite for fewer than two.
        growth: Median length of the kept neurons over the typical initial length; nan if
            none was kept or `initial` not given.
        persistence: Angle of each direction from the nearest one counted in `earlier`, shape
            (k,); nan if that was not given.
        condensed: Whether the count means anything.
        reason: Why it does or does not.
    """

    count: int
    directions: Float[np.ndarray, "k D"]
    members: Int[np.ndarray, " m"]
    kept: Bool[np.ndarray, " m"]
    radius: Float[np.ndarray, " k"]
    coverage: float
    gap: float
    growth: float
    persistence: Float[np.ndarray, " k"]
    condensed: bool
    reason: str

    @property
    def angles(self) -> Float[np.ndarray, " k"]:
        """The angles atan2(bias, weight) of the directions.

        Raises:
            ValueError: If there is more than one input: then a direction has no angle.
        """
        return plane_angles(self.directions)


def count_orientations(
    weights: ArrayLike,
    *,
    initial: ArrayLike | None = None,
    earlier: ArrayLike | None = None,
    cut: float = CUT,
    min_share: float = 0.04,
    min_growth: float = GROWN,
) -> OrientationCount:
    """Return the orientations of neurons that have grown, and whether they have condensed.

    Neurons are kept if their length is at least `min_growth` times the root mean square of the
    initial lengths, and a tenth of that which nine in ten of these do not exceed. Kept neurons
    are joined into groups by average linkage of their angles up to `cut`; small groups count for
    nothing. They have condensed if a quarter of all neurons are kept, 0.9 of those stand within
    10 degrees of a direction, 5 degrees or more lie between the groups, and no direction is more
    than 10 degrees from those counted `earlier`.

    Args:
        weights: The w_j with their biases, shape (m, D). Zero rows are dropped.
        initial: The same at initialisation. Without it nothing is said to have condensed.
        earlier: The same some steps before, to see whether the directions stay.
        cut: Mean angle between groups, in radians below pi, from which on they are two
            orientations; those that are closer are counted as one.
        min_share: Share of the kept neurons that an orientation has at least, in [0, 1); never
            fewer than two. Directions that attract few neurons need many neurons and 0.01.
        min_growth: Of a neuron that is looked at, > 1. Dead ReLU neurons do not grow.

    Raises:
        ValueError: If shapes do not fit, an entry is not finite (training diverged), the initial
            weights are all zero, or an option is out of its range.

    Source: this book, *Small initialisation*.

    >>> first = np.random.default_rng(0).normal(size=(100, 2)) * 1e-3
    >>> later = np.outer(np.sign(first[:, 0]), [0.6, 0.8]) + first
    >>> found = count_orientations(later, initial=first)
    >>> found.count, found.condensed, found.reason
    (2, True, '2 orientations')
    >>> count_orientations(first, initial=first).reason
    'only 0 of 100 neurons have grown 10-fold'
    """
    now = _neurons("weights", weights)
    options = _options(cut, min_share, min_growth)
    start = None if initial is None else _matching("initial", initial, now)
    kept = _kept(now, start, min_growth)
    groups = _groups(now, kept, **options)
    persistence = np.full(len(groups.directions), np.nan)
    if earlier is not None:
        before = _matching("earlier", earlier, now)
        past = _groups(before, _kept(before, start, min_growth), **options)
        persistence = _moved(groups.directions, past.directions)
    members = np.full(len(now), -1)
    members[kept] = groups.members
    trouble = _trouble(kept, groups, persistence, start is not None, min_growth)
    count = len(groups.directions)
    return OrientationCount(
        *(count, groups.directions, members, kept, groups.radius, groups.coverage, groups.gap),
        *(_growth(now, start, kept), persistence, not trouble),
        trouble or f"{count} orientation{'s' * (count > 1)}",
    )


def _trouble(
    kept: np.ndarray, groups: Groups, persistence: np.ndarray, known: bool, growth: float
) -> str:
    """Return why the count means nothing, or an empty text."""
    if not known:
        return "whether neurons have grown is not known: give their initial weights"
    if kept.sum() < max(2, SHARE * len(kept)):
        return f"only {kept.sum()} of {len(kept)} neurons have grown {growth:g}-fold"
    if groups.coverage < COVERAGE:
        return f"only {groups.coverage:.0%} of the neurons are within 10 degrees of a direction"
    if groups.gap < FAN:
        return f"two groups are only {groups.gap / DEGREE:.1f} degrees apart: it may be one fan"
    if (persistence > WITHIN).any():
        return (
            f"{(persistence > WITHIN).sum()} of {len(persistence)} directions were not there before"
        )
    return ""


def _moved(directions: Matrix, past: Matrix) -> np.ndarray:
    """Return how far each direction is from the nearest past one, infinite if there was none."""
    if not (len(directions) and len(past)):
        return np.full(len(directions), np.inf)
    return nearest_angles(directions, past)


def _growth(weights: Matrix, initial: Matrix | None, kept: np.ndarray) -> float:
    """Return the median length of kept neurons over the typical initial one."""
    if initial is None or not kept.any():
        return np.nan
    return float(np.median(_lengths(weights)[kept])) / _typical(initial)


def _kept(weights: Matrix, initial: Matrix | None, growth: float) -> np.ndarray:
    """Return which neurons have grown, and are not far behind those that did."""
    lengths = _lengths(weights)
    kept = lengths > 0 if initial is None else lengths >= growth * _typical(initial)
    if kept.any():
        kept &= lengths >= SHORT * np.quantile(lengths[kept], 0.9)
    return kept


def _groups(weights: Matrix, kept: np.ndarray, *, cut: float, min_share: float) -> Groups:
    units = unit_rows("weights", weights[kept]) if kept.any() else weights[:0]
    return group(units, cut=cut, min_share=min_share, within=WITHIN)


def _lengths(weights: Matrix) -> np.ndarray:
    return np.linalg.norm(weights, axis=1)


def _typical(initial: Matrix) -> float:
    """Return the root mean square of the lengths: one neuron that starts near 0 says nothing."""
    return float(np.sqrt((initial**2).sum(axis=1).mean()))


def _neurons(name: str, weights: ArrayLike) -> Matrix:
    array = _validate.known(name, weights)
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name} must have shape (m, D) with m, D >= 1, got shape {array.shape}")
    return array


def _matching(name: str, weights: ArrayLike, now: Matrix) -> Matrix:
    array = _neurons(name, weights)
    if array.shape != now.shape:
        raise ValueError(f"{name} must have the shape of weights, {now.shape}, got {array.shape}")
    if name == "initial" and not array.any():
        raise ValueError("initial must not be zero throughout: nothing grows out of it, got 0.0")
    return array


def _options(cut: float, min_share: float, min_growth: float) -> dict[str, float]:
    """Return what groups are made by; raise if an option is out of its range."""
    angle, share = _validate.positive("cut", cut), _validate.number("min_share", min_share)
    if angle >= np.pi:
        raise ValueError(f"cut must be an angle in radians below pi, got {angle}")
    if not 0 <= share < 1:
        raise ValueError(f"min_share must lie in [0, 1), got {share}")
    if _validate.number("min_growth", min_growth) <= 1:
        raise ValueError(f"min_growth must be > 1, got {min_growth}")
    return {"cut": angle, "min_share": share}
