"""How fast the squared Hermite coefficients of an activation fall: its decay law.

A kink leaves a power of the degree, a smooth function falls exponentially in its square root if
poles bound its strip of analyticity, geometrically or faster if it continues further, and a
polynomial stops.
"""

import math
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from ntklib.activations import Activation
from ntklib.dual.hermite import HIGHEST, hermite_expansion
from ntklib.estimate import Estimate
from ntklib.gaussian import energy, require_elementwise, table

DEGREE = 400
FIRST_DEGREES = (200, 100, 40)  # where a power law may be taken to have set in
TERMS = 5  # of a power law, each k^(-1/2) times the one before
POWERS = np.linspace(-2, 12, 141)  # of k in which a power law is looked for
NEGLIGIBLE = 1e-8  # the waves of a kink beside those of the nearest to 0
UNEXPLAINED = 0.01  # part of the coefficients: if more is left, no power law was seen
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
            change of the fit when low degrees are left out: a sensible guess, no bound. It is
            infinite if kinks leave no power law that is seen up to degree 1000.
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
        ValueError: If the activation is zero or has no energy up to degree 400, or as
            `hermite_expansion`.

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
        order = int(activation.jump_order)
        waves = np.hstack([_waves(place, order) for place in _felt(activation)])
        return _power_law(hermite_expansion(activation, HIGHEST).coefficients, waves)
    squares = hermite_expansion(activation, DEGREE).coefficients ** 2 / total
    present = np.flatnonzero(squares > FINITE)
    if not present.size:
        raise ValueError(f"{activation.name} has all its energy beyond degree {DEGREE}")
    if present[-1] < 64 and squares[present[-1]] > 1e-12:
        degree = int(present[-1])
        rate = Estimate(float(degree), 0.0, "the last coefficient that is not zero")
        return DecayLaw("finite", rate, (degree, degree))
    return _smooth_law(squares)


def _felt(activation: Activation) -> list[float]:
    """Return the kinks and point masses whose waves, of size exp(-b^2 / 4), are not too small."""
    places = {*activation.kinks, *(place for place, _ in activation.point_masses)}
    nearest = min(abs(place) for place in places)
    return [b for b in places if math.exp((nearest**2 - b**2) / 4) > NEGLIGIBLE]


def _waves(place: float, order: int) -> Float[np.ndarray, "m terms"]:
    """Return k^(1/4 - j/2) h_{k - order - 1 - j}(b) for j = 0, 1, ..., by degree k.

    That is how a jump of derivative `order + j` at b oscillates; h at b = 0 has size k^(-1/4).
    """
    count, most = HIGHEST + 1, order + TERMS
    values = np.zeros(count + most)
    values[most] = 1.0
    for k in range(count - 1):
        before = math.sqrt(k) * values[most + k - 1]
        values[most + k + 1] = (place * values[most + k] - before) / math.sqrt(k + 1)
    degrees = np.arange(count) + 0.5
    lags = [(j, most - order - 1 - j) for j in range(TERMS)]
    scale = math.exp(-(place**2) / 4)
    return (
        np.stack([values[at : at + count] * degrees ** (0.25 - j / 2) for j, at in lags], 1) * scale
    )


def _power_law(
    coefficients: Float[np.ndarray, " m"], waves: Float[np.ndarray, "m columns"]
) -> DecayLaw:
    """Fit a power of k times the oscillations that kinks at known places cause.

    A unit jump of derivative r at b adds h_{k-r-1}(b) phi(b) / sqrt(k ... (k - r)) to a_k. Kinks
    beat against each other over hundreds of degrees, so the power is found by variable
    projection: it is the one for which k^(power / 2) a_k lies closest to the span of the waves.
    """
    fits = [_power(coefficients, waves, first) for first in FIRST_DEGREES]
    rate, left = fits[0]
    error = 2 * max(abs(rate - other) for other, _ in fits[1:])
    method = "variable projection on the oscillations of the kinks"
    estimate = Estimate(rate, error if left < UNEXPLAINED else math.inf, method)
    return DecayLaw("power", estimate, (FIRST_DEGREES[0], HIGHEST))


def _power(coefficients: np.ndarray, waves: np.ndarray, first: int) -> tuple[float, float]:
    """Return the power and the part of the coefficients from `first` on that it leaves over."""
    directions, sizes, _ = np.linalg.svd(waves[first:], full_matrices=False)
    directions = directions[:, sizes > 1e-10 * sizes[0]]
    degrees = np.arange(first, HIGHEST + 1) + 0.5

    def left_over(power: float) -> float:
        scaled = coefficients[first:] * degrees ** (power / 2)
        scaled = scaled / np.linalg.norm(scaled)
        outside = scaled - directions @ (directions.T @ scaled)
        return float(outside @ outside)

    best = POWERS[np.argmin([left_over(power) for power in POWERS])]
    step = POWERS[1] - POWERS[0]
    found = minimize_scalar(
        left_over, bounds=(best - step, best + step), method="bounded", options={"xatol": 1e-8}
    )
    return float(found.x), float(found.fun)


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
