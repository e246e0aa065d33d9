"""ReLU with one input and a bias: F is made of pieces of sine waves.

A datum changes side where u . (x, 1) = 0, at the angles -arctan(x) and pi - arctan(x). Between two
such angles F = A cos t + B sin t. An extremum lies inside a piece, at the angle of (A, B) or
opposite, or at a corner between two. Where no datum is on the side that counts, F is flat and
zero: ReLU neurons that point there are dead.
"""

import numpy as np

from ntklib.condensation.extrema import Extrema, on_circle, wrapped
from ntklib.condensation.leading import ROUNDING, LeadingForm


def kinked_extrema(form: LeadingForm) -> Extrema:
    """Return all isolated extrema of F for an activation with two slopes, in order of angles.

    Stretches on which F is flat are left out: it is zero there, and no neuron grows.

    Raises:
        ValueError: If F is zero in all directions.
    """
    starts, ends, waves = _pieces(form)
    nothing = ROUNDING * form.size()
    form.require_pull(float(np.linalg.norm(waves, axis=1).max()))
    slopes = np.stack([_slope(waves, starts), _slope(waves, ends)], axis=1)
    signs = np.sign(np.where(np.abs(slopes) <= nothing, 0, slopes)).astype(int)
    flat = np.linalg.norm(waves, axis=1) <= nothing
    found = sorted(_turns(signs, flat, starts, waves))
    angles, output_sign, curvature = np.array(found).reshape(-1, 3).T
    return Extrema(
        on_circle(angles), output_sign.astype(int), curvature, f"all {len(starts)} pieces"
    )


def _pieces(form: LeadingForm) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where each piece of F starts and ends, and its (A, B), shape (pieces, 2).

    The circle is run through once: first the data turn active, the largest x first, and then
    inactive in the same order.
    """
    where, group = np.unique(form.rows[:, 0], return_inverse=True)
    terms = np.zeros((len(where), 2))
    np.add.at(terms, group.ravel(), form.pull[:, None] * form.rows)
    where, terms = where[::-1], terms[::-1]
    active = np.concatenate(
        [np.cumsum(terms, axis=0), terms.sum(axis=0) - np.cumsum(terms, axis=0)]
    )
    waves = form.below * terms.sum(axis=0) + (form.above - form.below) * active
    starts = np.concatenate([-np.arctan(where), np.pi - np.arctan(where)])
    return starts, np.append(starts[1:], starts[0] + 2 * np.pi), waves


def _slope(waves: np.ndarray, angles: np.ndarray) -> np.ndarray:
    return -waves[:, 0] * np.sin(angles) + waves[:, 1] * np.cos(angles)


def _turns(
    signs: np.ndarray, flat: np.ndarray, starts: np.ndarray, waves: np.ndarray
) -> list[tuple[float, int, float]]:
    """Return angle, output sign and curvature wherever the slope of F changes its sign.

    The signs of the slopes at both ends of each piece are read in turn; zeros belong to a flat
    stretch, or to a corner that is smooth on one side.
    """
    places = [(piece, end) for piece, end in np.argwhere(signs)]
    found = []
    for before, after in zip(places[-1:] + places[:-1], places, strict=True):
        if signs[before] == signs[after] or _flat_between(before, after, flat):
            continue
        piece, sign = after[0], signs[before]
        a, b = sign * waves[piece]
        if before == (piece, 0):
            angle, curvature = np.arctan2(b, a), -sign * np.hypot(a, b)
        else:
            angle, curvature = starts[piece], -sign * np.inf
        found.append((float(wrapped(angle)), sign, curvature))
    return found


def _flat_between(before: tuple[int, int], after: tuple[int, int], flat: np.ndarray) -> bool:
    """Return whether F is flat on a whole piece between two ends of pieces."""
    steps = (after[0] - before[0]) % len(flat)
    if steps == 0 and after <= before:
        steps = len(flat)  # once round
    return bool(flat[(before[0] + np.arange(1, steps)) % len(flat)].any())
