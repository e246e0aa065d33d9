"""Spherical weights: the load at which the last solution goes, at three levels of approximation."""

import math
from typing import NamedTuple

from scipy.optimize import OptimizeResult
from scipy.special import ndtr

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.capacity.minimum import FIRST, Problem
from ntklib.capacity.overlap import centred_dual
from ntklib.estimate import Estimate

SECOND = [(0.9, 2.7, 0.3, 1.8), (0.95, 2.0, 0.1, 0.9), (0.7, 2.5, 0.3, 1.1)]
"""Where a second step starts: -ln(1 - q_0) times the first, the rest by its distance."""
CLOSE_TO_ZERO = 2e-6  # an overlap at the lower end of its range
FAR = -6.0  # beyond, the share of violated patterns is 1e-9 and its digits go
GAIN = 1e-9  # by how much, relative, a step must lower the capacity to count


class CapacitySaddle(NamedTuple):
    """The capacity and the order parameters at which it is found.

    Attributes:
        capacity: Patterns per weight.
        overlaps: Of two solutions in different clusters, q_0, and with two steps q_1, in
            different clusters of one cluster of clusters. Empty where replica symmetry holds.
        scales: omega, the Parisi parameter over 1 - q within a cluster, from outside in.
    """

    capacity: Estimate
    overlaps: tuple[float, ...]
    scales: tuple[float, ...]


def spherical_capacity(activation: Activation, *, rsb: int = 0, margin: float = 0.0) -> Estimate:
    """Return how many random patterns a weight of a wide machine stores.

    Replica symmetric (rsb=0): alpha_c = Q'(1) / E[max(z + margin, 0)^2], which is 2 Q'(1) for
    margin 0, twice the mean Hermite degree. It is an upper bound for all activations, by a theorem
    of this book. Each step of replica symmetry breaking lowers it; the values decrease towards the
    limit of infinitely many steps.

    Args:
        activation: Any activation that is not constant.
        rsb: Steps of replica symmetry breaking, 0, 1 or 2.
        margin: How far beyond zero outputs must lie, in standard deviations of the output.

    Returns:
        The load. Its error is that of the averages and of the minimisation within the ansatz, not
        of the ansatz. Infinite for an activation that jumps: then the load grows without bound
        with the number of hidden units.

    Raises:
        ValueError: If rsb is not 0, 1 or 2, the margin is not a finite number >= -6, a minimum
            is not resolved, or as `overlap`.

    Source: Zavatone-Veth and Pehlevan (2021) for rsb=0; Baldassi, Malatesta and Zecchina (2019)
    for ReLU; this book, *ReLU versus threshold* and *Replica symmetry breaking*.

    >>> from ntklib.activations import relu
    >>> print(f"{spherical_capacity(relu):.6f} {spherical_capacity(relu, rsb=1):.6f}")
    2.933884 2.664280
    """
    if rsb == 0 and not isinstance(rsb, bool):
        return _replica_symmetric(activation, _margin(margin))
    return capacity_saddle(activation, rsb=rsb, margin=margin).capacity


def capacity_saddle(activation: Activation, *, rsb: int, margin: float = 0.0) -> CapacitySaddle:
    """Return the capacity with one or two steps of replica symmetry breaking, and where it is.

    Where no step lowers the replica-symmetric value, as for the linear machine, that value is
    returned, with no overlaps; where a second step lowers the value no further, that of one.

    Args:
        activation: Any activation that is not constant.
        rsb: 1 or 2.
        margin: As in `spherical_capacity`.

    Raises:
        ValueError: As `spherical_capacity`.

    Source: this book, *Replica symmetry breaking*.

    >>> from ntklib.activations import relu
    >>> saddle = capacity_saddle(relu, rsb=1)
    >>> print(f"{saddle.overlaps[0]:.4f} {saddle.scales[0]:.3f}")
    0.7571 16.635
    """
    if isinstance(rsb, bool) or rsb not in (1, 2):
        raise ValueError(f"rsb must be 0, 1 or 2 steps of replica symmetry breaking, got {rsb!r}")
    wanted = _margin(margin)
    symmetric = _replica_symmetric(activation, wanted)
    if math.isinf(symmetric):
        return CapacitySaddle(symmetric, (), ())
    first = Problem(centred_dual(activation), wanted, 1)
    one = first.minimum(FIRST)
    if one.fun > symmetric * (1 - GAIN):
        method = f"{symmetric.method}: no step of replica symmetry breaking lowers it"
        return CapacitySaddle(Estimate(symmetric, symmetric.error, method), (), ())
    if rsb == 1:
        return _saddle(first, one)
    outer, scale = one.x
    second = Problem(centred_dual(activation), wanted, 2)
    starts = [(part * outer, within, scale + up, apart) for part, within, up, apart in SECOND]
    two = second.minimum(starts)
    if two.fun > one.fun * (1 - GAIN):
        return _saddle(first, one)
    return _saddle(second, two)


def _margin(value: float) -> float:
    """Return a margin; raise if it is none, or so low that its digits are gone."""
    margin = _validate.number("margin", value)
    if margin < FAR:
        raise ValueError(f"margin must be >= {FAR}, got {margin}: below it all patterns are stored")
    return margin


def _replica_symmetric(activation: Activation, margin: float) -> Estimate:
    """Return Q'(1) / E[max(z + margin, 0)^2]."""
    centred = centred_dual(activation)
    slope = centred.slope_at_one
    if math.isinf(slope):
        return Estimate(math.inf, 0.0, f"{activation.name} jumps, so that Q'(1) is infinite")
    density = math.exp(-(margin**2) / 2) / math.sqrt(2 * math.pi)
    shortfall = (1 + margin**2) * float(ndtr(margin)) + margin * density
    load = slope / shortfall
    return Estimate(load, 1e-11 * load, "replica symmetric")


def _saddle(problem: Problem, found: OptimizeResult) -> CapacitySaddle:
    point = problem.point(found.x)
    error = problem.misfit(found.x) + 1e-11 * found.fun
    steps = "one step" if problem.steps == 1 else "two steps"
    capacity = Estimate(found.fun, error, f"{steps} of replica symmetry breaking")
    overlaps = tuple(0.0 if gap >= 1 - CLOSE_TO_ZERO else 1 - gap for gap in point.gaps.tolist())
    return CapacitySaddle(capacity, overlaps, tuple(point.scales.tolist()))
