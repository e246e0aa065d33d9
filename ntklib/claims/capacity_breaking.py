"""Claims of Capacity about replica symmetry breaking: where it starts, and what it costs.

The library minimises closed forms along gradients; here averages are done again by the trapezoid
rule, without closed forms, in coordinates of their own, and the minimum is found without slopes.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import log_ndtr

from ntklib.activations import (
    Activation,
    erf,
    gelu,
    identity,
    leaky_relu,
    quadratic,
    relu,
    sign,
)
from ntklib.capacity import almeida_thouless, capacity_saddle, spherical_capacity
from ntklib.claims.capacity import PAPER, own_claim
from ntklib.claims.claim import Finding
from ntklib.claims.findings import deterministic, failures
from ntklib.claims.sums import hermite_squares, normal_grid

_ours = partial(own_claim, PAPER, "Replica symmetry breaking")
REPLICAS = "A replica computation, not a theorem."


class Machine(NamedTuple):
    """What a machine of many units is to the replica computation.

    Attributes:
        overlap: Q and its first two derivatives at q, as formulas.
        degree: Q'(1).
    """

    overlap: Callable[[float], tuple[float, float, float]]
    degree: float


def _relu(q: float) -> tuple[float, float, float]:
    turn, root = math.pi / 2 + math.asin(q), math.sqrt(1 - q * q)
    scale = math.pi - 1
    return (root + q * turn - 1) / scale, turn / scale, 1 / (root * scale)


def _leaky(slope: float) -> Machine:
    """Return the leaky ReLU as a linear part and |z|, whose dual has no linear part."""
    linear, even = (1 + slope) ** 2 / 4, (1 - slope) ** 2 / 4
    variance = linear + even * (1 - 2 / math.pi)

    def overlap(q: float) -> tuple[float, float, float]:
        root, arc = math.sqrt(1 - q * q), math.asin(q)
        value = linear * q + even * 2 / math.pi * (root + q * arc - 1)
        slope_here = linear + even * 2 / math.pi * arc
        return value / variance, slope_here / variance, even * 2 / math.pi / root / variance

    return Machine(overlap, (linear + even) / variance)


def _erf(q: float) -> tuple[float, float, float]:
    b, whole = 2 / 3, math.asin(2 / 3)
    root = math.sqrt(1 - (b * q) ** 2)
    return math.asin(b * q) / whole, b / root / whole, b**3 * q / root**3 / whole


def _sign(q: float) -> tuple[float, float, float]:
    root = math.sqrt(1 - q * q)
    return 2 / math.pi * math.asin(q), 2 / (math.pi * root), 2 * q / (math.pi * root**3)


RELU = Machine(_relu, math.pi / (math.pi - 1))
ERF = Machine(_erf, 2 / (3 * math.asin(2 / 3) * math.sqrt(1 - 4 / 9)))
QUADRATIC = Machine(lambda q: (q * q, 2 * q, 2.0), 2.0)
THIRD = Machine(lambda q: (q**3, 3 * q * q, 6 * q), 3.0)  # the third Hermite polynomial
LINEAR = Machine(lambda q: (q, 1.0, 0.0), 1.0)
SIGN = Machine(_sign, math.inf)


def log_mean(exponents: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the logarithm of the average of exp over the last axis."""
    top = exponents.max(axis=-1, keepdims=True)
    return np.log(np.exp(exponents - top) @ weights) + top[..., 0]


def one_step(machine: Machine, q0: float, omega: float, inner: int = 1001) -> float:
    """Return the load at which 1RSB has its last solution, both averages by summation."""
    (z, outer), (y, within) = normal_grid(121), normal_grid(inner)
    effective = machine.overlap(q0)[0]
    field = math.sqrt(effective) * z[:, None] + math.sqrt(1 - effective) * y
    soft = log_mean(-omega / machine.degree * np.minimum(field, 0) ** 2 / 2, within)
    room = 1 + omega * (1 - q0)
    return (math.log(room) + omega * q0 / room) / (-2 * float(outer @ soft))


def lowest(machine: Machine) -> float:
    """Return the minimum of `one_step`, found without slopes."""

    def load(coordinates: np.ndarray) -> float:
        return one_step(machine, float(np.sin(coordinates[0]) ** 2), math.exp(coordinates[1]))

    options = {"xatol": 1e-5, "fatol": 1e-10}
    return float(minimize(load, (0.9, 2.0), method="Nelder-Mead", options=options).fun)


def _one_step_of(sigma: Activation, machine: Machine) -> Callable[[], Finding]:
    """Return the comparison of the library's 1RSB capacity with `lowest`."""

    def compute() -> Finding:
        return deterministic(float(spherical_capacity(sigma, rsb=1)), lowest(machine), 1e-5)

    return compute


def two_steps_for_relu() -> Finding:
    """Minimise the 2RSB load of ReLU, all three averages by summation."""
    (z0, outer), (z1, middle) = normal_grid(29, 8.0), normal_grid(109, 12.0)
    y, within = normal_grid(141, 36.0)  # few patterns, far from right, are moved by rare y

    def load(coordinates: np.ndarray) -> float:
        q0, q1 = 1 - np.exp(-np.cumsum(np.exp(coordinates[:2])))
        first, second = np.exp(np.cumsum([coordinates[2], np.exp(coordinates[3])]))
        Q0, Q1 = RELU.overlap(float(q0))[0], RELU.overlap(float(q1))[0]
        field = math.sqrt(Q0) * z0[:, None] + math.sqrt(Q1 - Q0) * z1
        wrong = np.minimum(field[..., None] + math.sqrt(1 - Q1) * y, 0) ** 2
        soft = log_mean(-second / RELU.degree * wrong / 2, within)
        cluster = log_mean(first / second * soft, middle)
        inside = 1 + second * (1 - q1)
        across = inside + first * (q1 - q0)
        room = math.log(inside) / second + math.log(across / inside) / first + q0 / across
        return float(room * first / (-2 * (outer @ cluster)))

    saddle = capacity_saddle(relu, rsb=2)
    (q0, q1), (first, second) = saddle.overlaps, saddle.scales
    gaps = -math.log(1 - q0), math.log((1 - q0) / (1 - q1))
    start = [math.log(gaps[0]), math.log(gaps[1]), math.log(first)]
    start.append(math.log(math.log(second / first)))
    options = {"xatol": 1e-2, "fatol": 1e-6, "maxfev": 26}
    simplex = np.array(start) + 0.05 * np.vstack([np.zeros(4), np.eye(4)])
    found = minimize(
        load, start, method="Nelder-Mead", options={**options, "initial_simplex": simplex}
    )
    return deterministic(float(saddle.capacity), float(found.fun), 1e-5)


def linear_gains_nothing() -> Finding:
    """Look for a load below 2 among order parameters of the linear machine."""
    loads = [
        one_step(LINEAR, q0, omega, inner=401)
        for q0 in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)
        for omega in np.geomspace(0.05, 20, 12)
    ]
    return failures(np.array(loads) >= 2 - 1e-6)


def rate_is_that_of_cover() -> Finding:
    """Compare the exponent at load 3 with Cover's sum at N = 2000 and 4000."""

    def rate(n: int) -> float:
        p, k = 3 * n, np.arange(n)
        terms = np.cumsum(np.log((p - 1 - k[:-1]) / (k[:-1] + 1)))
        top = terms[-1]
        whole = top + math.log(np.exp(np.append(terms, 0) - top).sum())
        return whole + (1 - p) * math.log(2)

    # A difference removes factors of N; what is left is the half logarithm of their quotient.
    measured = (rate(4000) - rate(2000) + math.log(2) / 2) / 2000
    omega = np.geomspace(0.1, 100, 100_001)
    mean = 0.5 + 0.5 / np.sqrt(1 + omega)
    ours = float(np.min(0.5 * np.log1p(omega) + 3 * np.log(mean)))
    return deterministic(ours, measured, 1e-4)


def gain_needs_five_quarters() -> Finding:
    """Find the mean Hermite degree from which on the exponential ceiling is below RS."""
    omega = np.geomspace(1e-4, 300, 4000)

    def gains(degree: float) -> bool:
        # E exp(-omega D^2 / 2), with both logarithms kept accurate for small omega
        shortfall = -np.expm1(-np.log1p(omega / degree) / 2) / 2
        return bool(np.min(np.log1p(omega) / -np.log1p(-shortfall)) < 4 * degree * (1 - 1e-12))

    low, high = 1.0, 2.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if gains(middle) else (middle, high)
    return deterministic(1.25, high, 1e-3)


def ceiling_is_one_step() -> Finding:
    """Compare the exponential ceiling with the 1RSB load of the third Hermite polynomial."""
    omega = np.geomspace(0.1, 1000, 20_001)
    mean = 0.5 + 0.5 / np.sqrt(1 + omega / THIRD.degree)
    ours = float(np.min(0.5 * np.log1p(omega) / -np.log(mean)))
    return deterministic(ours, lowest(THIRD), 1e-5)


def kinks_cost_more() -> Finding:
    """Compare GELU, by its Hermite series, with the leaky ReLU, before and after one step."""
    y, weights = normal_grid(2001)
    squares = hermite_squares(y * np.exp(log_ndtr(y)), y, weights, 60)
    shares = squares[1:] / squares[1:].sum()
    degrees = np.arange(1, 60)
    smooth = Machine(lambda q: (float(shares @ q**degrees), 0.0, 0.0), float(shares @ degrees))
    kinked, broken = _leaky(0.1), lowest(smooth)
    return failures(
        2 * smooth.degree < 2 * kinked.degree - 0.04,
        broken > lowest(kinked) + 0.03,
        abs(broken - float(spherical_capacity(gelu, rsb=1))) < 1e-4,
    )


def replicon(machine: Machine, q: float) -> tuple[float, float]:
    """Return load and R from the derivatives of ln Phi with respect to the field, by sums."""
    value, slope, curvature = machine.overlap(q)
    z, weights = normal_grid(4001)
    width, step = math.sqrt(1 - value), 1e-3
    around = math.sqrt(value) * z[:, None] + step * np.array([-2, -1, 0, 1, 2])
    logs = log_ndtr(around / width)
    first = (logs @ [1, -8, 0, 8, -1]) / (12 * step)
    second = (logs @ [-1, 16, -30, 16, -1]) / (12 * step**2)
    force, bend = float(weights @ first**2), float(weights @ second**2)
    load = q / ((1 - q) ** 2 * slope * force)
    return load, load * (1 - q) ** 2 * (slope**2 * bend + curvature * force)


def _onset(sigma: Activation, machine: Machine) -> Callable[[], Finding]:
    """Return the comparison of the library's Almeida-Thouless load with `replicon`."""

    def compute() -> Finding:
        q = brentq(lambda q: replicon(machine, q)[1] - 1, 0.2, 0.9, xtol=1e-8)
        return deterministic(float(almeida_thouless(sigma)), replicon(machine, q)[0], 1e-5)

    return compute


def second_moments_grow_beyond() -> Finding:
    """Find the load from which on the second moment of random quadratic forms explodes."""
    square = np.geomspace(1e-7, 0.999, 4000)
    critical = -0.5 * np.log1p(-square) / np.log1p(2 / math.pi * np.arcsin(square))
    return deterministic(float(almeida_thouless(quadratic)), float(critical.min()), 1e-5)


def linear_stays_stable() -> Finding:
    """Follow R of the linear machine from q = 0.02 to 0.995."""
    found = [replicon(LINEAR, float(q)) for q in 1 - np.geomspace(0.005, 0.98, 40)]
    below = [R < 1 for _, R in found]
    return failures(below, math.isinf(almeida_thouless(identity)))


def end_of_quadratic() -> Finding:
    """Extrapolate R of the quadratic machine to q = 1 from 1 - q = 0.01, 0.0025 and 0.000625."""
    far, middle, near = (replicon(QUADRATIC, 1 - gap)[1] for gap in (0.01, 0.0025, 0.000625))
    # Corrections are powers of the square root of 1 - q: remove two of them.
    first, second = 2 * middle - far, 2 * near - middle
    return deterministic(3.0, (4 * second - first) / 3, 1e-3)


def price_of_a_spread() -> Finding:
    """Find R of ReLU at load 1.1147 from its 1RSB entropy, by differences."""
    q, x = 0.5, 0.3
    (z, outer), (y, within) = normal_grid(161), normal_grid(161)
    load, ours = replicon(RELU, q)

    def entropy(q0: float, q1: float) -> float:
        Q0, Q1 = RELU.overlap(q0)[0], RELU.overlap(q1)[0]
        room = 1 - q1 + x * (q1 - q0)
        weight = math.log(1 - q1) + math.log(room / (1 - q1)) / x + q0 / room
        field = math.sqrt(Q0) * z[:, None] + math.sqrt(max(Q1 - Q0, 0.0)) * y
        inner = np.exp(x * log_ndtr(field / math.sqrt(1 - Q1))) @ within
        return weight / 2 + load / x * float(outer @ np.log(inner))

    def slope(size: float) -> float:
        moved = entropy(q - (1 - x) * size, q + x * size) - entropy(q, q)
        return 4 * moved / (x * (1 - x) * size**2)

    sizes = 0.02, 0.01, 0.005
    far, middle, near = (slope(size) for size in sizes)
    limit = (4 * (2 * near - middle) - (2 * middle - far)) / 3
    return deterministic(ours, 1 - (1 - q) ** 2 * limit, 1e-4)


def overlaps_of_quadratic_forms() -> Finding:
    """Measure 12 E q^2 over pairs of solutions of six quadratic forms in twelve dimensions."""
    draw, sums = np.random.default_rng(3), []
    for _ in range(150):
        w = draw.standard_normal((6000, 12))
        w /= np.linalg.norm(w, axis=1, keepdims=True)
        for form in draw.standard_normal((6, 12, 12)):
            w = w[np.sum((w @ form) * w, axis=1) > 0]
        sums.append([np.sum((w @ w.T) ** 2) - len(w), len(w) * (len(w) - 1)])
    squares, pairs = np.array(sums).T
    left = 12 * (squares.sum() - squares) / (pairs.sum() - pairs)
    error = math.sqrt((len(left) - 1) * left.var())
    q = np.cos(np.pi * (np.arange(4000) + 0.5) / 4000)
    density = (1 - q * q) ** 5 * (1 + 2 / math.pi * np.arcsin(q * q)) ** 6
    ours = float(12 * (density @ q**2) / density.sum())
    return Finding(ours, float(12 * squares.sum() / pairs.sum()), 4 * error, error)


CLAIMS = [
    *(
        _ours(
            id,
            f"With one step of replica symmetry breaking the spherical capacity of wide {name} "
            f"machines is {value}.",
            "patterns per weight, averages by summation and a search without slopes",
            _one_step_of(sigma, machine),
            basis="measured in this book",
            limits=REPLICAS,
        )
        for id, name, value, sigma, machine in (
            ("C6", "ReLU", "2.66428", relu, RELU),
            ("C6b", "quadratic", "3.37466", quadratic, QUADRATIC),
            ("C6c", "erf", "2.37500", erf, ERF),
            ("C6d", "leaky ReLU (slope 0.1)", "2.51252", leaky_relu(0.1), _leaky(0.1)),
        )
    ),
    _ours(
        "C6e",
        "With two steps of replica symmetry breaking the spherical capacity of wide ReLU machines "
        "is 2.65327.",
        "patterns per weight, three averages by summation",
        two_steps_for_relu,
        basis="measured in this book",
        limits=f"{REPLICAS} The search starts near the library's saddle.",
    ),
    _ours(
        "C6f",
        "One step of replica symmetry breaking does not lower the capacity of the linear machine.",
        "order parameters, of 72, with a load below 2",
        linear_gains_nothing,
        basis="measured in this book",
    ),
    _ours(
        "C6g",
        "The exponential ceiling has Cover's rate: the bound on (1/N) ln P for the perceptron is "
        "the limit of his formula.",
        "rate at load 3, from Cover's sum at N = 2000 and 4000",
        rate_is_that_of_cover,
    ),
    _ours(
        "C6h",
        "For many units the exponential ceiling is below 2Q'(1) if and only if Q'(1) > 5/4.",
        "least Q'(1) at which some omega gains",
        gain_needs_five_quarters,
    ),
    _ours(
        "C6i",
        "The leaky ReLU with slope 0.1 is ahead of GELU by replica symmetry and behind it after "
        "one step of breaking.",
        "failures of three comparisons, GELU by its Hermite series",
        kinks_cost_more,
        basis="measured in this book",
        limits=REPLICAS,
    ),
    _ours(
        "C6j",
        "For many units with the third Hermite polynomial the exponential ceiling, 3.95071, is "
        "the 1RSB value.",
        "patterns per weight, averages by summation and a search over q₀ and ω",
        ceiling_is_one_step,
        basis="measured in this book",
        limits="The ceiling is a theorem, the 1RSB value a replica computation.",
    ),
    _ours(
        "C7",
        "Replica symmetry of wide ReLU machines with spherical weights is unstable from the load "
        "1.7212 on.",
        "load at which R = 1, derivatives by differences",
        _onset(relu, RELU),
        basis="measured in this book",
        limits=REPLICAS,
    ),
    _ours(
        "C7b",
        "Replica symmetry of the quadratic machine is unstable from the load π/4 on, where the "
        "second moment of the volume for random quadratic forms starts to explode.",
        "load from second moments",
        second_moments_grow_beyond,
    ),
    _ours(
        "C7c",
        "Replica symmetry of the linear machine is stable at every load below 2.",
        "failures of R < 1 at 40 overlaps, and of the library",
        linear_stays_stable,
    ),
    _ours(
        "C7d",
        "Replica symmetry of wide machines of threshold units is unstable from the load 2.9878 on.",
        "load at which R = 1, derivatives by differences",
        _onset(sign, SIGN),
        basis="measured in this book",
        limits=REPLICAS,
    ),
    _ours(
        "C7e",
        "At capacity R tends to Q'(1) + Q''(1)/Q'(1).",
        "limit of R for the quadratic machine, extrapolated",
        end_of_quadratic,
        limits=REPLICAS,
    ),
    _ours(
        "C7f",
        "Spreading the overlap with variance v changes the entropy by v (1 − R)/(4 (1 − q)²).",
        "R of ReLU at q = 1/2, from the 1RSB entropy",
        price_of_a_spread,
        basis="measured in this book",
        limits=REPLICAS,
    ),
    _ours(
        "C7g",
        "Two solutions of random quadratic forms have both outputs right with probability "
        "1/4 + arcsin(q²)/2π each, which makes the distribution of their overlap explicit.",
        "N E q² over pairs of solutions, N = 12, P = 6",
        overlaps_of_quadratic_forms,
    ),
]
