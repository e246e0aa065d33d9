"""One input and a bias: the extrema of F on the circle of directions are roots of a polynomial.

With u = (cos t, sin t), F is a sum of e^(ijt) for j = -p, -p + 2, ..., p, so dF/dt = 0 is a
polynomial equation of degree p in e^(2it). Its roots on the unit circle are the lines of
condensation, p at most. In the ratio weight/bias the same equation loses a root to infinity where
the bias is zero; on the circle no direction is special.
"""

import math

import numpy as np
from jaxtyping import Float

from ntklib.condensation.extrema import Extrema, of_smooth, on_circle, wrapped
from ntklib.condensation.leading import LeadingForm

NEAR = 1e-6  # distance from the unit circle of roots that may lie on it
FLAT = 1e-6  # curvature, in the largest that F could have, below which roots may be double
NOTHING = 1e-14  # part of the largest coefficient that is rounding
POLISH = 3


def circle_extrema(form: LeadingForm) -> Extrema:
    """Return all extrema of a smooth F for two-dimensional directions, in order of their angles.

    Raises:
        ValueError: If F is zero or the same in all directions, or has a stationary point without
            curvature: there two or three roots meet, and which way neurons go from there, higher
            orders decide.
    """
    waves = _waves(form)
    form.require_pull(float(np.abs(waves).max()))
    order = np.arange(form.power + 1)
    if order @ np.abs(waves) <= 1e-12 * form.size():
        raise ValueError(
            f"F is the same in all directions, {waves[0].real:.3g}: every direction is fixed"
        )
    angles = _polished(waves, _roots(1j * order * waves))
    unit = order**2 @ np.abs(waves)
    flat = np.abs(_derivative(waves, angles, 2)) <= FLAT * unit
    if flat.any():
        raise ValueError(
            f"the fixed direction at angle {math.degrees(angles[flat][0]):.4g} degrees is "
            "degenerate: F is stationary there and not curved, so the lowest order does not say "
            "whom it attracts"
        )
    angles = np.sort(wrapped(np.concatenate([angles, angles + np.pi])))
    return of_smooth(form, on_circle(angles), f"all roots of a polynomial of degree {form.power}")


def _waves(form: LeadingForm) -> np.ndarray:
    """Return f_0, ..., f_p of F = f_0 + 2 Re sum_j f_j e^(ijt)."""
    points = 2 * form.power + 2
    values = form.value(on_circle(2 * np.pi * np.arange(points) / points))
    waves = np.fft.rfft(values)[: form.power + 1] / points
    waves[(np.arange(form.power + 1) - form.power) % 2 != 0] = 0  # of the other parity
    return waves


def _roots(slopes: np.ndarray) -> Float[np.ndarray, " lines"]:
    """Return the angles, half a turn, at which sum_j slopes_j e^(ijt) + conjugate is zero."""
    power = len(slopes) - 1
    both = np.concatenate([slopes[::-1], np.conj(slopes[1:])])[::2]  # highest first
    both[np.abs(both) <= NOTHING * np.abs(both).max()] = 0
    if power % 2 == 0:
        both[power // 2] = 0  # the constant has no slope
    roots = np.roots(both)
    return np.angle(roots[np.abs(np.abs(roots) - 1) < NEAR]) / 2


def _polished(waves: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return angles after a few steps of Newton's method, where F is curved."""
    for _ in range(POLISH):
        bend = _derivative(waves, angles, 2)
        step = _derivative(waves, angles, 1) / np.where(bend == 0, np.inf, bend)
        angles = angles - np.where(np.abs(step) < NEAR, step, 0)
    return angles


def _derivative(waves: np.ndarray, angles: np.ndarray, order: int) -> np.ndarray:
    """Return a derivative of F with respect to the angle."""
    j = np.arange(len(waves))
    return 2 * (np.exp(1j * np.multiply.outer(angles, j)) @ ((1j * j) ** order * waves)).real
