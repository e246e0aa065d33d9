"""Machines with few hidden units: what the distance to the region of right answers says."""

import math

import numpy as np
from scipy.special import bdtr, gammaln, ndtr

from ntklib import _validate
from ntklib.activations import Activation, sign
from ntklib.capacity.normal import half_rule
from ntklib.capacity.projection import Ties, require_machine, squared_distances
from ntklib.estimate import Estimate

NUMBERS = 1 << 21  # Gaussian numbers at a time
UNLIKELY = 1e-18


def finite_capacity(
    activation: Activation,
    *,
    units: int,
    ties: Ties = "error",
    samples: int = 200_000,
    seed: int = 0,
) -> Estimate:
    """Return the replica-symmetric capacity of a machine with a given number of hidden units.

    alpha = 1 / E[D^2], with D the distance of a standard normal point in `units` dimensions to the
    region of right answers. By a theorem of this book no machine stores more; it is no claim that
    a machine stores as much.

    Args:
        activation: `sign` with an odd number of units, or `relu` with an even one, half of the
            output weights of which are -1.
        units: Number of hidden units m.
        ties: Whether an output of exactly zero is an "error" or "correct"; for ReLU.
        samples: Gaussian points for ReLU, >= 2. Sign takes an integral instead.
        seed: Of the points.

    Returns:
        For sign the error is that of the integral, for ReLU one standard error.

    Raises:
        ValueError: As `squared_distances`, or if samples is no such number.

    Source: Barkai, Hansel and Sompolinsky (1992) for sign; this book, *ReLU versus threshold*.

    >>> from ntklib.activations import sign
    >>> [f"{finite_capacity(sign, units=m):.6f}" for m in (1, 3, 5)]
    ['2.000000', '4.025192', '5.768751']
    """
    require_machine(activation, units, ties)
    if activation == sign:
        cost, finer = (_of_sign(units, parts) for parts in (1, 2))
        error = abs(1 / finer - 1 / cost) + 1e-11 / cost
        return Estimate(1 / finer, error, "integral over order statistics")
    _validate.count("samples", samples, 2)
    distances = _sampled(activation, units, ties, samples, np.random.default_rng(seed))
    mean, spread = float(distances.mean()), float(distances.std(ddof=1))
    error = spread / math.sqrt(samples) / mean**2
    return Estimate(1 / mean, error, f"mean of {samples} projections, one standard error")


def _sampled(
    activation: Activation, units: int, ties: Ties, samples: int, rng: np.random.Generator
) -> np.ndarray:
    rows = max(NUMBERS // units, 1)
    sizes = [min(rows, samples - start) for start in range(0, samples, rows)]
    return np.concatenate(
        [
            squared_distances(activation, rng.standard_normal((size, units)), ties=ties)
            for size in sizes
        ]
    )


def _of_sign(units: int, parts: int) -> float:
    """Return E[D^2] for sign units, exact up to the integral.

    If w units are wrong, the k = w - (units - 1) / 2 of them that are closest to zero are flipped.
    The sum of the k smallest of w squares is w times the mean of z^2 where fewer than k of the
    others lie closer.
    """
    wrong = np.arange((units + 1) // 2, units + 1)
    chance = np.exp(
        gammaln(units + 1) - gammaln(wrong + 1) - gammaln(units - wrong + 1) - units * math.log(2)
    )
    likely = chance > UNLIKELY
    wrong, chance = wrong[likely][:, None], chance[likely]
    z, weights = half_rule(parts)
    closer = 2 * ndtr(z) - 1
    fewer = bdtr(wrong - (units + 1) // 2, wrong - 1, closer)
    return float(chance @ (wrong * (fewer * z**2)) @ weights)
