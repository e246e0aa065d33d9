"""Binary weights: how many solutions there are, and the load at which the last one goes."""

import numpy as np
from scipy.optimize import minimize_scalar

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.capacity.curve import binary_curve, branch_of
from ntklib.capacity.energy import energy_of
from ntklib.estimate import Estimate


def binary_entropy(activation: Activation, alpha: float) -> Estimate:
    """Return s(alpha) = (1/N) E ln (number of binary weights that store alpha N patterns).

    Replica symmetric, in nats per weight, for a machine of many hidden units; ln 2 at load 0. It
    is negative beyond the capacity, where there typically is no solution. For many loads at once,
    `binary_curve`.

    Args:
        activation: Any activation that is not constant.
        alpha: Load, > 0 and below 4 Q'(1) / pi.

    Raises:
        ValueError: As `binary_curve`, or if alpha is not one number.

    Source: Krauth and Mezard (1989); this book, *Storing patterns*.

    >>> from ntklib.activations import identity
    >>> print(f"{binary_entropy(identity, 0.6):.9f}")
    0.227784959
    """
    curve = binary_curve(activation, _validate.number("alpha", alpha))
    return Estimate(curve.entropy[0], curve.error[0], "replica-symmetric saddle")


def binary_capacity(activation: Activation) -> Estimate:
    """Return the load at which the replica-symmetric entropy of binary weights is zero.

    alpha_c = min over q of S(q) / |E(Q(q))|. At q = 0 the quotient is ln 2 / ln 2 = 1, so that no
    activation stores more than one pattern a weight: which counting proves for every network.

    Args:
        activation: Any activation that is not constant.

    Raises:
        ValueError: As `overlap`.

    Source: Krauth and Mezard (1989) for the perceptron; the quotient is this book's, *Storing
    patterns*.

    >>> from ntklib.activations import identity, relu, sign
    >>> [f"{binary_capacity(each):.6f}" for each in (identity, relu, sign)]
    ['0.833079', '0.903986', '0.946952']
    """
    branch = branch_of(activation, "binary")
    ratio = branch.room.entropy / -branch.energy.logarithm
    best = int(np.argmin(ratio))
    if ratio[best] >= 1 or best == 0:
        return Estimate(1.0, 0.0, "counting bound, at overlap zero")

    def quotient(parameter: float, parts: int = 1) -> float:
        room = branch.kind.room(np.array([parameter]))
        return float(room.entropy[0] / -energy_of(branch.centred, room, parts).logarithm[0])

    around = branch.parameter[best - 1], branch.parameter[min(best + 1, len(ratio) - 1)]
    found = minimize_scalar(quotient, bounds=around, method="bounded", options={"xatol": 1e-9})
    finer = quotient(found.x, parts=2)
    error = abs(finer - found.fun) + 1e-12
    return Estimate(min(found.fun, 1.0), error, "zero of the replica-symmetric entropy")
