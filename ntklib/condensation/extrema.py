"""Maxima and minima of a form on the sphere of directions, and how sharp they are."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.condensation.leading import Directions, LeadingForm

SEAM = 1e-12  # rounding of an angle


class Extrema(NamedTuple):
    """Where F has its isolated maxima and minima among unit vectors, k of them.

    Attributes:
        directions: Unit vectors, shape (k, D).
        output_sign: 1 at a maximum, which attracts neurons with a > 0; -1 at a minimum.
        curvature: Second derivative of F along the great circle that is curved least there;
            infinite at a corner.
        method: How they were found.
    """

    directions: Float[np.ndarray, "k D"]
    output_sign: Float[np.ndarray, " k"]
    curvature: Float[np.ndarray, " k"]
    method: str


def wrapped(angles: np.ndarray) -> np.ndarray:
    """Return angles in (-pi, pi], with what is -pi but for rounding taken to be pi."""
    turned = (angles + np.pi) % (2 * np.pi) - np.pi
    return np.where(turned < SEAM - np.pi, np.pi, turned)


def on_circle(angles: np.ndarray) -> Directions:
    """Return (weight, bias) = (cos, sin) of angles."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def curvatures(form: LeadingForm, directions: Directions) -> Float[np.ndarray, "k dimensions"]:
    """Return the second derivatives of F along great circles, ascending, shape (k, D - 1).

    They are the eigenvalues, across u, of the Hessian of F less p F(u), the part by which the
    sphere bends away. The direction u itself is moved out of the way, above all others.
    """
    hessian, value = form.hessian(directions), form.value(directions)
    identity = np.eye(directions.shape[-1])
    along = directions[..., :, None] * directions[..., None, :]
    across = identity - along
    beyond = 1 + 2 * np.abs(hessian).sum(axis=(-2, -1)) + 2 * form.power * np.abs(value)
    matrix = across @ hessian @ across - form.power * value[..., None, None] * across
    return np.linalg.eigvalsh(matrix + beyond[..., None, None] * along)[..., :-1]


def of_smooth(form: LeadingForm, directions: Directions, method: str) -> Extrema:
    """Return directions at which F is stationary with what its curvatures say."""
    bends = curvatures(form, directions)
    highest = bends[:, -1] < 0
    least = np.where(highest, bends[:, -1], bends[:, 0])
    return Extrema(directions, np.where(highest, 1, -1), least, method)
