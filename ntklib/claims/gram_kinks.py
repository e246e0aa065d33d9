"""Claims of Gram about kinks: power laws, bounds, finite width, close points, exact zeros.

A theorem's number is compared with the library's eigenvalues; the library's own numbers are
compared with matrices that are made here, from Hermite coefficients, orthant probabilities or
random units.
"""

import math
from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.linalg import eigvalsh
from scipy.special import ndtr

from ntklib.activations import Activation, elu, gelu, leaky_relu, relu, selu, swish, tanh
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.data import circle, digits, directions
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.gram import PAPER
from ntklib.claims.own import own_claim
from ntklib.gram import gram_factor, gram_matrix, lower_bound, min_eigenvalue, upper_bound

_ours = partial(own_claim, PAPER, "Kinks")
half_circle = partial(circle, turn=math.pi)
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772  # of SELU
COUNTS = (20, 40, 80)


def cluster(points: int, delta: float) -> np.ndarray:
    """Return points of the unit circle in a row, delta apart."""
    return circle(points, delta * points)


def by_orthants(x: np.ndarray, right: float, left: float) -> np.ndarray:
    """Return the Gram matrix for sigma' = right for z > 0 and left e^z for z < 0.

    Exponential factors shift the means of u and v, and what remains is P[u < h, v < k], a single
    integral of the normal distribution function.
    """
    rho = x @ x.T
    off = ~np.eye(len(x), dtype=bool)
    rho_off, root_e = rho[off], math.exp(0.5)
    nodes, weights = np.polynomial.legendre.leggauss(200)

    def below(h: np.ndarray, k: np.ndarray) -> np.ndarray:
        u = h[:, None] - 5.0 * (1 - nodes)  # from h - 10 to h
        density = np.exp(-(u**2) / 2) / math.sqrt(2 * math.pi)
        bend = (k[:, None] - rho_off[:, None] * u) / np.sqrt(1 - rho_off[:, None] ** 2)
        return 5.0 * (density * ndtr(bend)) @ weights

    both = 0.25 + np.arcsin(rho_off) / (2 * math.pi)
    one = root_e * (ndtr(-1.0) - below(np.full_like(rho_off, -1.0), -rho_off))
    none = np.exp(1 + rho_off) * below(-1 - rho_off, -1 - rho_off)
    matrix = np.eye(len(x)) * (right**2 / 2 + left**2 * math.exp(2) * ndtr(-2.0))
    matrix[off] = rho_off * (right**2 * both + 2 * right * left * one + left**2 * none)
    return matrix


def of_leaky(x: np.ndarray, slope: float) -> np.ndarray:
    """Return the Gram matrix of a leaky ReLU from the arcsine."""
    rho = np.clip(x @ x.T, -1, 1)
    np.fill_diagonal(rho, 1)
    arcs = 2 / math.pi * np.arcsin(rho)
    return rho * ((1 + slope) ** 2 + (1 - slope) ** 2 * arcs) / 4


def series_of_elu() -> Finding:
    """Sum k a_k^2 rho^k for ELU, with coefficients of its derivative by quadrature."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    edges = np.arange(-16.0, 0.0, 0.5)[:, None]  # up to 0, where sigma' - 1 = e^z - 1
    z, w = (edges + (nodes + 1) / 4).ravel(), np.tile(weights / 4, len(edges))
    weighted = w * np.expm1(z) * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    x = half_circle(10)
    rho, matrix, power = x @ x.T, np.zeros((10, 10)), np.ones((10, 10))
    before, here = np.zeros_like(z), np.ones_like(z)
    for k in range(700):
        power = power * rho
        matrix += (float(weighted @ here) + (k == 0)) ** 2 * power
        forward = (z * here - math.sqrt(k) * before) / math.sqrt(k + 1)
        before, here = here, forward
    np.fill_diagonal(matrix, 0.5 + math.exp(2) * ndtr(-2.0))
    ours = float(min_eigenvalue(x, activation=elu))
    return deterministic(ours, float(eigvalsh(matrix)[0]), 1e-6)


def units_of_selu() -> Finding:
    """Average the contribution of 400 000 random units of SELU to an entry at 36 degrees."""
    x = half_circle(10)
    z = np.random.default_rng(0).standard_normal((400_000, 2)) @ x[[0, 2]].T
    slopes = SCALE * np.where(z > 0, 1.0, ALPHA * np.exp(np.minimum(z, 0)))
    ours = float(gram_matrix(x, activation=selu)[0, 2])
    return averaged(ours, math.cos(math.pi / 5) * slopes[:, 0] * slopes[:, 1])


def kinks_keep_eigenvalues_large() -> Finding:
    """Compare half circles with the power laws, and 40 points with tanh."""
    smooth = float(min_eigenvalue(half_circle(40), activation=tanh))
    conditions = []
    for sigma, floor in ((relu, 1 / 4), (selu, 0.125), (elu, math.pi**2 / 24)):
        power = 2 * sigma.jump_order - 1
        for n in (5, 10, 20, 40, 80):
            value = float(min_eigenvalue(half_circle(n), activation=sigma))
            conditions.append(value * n**power > floor)
        conditions.append(float(min_eigenvalue(half_circle(40), activation=sigma)) > 1e6 * smooth)
    return failures(conditions)


def _values(points: Callable[[int], np.ndarray], sigma: Activation) -> np.ndarray:
    """Return the smallest eigenvalue for 20, 40 and 80 points."""
    return np.array([float(min_eigenvalue(points(n), activation=sigma)) for n in COUNTS])


def _exponent(
    points: Callable[[int], np.ndarray], sigma: Activation, ours: float
) -> Callable[[], Finding]:
    """Return the comparison of an exponent of n, corrections of order n^-2 removed."""

    def compute() -> Finding:
        early, late = np.diff(np.log2(_values(points, sigma)))
        return deterministic(ours, float((4 * late - early) / 3), 1e-3)

    return compute


def _limit(
    points: Callable[[int], np.ndarray], sigma: Activation, power: int, ours: float
) -> Callable[[], Finding]:
    """Return the comparison of the limit of n^power lambda_min, corrections removed."""

    def compute() -> Finding:
        scaled = _values(points, sigma) * np.array(COUNTS, float) ** power
        return deterministic(ours, float((4 * scaled[2] - scaled[1]) / 3), 1e-3)

    return compute


def relu_on_an_odd_circle() -> Finding:
    """Compute the smallest eigenvalue of ReLU for nine points."""
    ours = (math.cos(math.pi / 9) ** -2 + math.cos(2 * math.pi / 9) ** -2) / 72
    return deterministic(ours, float(min_eigenvalue(circle(9), activation=relu)), 1e-10)


def zeros_of_even_circles() -> Finding:
    """Count zeros of spectra, and look at what the library calls an exact zero."""
    conditions = []
    for n in (4, 6, 10, 12):
        for sigma in (relu, leaky_relu(0.2), gelu, swish):
            found = float(min_eigenvalue(circle(n), activation=sigma))
            conditions.append((found == 0) == (n > 4))
        for slope in (0.0, 0.2):
            values = eigvalsh(of_leaky(circle(n), slope))
            conditions.append(int(np.sum(values < 1e-14)) == n // 2 - 2)
        for sigma in (elu, selu):
            conditions.append(float(min_eigenvalue(circle(n), activation=sigma)) > 0)
    return failures(conditions)


def bounds_bracket() -> Finding:
    """Put eigenvalues of matrices made by hand between the library's bounds."""
    sets = (half_circle(12), directions(12, 3), directions(15, 10), digits(20)[0])
    conditions = []
    for x in sets:
        for sigma, matrix in (
            (relu, of_leaky(x, 0.0)),
            (leaky_relu(0.2), of_leaky(x, 0.2)),
            (elu, by_orthants(x, 1.0, 1.0)),
            (selu, by_orthants(x, SCALE, SCALE * ALPHA)),
        ):
            value = eigvalsh(matrix)[0]
            low, high = lower_bound(x, activation=sigma), upper_bound(x, activation=sigma)
            conditions += [low > 0, low <= value * (1 + 1e-9), value <= high * (1 + 1e-9)]
    return failures(conditions)


def bounds_have_the_power() -> Finding:
    """Compare eigenvalues with bounds on half circles of 15 to 60 points."""
    conditions = []
    for sigma in (relu, elu):
        for n in (15, 30, 60):
            x = half_circle(n)
            value = float(min_eigenvalue(x, activation=sigma))
            conditions.append(value < 2 * lower_bound(x, activation=sigma))
            conditions.append(upper_bound(x, activation=sigma) < 12 * value)
    return failures(conditions)


def hard_cut_holds() -> Finding:
    """Compare eigenvalues of ReLU with half of the sum of k a_k^2 above N, in closed form."""
    m = np.arange(200_000)
    binomials = np.cumprod(np.append(1, 1 - 0.5 / m[1:]))  # binom(2m, m) / 4^m
    summed = np.cumsum(binomials / (2 * math.pi * (2 * m + 1)))  # k a_k^2 at k = 2m + 2
    conditions = []
    for x in (half_circle(8), half_circle(50), directions(5, 2), directions(30, 4), digits(100)[0]):
        cosines = np.abs(x @ x.T)[~np.eye(len(x), dtype=bool)]
        cut = int(2 * math.log(2 * len(x)) / math.acos(cosines.max()) ** 2)
        # The whole sum is 1/2, with 1/4 at degree 1; only even degrees follow.
        tail = 0.25 - (summed[cut // 2 - 1] if cut >= 2 else 0)
        conditions.append(float(min_eigenvalue(x, activation=relu)) >= tail / 2 > 0)
    return failures(conditions)


def singular_values_squared() -> Finding:
    """Square a singular value, and differentiate a network with respect to its hidden weights."""
    draw, x = np.random.default_rng(0), directions(6, 3)
    weights, signs = draw.standard_normal((40, 3)), draw.choice([-1.0, 1.0], 40)
    slopes = jax.jacobian(lambda w: jnp.tanh(x @ w.T) @ signs / math.sqrt(40))(weights)
    kernel = np.tensordot(slopes, slopes, ((1, 2), (1, 2)))
    factor = gram_factor(weights, x, activation=tanh, output_weights=signs)
    smallest = float(np.linalg.svd(factor, compute_uv=False)[-1])
    return deterministic(smallest**2, float(eigvalsh(kernel)[0]), 1e-9)


def networks_lie_below() -> Finding:
    """Average the smallest eigenvalue of 200 networks at widths 20 and 100."""
    x, conditions = half_circle(10), []
    for sigma in (relu, elu):
        limit = float(min_eigenvalue(x, activation=sigma))
        for width in (20, 100):
            draw = np.random.default_rng(width)
            found = np.array(
                [
                    np.linalg.svd(
                        gram_factor(draw.standard_normal((width, 2)), x, activation=sigma),
                        compute_uv=False,
                    )[-1]
                    ** 2
                    for _ in range(200)
                ]
            )
            error = found.std(ddof=1) / math.sqrt(len(found))
            conditions.append(found.mean() + 4 * error < limit)
    return failures(conditions)


def _of_spacing(points: int, sigma: Activation, delta: float, ours: float) -> Callable[[], Finding]:
    """Return the comparison of the exponent of the spacing of a cluster, from delta to 2 delta."""

    def compute() -> Finding:
        values = [
            float(min_eigenvalue(cluster(points, each), activation=sigma))
            for each in (delta, 2 * delta)
        ]
        return deterministic(ours, math.log2(values[1] / values[0]), 1e-3)

    return compute


JUMP = SCALE * (1 - ALPHA)
ON_HALF = "On n evenly spaced points of half a circle λ_min of G_σ falls like "
RICHARDSON = ", from 20, 40 and 80 points, corrections of order n⁻² removed"

CLAIMS = [
    _ours(
        "B1",
        "G_σ is the sum of k a_k² times the entrywise powers of the Gram matrix of the inputs.",
        "λ_min for ELU, ten points on half a circle",
        series_of_elu,
    ),
    _ours(
        "B1b",
        "G_σ is the limit of the kernel of the hidden weights of a wide network.",
        "entry at 36° for SELU, mean over 400 000 units",
        units_of_selu,
    ),
    Claim(
        id="B2",
        paper=PAPER,
        locator="Abstract",
        statement="If the first or the second derivative of σ jumps somewhere (ReLU, SELU, ELU), "
        "all eigenvalues of the Gram matrix are large under minimal assumptions on the data.",
        quantity="failures of n λ_min > 1/4 (ReLU), n λ_min > 1/8 (SELU), n³ λ_min > π²/24 (ELU) "
        "and λ_min > 10⁶ times that of tanh at 40 points, half circle",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="The abstract was read, not the theorems. Opposite inputs are to be excluded for "
        "ReLU (B2i); large means a power of the spacing, another one for ELU (B2e).",
        compute=kinks_keep_eigenvalues_large,
    ),
    *(
        _ours(
            id,
            f"{ON_HALF}n to the power {power}, for {name}.",
            f"exponent of n{RICHARDSON}",
            _exponent(half_circle, sigma, power),
        )
        for id, name, sigma, power in (
            ("B2b", "ReLU", relu, -1.0),
            ("B2c", "the leaky ReLU with slope 0.2", leaky_relu(0.2), -1.0),
            ("B2d", "SELU", selu, -1.0),
            ("B2e", "ELU", elu, -3.0),
        )
    ),
    _ours(
        "B2f",
        "For a kink of jump J at zero n λ_min tends to J²/4 on half circles.",
        f"limit for SELU, J = λ(1 − α){RICHARDSON}",
        _limit(half_circle, selu, 1, JUMP**2 / 4),
    ),
    _ours(
        "B2g",
        "If the second derivative is the first to jump, at zero by J, n³ λ_min tends to π²J²/24.",
        f"limit for ELU, J = −1{RICHARDSON}",
        _limit(half_circle, elu, 3, math.pi**2 / 24),
    ),
    _ours(
        "B2h",
        "For ReLU on a full circle with odd n, λ_min = (cos⁻²(π/n) + cos⁻²(2π/n))/(8n).",
        "λ_min for n = 9",
        relu_on_an_odd_circle,
    ),
    _ours(
        "B2i",
        "On full circles with even n ≥ 4 ReLU and leaky ReLU have exactly n/2 − 2 zero "
        "eigenvalues, GELU and swish are singular from n = 6 on, ELU and SELU never.",
        "failures, n = 4, 6, 10, 12",
        zeros_of_even_circles,
    ),
    _ours(
        "B2j",
        "On full circles with even n, n⁵ λ_min of ELU tends to 16π⁴/15.",
        f"limit{RICHARDSON}",
        _limit(circle, elu, 5, 16 * math.pi**4 / 15),
        basis="measured in this book",
    ),
    _ours(
        "B2k",
        "On full circles with even n, n³ λ_min of SELU tends to 2π²(λα)²/3.",
        f"limit{RICHARDSON}",
        _limit(circle, selu, 3, 2 * math.pi**2 / 3 * (SCALE * ALPHA) ** 2),
        basis="measured in this book",
    ),
    _ours(
        "B5",
        "Minorants of the Gram function bound λ_min from below, counting harmonics and single "
        "pairs from above.",
        "failures on four data sets, four activations with kinks",
        bounds_bracket,
    ),
    _ours(
        "B5b",
        "On half circles both bounds stay within fixed factors of λ_min.",
        "failures of λ_min < 2 lower and upper < 12 λ_min, ReLU and ELU, n = 15 to 60",
        bounds_have_the_power,
        basis="measured in this book",
    ),
    _ours(
        "B5c",
        "With all angles between δ and π − δ, λ_min is at least half of the sum of k a_k² over "
        "k > 2 ln(2n)/δ².",
        "failures for ReLU on five data sets",
        hard_cut_holds,
    ),
    _ours(
        "B9",
        "For a network λ_min of the Gram matrix is the square of the smallest singular value of "
        "its matrix of gradients.",
        "λ_min by automatic differentiation, tanh, width 40, six inputs",
        singular_values_squared,
    ),
    _ours(
        "B9b",
        "At widths 20 and 100 the mean of λ_min is below its limit.",
        "failures of mean + 4 standard errors < limit, widths 20 and 100, ReLU and ELU",
        networks_lie_below,
    ),
    *(
        _ours(
            id,
            f"For {name}, λ_min of {many} close points in a row falls like the spacing to the "
            f"power {power:.0f}.",
            "exponent of the spacing",
            _of_spacing(points, sigma, delta, power),
        )
        for id, name, many, points, sigma, delta, power in (
            ("B10", "ReLU", "two", 2, relu, 1e-4, 1.0),
            ("B10b", "ELU", "two", 2, elu, 1e-3, 2.0),
            ("B10c", "tanh", "two", 2, tanh, 1e-3, 2.0),
            ("B10d", "ReLU", "four", 4, relu, 1e-3, 1.0),
            ("B10e", "ELU", "four", 4, elu, 0.01, 3.0),
            ("B10f", "tanh", "four", 4, tanh, 1e-3, 6.0),
        )
    ),
]
