"""What storing patterns costs: the logarithm of the share of weights that one pattern leaves."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import log_ndtr

from ntklib.capacity.normal import mills, mills_slope, normal_rule
from ntklib.capacity.overlap import CentredDual
from ntklib.capacity.states import Room, in_chunks

Vector = Float[np.ndarray, " k"]


class Energy(NamedTuple):
    """What one pattern contributes, at each of k overlaps.

    Attributes:
        logarithm: E[ln Phi(-t z)], t^2 = Q / (1 - Q).
        slope: Its derivative with respect to q.
        replicon: The patterns' factor in the Almeida-Thouless expression, per load.
    """

    logarithm: Vector
    slope: Vector
    replicon: Vector


def energy_of(centred: CentredDual, room: Room, parts: int = 1) -> Energy:
    """Return what one pattern contributes at the overlaps of `room`."""
    found = [
        _energy(centred, room.overlap[part], room.gap[part], parts)
        for part in in_chunks(np.arange(len(room.gap)))
    ]
    return Energy(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _energy(centred: CentredDual, q: Vector, gap: Vector, parts: int) -> Energy:
    missing = centred.gap(np.sqrt(gap / 2))  # 1 - Q
    effective = np.where(missing < 0.5, 1 - missing, centred.value(q))
    z, weights = normal_rule(parts)
    x = np.sqrt(np.maximum(effective, 0) / missing)[:, None] * z
    squares = mills(x) ** 2 @ weights
    steep = centred.slope(q) / missing
    bend = centred.curvature(q) / missing
    return Energy(
        log_ndtr(-x) @ weights,
        -steep * squares / 2,
        steep**2 * (mills_slope(x) ** 2 @ weights) + bend * squares,
    )
