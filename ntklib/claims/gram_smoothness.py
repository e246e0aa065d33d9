"""Claims of Gram about smoothness: exponential decay, polynomial ranks, counting, training.

The library's eigenvalues come from ball arithmetic. They are compared with sums over random walks,
with squares of Fourier coefficients of single units, and with matrices of forty digits, all made
here.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial

import jax.numpy as jnp
import numpy as np
from flint import fmpq, fmpq_mat
from mpmath import mp
from numpy.linalg import eigvalsh, norm, svd
from scipy.special import expit, gammaln, logsumexp

from ntklib.activations import Activation, elu, gelu, relu, sigmoid, swish, tanh
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.data import circle, directions
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.gram import PAPER
from ntklib.dual import second_moment
from ntklib.gram import gram_factor, gram_matrix, min_eigenvalue, upper_bound
from ntklib.stored import stored

HERE = "this book, Smoothness"
STEP = 0.05  # of midpoint sums; their integrands are analytic, and the sums exact
DIGITS = 50


def log_energies(log_weights: np.ndarray, degrees: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Return the logarithms of Gamma_j on the circle from those of k a_k^2, by random walks."""
    found = []
    for each in j:
        late = degrees >= each
        k = degrees[late]
        walk = gammaln(k + 1) - gammaln((k - each) / 2 + 1) - gammaln((k + each) / 2 + 1)
        found.append(logsumexp(log_weights[late] + walk - (k - 1) * math.log(2)))
    return np.array(found)


def _pole_weights(k: np.ndarray, tau: float, *, swished: bool) -> np.ndarray:
    """Return log(k a_k^2) of tanh, of the sigmoid, or of swish, by the integral over t."""
    t = np.arange(STEP / 2, 90, STEP)
    core = -np.log(np.sinh(tau * t)) - t**2 / 2
    core += np.log(math.pi / np.tanh(math.pi * t)) if swished else 0
    terms = k[:, None] * np.log(t) + core - gammaln(k + 1)[:, None] / 2
    return 2 * (logsumexp(terms, axis=1) + math.log(STEP)) + np.log(k)


def front_factor(tau: float, swished: bool) -> Callable[[], Finding]:
    """Extrapolate Gamma_j / (j exp(-1.5 (2 tau j)^(2/3))) to j = infinity, in powers j^(-2/3)."""

    def compute() -> Finding:
        k = np.arange(2.0 if swished else 1.0, 6000, 2)
        j = np.array([150, 300, 450, 600]) + (not swished)
        logs = log_energies(_pole_weights(k, tau, swished=swished), k, j)
        ratios = np.exp(logs - np.log(j) + 1.5 * (2 * tau * j) ** (2 / 3))
        basis = np.stack([j ** (-2 * i / 3) for i in range(4)], axis=1)
        ours = 4 / tau * math.sqrt(2 * math.pi / 3) * math.exp(tau**2 / 6)
        ours *= math.pi**2 if swished else 1
        return deterministic(ours, float(np.linalg.solve(basis, ratios)[0]), 1e-4)

    return compute


def by_units(slope: Callable[[np.ndarray], np.ndarray], n: int) -> float:
    """Return the smallest eigenvalue on n points of a circle, a mean over lengths of weights.

    A unit of length r puts |s(j - 1)|^2 + |s(j + 1)|^2 into the energy of degree j, s being the
    Fourier coefficients of sigma'(r cos phi): squares, so that rounding stays below 1e-31.
    """
    nodes, weights = np.polynomial.legendre.leggauss(240)
    r, turns = 7 * (nodes + 1), 4096
    chances = 7 * weights * r * np.exp(-(r**2) / 2)
    wave = slope(r[:, None] * np.cos(2 * math.pi * np.arange(turns) / turns))
    power = chances @ np.abs(np.fft.rfft(wave) / turns) ** 2
    power = np.concatenate([power[:0:-1], power])  # degrees -turns / 2 ... turns / 2
    halves = power[:-2] + power[2:]
    degrees = np.arange(len(halves)) - len(halves) // 2
    values = np.zeros(n)
    np.add.at(values, degrees % n, n * halves / 2)
    return float(values.min())


def _tanh_slope(z: np.ndarray, bias: float = 0.0) -> np.ndarray:
    return 1 / np.cosh(z + bias) ** 2


def _swish_slope(z: np.ndarray, gain: float = 1.0) -> np.ndarray:
    return expit(gain * z) * (1 + gain * z * expit(-gain * z))


def _by_library(activation: Activation, slope: Callable, n: int) -> Callable[[], Finding]:
    """Compare balls with squares of Fourier coefficients."""

    def compute() -> Finding:
        ours = float(min_eigenvalue(circle(n), activation=activation))
        return deterministic(ours, by_units(slope, n), 1e-4)  # rows are floats

    return compute


def _entries(rhos: list, tau: float) -> list:
    """Return the Gram function of tanh or the sigmoid at correlations, with fifty digits."""
    step, count = mp.mpf(1) / 16, 640
    t = [(i + mp.mpf(1) / 2) * step for i in range(count)]
    heights = [step * mp.exp(-s * s / 2) * s / mp.sinh(tau * s) for s in t]
    totals = [mp.mpf(0)] * len(rhos)
    for k in range(1, 400, 2):
        square = mp.fsum(heights) ** 2 / mp.factorial(k)
        totals = [total + k * square * rho**k for total, rho in zip(totals, rhos, strict=True)]
        heights = [h * s * s for h, s in zip(heights, t, strict=True)]
    return totals


def _wave(n: int, frequency: int, tau: float) -> float:
    """Return the eigenvalue of one frequency on n points, by fifty digits and cancellation."""
    with mp.workdps(DIGITS):
        angles = [2 * mp.pi * i / n for i in range(n)]
        row = _entries([mp.cos(each) for each in angles], tau)
        waves = [mp.cos(frequency * each) for each in angles]
        return float(mp.fdot(row, waves))


def sigmoid_on_the_circle() -> Finding:
    """Compare the sigmoid on 31 points with fifty digits."""
    ours = float(min_eigenvalue(circle(31), activation=sigmoid))
    return deterministic(ours, min(_wave(31, k, mp.pi) for k in (0, 2)), 1e-5)


def constant_labels_are_the_hardest() -> Finding:
    """Compare tanh's smallest eigenvalue on 41 points with that of the constant vector."""
    ours = float(min_eigenvalue(circle(41), activation=tanh))
    return deterministic(ours, _wave(41, 0, mp.pi / 2), 1e-6)


def gelu_rate() -> Finding:
    """Extrapolate -ln Gamma_j per degree for GELU, without its factor sqrt(j)."""
    m = np.arange(1, 1000)
    central = gammaln(2 * m + 1) - 2 * gammaln(m + 1) - m * math.log(16)
    squares = central + np.log(0.5 + 4 * m / (2 * m - 1.0) ** 2) - math.log(2 * math.pi)
    j = np.array([40, 80, 160, 320])
    logs = log_energies(squares + np.log(2 * m), 2.0 * m, j) - np.log(j) / 2
    slopes = -np.diff(logs) / np.diff(j)  # arccosh 2 + O(1 / j^2)
    return deterministic(math.acosh(2), float((4 * slopes[-1] - slopes[-2]) / 3), 1e-5)


def even_circles() -> Finding:
    """Count even circles on which an exact zero is missed, or found where there is none."""
    conditions = []
    for n in (6, 8, 12):
        for activation in (relu, swish, gelu, tanh):
            found = min_eigenvalue(circle(n), activation=activation)
            values = eigvalsh(gram_matrix(circle(n), activation=activation))
            conditions += [found == 0, abs(values[0]) < 1e-13 * values[-1]]
        found = min_eigenvalue(circle(n), activation=elu)
        values = eigvalsh(gram_matrix(circle(n), activation=elu))
        conditions += [found > 1e-4, abs(values[0] / found - 1) < 1e-6]
    return failures(conditions)


def a_bias_of_a_tenth() -> Finding:
    """Find by how much tanh(z + 0.1) exceeds tanh on 41 points."""
    moved = Activation("shifted", lambda z: jnp.tanh(z + 0.1))
    library = [float(min_eigenvalue(circle(41), activation=s)) for s in (moved, tanh)]
    units = [by_units(partial(_tanh_slope, bias=b), 41) for b in (0.1, 0.0)]
    return deterministic(library[0] / library[1], units[0] / units[1], 1e-6)


def smoothed_kink(s: float) -> float:
    """Return the limit of swish over ReLU at n / beta = s, from the Fourier transform."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    r = 7 * (nodes + 1)

    def energy(t: float) -> float:
        decay = np.exp(-math.pi * t / r)
        h = (math.pi * t / r) ** 2 * 2 * decay * (1 + decay**2) / (1 - decay**2) ** 2
        return float(7 * weights * r * np.exp(-(r**2) / 2) @ h**2)

    return 8 / math.pi**2 * sum(energy(i * s) / i**2 for i in range(1, 60, 2))


def steep_swish() -> Finding:
    """Extrapolate the ratio of swish(beta z) / beta to ReLU at n / beta = 1.5."""
    ratios = []
    for n in (75, 225):
        kink = eigvalsh(gram_matrix(circle(n), activation=relu))[0]
        ratios.append(by_units(partial(_swish_slope, gain=n / 1.5), n) / kink)
    limit = ratios[1] + (ratios[1] - ratios[0]) / 8  # the rest is of order n^-2
    return deterministic(smoothed_kink(1.5), limit, 1e-5)


def finite_networks_lie_below_in_the_mean() -> Finding:
    """Count settings in which the mean over networks exceeds the limit by four errors."""
    draw, conditions = np.random.default_rng(3), []
    settings = ((tanh, 9, 256), (tanh, 15, 1024), (swish, 9, 512), (relu, 15, 256))
    for activation, n, width in settings:
        limit = float(min_eigenvalue(circle(n), activation=activation))
        values = np.array([_network(activation, n, width, draw) for _ in range(40)])
        error = values.std(ddof=1) / math.sqrt(len(values))
        conditions.append(values.mean() <= limit + 4 * error)
    return failures(conditions)


def _network(activation: Activation, n: int, width: int, draw: np.random.Generator) -> float:
    factor = gram_factor(draw.standard_normal((width, 2)), circle(n), activation=activation)
    return float(svd(np.linalg.qr(np.asarray(factor).T, mode="r"), compute_uv=False)[-1] ** 2)


def geometric_at_fixed_width() -> Finding:
    """Count networks whose smallest eigenvalue exceeds the bound, on random inputs."""
    draw, conditions = np.random.default_rng(4), []
    for n in (7, 13, 25, 41):
        theta = draw.uniform(0, 2 * math.pi, n)
        x = np.stack([np.cos(theta), np.sin(theta)], axis=1)
        for width in (8, 64):
            w = draw.standard_normal((width, 2))
            factor = np.asarray(gram_factor(w, x, activation=tanh))
            found = svd(factor, compute_uv=False)[n - 1] ** 2 if n <= 2 * width else 0.0
            for s in (0.5, 1.0, 1.4):
                y = math.asinh(s / norm(w, axis=1).max())
                bound = 4 * n / math.cos(s) ** 4 / (1 - math.exp(-y)) ** 2
                bound *= math.exp(-2 * y * ((n - 2) // 2))
                conditions.append(found <= bound)
    return failures(conditions)


def rational_sphere(count: int, dimension: int) -> list[list[Fraction]]:
    """Return unit vectors with rational entries, by stereographic projection."""
    draw, rows = np.random.default_rng(6), []
    for point in draw.integers(-40, 41, size=(count, dimension - 1)):
        square = int(point @ point)
        entries = [Fraction(2 * int(each), 1 + square) for each in point]
        rows.append([*entries, Fraction(square - 1, 1 + square)])
    return rows


def _exact_rank(weights: dict[int, int], dimension: int, count: int) -> Callable[[], Finding]:
    """Compare a count of monomials with the rank of sum_k weights_k rho^k in exact arithmetic."""

    def compute() -> Finding:
        rows = rational_sphere(40, dimension)
        entries = []
        for x in rows:
            for z in rows:
                rho = sum(a * b for a, b in zip(x, z, strict=True))
                value = sum(weight * rho**k for k, weight in weights.items())
                entries.append(fmpq(value.numerator, value.denominator))
        return Finding(float(count), float(fmpq_mat(40, 40, entries).rank()), 0.0)

    return compute


def counting_bounds_from_above() -> Finding:
    """Count random data sets on which the smallest eigenvalue exceeds the bound."""
    draw, conditions = np.random.default_rng(8), []
    for dimension in (2, 3, 5):
        for n in (6, 15, 30):
            x = draw.standard_normal((n, dimension))
            x /= norm(x, axis=1, keepdims=True)
            for activation in (relu, elu, tanh, gelu):
                values = eigvalsh(gram_matrix(x, activation=activation))
                bound = upper_bound(x, activation=activation)
                conditions.append(values[0] <= bound + 1e-12 * values[-1])
    return failures(conditions)


def _spiral(n: int) -> np.ndarray:
    """Return n points spread over the sphere in three dimensions, on a spiral."""
    height = 1 - (2 * np.arange(n) + 1) / n
    angle = math.pi * (1 + math.sqrt(5)) * np.arange(n)
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), height], axis=1)


def circle_energies_bound_in_space() -> Finding:
    """Count sets in three dimensions above n times the circle's energies beyond degree p."""
    k = np.arange(1.0, 2000, 2)
    degrees = np.arange(1, 100, 2)
    found = np.exp(log_energies(_pole_weights(k, math.pi / 2, swished=False), k, degrees))
    conditions = []
    for n in (11, 22, 37, 56, 79):
        p = max(each for each in degrees if math.comb(each + 2, 2) < n)
        bound = n * found[degrees > p].sum()
        for x in (_spiral(n), directions(n, 3)):
            values = eigvalsh(gram_matrix(x, activation=tanh))
            conditions.append(values[0] <= bound + 1e-12 * values[-1])
    return failures(conditions)


def _run(activation: str, n: int, name: str) -> np.ndarray:
    """Return what the stored run has of five networks."""
    return np.array(stored("gram_descent")["parts"][f"{activation}, n {n}"][name])


KINKED, SMOOTH = ("relu", "leaky_relu", "selu", "elu"), ("gelu", "swish", "tanh", "sigmoid")


def kinks_train_faster_on_ten_points() -> Finding:
    """Count orders of final losses that do not hold for all pairs out of five networks."""
    loss = {name: _run(name, 10, "loss")[:, -1] for name in (*KINKED, *SMOOTH)}
    pairs = [(a, b) for a in KINKED for b in SMOOTH]
    pairs += [("relu", "selu"), ("leaky_relu", "selu"), ("selu", "elu")]
    return failures([loss[a].max() < loss[b].min() for a, b in pairs])


def spectra_at_the_start() -> Finding:
    """Count pairs whose relative smallest eigenvalues, means of five, are not in this order."""
    conditions = []
    for n in (10, 50):
        ratio = {}
        for name in (*KINKED, *SMOOTH):
            values = _run(name, n, "eigenvalues")
            ratio[name] = (values[:, 0] / values[:, -1]).mean()
        conditions += [ratio[a] > ratio[b] for a in KINKED for b in SMOOTH]
    return failures(conditions)


def smallest_eigenvalue_of_ten_points() -> Finding:
    """Average the smallest eigenvalue of five tanh networks on ten points."""
    limit = float(min_eigenvalue(circle(10, math.pi), activation=tanh))
    return averaged(limit / float(second_moment(tanh)), _run("tanh", 10, "eigenvalues")[:, 0])


def relu_leaves_its_kernel_on_fifty_points() -> Finding:
    """Count networks with a loss below a hundred times that of the kernel at the start."""
    loss, kernel = (_run("relu", 50, name)[:, -1] for name in ("loss", "tangent"))
    return failures(loss > 100 * kernel)


FIVE = "five networks of width 4096 for each activation, stored run gram_descent"

CLAIMS = [
    *(
        Claim(
            id=id,
            paper=PAPER,
            locator=HERE,
            statement="On the circle the energies of " + who + " fall like "
            "(4/τ)√(2π/3) e^{τ²/6} j exp(−(3/2)(2τ)^{2/3} j^{2/3})" + factor + ".",
            quantity="the front factor, extrapolated from degrees 150 to 601",
            basis="proved in this book",
            verdict="ours",
            compute=front_factor(tau, swished),
        )
        for id, who, factor, tau, swished in (
            ("B3", "tanh, with its pole at τ = π/2,", "", math.pi / 2, False),
            ("B3b", "swish, with its pole at τ = π,", " times π²", math.pi, True),
        )
    ),
    *(
        Claim(
            id=id,
            paper=PAPER,
            locator=HERE,
            statement="The library finds the smallest eigenvalue of the Gram matrix where float64 "
            "sees little or nothing of it.",
            quantity=f"smallest eigenvalue for {activation.name} on 41 points of a circle",
            basis="measured in this book",
            verdict="ours",
            compute=_by_library(activation, slope, 41),
        )
        for id, activation, slope in (("B3c", tanh, _tanh_slope), ("B3d", swish, _swish_slope))
    ),
    Claim(
        id="B3e",
        paper=PAPER,
        locator=HERE,
        statement="The same, against a matrix of fifty digits.",
        quantity="smallest eigenvalue for the sigmoid on 31 points of a circle",
        basis="measured in this book",
        verdict="ours",
        compute=sigmoid_on_the_circle,
    ),
    Claim(
        id="B3f",
        paper=PAPER,
        locator=HERE,
        statement="GELU has no poles, and on the circle its energies fall geometrically, like "
        "√j (2 + √3)^{−j}.",
        quantity="rate per degree, extrapolated from degrees 80 to 320",
        basis="proved in this book",
        verdict="ours",
        compute=gelu_rate,
    ),
    Claim(
        id="B3g",
        paper=PAPER,
        locator=HERE,
        statement="On an odd number of points evenly spaced on a circle the hardest labels for "
        "tanh are constant ones.",
        quantity="smallest eigenvalue on 41 points, against that of the constant vector",
        basis="proved in this book",
        verdict="ours",
        limits="Proved for large n; checked for n = 9 to 61.",
        compute=constant_labels_are_the_hardest,
    ),
    Claim(
        id="B3h",
        paper=PAPER,
        locator=HERE,
        statement="On an even number n ≥ 6 of points evenly spaced on a circle the Gram matrices "
        "of ReLU, swish, GELU and tanh are singular; that of ELU is not.",
        quantity="wrong answers for n = 6, 8, 12",
        basis="proved in this book",
        verdict="ours",
        compute=even_circles,
    ),
    Claim(
        id="B3i",
        paper=PAPER,
        locator=HERE,
        statement="tanh lacks all even degrees; tanh(z + 0.1) has them, and its smallest "
        "eigenvalue is larger by orders of magnitude.",
        quantity="ratio of the smallest eigenvalues on 41 points of a circle",
        basis="measured in this book",
        verdict="ours",
        compute=a_bias_of_a_tenth,
    ),
    Claim(
        id="B3j",
        paper=PAPER,
        locator=HERE,
        statement="With n points on a circle, swish(βz)/β has the smallest eigenvalue of ReLU "
        "times a function of n/β alone, as n and β grow; a half is left at n/β = 1.3.",
        quantity="ratio at n/β = 1.5, extrapolated from n = 75 and 225",
        basis="measured in this book",
        verdict="ours",
        limits="The function is derived in the chapter, without error bounds.",
        compute=steep_swish,
    ),
    Claim(
        id="B3k",
        paper=PAPER,
        locator=HERE,
        statement="In the mean, networks of finite width have a smaller λ_min than their limit.",
        quantity="settings out of four, 40 networks each, with a mean above it by 4 errors",
        basis="proved in this book",
        verdict="ours",
        compute=finite_networks_lie_below_in_the_mean,
    ),
    Claim(
        id="B3l",
        paper=PAPER,
        locator=HERE,
        statement="At fixed width λ_min of a smooth activation falls geometrically in the number "
        "of points on a circle: λ_min ≤ 4nB²e^{−2py}/(1 − e^{−y})² for 2p + 1 < n, with "
        "sinh y = s/r, r the longest weight and B the bound of σ′ on |Im z| ≤ s.",
        quantity="failures among 24 cases, tanh on random points",
        basis="proved in this book",
        verdict="ours",
        compute=geometric_at_fixed_width,
    ),
    *(
        Claim(
            id=id,
            paper=PAPER,
            locator=HERE,
            statement="For a polynomial activation the rank of the Gram matrix is at most the "
            "number of monomials of its highest degree, plus that of the highest degree of the "
            "other parity; for almost all inputs it is that.",
            quantity=f"rank for {name} on 40 rational points, exact arithmetic",
            basis="proved in this book",
            verdict="ours",
            compute=_exact_rank(weights, dimension, count),
        )
        for id, name, weights, dimension, count in (
            ("B4", "z² in 4 dimensions", {2: 4}, 4, 10),
            ("B4b", "z³ in 4 dimensions", {1: 9, 3: 18}, 4, 20),
            ("B4c", "z² + z³ in 3 dimensions", {1: 9, 2: 4, 3: 18}, 3, 16),
        )
    ),
    Claim(
        id="B5h",
        paper=PAPER,
        locator=HERE,
        statement="λ_min ≤ n Σ Γ_j/(n − N_A), the sum over the degrees outside any set A with "
        "N_A < n harmonics.",
        quantity="failures on 36 random data sets in 2, 3 and 5 dimensions",
        basis="proved in this book",
        verdict="ours",
        compute=counting_bounds_from_above,
    ),
    Claim(
        id="B5i",
        paper=PAPER,
        locator=HERE,
        statement="In every dimension λ_min ≤ n Σ_{j > p} Γ_j with the energies of the circle, as "
        "soon as there are more inputs than polynomials of the degrees up to p that Γ has.",
        quantity="failures for tanh on ten sets in three dimensions",
        basis="proved in this book",
        verdict="ours",
        compute=circle_energies_bound_in_space,
    ),
    Claim(
        id="B8",
        paper=PAPER,
        locator="Abstract and Figure 1",
        statement="On data that spans few dimensions, networks with kinked activations train fast "
        "and those with smooth ones slowly.",
        quantity="failures of this order after 5000 steps, all pairs; n = 10 on a half circle",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Ten points: " + FIVE + ". With fifty points at this width ReLU keeps its place, "
        "but all losses are between 0.4 and 0.7, and ELU is behind GELU. Of the figure only the "
        "caption was read.",
        compute=kinks_train_faster_on_ten_points,
    ),
    Claim(
        id="B8b",
        paper=PAPER,
        locator="Abstract and Figure 1",
        statement="At the start the eigenvalues of the Gram matrix are large for kinked "
        "activations and small for smooth ones, on data that spans few dimensions.",
        quantity="failures of this order of λ_min/λ_max, n = 10 and 50 on a half circle",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Means of " + FIVE + ". With ten points ELU is above tanh by a fifth only.",
        compute=spectra_at_the_start,
    ),
    Claim(
        id="B8c",
        paper=PAPER,
        locator=HERE,
        statement="With fifty points on a half circle, ReLU networks of width 4096 are far behind "
        "their own kernel after 5000 steps.",
        quantity="networks, out of five, with a loss below 100 times that of the kernel",
        basis="measured in this book",
        verdict="ours",
        compute=relu_leaves_its_kernel_on_fifty_points,
    ),
    Claim(
        id="B8d",
        paper=PAPER,
        locator=HERE,
        statement="The smallest eigenvalue of tanh networks on ten points of a half circle is "
        "that of infinite width.",
        quantity="λ_min of the kernel of f with E f² = 1, mean of five networks of width 4096",
        basis="measured in this book",
        verdict="ours",
        compute=smallest_eigenvalue_of_ten_points,
    ),
]
