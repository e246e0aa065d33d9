"""Replica symmetry: one overlap for all pairs of solutions, at any load.

In one line, for either kind of weights,

    s(alpha) = min over q of S(q) + alpha E(Q(q)),

with S from `states` and E from `energy`. It is a minimum where one expects a maximum since n
replicas have n (n - 1) / 2 pairs, which is negative as n goes to zero.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.optimize.elementwise import find_root

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.caching import remembered
from ntklib.capacity.energy import Energy, energy_of, replicon_of
from ntklib.capacity.overlap import CentredDual, centred_dual
from ntklib.capacity.states import KINDS, Binary, Kind, Room, Spherical
from ntklib.estimate import Estimate

GRID = 320
ROUNDING = 1e-10  # of an Almeida-Thouless expression
EPSILON = 1e-12  # of an entropy
MARGIN = 1e-6  # of an Almeida-Thouless expression above 1 that is no rounding
BISECTIONS = 40
WIDER = 1e-6  # so that a saddle on a point of the grid is inside its bracket

Loads = Float[np.ndarray, " k"]


class ReplicaCurve(NamedTuple):
    """The replica-symmetric solution at each of k loads.

    Attributes:
        alpha: Loads, patterns per weight.
        overlap: q, typical overlap of two solutions.
        conjugate: The conjugate overlap.
        entropy: s, nats per weight: the logarithm of the share of the sphere that solves, or of
            the number of solutions among the 2^N binary weights.
        error: Bound on the error of s.
        replicon: Almeida-Thouless expression; the solution is stable where it is below 1.
    """

    alpha: Loads
    overlap: Loads
    conjugate: Loads
    entropy: Loads
    error: Loads
    replicon: Loads


def spherical_curve(activation: Activation, alpha: ArrayLike) -> ReplicaCurve:
    """Return the replica-symmetric solution for weights on a sphere.

    The entropy is (1/N) E ln V, with V the share of weights, |w_l|^2 = N/m for each hidden unit,
    that store all alpha N patterns, for a machine of many units.

    Args:
        activation: Any activation that is not constant.
        alpha: Loads > 0 below 2 Q'(1), any shape; the result is flat.

    Raises:
        ValueError: If a load is not positive, or at or beyond 2 Q'(1), where q reaches 1; or as
            `overlap`.

    Source: Gardner (1988) for the perceptron; this book, *ReLU versus threshold*.

    >>> from ntklib.activations import identity
    >>> print(f"{spherical_curve(identity, [1.0]).overlap[0]:.4f}")
    0.5853
    """
    return _curve(activation, alpha, "spherical")


def binary_curve(activation: Activation, alpha: ArrayLike) -> ReplicaCurve:
    """Return the replica-symmetric solution for weights of +1 and -1.

    The entropy is (1/N) E ln (number of solutions) for a machine of many units. It is negative
    beyond the capacity: there typically is no solution, and the curve shows what replica
    symmetry says, not a number of anything.

    Args:
        activation: Any activation that is not constant.
        alpha: Loads > 0 below 4 Q'(1) / pi, any shape; the result is flat.

    Raises:
        ValueError: If a load is not positive, or at or beyond 4 Q'(1) / pi, where q reaches 1; or
            as `overlap`.

    Source: Krauth and Mezard (1989) for the perceptron; this book, *ReLU versus threshold*.

    >>> from ntklib.activations import relu
    >>> print(f"{binary_curve(relu, 0.6).entropy[0]:.9f}")
    0.252370576
    """
    return _curve(activation, alpha, "binary")


def almeida_thouless(activation: Activation, *, weights: Kind = "spherical") -> Estimate:
    """Return the load from which on replica symmetry is unstable.

    Two solutions then no longer stand at one overlap. Infinite if that never happens before the
    overlap reaches 1.

    Args:
        activation: Any activation that is not constant.
        weights: "spherical" or "binary".

    Raises:
        ValueError: If `weights` is neither, or as `overlap`.

    Source: de Almeida and Thouless (1978) for the method; this book, *Replica symmetry breaking*.

    >>> from ntklib.activations import quadratic, relu
    >>> print(f"{almeida_thouless(relu):.5f} {almeida_thouless(quadratic):.7f}")
    1.72120 0.7853982
    """
    if weights not in KINDS:
        raise ValueError(f"weights must be one of {sorted(KINDS)}, got {weights!r}")
    branch = branch_of(activation, weights)
    loads = np.sort(branch.loads())
    loads = loads[(loads > 0) & (loads < branch.last())]
    unstable = np.flatnonzero(_curve(activation, loads, weights).replicon > 1 + MARGIN)
    if not unstable.size:
        return Estimate(math.inf, 0.0, "replica symmetry is stable up to the end of the branch")
    high = loads[unstable[0]]
    low = loads[unstable[0] - 1] if unstable[0] else 0.0
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        stable = _curve(activation, middle, weights).replicon[0] <= 1 + ROUNDING
        low, high = (middle, high) if stable else (low, middle)
    return Estimate(high, 1e-9 * high, "where the Almeida-Thouless expression passes 1")


class Branch(NamedTuple):
    """All replica-symmetric saddles with q > 0 of one activation, on a grid.

    Attributes:
        kind: Where weights may lie.
        centred: The centred dual.
        parameter: The parameter p of the weights.
        room: What weights contribute.
        energy: What patterns contribute.
    """

    kind: Spherical | Binary
    centred: CentredDual
    parameter: Loads
    room: Room
    energy: Energy

    def loads(self) -> Loads:
        """Return the load that each overlap is a saddle of."""
        return -self.room.slope / self.energy.slope

    def last(self) -> float:
        """Return the load at which the overlap reaches 1, or the grid ends."""
        return min(self.kind.end * self.centred.slope_at_one, float(self.loads()[-1]))

    def bracket(self, alpha: Loads) -> tuple[Loads, Loads]:
        """Return parameters on either side of the lowest saddle, (0, 0) where that is q = 0.

        A saddle lies where the slope of S + alpha E turns from falling to rising. Where there are
        several, the lowest counts.
        """
        rises = self.room.slope + alpha[:, None] * self.energy.slope >= 0
        rises = np.hstack([rises, np.ones((len(alpha), 1), bool)])
        turns = rises & ~np.hstack([np.zeros((len(alpha), 1), bool), rises[:, :-1]])
        free = self.room.entropy + alpha[:, None] * self.energy.logarithm
        free = np.where(turns, np.hstack([free, np.full((len(alpha), 1), np.inf)]), np.inf)
        best = np.argmin(free, axis=1)
        edges = np.concatenate([[0.0], self.parameter, self.parameter[-1:]])
        stays = (best == 0) & (self.centred.slope_at_zero == 0)
        return edges[best] * (1 - WIDER), np.where(stays, 0.0, edges[best + 1] * (1 + WIDER))


@remembered(64)
def branch_of(activation: Activation, weights: str) -> Branch:
    """Return all replica-symmetric saddles of an activation with q > 0."""
    kind, centred = KINDS[weights], centred_dual(activation)
    parameter = np.geomspace(kind.smallest, kind.largest, GRID)
    room = kind.room(parameter)
    return Branch(kind, centred, parameter, room, energy_of(centred, room))


def _curve(activation: Activation, alpha: ArrayLike, weights: str) -> ReplicaCurve:
    branch = branch_of(activation, weights)
    loads = _loads(branch, alpha)
    kind, centred = branch.kind, branch.centred
    low, high = branch.bracket(loads)

    def rise(parameter: Loads, load: Loads) -> Loads:
        room = kind.room(parameter)
        return room.slope + load * energy_of(centred, room).slope

    parameter = np.zeros_like(loads)
    inside = high > 0
    if inside.any():
        found = find_root(rise, (low[inside], high[inside]), args=(loads[inside],))
        parameter[inside] = found.x
    room = kind.room(parameter)
    energy, finer = energy_of(centred, room), energy_of(centred, room, parts=2)
    entropy = room.entropy + loads * energy.logarithm
    error = EPSILON * (1 + loads) + loads * np.abs(finer.logarithm - energy.logarithm)
    replicon = loads * replicon_of(centred, room)
    return ReplicaCurve(loads, room.overlap, 2 * room.slope, entropy, error, replicon)


def _loads(branch: Branch, alpha: ArrayLike) -> Loads:
    """Return loads as a flat array; raise if one is not on the branch."""
    loads = np.atleast_1d(_validate.known("alpha", alpha)).ravel()
    if (loads <= 0).any():
        raise ValueError(f"alpha must be > 0, got {loads[loads <= 0][0]}")
    last = branch.last()
    if (loads >= last).any():
        raise ValueError(
            f"alpha must be below {last:.6g}, where the overlap of two solutions of "
            f"{branch.centred.activation.name} reaches 1 under replica symmetry, got "
            f"{loads[loads >= last][0]}"
        )
    return loads
