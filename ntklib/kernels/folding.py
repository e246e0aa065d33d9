"""Obtuse angles of odd and even activations.

Without biases an odd activation has K(x, -z) = -K(x, z), and an even one K(x, -z) = K(x, z) from
the first layer on, for the NNGP and the NTK alike. So an angle beyond a right one is reflected,
and an angle near pi keeps its digits as one near 0 does.
"""

import math

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.gaussian import evaluate

POINTS = np.random.default_rng(0).uniform(0, 6, 64)
SCALES = np.array([[0.01], [1.0], [50.0]])  # inputs may be short or long
ROUNDING = 4e-16


def parity(activation: Activation) -> int:
    """Return 1 for an even function, -1 for an odd one, 0 for any other.

    Told from its kinks, and from values at points of every size that is of account.
    """
    kinks = np.array(activation.kinks)
    if not np.array_equal(kinks, -kinks[::-1]):
        return 0
    points = np.append(SCALES * POINTS, 1.5 * np.abs(kinks))
    right, left = evaluate(activation, points), evaluate(activation, -points)
    for sign in (1, -1):
        if (np.abs(right - sign * left) <= ROUNDING * np.abs(right)).all():
            return sign
    return 0


def fold(
    theta: Float[np.ndarray, "..."], symmetry: int
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."] | float]:
    """Return acute angles and the signs that their kernel is to be multiplied by."""
    if symmetry == 0:
        return theta, 1.0
    acute = np.minimum(theta, math.pi - theta)
    return acute, np.where(theta > math.pi / 2, float(symmetry), 1.0)
