"""Claims of Capacity about hidden units: effective overlap, ceilings, order of activations.

Measured without the library's averages and minimisers: machines are drawn, integrals are sums
over an even grid, closed forms of the effective overlap are written out, and distances come from
sorting.
"""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import log_ndtr
from scipy.stats import binom

from ntklib.activations import Activation, erf, identity, quadratic, relu, sign, tanh
from ntklib.capacity import (
    binary_capacity,
    binary_curve,
    binary_entropy,
    finite_capacity,
    overlap,
    spherical_capacity,
    squared_distances,
)
from ntklib.claims.capacity import PAPER, own_claim
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.sums import hermite_squares, normal_grid
from ntklib.stored import stored

_ours = partial(own_claim, PAPER, "ReLU versus threshold")

LIMIT = 2 * math.pi / (math.pi - 1)
VARIANCE = (math.pi - 1) / (2 * math.pi)  # of ReLU
Z, DENSITY = normal_grid(4001, 12.0)
EFFECTIVE: dict[Activation, Callable[[float], float]] = {
    identity: lambda q: q,
    erf: lambda q: math.asin(2 * q / 3) / math.asin(2 / 3),
    relu: lambda q: (math.sqrt(1 - q * q) + q * (math.pi / 2 + math.asin(q)) - 1) / (math.pi - 1),
    quadratic: lambda q: q * q,
    sign: lambda q: 2 / math.pi * math.asin(q),
}


def stabilities(activation: Activation, m: int, q: float, patterns: int) -> np.ndarray:
    """Return the stabilities of two machines, shape (2, patterns), from random inputs."""
    draw = np.random.default_rng(m)
    v, noise = draw.standard_normal((2, patterns, m))
    pair = np.stack([v, q * v + math.sqrt(1 - q * q) * noise])
    if activation == sign:
        return np.sign(pair).sum(axis=-1) / math.sqrt(m)
    balanced = 1.0 - 2.0 * (np.arange(m) % 2)
    return np.maximum(pair, 0) @ balanced / math.sqrt(m * VARIANCE)


def _covariance(activation: Activation, m: int, q: float) -> Callable[[], Finding]:
    """Return the comparison of the effective overlap with a covariance of outputs."""

    def compute() -> Finding:
        first, second = stabilities(activation, m, q, 100_000)
        return averaged(float(overlap(activation, q)), first * second)

    return compute


def _kurtosis(activation: Activation, m: int, of_one_unit: float) -> Callable[[], Finding]:
    """Return the comparison of m times the excess kurtosis with that of one unit."""

    def compute() -> Finding:
        u = stabilities(activation, m, 0.0, 200_000).ravel()
        return averaged(of_one_unit, m * (u**4 - 3))

    return compute


def _excess_of_relu() -> float:
    """Return the excess kurtosis of ReLU of a normal variable."""
    mean = 1 / math.sqrt(2 * math.pi)
    cubed = 2 * mean
    fourth = 1.5 - 4 * mean * cubed + 6 * mean**2 * 0.5 - 3 * mean**4
    return fourth / VARIANCE**2 - 3


def relu_stays_finite() -> Finding:
    """Look at the ceiling of ReLU machines of growing width."""
    ceilings = [finite_capacity(relu, units=m, samples=20_000) for m in (2, 4, 8, 16, 32)]
    return failures([each + 4 * each.error < 3.3 for each in ceilings])


def load_where_solutions_shrink() -> Finding:
    """Follow the load of overlap q as q goes to 1, for ReLU, by an integral of its own."""

    def load(gap: float) -> float:
        theta = 2 * math.asin(math.sqrt(gap / 2))  # q = cos(theta) = 1 - gap
        apart = (math.pi * gap - math.sin(theta) + theta * (1 - gap)) / (math.pi - 1)
        t = math.sqrt((1 - apart) / apart)
        u = np.arange(-12.0, 12.0 * t, 0.01)
        inverse_mills = np.exp(-(u**2) / 2 - log_ndtr(-u)) / math.sqrt(2 * math.pi)
        weights = np.exp(-((u / t) ** 2) / 2) / (t * math.sqrt(2 * math.pi)) * 0.01
        slope = (math.pi - theta) / (math.pi - 1)
        return (1 - gap) * apart / (gap**2 * slope * float(weights @ inverse_mills**2))

    table = [load(1e-3 / 4**k) for k in range(5)]
    for order in range(1, 5):  # remove powers of the square root of 1 - q
        table = [(2**order * b - a) / (2**order - 1) for a, b in pairwise(table)]
    return deterministic(float(spherical_capacity(relu)), table[0], 1e-8)


def twice_the_mean_degree() -> Finding:
    """Sum the Hermite series of tanh, with coefficients from an even grid."""
    squares = hermite_squares(np.tanh(Z), Z, DENSITY, 140)[1:]
    measured = 2 * float(np.arange(1, 140) @ squares / squares.sum())
    return deterministic(float(spherical_capacity(tanh)), measured, 1e-7)


def covariances_of_the_comparison() -> Finding:
    """Write both processes as linear forms of normal numbers and compare all covariances."""
    draw, conditions = np.random.default_rng(0), []
    for m, n, patterns in ((1, 5, 4), (2, 3, 4), (4, 2, 3)):
        omega = draw.standard_normal((6, m, n))
        omega /= np.linalg.norm(omega, axis=2, keepdims=True)
        lam = draw.standard_normal((6, m, patterns))
        lam /= np.linalg.norm(lam, axis=(1, 2), keepdims=True)
        lengths = np.linalg.norm(lam, axis=2)
        shape = (6, 6, -1)  # omega, lambda, coefficients
        tensor = np.einsum("imn,jmp->ijmnp", omega, lam).reshape(shape)
        x = np.concatenate([tensor, np.broadcast_to(lengths, (6, 6, m))], axis=2)
        field = np.einsum("imn,jm->ijmn", omega, lengths).reshape(shape)
        flat = np.broadcast_to(lam.reshape(6, -1), (6, 6, m * patterns))
        y = np.concatenate([flat, field], axis=2)
        gap = np.einsum("ijc,klc->ijkl", x, x) - np.einsum("ijc,klc->ijkl", y, y)
        same = np.einsum("ijil->ijl", gap)
        conditions += [gap > -1e-12, np.abs(same) < 1e-12]
    return failures(*conditions)


def no_machine_beyond_its_ceiling() -> Finding:
    """Look for tasks beyond the ceilings among those that gradient descent stored."""
    parts = stored("tree_training")["parts"]
    beyond = [
        parts[f"{name}, load {load}"]["errors"]
        for name, loads in (("linear", (2.2, 2.4, 2.6, 2.8, 3.0)), ("relu", (3.0,)))
        for load in loads
    ]
    return failures(np.array(beyond) > 0)


def distance_of_sign() -> Finding:
    """Average the squared distance of nine sign units over random points."""
    z = np.random.default_rng(0).standard_normal((200_000, 9))
    majority = np.sort(z, axis=1)[:, 4:]  # the five largest have to be positive
    ours = 1 / float(finite_capacity(sign, units=9))
    return averaged(ours, (np.minimum(majority, 0) ** 2).sum(axis=1))


def root_of_the_width() -> Finding:
    """Extrapolate 1/E D^2 over the square root of m for sign units."""
    units = np.array([625, 2501, 10001])
    values = [float(finite_capacity(sign, units=int(m))) / math.sqrt(m) for m in units]
    measured = float(np.polyfit(1 / np.sqrt(units), values, 2)[-1])
    return deterministic(math.sqrt(72 / math.pi), measured, 1e-3)


def count_bound(m: int) -> float:
    """Return the load at which m H(1/(alpha m)) = 1."""

    def left(x: float) -> float:
        return m * (-x * math.log2(x) - (1 - x) * math.log2(1 - x)) - 1

    return 1 / (m * float(brentq(left, 1e-12, 0.5)))


def count_beats_distance() -> Finding:
    """Count labelings exactly above the bound, and compare it with the distance."""
    conditions = []
    for m in (3, 5, 7, 9, 31, 101):
        bound, distance = count_bound(m), float(finite_capacity(sign, units=m))
        n, patterns = 2000, round(1.02 * bound * 2000 * m)
        ways = patterns + binom.logcdf(n - 1, patterns - 1, 0.5) / math.log(2)  # log2, one unit
        conditions += [m * ways < patterns, (bound < distance) == (m >= 7)]
    return failures(conditions)


def _two_units(ties: str, ours: float) -> Callable[[], Finding]:
    """Return the comparison of the mean squared distance of two ReLU units."""

    def compute() -> Finding:
        z = np.random.default_rng(0).standard_normal((200_000, 2))
        return averaged(ours, squared_distances(relu, z, ties=ties))  # type: ignore[arg-type]

    return compute


def conventions_meet() -> Finding:
    """Compare ReLU machines of 2 to 16 units under both conventions."""
    units = (2, 4, 8, 16)
    low, high = (
        [finite_capacity(relu, units=m, samples=100_000, ties=ties, seed=m) for m in units]
        for ties in ("error", "correct")
    )
    return failures(
        [b - a > 4 * (a.error + b.error) for a, b in pairwise(low[:3])],
        [a - b > 4 * (a.error + b.error) for a, b in pairwise(high[:3])],
        abs(low[3] / high[3] - 1) < 1e-3,
        [each < LIMIT + 4 * each.error for each in low],
    )


def room(conjugate: float) -> tuple[float, float]:
    """Return the overlap and the entropy S of binary weights in fields of this variance."""
    field = math.sqrt(conjugate) * Z
    q = float(DENSITY @ np.tanh(field) ** 2)
    return q, float(DENSITY @ np.logaddexp(field, -field)) - conjugate * (1 - q) / 2


def energy(q: float) -> float:
    """Return E ln Phi(-sqrt(Q/(1-Q)) z) at an effective overlap."""
    return float(DENSITY @ log_ndtr(-math.sqrt(q / (1 - q)) * Z))


def lowest(objective: Callable[[float, float], float]) -> tuple[float, float]:
    """Return the overlap at which a function of q and S(q) is lowest, and its value there."""
    found = minimize_scalar(
        lambda each: objective(*room(math.exp(each))),
        bounds=(-6.0, 3.0),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return room(math.exp(found.x))[0], float(found.fun)


def _saddle(activation: Activation, alpha: float) -> tuple[float, float]:
    """Return the overlap and the entropy of binary solutions."""
    effective = EFFECTIVE[activation]
    return lowest(lambda q, entropy: entropy + alpha * energy(effective(q)))


def _binary(activation: Activation) -> Callable[[], Finding]:
    """Return the comparison of a binary capacity."""

    def compute() -> Finding:
        effective = EFFECTIVE[activation]
        value = lowest(lambda q, entropy: -entropy / energy(effective(q)))[1]
        return deterministic(float(binary_capacity(activation)), value, 1e-9)

    return compute


def order_of_activations() -> Finding:
    """Compare effective overlaps, entropies and capacities of five activations."""
    order = (identity, erf, relu, sign, quadratic)
    grid = np.linspace(0, 1, 201)
    curves = [[EFFECTIVE[each](q) for q in grid] for each in order[:4]]
    entropies = [[_saddle(each, alpha)[1] for alpha in (0.3, 0.6, 0.9)] for each in order]
    capacities = [float(binary_capacity(each)) for each in order]
    return failures(
        np.diff(curves, axis=0) <= 1e-14,
        np.diff(entropies, axis=0) > 0,
        np.diff([*capacities, 1.0]) > 0,
    )


def entropy_at_six_tenths() -> Finding:
    """Compute the entropy of binary ReLU machines at load 0.6."""
    return deterministic(float(binary_entropy(relu, 0.6)), _saddle(relu, 0.6)[1], 1e-9)


def _distance(activation: Activation) -> Callable[[], Finding]:
    """Return the comparison of the distance of two solutions at load 0.6."""

    def compute() -> Finding:
        ours = (1 - float(binary_curve(activation, np.array([0.6])).overlap[0])) / 2
        return deterministic(ours, (1 - _saddle(activation, 0.6)[0]) / 2, 1e-6)

    return compute


REPLICAS = "A replica-symmetric computation, not a theorem."
RIGHT = "squared distance from a normal point to the region of right answers"

CLAIMS = [
    *(
        _ours(
            id,
            "Outputs of two tree machines with overlap q have the covariance Q(q), exactly, at "
            f"every width; here {m} {name} units.",
            f"covariance at q = {q}, mean over 100 000 patterns",
            _covariance(sigma, m, q),
        )
        for id, name, sigma, m, q in (
            ("C2", "ReLU", relu, 4, 0.6),
            ("C2b", "sign", sign, 15, 0.6),
            ("C2c", "ReLU", relu, 64, 0.3),
        )
    ),
    *(
        _ours(
            id,
            "The excess kurtosis of an output is that of one unit over the number of units.",
            f"m times the excess, {m} {name} units, mean over 400 000 outputs",
            _kurtosis(sigma, m, excess),
        )
        for id, name, sigma, m, excess in (
            ("C2d", "ReLU", relu, 4, _excess_of_relu()),
            ("C2e", "sign", sign, 5, -2.0),
        )
    ),
    Claim(
        id="C3",
        paper=PAPER,
        locator="Abstract",
        statement="The storage capacity of ReLU machines stays finite as the number of hidden "
        "units grows.",
        quantity="failures of 1/E D² < 3.3 for 2, 4, 8, 16 and 32 units, spherical weights",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="The abstract was read, not the paper. This book proves 1/E D² as a ceiling, for "
        "normal inputs, and 2π/(π − 1) as its upper limit for many units. The other half of the "
        "sentence, that threshold units diverge, is not proved here.",
        compute=relu_stays_finite,
    ),
    _ours(
        "C3b",
        "The replica-symmetric capacity of wide ReLU machines is 2π/(π − 1).",
        "load at which the overlap of solutions reaches 1, square roots of 1 − q removed",
        load_where_solutions_shrink,
        limits="The value is a theorem as a ceiling; as the capacity of the model it is a "
        "replica-symmetric computation, and too high.",
    ),
    _ours(
        "C3c",
        "The replica-symmetric capacity is twice the mean Hermite degree.",
        "twice the mean degree of tanh, from its series",
        twice_the_mean_degree,
        limits=REPLICAS,
    ),
    _ours(
        "C3d",
        "The two Gaussian processes behind the ceiling have equal variances and ordered "
        "covariances.",
        "failures over all pairs of indices, 1, 2 and 4 units",
        covariances_of_the_comparison,
    ),
    _ours(
        "C3e",
        "No machine stores more than the ceiling.",
        "tasks that gradient descent stored at loads above 2 (linear) and 2.93 (ReLU), 240 weights",
        no_machine_beyond_its_ceiling,
        limits="The theorem is about N → ∞; at 240 weights tasks just above would be no surprise.",
    ),
    _ours(
        "C4",
        "For sign units D² is the sum of the smallest squares that make a majority.",
        f"mean {RIGHT}, nine units, over 200 000 points",
        distance_of_sign,
    ),
    _ours(
        "C4b",
        "For m sign units 1/E D² grows like √(72m/π).",
        "limit of 1/E D² over √m, from 625, 2501 and 10 001 units",
        root_of_the_width,
        limits="A ceiling; the capacity itself grows more slowly (C4c).",
    ),
    _ours(
        "C4c",
        "m sign units store no more than the load at which m H(1/(αm)) = 1, which is below "
        "1/E D² from m = 7 on.",
        "failures, 3 to 101 units, Cover's count at 2000 weights a unit",
        count_beats_distance,
    ),
    *(
        _ours(
            id,
            f"Two ReLU units with ties counted as {word} have E D² = {text}.",
            f"mean {RIGHT}, over 200 000 points",
            _two_units(ties, value),
        )
        for id, ties, word, text, value in (
            ("C5", "error", "errors", "3/4", 0.75),
            (
                "C5b",
                "correct",
                "correct",
                "3/8 − √2/(4π)",
                3 / 8 - math.sqrt(2) / (4 * math.pi),
            ),
        )
    ),
    _ours(
        "C5c",
        "1/E D² of ReLU machines rises with the number of units if ties are errors, falls if they "
        "are correct, and at 16 units no longer depends on the convention.",
        "failures for 2, 4, 8 and 16 units, four standard errors",
        conventions_meet,
        basis="measured in this book",
    ),
    *(
        _ours(
            id,
            f"Wide tree machines with binary weights and {name} units have a replica-symmetric "
            f"capacity of {text}.",
            "smallest quotient of entropy and energy",
            _binary(sigma),
            limits=REPLICAS,
            basis="measured in this book",
        )
        for id, name, text, sigma in (
            ("C8f", "sign", "0.9470", sign),
            ("C8g", "ReLU", "0.9040", relu),
            ("C8h", "quadratic", "0.99941, below 1", quadratic),
            ("C8i", "erf", "0.8698", erf),
        )
    ),
    _ours(
        "C8j",
        "With binary weights a smaller effective overlap stores more: linear, erf, ReLU, sign, "
        "and then quadratic, all below 1.",
        "failures of the order of overlaps (first four), entropies and capacities",
        order_of_activations,
        limits=f"{REPLICAS} The place of the quadratic is measured, not proved.",
    ),
    _ours(
        "C8k",
        "The entropy of binary solutions is the minimum of S(q) + α E(Q(q)).",
        "entropy per weight of ReLU machines at load 0.6, in nats",
        entropy_at_six_tenths,
        limits=REPLICAS,
    ),
    *(
        _ours(
            id,
            "At load 0.6 typical binary solutions of ReLU machines are closer to each other than "
            f"those of sign machines; here {name}.",
            "share of weights in which two solutions differ",
            _distance(sigma),
            limits=REPLICAS,
            basis="measured in this book",
        )
        for id, name, sigma in (("C9", "ReLU", relu), ("C9b", "sign", sign))
    ),
]
