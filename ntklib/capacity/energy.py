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
    """

    logarithm: Vector
    slope: Vector


def energy_of(centred: CentredDual, room: Room, parts: int = 1) -> Energy:
    """Return what one pattern contributes at the overlaps of `room`."""
    z, weights = normal_rule(parts)
    found = []
    for part in in_chunks(np.arange(len(room.gap))):
        missing, t = _fields(centred, room, part)
        x = t[:, None] * z
        steep = centred.slope(room.overlap[part]) / missing
        found.append((log_ndtr(-x) @ weights, -steep * (mills(x) ** 2 @ weights) / 2))
    return Energy(*(np.concatenate(each) for each in zip(*found, strict=True)))


def replicon_of(centred: CentredDual, room: Room) -> Vector:
    """Return the Almeida-Thouless expression at the overlaps of `room`, over the load.

    gamma ((Q' / (1 - Q))^2 E[psi'(t z)^2] + Q'' / (1 - Q) E[psi(t z)^2]), with gamma the spread of
    the weights.
    """
    z, weights = normal_rule()
    found = []
    for part in in_chunks(np.arange(len(room.gap))):
        missing, t = _fields(centred, room, part)
        x, q = t[:, None] * z, room.overlap[part]
        steep, bend = centred.slope(q) / missing, centred.curvature(q) / missing
        found.append(steep**2 * (mills_slope(x) ** 2 @ weights) + bend * (mills(x) ** 2 @ weights))
    return room.spread * np.concatenate(found)


def _fields(centred: CentredDual, room: Room, part: np.ndarray) -> tuple[Vector, Vector]:
    """Return 1 - Q and t, each with its digits."""
    missing = centred.gap(np.sqrt(room.gap[part] / 2))
    effective = np.where(missing < 0.5, 1 - missing, centred.value(room.overlap[part]))
    return missing, np.sqrt(np.maximum(effective, 0) / missing)
