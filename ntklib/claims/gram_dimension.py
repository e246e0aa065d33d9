"""Claims on dimension and depth in the Gram wing: harmonics, families and what depth makes of them.

Kernels are built here from trapezoidal sums, closed forms and circulant matrices, or families are
drawn at random; the library's values are only compared with them.
"""

import functools
import math
from collections.abc import Callable

import jax
import numpy as np
from numpy.linalg import eigvalsh, norm
from scipy.special import betainc, eval_gegenbauer, ndtr, roots_gegenbauer

from ntklib.activations import elu, gelu, relu, tanh
from ntklib.claims.claim import Basis, Claim, Finding
from ntklib.claims.data import circle, digits
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.gram import PAPER
from ntklib.claims.own import own_claim
from ntklib.dual import hermite_coefficients, second_moment
from ntklib.gram import deep_min_eigenvalue, harmonic_dimension, harmonic_energies, min_eigenvalue
from ntklib.kernels import correlation_fixed_points
from ntklib.networks import empirical_ntk, init_mlp
from ntklib.separation import gradient_angle

_ours = functools.partial(own_claim, PAPER, "Dimension and depth")
ABSTRACT = "The theorems were not available to us; the abstract gives no rate. "
Layer = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
FUNCTIONS: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, lambda z: np.cosh(z) ** -2.0),
    "swish": (
        lambda z: z / (1 + np.exp(-z)),
        lambda z: (1 + z / (1 + np.exp(z))) / (1 + np.exp(-z)),
    ),
    "gelu": (
        lambda z: z * ndtr(z),
        lambda z: ndtr(z) + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi),
    ),
    "elu": (
        lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
        lambda z: np.where(z > 0, 1.0, np.exp(np.minimum(z, 0))),
    ),
}


def _squares(function: Callable, degree: int) -> np.ndarray:
    """Return squared Hermite coefficients by Gauss-Legendre panels that end at the kink."""
    points, weights = np.polynomial.legendre.leggauss(24)
    left = np.arange(-32, 32) / 2
    x = (left[:, None] + (points + 1) / 4).ravel()
    w = np.tile(weights / 4, 64) * np.exp(-(x**2) / 4) / math.sqrt(2 * math.pi)
    before, row, found = np.zeros_like(x), np.exp(-(x**2) / 4), []
    for k in range(degree + 1):
        found.append(float(np.sum(w * row * function(x))) ** 2)
        before, row = row, (x * row - math.sqrt(k) * before) / math.sqrt(k + 1)
    return np.array(found)


@functools.cache
def _gram_weights(name: str) -> tuple[np.ndarray, float]:
    """Return k a_k^2 for k = 0..400, and their sum over all k."""
    slope = FUNCTIONS[name][1]
    return np.append(0.0, _squares(slope, 399)), _moment(slope)


def _moment(function: Callable) -> float:
    """Return the mean of the square of a function of a standard normal variable."""
    points, weights = np.polynomial.legendre.leggauss(24)
    x = (np.arange(-32, 32)[:, None] / 2 + (points + 1) / 4).ravel()
    density = np.tile(weights / 4, 64) * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return float(np.sum(density * function(x) ** 2))


def _gram(name: str, x: np.ndarray) -> np.ndarray:
    """Return the Gram matrix of unit rows by its series, or by hand for ReLU."""
    rho = np.clip(x @ x.T, -1, 1)
    if name == "relu":
        kernel, diagonal = rho * (0.25 + np.arcsin(rho) / (2 * math.pi)), 0.5
    else:
        weights, diagonal = _gram_weights(name)
        kernel = np.polynomial.polynomial.polyval(rho, weights)
    np.fill_diagonal(kernel, diagonal)
    return kernel


def _smallest(name: str, x: np.ndarray) -> float:
    return float(eigvalsh(_gram(name, x))[0])


def _sphere(n: int, d: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng([seed, n, d]).standard_normal((n, d))
    return rows / norm(rows, axis=1, keepdims=True)


def _median(name: str, d: int) -> float:
    """Return the median of lambda_min over nine throws of twenty points."""
    return float(np.median([_smallest(name, _sphere(20, d, seed)) for seed in range(9)]))


def dimension_closes_the_gap() -> Finding:
    """Test that ReLU's lead over tanh and swish is > 50 for d = 3, < 10 for 10, < 3 for 40."""
    lead = {
        d: np.array([_median("relu", d) / _median(name, d) for name in ("tanh", "swish")])
        for d in (3, 10, 40)
    }
    return failures(lead[3] > 50, lead[10] < 10, lead[40] < 3)


def tanh_passes_elu() -> Finding:
    """Test that ELU is ahead of tanh in 3 dimensions and behind in 7, 10, 14 and 20."""
    ahead = {d: _median("elu", d) / _median("tanh", d) for d in (3, 7, 10, 14, 20)}
    return failures(ahead[3] > 1, *(ahead[d] < 1 for d in (7, 10, 14, 20)))


def energy_of_elu_above_degree_one() -> Finding:
    """Compare the closed form of T_1 for ELU with the library's coefficients."""
    first = 0.5 + math.exp(0.5) * ndtr(-1)
    ours = 0.5 + math.exp(2) * ndtr(-2) - first**2
    found = second_moment(elu.derivative) - float(hermite_coefficients(elu, 1)[1]) ** 2
    return deterministic(ours, found, 1e-10)


def nearly_orthogonal_rows() -> Finding:
    """Count sets on which lambda_min < T_p (1 - (n - 1) mu^(p + 1)), for p = 0..8."""
    conditions = []
    for n, d, seed in ((5, 40, 0), (10, 100, 1), (20, 100, 2), (20, 20, 3), (40, 300, 4)):
        x = _sphere(n, d, seed)
        largest = float(np.abs(x @ x.T - np.eye(n)).max())
        for name in ("tanh", "gelu", "elu"):
            weights, total = _gram_weights(name)
            above = total - np.cumsum(weights[:9])
            bounds = above * (1 - (n - 1) * largest ** np.arange(1, 10))
            conditions.append(_smallest(name, x) >= bounds - 1e-12)
    return failures(*conditions)


def correlations_are_small() -> Finding:
    """Test P(|rho| >= mu) <= 2 exp(-d mu^2 / 2), by the exact law: rho^2 is a beta variable."""
    conditions = []
    for d in (2, 3, 5, 10, 30, 100, 1000):
        mu = np.linspace(0.01, 0.99, 99)
        tail = 1 - betainc(0.5, (d - 1) / 2, mu**2)
        conditions.append(tail <= 2 * np.exp(-d * mu**2 / 2) + 1e-14)
    return failures(*conditions)


def top_harmonic_of_a_power() -> Finding:
    """Find the part of rho^6 at degree 6 in nine dimensions: a product, and a quadrature."""
    d, j = 9, 6
    ours = math.prod((i + d - 2) / (2 * i + d - 2) for i in range(1, j))
    points, weights = roots_gegenbauer(20, (d - 2) / 2)
    values = eval_gegenbauer(j, (d - 2) / 2, points) / eval_gegenbauer(j, (d - 2) / 2, 1.0)
    weights = weights / weights.sum()
    found = np.sum(weights * points**j * values) / np.sum(weights * values**2)
    return deterministic(ours, float(found), 1e-10)


def _third_harmonic(x: np.ndarray) -> np.ndarray:
    """Return P_3(x_i . x_k) - I in the dimension of the rows."""
    d, rho = x.shape[1], x @ x.T
    second = (d * rho**2 - 1) / (d - 1)
    third = ((d + 2) * rho * second - 2 * rho) / d
    np.fill_diagonal(third, 0.0)
    return third


def second_moment_of_harmonics() -> Finding:
    """Average the squared Frobenius norm of P_3 - I for twelve points in five dimensions."""
    values = [np.sum(_third_harmonic(_sphere(12, 5, seed)) ** 2) for seed in range(2000)]
    return averaged(12 * 11 / harmonic_dimension(5, 3), np.array(values))


def fourth_moment_of_harmonics() -> Finding:
    """Average tr (P_3 - I)^4 for twelve points in five dimensions, against the words by hand."""
    count, n = harmonic_dimension(5, 3), 12
    points, weights = roots_gegenbauer(20, 1.5)
    values = eval_gegenbauer(3, 1.5, points) / eval_gegenbauer(3, 1.5, 1.0)
    fourth = float(np.sum(weights * values**4) / weights.sum())
    ours = n * (n - 1) * (n - 2) * (n - 3) / count**3
    ours += 2 * n * (n - 1) * (n - 2) / count**2 + n * (n - 1) * fourth
    traces = [np.sum(eigvalsh(_third_harmonic(_sphere(n, 5, seed))) ** 4) for seed in range(4000)]
    return averaged(ours, np.array(traces))


def edge_law() -> Finding:
    """Test that lambda_min of points in 20 dimensions is 0.9 to 1.6 times the edge law."""
    conditions = []
    for activation in (relu, tanh):
        total = second_moment(activation.derivative)
        energies = harmonic_energies(activation, 20, 9)
        counts = np.array([harmonic_dimension(20, j) for j in range(10)], float)
        for n in (40, 80, 160):
            edges = np.maximum(1 - np.sqrt(n / counts), 0) ** 2
            law = energies @ edges + total - energies.sum()
            quotient = _smallest(activation.name, _sphere(n, 20, 0)) / law
            conditions.append(0.9 < quotient < 1.6)
    return failures(*conditions)


def digits_on_ten_components() -> Finding:
    """Compare lambda_min of fifty digits on ten principal components with a closed form."""
    rows = digits()[0]
    centred = rows - rows.mean(axis=0)
    scores = centred[:50] @ np.linalg.svd(centred, full_matrices=False)[2][:10].T
    x = scores / norm(scores, axis=1, keepdims=True)
    return deterministic(float(min_eigenvalue(x, activation=relu)), _smallest("relu", x), 1e-9)


def _layer(name: str) -> tuple[Layer, float]:
    """Return a layer's map of correlations with its slope, and chi."""
    if name == "relu":

        def kinked(rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            passed = 0.5 + np.arcsin(np.clip(rho, -1, 1)) / math.pi
            return rho * passed + np.sqrt(np.maximum(1 - rho**2, 0)) / math.pi, passed

        return kinked, 1.0
    shares = _squares(FUNCTIONS[name][0], 300)
    total = _moment(FUNCTIONS[name][0])
    shares /= total
    steep = shares[1:] * np.arange(1, 301)

    def smooth(rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = np.polynomial.polynomial.polyval(rho, shares)
        return values, np.polynomial.polynomial.polyval(rho, steep)

    return smooth, _moment(FUNCTIONS[name][1]) / total


def _circle(n: int, name: str, depth: int) -> np.ndarray:
    """Return lambda_min of the cosine kernel at depths 1..depth for n points on a circle, n odd."""
    layer, growth = _layer(name)
    rho = np.cos(2 * math.pi * np.arange(1, n) / n)
    kernel, diagonal, found = rho, 1.0, []
    for _ in range(depth):
        rho, slope = layer(rho)
        kernel, diagonal = rho + slope * kernel, 1 + growth * diagonal
        row = np.append(1.0, kernel / diagonal)
        found.append(np.fft.fft(row).real.min())
    return np.array(found)


def depth_makes_up_for_dimension() -> Finding:
    """Test that lambda_min on the circle rises at every depth, from < 1e-7 to > 1/2."""
    conditions = []
    for name in ("tanh", "swish"):
        risen = _circle(21, name, 40)
        conditions += [np.diff(risen) > 0, risen[0] < 1e-7, risen[-1] > 0.5]
    return failures(*conditions)


def _twenty_layers(name: str) -> Callable[[], Finding]:
    """Compare lambda_min of 21 points at depth 20: the library, and a circulant by hand."""

    def compute() -> Finding:
        activation = {"tanh": tanh, "relu": relu}[name]
        ours = float(deep_min_eigenvalue(circle(21), activation=activation, depth=20))
        return deterministic(ours, float(_circle(21, name, 20)[-1]), 1e-9)

    return compute


def _grow(sizes: np.ndarray, chances: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Return the sizes of the next generation of independent families."""
    family = np.repeat(np.arange(len(sizes)), sizes)
    children = draw.choice(len(chances), size=len(family), p=chances)
    return np.bincount(family, children, len(sizes)).astype(int)


def kernel_is_a_family_tree() -> Finding:
    """Draw families with an heir, and average rho^D for GELU, three layers and rho = 0.8."""
    draw, depth, trees, rho = np.random.default_rng(8), 3, 40_000, 0.8
    chances = _squares(FUNCTIONS["gelu"][0], 60)
    chances /= chances.sum()
    growth = float(np.sum(np.arange(61) * chances))
    marked = np.arange(61) * chances / growth
    shares = growth ** np.arange(depth, -1.0, -1)
    last = draw.choice(depth + 1, size=trees, p=shares / shares.sum())
    others = np.zeros(trees, int)
    for generation in range(depth):
        handing = generation < depth - last  # the parent here is still marked
        siblings = draw.choice(61, size=trees, p=marked) - 1
        own = draw.choice(61, size=trees, p=chances)  # of the last heir, once it has no heir
        others = _grow(others, chances, draw)
        others += np.where(handing, siblings, 0)
        others += np.where(generation == depth - last, own, 0)
    total = others + (last == 0)  # an heir in the last generation counts itself
    ours = math.cos(float(gradient_angle(math.acos(rho), activation=gelu, depth=depth)))
    return averaged(ours, rho ** total.astype(float))


def _families(name: str, depth: int, size: int) -> np.ndarray:
    """Return P(D_L = k) for k < size by multiplying truncated power series."""
    shares = _squares(FUNCTIONS[name][0], 80)
    shares /= _moment(FUNCTIONS[name][0])
    steep = shares[1:] * np.arange(1, 81)

    def put(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
        total = np.zeros(size)
        for chance in outer[::-1]:
            total = np.convolve(total, inner)[:size]
            total[0] += chance
        return total

    growth = _moment(FUNCTIONS[name][1]) / _moment(FUNCTIONS[name][0])
    rho = np.zeros(size)
    rho[1] = 1.0
    kernel, diagonal = rho, 1.0
    for _ in range(depth):
        slope, rho = put(steep, rho), put(shares, rho)
        kernel = rho + np.convolve(slope, kernel)[:size]
        diagonal = 1 + growth * diagonal
    return kernel / diagonal


def large_families_make_large_eigenvalues() -> Finding:
    """Count depths at which lambda_min on 9 points is below the bound from family sizes."""
    rho = np.abs(np.cos(2 * math.pi * np.arange(1, 9) / 9))
    conditions = []
    for name in ("tanh", "gelu", "swish"):
        exact = _circle(9, name, 8)
        for depth in (1, 2, 4, 8):
            weights = _families(name, depth, 300)
            sums = np.array([np.sum(rho**k) for k in range(300)])
            bound = float(np.sum(weights * np.maximum(1 - sums, 0)))
            conditions += [bound > 0, exact[depth - 1] >= bound - 1e-13]
    return failures(*conditions)


def logarithmic_depth_is_enough() -> Finding:
    """Count depths at which lambda_min is below 1 - (n - 1)(1 + m) chi^-m."""
    conditions = []
    for name, n in (("tanh", 5), ("tanh", 41), ("gelu", 5), ("swish", 21)):
        layer, growth = _layer(name)
        low, high = 0.0, 1.0
        for _ in range(60):  # the correlation at which the slope is 1
            middle = (low + high) / 2
            low, high = (low, middle) if layer(np.array(middle))[1] > 1 else (middle, high)
        rate = float((1 - layer(np.array(low))[0]) / (1 - low))
        largest = math.cos(math.pi / n)  # n odd: the nearest is almost opposite
        first = max(0, math.ceil(math.log((1 - low) / (1 - largest)) / math.log(rate)))
        m = np.arange(1, 151)
        bound = 1 - (n - 1) * (1 + m) * growth ** -m.astype(float)
        exact = _circle(n, name, first + 150)[first:]
        conditions += [exact >= bound - 1e-12, bound[-1] > 0, 1 < rate < growth]
    return failures(*conditions)


def how_the_rest_vanishes() -> Finding:
    """Measure chi^L (1 - lambda_min) of GELU at depth 200, on five points of a circle."""
    layer, growth = _layer("gelu")
    rest = next(p for p in correlation_fixed_points(gelu) if p.stable)
    star = float(rest.value)
    ours = (growth - 1) / growth * star / (1 - float(layer(np.array(star))[1]))
    return deterministic(ours, growth**200 * (1 - float(_circle(5, "gelu", 200)[-1])), 1e-4)


def relu_needs_depth() -> Finding:
    """Count sets and depths with lambda_min > L delta / (2 pi) + delta^2 / 2 for ReLU."""
    conditions = []
    for n in (5, 21, 81, 321):
        delta, depth = 2 * math.pi / n, np.arange(1, 101)
        bound = depth * delta / (2 * math.pi) + delta**2 / 2
        conditions.append(_circle(n, "relu", 100) <= bound)
    return failures(*conditions)


def where_tanh_overtakes() -> Finding:
    """Find the first depth at which tanh has the larger lambda_min on 21 points."""
    ahead = _circle(21, "tanh", 40) > _circle(21, "relu", 40)
    return Finding(23.0, float(np.argmax(ahead)) + 1, 0.0)


def _opened(gap: float, depth: int) -> float:
    """Return 1 - cos phi_L of tanh for two inputs with 1 - rho = gap."""
    shares = _squares(np.tanh, 250) / _moment(np.tanh)
    k = np.arange(251)
    growth = float(np.sum(k * shares))
    missing, diagonal = gap, 1.0
    for _ in range(depth):
        lost = -np.expm1(np.maximum(k - 1, 0) * math.log1p(-gap))
        slope_gap = float(np.sum(k * shares * lost))
        gap = float(np.sum(shares * -np.expm1(k * math.log1p(-gap))))
        missing = gap + slope_gap * (diagonal - missing) + growth * missing
        diagonal = 1 + growth * diagonal
    return missing / diagonal


def layers_for_a_smaller_angle() -> Finding:
    """Compare 1 - cos phi at depth L with that of a pair closer by chi^5, ten layers later."""
    growth = _moment(FUNCTIONS["tanh"][1]) / _moment(np.tanh)
    ours = _opened(1e-9, 115)
    return deterministic(ours, _opened(1e-9 / growth**10, 125), 1e-6)


def _rank(shares: list[int], depth: int, n: int) -> int:
    """Return the rank of A_L for rational points of a circle, modulo a prime."""
    prime = 2**61 - 1
    points = []
    for q in range(2, n + 2):  # all in one open quarter, so that no two are opposite
        inverse = pow(1 + q * q, -1, prime)
        points.append(((1 - q * q) * inverse % prime, 2 * q * inverse % prime))
    over = pow(sum(shares), -1, prime)

    def entry(rho: int) -> int:
        kernel = rho
        for _ in range(depth):
            slope = sum(k * t * pow(rho, k - 1, prime) for k, t in enumerate(shares) if k) * over
            rho = sum(t * pow(rho, k, prime) for k, t in enumerate(shares)) * over % prime
            kernel = (rho + slope * kernel) % prime
        return kernel

    rows = [[entry((a * c + b * e) % prime) for c, e in points] for a, b in points]
    rank = 0
    for column in range(n):
        pivot = next((i for i in range(rank, n) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        inverse = pow(rows[rank][column], -1, prime)
        for i in range(rank + 1, n):
            factor = rows[i][column] * inverse % prime
            if factor:
                rows[i] = [
                    (u - factor * v) % prime for u, v in zip(rows[i], rows[rank], strict=True)
                ]
        rank += 1
    return rank


def rank_by_depth() -> Finding:
    """Compare ranks with p^L + 1 for z^2 and z^3 and with 2 p^L + 1 for z + z^2, exactly."""
    cases = [([1, 0, 2], depth, 2**depth + 1) for depth in (1, 2, 3)]
    cases += [([0, 9, 0, 6], depth, 3**depth + 1) for depth in (1, 2)]
    cases += [([1, 1, 2], depth, 2 * 2**depth + 1) for depth in (1, 2, 3)]
    return failures(*(_rank(shares, depth, top + 2) == top for shares, depth, top in cases))


def embeddings_end_early() -> Finding:
    """Find lambda_min of GELU's embedding kernel at depth 300 by its closed form."""
    star = float(next(p for p in correlation_fixed_points(gelu) if p.stable).value)

    def dual(rho: np.ndarray) -> np.ndarray:
        root = np.sqrt(4 - rho**2)
        return rho / 4 + (rho * np.arcsin(rho / 2) + 1 / root) / (2 * math.pi)

    rho = np.cos(2 * math.pi * np.arange(1, 7) / 7)
    for _ in range(300):
        rho = dual(rho) / dual(np.array(1.0))
    return deterministic(1 - star, float(np.fft.fft(np.append(1.0, rho)).real.min()), 1e-6)


def networks_follow() -> Finding:
    """Test the mean of lambda_min over eight networks of width 512 against infinite width."""
    x, conditions = circle(9), []
    for activation in (tanh, relu):
        for depth in (1, 3):
            values = []
            for key in jax.random.split(jax.random.key(depth), 8):
                weights = init_mlp(key, (2, *[512] * depth, 1))
                kernel = np.asarray(empirical_ntk(weights, x, activation=activation))
                lengths = np.sqrt(np.diag(kernel))
                values.append(eigvalsh(kernel / np.outer(lengths, lengths))[0])
            share = np.mean(values) / _circle(9, activation.name, depth)[-1]
            conditions.append(0.6 < share < 1.1)
    return failures(*conditions)


MEASURED: Basis = "measured in this book"
CLAIMS = [
    Claim(
        id="B6",
        paper=PAPER,
        locator="abstract",
        statement="If the data spans many dimensions, smooth activations have large eigenvalues "
        "as well.",
        quantity="leads of ReLU over tanh and swish outside > 50, < 10, < 3 for 20 random points "
        "in 3, 10 and 40 dimensions, count",
        basis="stated in the paper",
        verdict="holds",
        limits=ABSTRACT + "Medians over nine throws of points uniform on the sphere.",
        compute=dimension_closes_the_gap,
    ),
    _ours(
        "B6b",
        "ELU is ahead of tanh in 3 dimensions and behind in 7, 10, 14 and 20, for 20 random "
        "points.",
        "dimensions in which the medians of nine throws are in the other order, count",
        tanh_passes_elu,
        basis=MEASURED,
    ),
    _ours(
        "B6c",
        "The energy of ELU above degree 1 is ½ + e²Φ(−2) − (½ + √e Φ(−1))².",
        "T₁ of ELU",
        energy_of_elu_above_degree_one,
    ),
    _ours(
        "B6d",
        "If no two of n unit rows have a correlation above μ in absolute value, λmin(G_σ) is at "
        "least T_p (1 − (n − 1) μ^(p+1)), for every p.",
        "sets of rows, activations and p that break it, count",
        nearly_orthogonal_rows,
    ),
    _ours(
        "B6e",
        "Two random directions in d dimensions have |ρ| ≥ μ with probability at most "
        "2 exp(−dμ²/2).",
        "dimensions and μ that break it, count",
        correlations_are_small,
    ),
    _ours(
        "B6f",
        "The part of ρ^j at degree j is the product of (i + d − 2)/(2i + d − 2) over i < j, which "
        "tends to 1 with the dimension.",
        "part of ρ⁶ at degree 6 in nine dimensions",
        top_harmonic_of_a_power,
    ),
    _ours(
        "B6g",
        "For n random points the matrix of P_j(x·z) differs from I by n(n − 1)/N_j in mean square.",
        "mean squared Frobenius norm, 12 points in 5 dimensions, degree 3",
        second_moment_of_harmonics,
    ),
    _ours(
        "B6h",
        "The fourth moment of that difference is the sum over words of two, three and four "
        "letters.",
        "mean trace of the fourth power, 12 points in 5 dimensions, degree 3",
        fourth_moment_of_harmonics,
    ),
    _ours(
        "B6i",
        "λmin of random points follows the edge law, the sum of Γ_j (1 − √(n/N_j))₊².",
        "cases outside 0.9 to 1.6 times the law, of six in 20 dimensions, count",
        edge_law,
        limits="A rule of thumb. The ratio is nearer to 1 with more points.",
        basis=MEASURED,
    ),
    _ours(
        "B6j",
        "λmin of fifty digits on ten principal components, ReLU.",
        "smallest eigenvalue of G_σ",
        digits_on_ten_components,
        basis=MEASURED,
    ),
    Claim(
        id="B7",
        paper=PAPER,
        locator="abstract",
        statement="With deep networks small dimension of the data is no limitation, provided the "
        "depth is sufficient.",
        quantity="depths up to 40 at which λmin of tanh or swish on 21 points of a circle does "
        "not rise, and ends outside < 1e-7 and > ½, count",
        basis="stated in the paper",
        verdict="holds",
        limits=ABSTRACT + "Ours is the normalised NTK at infinite width, and needs χ > 1: for "
        "the sigmoid, χ = 0.15, depth makes λmin smaller.",
        compute=depth_makes_up_for_dimension,
    ),
    _ours(
        "B7b",
        "21 points on a circle, tanh, depth 20.",
        "smallest eigenvalue of the cosine kernel",
        _twenty_layers("tanh"),
        basis=MEASURED,
    ),
    _ours(
        "B7c",
        "21 points on a circle, ReLU, depth 20.",
        "smallest eigenvalue of the cosine kernel",
        _twenty_layers("relu"),
        basis=MEASURED,
    ),
    _ours(
        "B7d",
        "The cosine of the gradient angle is the mean of ρ^D, with D the last generation of a "
        "random family with an heir.",
        "cos φ of GELU at depth 3 and ρ = 0.8, mean over 40 000 families",
        kernel_is_a_family_tree,
    ),
    _ours(
        "B7e",
        "λmin of the cosine kernel is at least the sum of P(D = k) (1 − s_k)₊.",
        "activations and depths that break it on nine points of a circle, or make it zero, count",
        large_families_make_large_eigenvalues,
    ),
    _ours(
        "B7f",
        "For χ > 1, λmin ≥ 1 − (n − 1)(1 + m) χ^(−m) at depth L₁ + m, where L₁ is logarithmic in "
        "the smallest angle.",
        "depths that break it, for four sets, count",
        logarithmic_depth_is_enough,
    ),
    _ours(
        "B7g",
        "If σ has a mean and χ > 1, then χ^L (1 − λmin) tends to (χ − 1)/χ · ρ*/(1 − λ).",
        "χ^L (1 − λmin) of GELU at depth 200",
        how_the_rest_vanishes,
    ),
    _ours(
        "B7h",
        "For ReLU, two rows at angle δ bound λmin by Lδ/(2π) + δ²/2.",
        "numbers of points and depths that break it, count",
        relu_needs_depth,
    ),
    _ours(
        "B7i",
        "On 21 points of a circle tanh overtakes ReLU at depth 23.",
        "first depth at which tanh has the larger λmin",
        where_tanh_overtakes,
        basis=MEASURED,
    ),
    _ours(
        "B7j",
        "For smooth σ with χ > 1 a pair that is closer by the factor χ^(m/2) opens m layers later.",
        "1 − cos φ of tanh, 1 − ρ = 1e-9 at depth 115",
        layers_for_a_smaller_angle,
        basis="measured in this book",
    ),
    _ours(
        "B7k",
        "A polynomial of degree p has rank p^L + 1 at depth L on a circle if it is even or odd, "
        "else 2p^L + 1 if its Hermite coefficient of degree p − 1 is not zero.",
        "wrong ranks among z², z³ and z + z² up to depth 3, in exact arithmetic, count",
        rank_by_depth,
    ),
    _ours(
        "B7l",
        "For χ > 1 the embeddings' kernel has λmin → 1 − ρ*.",
        "λmin of GELU at depth 300, seven points on a circle",
        embeddings_end_early,
    ),
    _ours(
        "B7m",
        "Networks of width 512 have the λmin of infinite width up to some tens of per cent, at "
        "depths 1 and 3.",
        "cases outside 0.6 to 1.1 of it, of four, means over eight networks, count",
        networks_follow,
        limits="Nine points on a circle; on average the networks are below.",
        basis=MEASURED,
    ),
]
