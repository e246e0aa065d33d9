"""Functions of the angle between two inputs, tabulated so that small angles keep their digits.

What matters of a kernel at a small angle theta is how far it lies below its value at 0. Such a
gap falls like a power of h = sin(theta / 2), so up to 1 radian gap / h^power is tabulated,
relative to itself; beyond, the gap. A gap far below h^2 comes from duals that hardly bend, as a
difference of nearly equal numbers: of its digits only those are asked for that h^2 / 100 feels.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.panels import Panels, resolve

MANY = 1 << 14  # entries from which a table is worth its making
NEAR = 1.0  # radians
TOLERANCE = 1e-13
FLOOR = 0.01  # of h^2: what a gap is resolved relative to if it is smaller
DEEPEST = 46  # halvings of the angle; below, a gap follows its power exactly
Gap = Callable[[np.ndarray], np.ndarray]


class AngleFunction(NamedTuple):
    """A gap on [0, pi].

    Attributes:
        power: How the gap starts at 0, as a power of h.
        near: gap / h^power + FLOOR h^(2 - power) on [0, 1].
        far: gap from 1 to the largest angle, pi or pi / 2.
    """

    power: int
    near: Panels
    far: Panels

    def __call__(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return the gap at angles in [0, pi], exactly 0 at 0."""
        theta = np.asarray(theta, float)
        value = np.empty(theta.shape)
        near = theta < NEAR
        half = np.sin(theta[near] / 2)
        floor = FLOOR * half ** (2 - self.power)
        value[near] = half**self.power * (self.near(theta[near]) - floor)
        value[~near] = self.far(theta[~near])
        return value


def angle_function(
    gap: Gap, power: int, *, halvings: int = 0, largest: float = math.pi
) -> AngleFunction:
    """Return a gap tabulated.

    Args:
        gap: Takes angles of shape (k,), all > 0, and returns the gaps.
        power: 1 or 2: the gap is h^power times a smooth function that is not zero at 0.
        halvings: How many times the first panel is halved towards 0 from the start; the
            function needs about as many as its structure is small.
        largest: The largest angle, more than 1.
    """

    def scaled(theta: np.ndarray) -> np.ndarray:
        half = np.sin(theta / 2)
        return gap(theta) / half**power + FLOOR * half ** (2 - power)

    graded = NEAR / 2.0 ** np.arange(min(halvings, DEEPEST) + 1)
    near = resolve(
        scaled,
        np.append(0.0, graded[::-1]),
        tolerance=TOLERANCE,
        local=True,
        graded=(0.0,),
        refuse_kinks=False,
    )
    far = resolve(
        gap,
        np.linspace(NEAR, largest, 3),
        tolerance=TOLERANCE,
        size=1.0,
        graded=(largest,),
        refuse_kinks=False,
    )
    return AngleFunction(power, near, far)
