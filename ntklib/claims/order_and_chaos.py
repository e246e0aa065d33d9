"""Claims of "Better NTK conditioning" (Liu, Bi, Hui and Liu): depth and other activations.

GELU is measured a second time by Gauss quadrature of its Hermite coefficients, on which the
recursion runs as a power series; limits are read off where slower terms cancel.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.polynomial.hermite_e import hermegauss, hermevander
from scipy.integrate import quad
from scipy.special import expit, ndtr

from ntklib.activations import gelu, relu_squared, sigmoid, swish, tanh
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.data import unit_pair
from ntklib.claims.depth import ours
from ntklib.claims.findings import deterministic
from ntklib.claims.separation import PAPER
from ntklib.kernels import chi, correlation_fixed_points, edge_of_chaos, ntk
from ntklib.separation import gradient_angle


def chaotic_gradients_become_orthogonal() -> Finding:
    """Find the gradient angle furthest from 90 degrees at depth 400."""
    theta = np.radians([1.0, 60.0, 90.0, 170.0])
    angles = [gradient_angle(theta, activation=s, depth=400) for s in (relu_squared, gelu, tanh)]
    found = np.degrees(np.concatenate([np.asarray(each) for each in angles]))
    return deterministic(90.0, float(found[np.abs(found - 90).argmax()]), 1e-6)


def chi_of_relu_squared() -> Finding:
    """Compare the library's chi with Gaussian moments, 4 E[z^2; z > 0] / E[z^4; z > 0]."""
    return deterministic(4 / 3, chi(relu_squared), 1e-10)


def chi_of_swish() -> Finding:
    """Compare the library's chi with two adaptive integrals."""

    def mean(function: Callable[[float], float]) -> float:
        density = 1 / math.sqrt(2 * math.pi)
        return quad(lambda z: function(z) ** 2 * math.exp(-z * z / 2) * density, -12, 12)[0]

    slope = mean(lambda z: float(expit(z) * (1 + z * expit(-z))))
    return deterministic(slope / mean(lambda z: float(z * expit(z))), chi(swish), 1e-9)


def gelu_gradients_part_by_chi() -> Finding:
    """Measure chi^L cos phi_L at depth 200 from 60 degrees."""
    fixed = correlation_fixed_points(gelu)[1]
    growth = chi(gelu)
    predicted = fixed.value.value / (1 - fixed.slope) * (growth - 1) / growth
    phi = float(gradient_angle(math.pi / 3, activation=gelu, depth=200))
    return deterministic(predicted, math.cos(phi) * growth**200, 1e-4)


def gelu_embeddings_stay_correlated() -> Finding:
    """Iterate the Hermite series of GELU from correlation 0 until it rests."""
    products = _gelu_products()
    rho = 0.0
    for _ in range(600):
        rho = float(np.polyval(products[::-1], rho) / products.sum())
    return deterministic(rho, float(correlation_fixed_points(gelu)[1].value), 1e-9)


def gelu_is_slow() -> Finding:
    """Compare phi at 5 degrees and depth 50 with the recursion on the Hermite series."""
    phi = float(gradient_angle(math.radians(5), activation=gelu, depth=50))
    return deterministic(_gelu_angle(5, 50), math.degrees(phi), 1e-8)


def gelu_turns_back_first() -> Finding:
    """Compare how far phi at 90 degrees falls from depth 1 to 10 with the Hermite series."""
    one, ten = np.degrees(gradient_angle(math.pi / 2, activation=gelu, depth=[1, 10]))
    return deterministic(_gelu_angle(90, 1) - _gelu_angle(90, 10), float(one - ten), 1e-8)


def _gelu_products() -> np.ndarray:
    """Return the squared Hermite coefficients of z Phi(z), by Gauss quadrature."""
    nodes, weights = hermegauss(160)
    degrees = np.arange(70)
    lengths = np.sqrt(np.cumprod(np.maximum(degrees, 1.0)) * math.sqrt(2 * math.pi))
    orthonormal = hermevander(nodes, len(degrees) - 1) / lengths
    coefficients = (weights * nodes * ndtr(nodes)) @ orthonormal
    return coefficients**2 / math.sqrt(2 * math.pi)


def _gelu_angle(theta: float, depth: int) -> float:
    """Run the NTK recursion on the power series of the dual; angles in degrees."""
    products = _gelu_products()
    products = products / products.sum()
    slopes = products[1:] * np.arange(1, len(products))
    rho, diagonal = math.cos(math.radians(theta)), 1.0
    kernel = rho
    for _ in range(depth):
        kernel *= float(np.polyval(slopes[::-1], rho))
        rho = float(np.polyval(products[::-1], rho))
        kernel += rho
        diagonal = 1 + float(slopes.sum()) * diagonal
    return math.degrees(math.acos(kernel / diagonal))


def smooth_edge_of_chaos() -> Finding:
    """Extrapolate cos phi_L for tanh on its edge of chaos, by second differences of K_L."""
    point = edge_of_chaos(tanh, variance=0.5)
    x = math.sqrt(point.variance - point.bias_variance) * unit_pair(1.0)

    def kernel(depth: int) -> float:
        normalized = ntk(
            x,
            activation=tanh,
            depth=depth,
            weight_variance=point.weight_variance,
            bias_variance=point.bias_variance,
            normalized=True,
        )
        return (depth + 1) * float(normalized[0, 1])

    return deterministic(1 / 3, (kernel(4000) - 2 * kernel(2000) + kernel(1000)) / 1000, 1e-3)


def orderly_gradients_merge_by_depth_times_chi() -> Finding:
    """Compare two increments of chi^(-L) (1 - cos phi_L) for the sigmoid; a line has equal ones."""
    depths = np.array([20, 30, 40])
    phi = np.asarray(gradient_angle(1.0, activation=sigmoid, depth=depths.tolist()))
    scaled = 2 * np.sin(phi / 2) ** 2 / chi(sigmoid) ** depths
    return deterministic(1.0, float((scaled[2] - scaled[1]) / (scaled[1] - scaled[0])), 1e-6)


CLAIMS = [
    Claim(
        id="A12",
        paper=PAPER,
        locator="Figure 2",
        statement="With ReLU squared, GELU and tanh the gradients of different inputs become "
        "orthogonal as depth grows.",
        quantity="φ at depth 400, degrees, the furthest from 90 among inputs at 1°, 60°, 90° and "
        "170°",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Proved in this book wherever χ > 1, also where the embeddings stay correlated; "
        "opposite inputs are excepted if the activation is odd or even. For GELU the approach is "
        "slow and not monotone.",
        compute=chaotic_gradients_become_orthogonal,
    ),
    ours(
        "A12b",
        "ReLU squared has χ = 4/3.",
        "χ",
        chi_of_relu_squared,
    ),
    ours(
        "A12c",
        "Swish has χ a little above 1, as GELU has.",
        "χ, by adaptive integration and by the library",
        chi_of_swish,
        basis="measured in this book",
    ),
    ours(
        "A12d",
        "Where χ > 1, cos φ_L falls like χ^(−L), with the factor ρ*(χ − 1)/(χ(1 − λ)) where the "
        "embeddings settle at a positive correlation ρ* and the correlation map has slope λ there.",
        "χ^L cos φ_L for GELU at depth 200 from 60°",
        gelu_gradients_part_by_chi,
    ),
    ours(
        "A12e",
        "GELU's embeddings do not become orthogonal, though its gradients do.",
        "correlation at which embeddings settle, by Hermite series and by the library",
        gelu_embeddings_stay_correlated,
        basis="measured in this book",
    ),
    ours(
        "A12f",
        "Inputs 5° apart have GELU gradients that are far from orthogonal even at depth 50.",
        "φ at depth 50, degrees, by Hermite series and by the library",
        gelu_is_slow,
        basis="measured in this book",
    ),
    ours(
        "A12g",
        "From orthogonal inputs GELU's gradients first come closer: φ falls from depth 1 to 10.",
        "fall of φ, degrees, by Hermite series and by the library",
        gelu_turns_back_first,
        basis="measured in this book",
    ),
    ours(
        "A12h",
        "On the edge of chaos smooth activations end at arccos(1/3), 70.5°, not at arccos(1/4).",
        "limit of cos φ_L for tanh with fixed variance 1/2, from 1 rad",
        smooth_edge_of_chaos,
    ),
    ours(
        "A12i",
        "Where χ < 1 gradients merge: 1 − cos φ_L falls like L χ^L.",
        "ratio of two increments of χ^(−L)(1 − cos φ_L), sigmoid, depths 20, 30 and 40",
        orderly_gradients_merge_by_depth_times_chi,
    ),
]
