"""The phase diagram of two-layer ReLU networks: where wide ones are linear, where they condense.

Initialisation and scaling enter by the scale of the output, m^-gamma, and the ratio of output to
input weights, m^-gamma', alone (see `ntklib.condensation.normalized`), and the width m tends to
infinity.
"""

import math
from typing import Literal

from jaxtyping import ArrayLike

from ntklib import _validate

Regime = Literal["linear", "critical", "condensed"]
LARGEST = 10.0
"""Of |gamma| and |gamma'|: well inside what 64-bit floats hold, and far outside the diagram."""


def exponents(gamma: ArrayLike, gamma_prime: ArrayLike) -> tuple[float, float]:
    """Return both exponents as plain floats; raise unless they lie in [-10, 10]."""
    pairs = (("gamma", gamma), ("gamma_prime", gamma_prime))
    for name, value in pairs:
        _validate.between(name, _validate.number(name, value), -LARGEST, LARGEST)
    return _validate.number("gamma", gamma), _validate.number("gamma_prime", gamma_prime)


def regime(gamma: float, gamma_prime: float) -> Regime:
    """Return what becomes of a network as its width m tends to infinity.

    "linear" if gamma < 1 or gamma' > gamma - 1: input weights stay where they were, relative to
    their size, and the network trains like its kernel. "condensed" if gamma > 1 and
    gamma' < gamma - 1: they move by far more than their size. "critical" on the boundary, where
    gamma = 1 + max(gamma', 0): they move by about their size. Mean-field scaling, (1, 0), is
    critical; NTK scaling, (1/2, 0), is linear.

    Args:
        gamma: -log_m (b1 b2 / alpha), for output weights of standard deviation b1, input weights
            of b2 and an output divided by alpha.
        gamma_prime: -log_m (b1 / b2).

    Raises:
        ValueError: If one is not a number in [-10, 10].

    Source: Luo, Xu, Ma and Zhang (2021), theorems 1 and 2.

    >>> regime(0.5, 0.0), regime(1.0, 0.0), regime(2.0, 0.0), regime(2.0, 1.5)
    ('linear', 'critical', 'condensed', 'linear')
    """
    gamma, gamma_prime = exponents(gamma, gamma_prime)
    boundary = 1 + max(gamma_prime, 0.0)
    if math.isclose(gamma, boundary, rel_tol=1e-12):  # gamma' may be a rounded gamma - 1
        return "critical"
    return "linear" if gamma < boundary else "condensed"


def predicted_exponent(gamma: float, gamma_prime: float) -> float:
    """Return S_w: by scaling, the relative distance of input weights grows as m^S_w.

    With g = max(gamma, 1/2) it is, in the linear phase in two cases and in the condensed one,

        g - 1 - 2 max(gamma', 0)      if gamma <= 1,
        2 (gamma - 1 - gamma')        if gamma > 1 and gamma' >= gamma - 1,
        (gamma - 1 - gamma') / 2      if 1 - gamma <= gamma' <= gamma - 1.

    Why, with s = m^-gamma and r = m^-gamma': the output must move by about max(1, s sqrt(m)), what
    it was at first, and one step of m weights together, each by delta, moves it by s m delta. So
    the faster layer moves by m^(g - 1). Input weights move r^2 a for each unit of an output
    weight, and output weights grow to 1/(s m) where that is large. In the condensed phase training
    makes |w| and r |a| equal (the difference of their squares is conserved), and then
    m s |a| |w| = O(1) says how large they are.

    This is the limit. At widths up to 1600 a slope is within 0.07 of it where gamma' = 0 and
    gamma >= 1/2, and up to 0.55 short of it in the linear phase near gamma' = gamma - 1 > 0
    (0.25 at widths up to 25600).

    Returns:
        S_w, or nan for gamma > 1 and gamma' < 1 - gamma. There the argument fails. It would give
        gamma - 1, which is a lower bound, but most output weights hardly move and ever fewer
        neurons do the work as m grows. At (1.5, -1) `phase_exponent` measures 0.72 instead of
        0.5, and with steps a tenth as long it would be 0.65.

    Raises:
        ValueError: If one is not a number in [-10, 10].

    Source: this book, *The phase diagram*; its sign is that of `regime`.

    >>> predicted_exponent(0.5, 0.0), predicted_exponent(2.0, 0.0), predicted_exponent(2.0, 1.5)
    (-0.5, 0.5, -1.0)
    """
    gamma, gamma_prime = exponents(gamma, gamma_prime)
    if gamma <= 1:
        return max(gamma, 0.5) - 1 - 2 * max(gamma_prime, 0.0)
    excess = gamma - 1 - gamma_prime
    if excess <= 0:
        return 2 * excess
    return excess / 2 if gamma_prime >= 1 - gamma else math.nan
