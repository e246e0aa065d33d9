"""Harmonics: the Gram function taken apart by degree on a sphere.

On the unit sphere of d dimensions a function of the angle is a sum over degrees j,

    Gamma(cos theta) = sum_j Gamma_j P_j(cos theta),

where P_j is the Gegenbauer polynomial of that dimension with P_j(1) = 1: cos(j theta) on the
circle, the Legendre polynomial for d = 3. All Gamma_j >= 0, since Gamma is a power series with no
negative coefficient and each power of rho is such a sum. Their sum is Gamma(1).
"""

import math
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln

from ntklib import _validate
from ntklib.activations import Activation, require_activation
from ntklib.gram.degrees import gram_degrees
from ntklib.gram.function import GramFunction
from ntklib.gram.series import growing_series
from ntklib.panels import resolve, rule

DIGITS = 1e-14  # of an energy of a smooth activation: what the omitted degrees may add to it
QUADRATURE = 1e-14  # error of an energy, relative to Gamma(1) sqrt(N_j)
PHASE = 4.0  # by how much the argument of the highest harmonic may change on a panel


def harmonic_dimension(dimension: int, degree: int) -> int:
    """Return the number N_j of independent harmonics of degree j on the sphere of R^d.

    N_j = C(d + j - 1, j) - C(d + j - 3, j - 2): 1, 2, 2, ... on the circle, 2 j + 1 for d = 3. In
    one dimension the sphere is the points 1 and -1, with one even and one odd function.

    Raises:
        ValueError: If dimension is not an integer >= 1 or degree not one >= 0.

    Source: this book, *Smoothness*.

    >>> [harmonic_dimension(3, degree) for degree in range(5)]
    [1, 3, 5, 7, 9]
    """
    d, j = _validate.count("dimension", dimension, 1), _validate.count("degree", degree)
    return math.comb(d + j - 1, j) - (math.comb(d + j - 3, j - 2) if j > 1 else 0)


def polynomial_dimension(dimension: int, degree: int) -> int:
    """Return how many independent functions the polynomials of degree <= p are on the sphere.

    C(d + p - 1, p) + C(d + p - 2, p - 1) = N_0 + ... + N_p, which is 2 p + 1 on the circle: the
    homogeneous polynomials of degree p, and those of degree p - 1. (Any other times a power
    of x_1^2 + ... + x_d^2 = 1 is one of them.)

    Raises:
        ValueError: As `harmonic_dimension`.

    Source: this book, *Smoothness*.

    >>> [polynomial_dimension(dimension, 2) for dimension in (2, 3, 4)]
    [5, 9, 14]
    """
    d, p = _validate.count("dimension", dimension, 1), _validate.count("degree", degree)
    return math.comb(d + p - 1, p) + (math.comb(d + p - 2, p - 1) if p else 0)


def harmonic_energies(
    activation: Activation, dimension: int, degree: int
) -> Float[np.ndarray, " degree_plus_1"]:
    """Return Gamma_0, ..., Gamma_p, the energies of the Gram function by degree on a sphere.

    Gamma(rho) = rho E[sigma'(u) sigma'(v)] = sum_j Gamma_j P_j(rho) for unit rows in d dimensions,
    and Gamma_j / N_j is the eigenvalue of the kernel on the uniform measure (Funk and Hecke).

    Args:
        activation: sigma; not one that itself jumps.
        dimension: d >= 1, of the space around the sphere. For d = 1 all but Gamma_0, the even
            part of Gamma, and Gamma_1 are zero.
        degree: Highest degree p >= 0.

    Returns:
        Energies >= 0, shape (p + 1,). Without kinks they are sums of positive terms,
        sum_k k a_k^2 beta_{k,j} with rho^k = sum_j beta_{k,j} P_j, and keep 12 digits however small
        they are, down to 1e-290. With kinks they are integrals over the angle, and their error is
        absolute, about 1e-14 Gamma(1) sqrt(N_j); below that they are noise, and not negative.

    Raises:
        ValueError: If the activation jumps or is no tame function, or has no kinks and cannot
            be evaluated in ball arithmetic; if dimension or degree is no integer in range.

    Source: this book, *Kinks* and *Smoothness*.

    >>> from ntklib.activations import relu, tanh
    >>> print(harmonic_energies(relu, 2, 4).round(6).tolist())  # 1/pi^2 at degree 0
    [0.101321, 0.25, 0.112579, 0.0, 0.015311]
    >>> print(f"{harmonic_energies(tanh, 2, 81)[81]:.6e}")
    3.284106e-24
    """
    require_activation(activation)
    d, p = _validate.count("dimension", dimension, 1), _validate.count("degree", degree)
    if activation.kinks:
        return _by_quadrature(GramFunction(activation), d, p)
    return _by_hermite(activation, d, p)


def smooth_energies(
    coefficients: Float[np.ndarray, " m"], dimension: int, degree: int
) -> Float[np.ndarray, " degree_plus_1"]:
    """Return sum_k g_k beta_{k,j} for j = 0..p, where g_k are the given coefficients.

    rho^k = sum_j beta_{k,j} P_j(rho) for j = k, k - 2, ..., and by Rodrigues' formula

        beta_{k,j} = N_j 2^-k k! Gamma(d/2) / (((k - j)/2)! Gamma((k + j + d)/2)),

    which is 2^(1-k) binom(k, (k - j)/2) on the circle for j > 0.
    """
    half = _log_gamma_of_halves(2 * len(coefficients) + degree + dimension + 2)
    energies = np.zeros(degree + 1)
    for j in range(min(degree, len(coefficients) - 1) + 1):
        count = harmonic_dimension(dimension, j)
        k = j + 2 * np.flatnonzero(coefficients[j::2])
        if not count or not k.size:
            continue
        logarithms = half[2 * k + 2] - k * np.log(np.longdouble(2)) - half[k - j + 2]
        logarithms += half[dimension] - half[k + j + dimension] + math.log(count)
        terms = np.exp((logarithms + np.log(coefficients[k])).astype(float))
        energies[j] = terms.sum()
    return energies


def energy_error(at_one: float, dimension: int, degree: int) -> Float[np.ndarray, " degree_plus_1"]:
    """Return bounds on the errors of `harmonic_energies` with kinks, where Gamma(1) = at_one."""
    counts = [harmonic_dimension(dimension, j) for j in range(degree + 1)]
    return QUADRATURE * at_one * np.sqrt(np.array(counts, float))


def gegenbauer(
    dimension: int, degree: int, cosines: Float[np.ndarray, " m"]
) -> Iterator[Float[np.ndarray, " m"]]:
    """Yield P_0, ..., P_p at points of [-1, 1], with P_j(1) = 1, for d >= 2.

    (j + d - 2) P_{j+1} = (2 j + d - 2) t P_j - j P_{j-1}; on the circle P_1 = t starts it.
    """
    before, values = np.ones_like(cosines), np.asarray(cosines)
    yield before
    for j in range(1, degree + 1):
        yield values
        forward = (2 * j + dimension - 2) * cosines * values - j * before
        before, values = values, forward / (j + dimension - 2)


def _log_gamma_of_halves(count: int) -> np.ndarray:
    """Return log Gamma(m / 2) for m = 1..count (at 0: infinity), in long doubles.

    Differences of logarithms of size k log k would cost a few digits in 64 bits.
    """
    steps = np.log(np.arange(1, count, dtype=np.longdouble) / 2)  # Gamma(z + 1) = z Gamma(z)
    values = np.full(count + 1, np.inf, dtype=np.longdouble)
    values[1] = np.log(np.longdouble(math.pi)) / 2
    values[3::2] = values[1] + np.cumsum(steps[0::2])[: len(values[3::2])]
    values[2] = 0
    values[4::2] = np.cumsum(steps[1::2])[: len(values[4::2])]
    return values


def _by_hermite(activation: Activation, dimension: int, degree: int) -> np.ndarray:
    """Return energies of a smooth activation, from so long a series that each has its digits."""
    for coefficients, rest, _ in growing_series(activation):
        energies = smooth_energies(coefficients, dimension, degree)
        reached = len(coefficients) > degree or not rest
        if reached and rest <= DIGITS * min(energies[energies > 0], default=1.0):
            return energies
    raise ValueError(
        f"the harmonics of {activation.name} up to degree {degree} are out of reach: its Hermite "
        f"coefficients are known until {rest:.1g} is left, and {energies[energies > 0].min():.1g} "
        "is to be resolved"
    )


def _by_quadrature(gamma: GramFunction, dimension: int, degree: int) -> np.ndarray:
    """Return energies as integrals over the angle; Gamma(cos theta) is smooth up to its ends."""
    if dimension == 1:
        ends = gamma(np.array([0.0, math.pi]))
        return np.append((ends[0] + np.array([1, -1]) * ends[1]) / 2, np.zeros(degree))[
            : degree + 1
        ]
    edges = resolve(gamma, [0.0, math.pi], size=gamma.at_one, refuse_kinks=False).edges
    count = math.ceil(math.pi * (degree + dimension) / PHASE)
    theta, weights = rule(np.union1d(edges, np.linspace(0, math.pi, count + 1)))
    angles, measure = theta.ravel(), (weights * np.sin(theta) ** (dimension - 2)).ravel()
    d = dimension
    whole = math.exp(gammaln(0.5) + gammaln((d - 1) / 2) - gammaln(d / 2))
    integrand = measure * gamma(angles) / whole
    integrals = np.array([row @ integrand for row in gegenbauer(d, degree, np.cos(angles))])
    counts = np.array([harmonic_dimension(d, j) for j in range(degree + 1)], float)
    energies = np.maximum(counts * integrals, 0.0)
    for parity, top in enumerate(gram_degrees(gamma.activation)):
        if top is not None:
            energies[parity if top < 0 else top + 2 :: 2] = 0.0  # otherwise rounding noise
    return energies
