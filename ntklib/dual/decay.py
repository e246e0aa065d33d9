"""How fast the squared Hermite coefficients of an activation fall: its decay law.

A kink leaves a power of the degree, a smooth function falls exponentially in its square root if
poles bound its strip of analyticity, geometrically or faster if it continues further, and a
polynomial stops.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation
from ntklib.dual.hermite import HIGHEST, HermiteExpansion, hermite_expansion
from ntklib.estimate import Estimate
from ntklib.gaussian import energy, require_elementwise, table

DEGREE = 400
FIRST_DEGREE = 40  # where a power law is taken to have set in
RESOLVED = 1e-23  # squared coefficients above this part of the total have some digits
FINITE = 1e-26  # squared coefficients below this part of the total are rounding
FIRST_SMOOTH = 4  # where an exponential law is taken to have set in
LEAST_POINTS = 6
ROUNDS = 30
LEAST_ERROR = 2e-3  # of tau: laws cut off at degree 400 differ by that much

Kind = Literal["power", "stretched", "geometric", "superexponential", "finite"]


class DecayLaw(NamedTuple):
    """The law of the squared Hermite coefficients a_k^2 for large k.

    Attributes:
        kind: One of

            - "power": a_k^2 ~ k^-rate (kinks; r + 3/2 where derivative r is the first to jump);
            - "stretched": a_k^2 ~ exp(-2 rate sqrt(k)), up to a power of k (poles at
              imaginary part +-rate);
            - "geometric": a_k^2 ~ rate^-k, up to a power of k (the dual is analytic for
              |rho| < rate);
            - "superexponential": faster than any geometric sequence; rate is infinite;
            - "finite": a_k = 0 beyond k = rate, a polynomial.
        rate: The number above, fitted (exact for "finite"). Its error is twice the largest
            change of the fit when low degrees are left out: a sensible guess, no bound.
        degrees: First and last degree that the fit used.
    """

    kind: Kind
    rate: Estimate
    degrees: tuple[int, int]


def decay_law(activation: Activation) -> DecayLaw:
    """Return the decay law of an activation's squared Hermite coefficients.

    Which law holds follows from the kinks that are declared: with one it is a power. Among the
    smooth laws the one that fits best is taken, each with a power of k in front.

    Raises:
        ValueError: If the activation is zero, or as `hermite_expansion`.

    >>> from ntklib.activations import cubic, relu
    >>> decay_law(cubic).kind, float(decay_law(cubic).rate)
    ('finite', 3.0)
    >>> law = decay_law(relu)
    >>> law.kind, round(float(law.rate), 2)
    ('power', 2.5)
    """
    total = energy(table(require_elementwise(activation)))
    if total == 0 and not activation.point_masses:
        raise ValueError(f"{activation.name} is zero, so its Hermite coefficients have no decay")
    if math.isfinite(activation.jump_order):
        return _power_law(activation, hermite_expansion(activation, HIGHEST))
    squares = hermite_expansion(activation, DEGREE).coefficients ** 2 / total
    present = np.flatnonzero(squares > FINITE)
    if present[-1] < 64 and squares[present[-1]] > 1e-12:
        degree = int(present[-1])
        rate = Estimate(float(degree), 0.0, "the last coefficient that is not zero")
        return DecayLaw("finite", rate, (degree, degree))
    return _smooth_law(squares)


def _power_law(activation: Activation, expansion: HermiteExpansion) -> DecayLaw:
    """Fit the energy beyond degree k, which is smooth where the coefficients oscillate.

    It falls one power slower than the coefficients: sum_{j > k} j^-p ~ (k + 1/2)^(1 - p).
    """
    squares = expansion.coefficients**2
    if activation.point_masses:  # infinite energy: fit how the sum grows instead
        beyond = np.cumsum(squares)
    else:
        beyond = expansion.tail + np.append(np.cumsum(squares[:0:-1])[::-1], 0.0)
    k = np.arange(FIRST_DEGREE, HIGHEST)
    size, logarithm = np.log(k + 0.5), np.log(beyond[k])
    slope, error = _slope_with_error(size, logarithm, [1 / (k + 0.5)])
    error = max(error, abs(slope - _slope_with_error(size, logarithm, [])[0]))
    method = "least squares on the energy beyond degree k"
    return DecayLaw("power", Estimate(1 - slope, error, method), (FIRST_DEGREE, HIGHEST))


def _smooth_law(squares: Float[np.ndarray, " m"]) -> DecayLaw:
    """Compare the exponential laws on the coefficients, two neighbours at a time."""
    k, logarithm = _pairs(squares)
    laws: dict[Kind, np.ndarray] = {
        "stretched": np.sqrt(k),
        "geometric": k.astype(float),
        "superexponential": k * np.log(k + 1.0),
    }
    misfit = {kind: _misfit(growth, logarithm, k) for kind, growth in laws.items()}
    kind = min(misfit, key=lambda each: misfit[each])
    method = "least squares on squares of neighbouring coefficients"
    if kind == "stretched":
        rate, error = _strip(k, logarithm)
        found = Estimate(rate, error, method)
    elif kind == "geometric":
        slope, error = _slope_with_error(laws[kind], logarithm, [np.log(k)])
        found = Estimate(math.exp(-slope), error * math.exp(-slope), method)
    else:
        found = Estimate(math.inf, 0.0, method)
    return DecayLaw(kind, found, (int(k[0]), int(k[-1])))


def _strip(k: np.ndarray, logarithm: np.ndarray) -> tuple[float, float]:
    """Return the half-width tau of the strip whose poles the coefficients feel, and its error.

    Off the real axis h_k(i y) e^{y^2 / 4} grows at the rate sqrt(kappa + y^2 / 4),
    kappa = k + 1/2, so up to a pole at i tau by the exponential of the integral, which
    is tau sqrt(kappa) for large k. The integral depends on tau itself: a few rounds settle it.
    """
    kappa = k + 1.0  # between those of the two neighbours
    tau, error = 0.0, math.inf
    for _ in range(ROUNDS):
        half = tau / (2 * np.sqrt(kappa))
        shape = np.sqrt(kappa) * (np.sqrt(1 + half**2) + np.arcsinh(half) / np.maximum(half, 1e-9))
        slope, error = _slope_with_error(shape / 2, logarithm, [np.log(k)])
        tau = max(-slope / 2, 0.0)
    return tau, max(error / 2, LEAST_ERROR * tau)


def _pairs(squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return k and log(a_k^2 + a_{k+1}^2) for every other degree, up to where rounding sets in.

    Poles off the imaginary axis make the coefficients oscillate like cos(x sqrt(k) - k pi / 2);
    in the sum of two neighbours, cos^2 + sin^2, the oscillation is gone, and so are the zeros of
    even and odd functions.
    """
    last = np.flatnonzero(squares > RESOLVED)[-1]
    start = max(FIRST_SMOOTH, int(np.argmax(squares[1:])) + 1)
    k = np.arange(start if last - start > 2 * LEAST_POINTS else 2, last, 2)
    return k, np.log(squares[k] + squares[k + 1])


def _misfit(growth: np.ndarray, logarithm: np.ndarray, k: np.ndarray) -> float:
    basis = np.stack([np.ones(len(k)), growth, np.log(k)], axis=1)
    solution = np.linalg.lstsq(basis, logarithm, rcond=None)[0]
    return float(np.abs(basis @ solution - logarithm).mean())


def _slope_with_error(
    growth: np.ndarray, logarithm: np.ndarray, more: list[np.ndarray]
) -> tuple[float, float]:
    """Return the coefficient of `growth` in a fit to the upper half, and its error.

    The error is twice its largest change on all degrees, the upper two thirds and three
    quarters.
    """
    basis = np.stack([growth, np.ones(len(growth)), *more], axis=1)
    half, *others = (
        float(np.linalg.lstsq(basis[first:], logarithm[first:], rcond=None)[0][0])
        for first in (len(growth) // 2, len(growth) // 3, len(growth) // 4, 0)
    )
    return half, 2 * max(abs(other - half) for other in others)
