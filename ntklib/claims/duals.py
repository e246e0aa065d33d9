"""Claims about dual activations: the book's own statements, proved or measured in its chapter.

Each measurement takes a path that does not use the formula under test: an integral over the
Gaussian plane, quadrature where the formula is a series or the reverse, differences near
correlation 1, or layers of finite width.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtr

from ntklib.activations import (
    Activation,
    elu,
    erf,
    gelu,
    relu,
    relu_squared,
    selu,
    tanh,
    x2tanh,
)
from ntklib.claims.claim import Claim, Finding, Paper
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.own import own_claim
from ntklib.dual import (
    decay_law,
    dual,
    hermite_coefficients,
    hermite_expansion,
    second_moment,
)

PAPER = Paper(
    key="daniely2016duality",
    title="Foundations: dual activations",
    version="no paper: the book's own statements",
)
DENSITY_AT_ZERO = 1 / math.sqrt(2 * math.pi)
TANH_SLOPE, SELU_SLOPE = 0.4644029024, 1.0715749925
TANH_CHI, GELU_CHI = 1.17780723, 1.07203160


def _slope_at_one(function: Callable[[float], float], step: float = 1e-4) -> float:
    """Return the derivative at 1 from values at 1 and below, to second order in the step."""
    values = [function(1 - j * step) for j in range(3)]
    return (3 * values[0] - 4 * values[1] + values[2]) / (2 * step)


def _chi_by_differences(activation: Activation) -> float:
    total = second_moment(activation)
    return _slope_at_one(lambda rho: float(dual(activation, rho)) / total)


def dual_is_a_power_series() -> Finding:
    """Compare the Hermite series of tanh's dual at 0.6 with a sum over a grid in the plane."""
    rho = 0.6
    series = np.sum(hermite_coefficients(tanh, 150) ** 2 * rho ** np.arange(151))
    x = np.arange(-100, 101) / 10
    weights = np.exp(-(x**2) / 2) * DENSITY_AT_ZERO / 10
    one, two = np.meshgrid(x, x)
    product = np.tanh(one) * np.tanh(rho * one + math.sqrt(1 - rho**2) * two)
    return deterministic(float(series), float(weights @ product @ weights), 1e-10)


def relu_coefficients_by_hand() -> Finding:
    """Compare a_100^2 of ReLU, binom(98, 49) 4^-49 / (2 pi 99 100), with quadrature."""
    by_hand = math.comb(98, 49) / 4**49 / (2 * math.pi * 99 * 100)
    return deterministic(by_hand, float(hermite_coefficients(relu, 100)[100] ** 2), 1e-9)


def slope_energy_of_tanh() -> Finding:
    """Compute E tanh'(u)^2."""
    return Finding(TANH_SLOPE, second_moment(tanh.derivative), 5.1e-11)


def slope_energy_of_gelu() -> Finding:
    """Compare E gelu'(u)^2 with 1/3 + 2 / (3 sqrt(3) pi), from the closed form of the dual."""
    closed = 1 / 3 + 2 / (3 * math.sqrt(3) * math.pi)
    return deterministic(closed, second_moment(gelu.derivative), 1e-12)


def slope_energy_of_selu() -> Finding:
    """Compute E selu'(u)^2."""
    return Finding(SELU_SLOPE, second_moment(selu.derivative), 5.1e-11)


def slope_of_the_map_of_tanh() -> Finding:
    """Find the slope of tanh's correlation map at 1 by differences."""
    return deterministic(TANH_CHI, _chi_by_differences(tanh), 1e-6)


def slope_of_the_map_of_gelu() -> Finding:
    """Find the slope of GELU's correlation map at 1 by differences."""
    return deterministic(GELU_CHI, _chi_by_differences(gelu), 1e-6)


def kink_term_of_relu() -> Finding:
    """Find the coefficient of (1 - rho)^(3/2) in ReLU's dual, S / (2 Gamma(5/2))."""

    def ratio(t: float) -> float:
        return (float(dual(relu, 1 - t)) - 0.5 + 0.5 * t) / t**1.5

    t = 2.0**-12  # the next term of the expansion is smaller by a factor of order t
    measured = 2 * ratio(t) - ratio(2 * t)
    return deterministic(DENSITY_AT_ZERO / (2 * math.gamma(2.5)), measured, 1e-6)


def kink_term_of_elu() -> Finding:
    """Find the coefficient of (1 - rho)^(3/2) in the dual of ELU's derivative.

    There E[sigma''^2] = e^2 Phi(-2) is the linear term; the next term is of order t^2.
    """
    energy, slope = second_moment(elu.derivative), math.exp(2) * float(ndtr(-2))

    def ratio(t: float) -> float:
        return (float(dual(elu.derivative, 1 - t)) - energy + slope * t) / t**1.5

    t = 2.0**-16
    measured = 2 * ratio(t) - ratio(4 * t)
    return deterministic(DENSITY_AT_ZERO / (2 * math.gamma(2.5)), measured, 1e-4)


def tail_energy_of_relu() -> Finding:
    """Extrapolate n^(3/2) times ReLU's energy beyond degree n, against S / (3 pi).

    Only even degrees are there, so the energy is averaged over n and n - 1.
    """

    def scaled(n: int) -> float:
        tails = [hermite_expansion(relu, degree).tail for degree in (n - 1, n)]
        return n**1.5 * sum(tails) / 2

    measured = 2 * scaled(800) - scaled(400)
    return deterministic(DENSITY_AT_ZERO / (3 * math.pi), measured, 1e-4)


def power_of_elu() -> Finding:
    """Fit the power with which ELU's squared coefficients fall."""
    return deterministic(3.5, float(decay_law(elu).rate), 1e-3)


def strip_bound_holds() -> Finding:
    """Count coefficients of tanh above the bound for a strip, degrees 3 to 300, four strips.

    For |Im z| <= s < pi/2, |tanh z| is at most max(1, tan s).
    """
    coefficients = np.abs(hermite_coefficients(tanh, 300))
    k = np.arange(3, 301)
    below = []
    for s in (0.4, 0.9, 1.3, 1.5):
        constant = max(1.0, math.tan(s)) * math.exp(s * s / 2 + 1 / 24)
        bound = constant * (2 * math.pi * k) ** 0.25 * np.exp(-s * np.sqrt(k))
        below.append(coefficients[k] <= bound)
    return failures(*below)


def rate_of_tanh() -> Finding:
    """Measure -d log |a_k| / d sqrt(k) of tanh between degrees 10 001 and 40 001.

    By |a_k| = int t^k e^(-t^2/2) / sinh(pi t / 2) dt / sqrt(k!); the power of k is divided out.
    """

    def logarithm(k: int) -> float:
        t = math.sqrt(k) + np.arange(-1200, 1201) / 100
        exponent = k * np.log(t) - t**2 / 2 - math.lgamma(k + 1) / 2 - math.pi * t / 2
        largest = exponent.max()
        total = 0.01 * np.sum(2 * np.exp(exponent - largest) / -np.expm1(-math.pi * t))
        return float(largest + math.log(total) + math.log(2 * math.pi * k) / 4)

    near, far = 10**4 + 1, 4 * 10**4 + 1
    measured = (logarithm(near) - logarithm(far)) / (math.sqrt(far) - math.sqrt(near))
    return deterministic(math.pi / 2, measured, 1e-4)


def dual_of_gelu() -> Finding:
    """Compare rho/4 + (rho arcsin(rho/2) + (4 - rho^2)^(-1/2)) / (2 pi) with the library."""
    rho = 0.7
    bracket = rho * math.asin(rho / 2) + 1 / math.sqrt(4 - rho**2)
    return deterministic(rho / 4 + bracket / (2 * math.pi), float(dual(gelu, rho)), 1e-11)


def ratio_of_erf() -> Finding:
    """Fit the ratio with which erf's squared coefficients fall, 3/2 by its closed form."""
    return deterministic(1.5, float(decay_law(erf).rate), 1e-3)


def centred_dual_of_relu() -> Finding:
    """Compute E sigma'^2 / Var sigma for ReLU, which is pi / (pi - 1)."""
    variance = second_moment(relu) - float(dual(relu, 0.0))
    measured = second_moment(relu.derivative) / variance
    return deterministic(math.pi / (math.pi - 1), measured, 1e-12)


def small_gain_finds_the_multiplicity() -> Finding:
    """Find the energy at degree 3 of z^2 tanh z at gain 0.01, as a share of that beyond 0."""
    squares = hermite_coefficients(x2tanh.scaled(0.01), 20)[1:] ** 2
    return deterministic(6 / 15, float(squares[2] / squares.sum()), 1e-3)


def scatter_of_a_finite_layer() -> Finding:
    """Measure m times the variance of (1/m) sum relu(u) relu(v) over layers, at 60 degrees."""
    rho, width, layers = 0.5, 64, 20000
    stream = np.random.default_rng(30)
    averages = np.empty(layers)
    for i in range(layers):
        u, other = stream.standard_normal((2, width))
        v = rho * u + math.sqrt(1 - rho**2) * other
        averages[i] = np.mean(np.maximum(u, 0) * np.maximum(v, 0))
    limit = float(dual(relu, rho))
    squares = width * (averages - limit) ** 2
    predicted = float(dual(relu_squared, rho)) - limit**2
    return averaged(predicted, squares)


def _claim(*stated: Any, section: str, **more: Any) -> Claim:
    """Return a claim of this chapter, with the section it stands in."""
    return own_claim(PAPER, f"Dual activations, {section}", *stated, **more)


MEASURED = "measured in this book"
SERIES = "A power series without a minus sign"
TABLE = "A table, executed"
KINKS = "Three ways to arrive at 1"

CLAIMS = [
    _claim(
        "F20",
        "The dual activation is the power series with the squared Hermite coefficients of the "
        "activation.",
        "dual of tanh at 0.6, series against an integral over the plane",
        dual_is_a_power_series,
        section=SERIES,
    ),
    _claim(
        "F21",
        "The squared Hermite coefficients of ReLU at degree 2m + 2 are "
        "binom(2m, m) 4⁻ᵐ / (2π (2m+1)(2m+2)).",
        "the one at degree 100, against quadrature",
        relu_coefficients_by_hand,
        section="ReLU by hand",
    ),
    _claim(
        "F22",
        "The derivative of tanh has the second moment 0.4644029024 under the Gaussian.",
        "E tanh′(u)²",
        slope_energy_of_tanh,
        section=TABLE,
        basis=MEASURED,
    ),
    _claim(
        "F22b",
        "The derivative of GELU has the second moment 1/3 + 2/(3√3 π) under the Gaussian.",
        "E GELU′(u)², against quadrature",
        slope_energy_of_gelu,
        section=KINKS,
    ),
    _claim(
        "F22c",
        "The derivative of SELU has the second moment 1.0715749925 under the Gaussian.",
        "E SELU′(u)²",
        slope_energy_of_selu,
        section=TABLE,
        basis=MEASURED,
    ),
    _claim(
        "F23",
        "The correlation map of tanh has the slope χ = 1.17780723 at correlation 1.",
        "the slope, by differences",
        slope_of_the_map_of_tanh,
        section=TABLE,
        basis=MEASURED,
    ),
    _claim(
        "F23b",
        "The correlation map of GELU has the slope χ = 1.07203160 at correlation 1.",
        "the slope, by differences",
        slope_of_the_map_of_gelu,
        section=TABLE,
        basis=MEASURED,
    ),
    _claim(
        "F24",
        "A jump J of derivative r at b leaves the term ± J² φ(b) (1 − ρ)^(r + 1/2) / "
        "(2 Γ(r + 3/2)) in the dual at ρ → 1: for ReLU φ(0) (1 − ρ)^(3/2) / (2 Γ(5/2)).",
        "the coefficient for ReLU, from values of the dual near 1",
        kink_term_of_relu,
        section=KINKS,
    ),
    _claim(
        "F24b",
        "The dual of ELU's derivative has the same term at ρ → 1 as the dual of ReLU: ELU's "
        "second derivative jumps by one at zero.",
        "the coefficient of (1 − ρ)^(3/2), from values near 1",
        kink_term_of_elu,
        section=KINKS,
    ),
    _claim(
        "F25",
        "Beyond degree n an activation whose derivative r jumps by J at b has the energy "
        "J² φ(b) n^−(r + 1/2) / ((2r + 1) π), to leading order.",
        "n^(3/2) times the energy for ReLU, extrapolated from n = 400 and 800",
        tail_energy_of_relu,
        section=KINKS,
    ),
    _claim(
        "F25b",
        "The squared Hermite coefficients of an activation whose derivative r jumps fall like "
        "k^−(r + 3/2) on average.",
        "the fitted power for ELU, r = 2",
        power_of_elu,
        section=KINKS,
    ),
    _claim(
        "F26",
        "If σ is analytic and at most M on |Im z| ≤ s, then "
        "|a_k| ≤ M e^(s²/2 + 1/24) (2πk)^(1/4) e^(−s√k).",
        "failures for tanh at degrees 3 to 300 and four strips",
        strip_bound_holds,
        section=KINKS,
    ),
    _claim(
        "F26b",
        "The Hermite coefficients of tanh fall like e^(−τ√k) with τ = π/2, the distance of its "
        "poles from the real line, a power of k aside.",
        "the rate at degrees near 20 000",
        rate_of_tanh,
        section=KINKS,
    ),
    _claim(
        "F27",
        "The dual of GELU is ρ/4 + (ρ arcsin(ρ/2) + 1/√(4 − ρ²)) / (2π), analytic up to |ρ| = 2.",
        "its value at 0.7, against quadrature",
        dual_of_gelu,
        section=KINKS,
    ),
    _claim(
        "F27b",
        "The squared Hermite coefficients of erf fall by a factor of 3/2 a degree, a power of "
        "the degree aside.",
        "the fitted ratio",
        ratio_of_erf,
        section=KINKS,
    ),
    _claim(
        "F28",
        "The centred dual of ReLU has the slope π/(π − 1) at correlation 1.",
        "E σ′² / Var σ",
        centred_dual_of_relu,
        section="What each wing reads off the dual",
    ),
    _claim(
        "F29",
        "At small gain the centred dual of an activation of multiplicity p is that of zᵖ: for "
        "z² tanh z, two fifths of the energy are at degree 3.",
        "the share at gain 0.01",
        small_gain_finds_the_multiplicity,
        section="Two dials",
    ),
    _claim(
        "F30",
        "A ReLU layer of width m scatters about the dual with m times the variance equal to the "
        "dual of σ² minus the square of the dual of σ.",
        "m times the variance at 60° and width 64, mean over 20 000 layers",
        scatter_of_a_finite_layer,
        section="At finite width",
    ),
]
