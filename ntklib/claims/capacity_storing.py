"""Claims of Capacity about the perceptron: counts, volumes, margins, and one bit per weight.

The library's capacities and entropies are compared with mpmath, which solves the saddle-point
equations instead of minimising; the theory is compared with linear programs, sampled solutions,
quadratic programs and complete enumeration.
"""

import math
from collections.abc import Callable
from functools import partial

import mpmath as mp
import numpy as np
from numpy.linalg import norm
from scipy.optimize import linprog, nnls
from scipy.special import betainc, log_ndtr, ndtr, ndtri
from scipy.stats import binom

from ntklib.activations import identity
from ntklib.capacity import (
    binary_capacity,
    binary_curve,
    binary_entropy,
    spherical_capacity,
    spherical_curve,
)
from ntklib.claims.capacity import PAPER, own_claim
from ntklib.claims.claim import Finding
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.sums import normal_grid

_ours = partial(own_claim, PAPER, "Storing patterns")
LN2 = math.log(2)
EDGES = range(-9, 10)  # panels of mpmath's integrals


def stored(patterns: np.ndarray) -> bool:
    """Say whether a linear program finds a w with patterns @ w >= 1."""
    count, weights = patterns.shape
    answer = linprog(np.zeros(weights), A_ub=-patterns, b_ub=-np.ones(count), bounds=(None, None))
    return answer.status == 0


def average(function: Callable[[mp.mpf], mp.mpf]) -> mp.mpf:
    """Return the mean of a function of a standard normal variable."""
    return mp.quad(lambda z: mp.npdf(z) * function(z), list(EDGES))


def ratio(q: mp.mpf) -> mp.mpf:
    """Return t = sqrt(q / (1 - q))."""
    return mp.sqrt(q / (1 - q))


def mills(x: mp.mpf) -> mp.mpf:
    """Return psi(x) = phi(x) / Phi(-x)."""
    return mp.npdf(x) / mp.ncdf(-x)


def energy(q: mp.mpf) -> mp.mpf:
    """Return E ln Phi(-t z)."""
    return average(lambda z: mp.log(mp.ncdf(-ratio(q) * z)))


def conjugate(q: mp.mpf) -> mp.mpf:
    """Return E psi(t z)^2 / (1 - q), which is the conjugate of q at load one."""
    return average(lambda z: mills(ratio(q) * z) ** 2) / (1 - q)


def binary_saddle(alpha: float, start: float) -> tuple[mp.mpf, mp.mpf]:
    """Return the entropy and its slope in alpha where q = E tanh^2(sqrt(alpha conjugate(q)) z)."""

    def excess(q: mp.mpf) -> mp.mpf:
        field = mp.sqrt(alpha * conjugate(q))
        return average(lambda z: mp.tanh(field * z) ** 2) - q

    q = mp.findroot(excess, (start, start + 0.01), tol=1e-12)
    hat = alpha * conjugate(q)
    field = mp.sqrt(hat)
    states = average(lambda z: mp.log(2 * mp.cosh(field * z)))
    slope = energy(q)
    return states - hat * (1 - q) / 2 + alpha * slope, slope


def cover_by_programs() -> Finding:
    """Average 600 linear programs with 18 patterns and 10 weights."""
    draw = np.random.default_rng(11)
    found = np.array([stored(draw.standard_normal((18, 10))) for _ in range(600)], float)
    count = sum(math.comb(17, k) for k in range(10))
    return averaged(count / 2**17, found)


def margin_by_quadrature() -> Finding:
    """Compare the library at margin 1/2 with one over the mean squared distance."""
    with mp.workdps(20):
        square = mp.quad(lambda z: mp.npdf(z) * (mp.mpf("0.5") - z) ** 2, [-12, -6, -2, 0.5])
    ours = float(spherical_capacity(identity, margin=0.5))
    return deterministic(ours, float(1 / square), 1e-9)


def volume_at_load_one() -> Finding:
    """Solve q = (1 - q)^2 conjugate(q) and put it into the formula."""
    with mp.workdps(15):
        q = mp.findroot(lambda q: (1 - q) ** 2 * conjugate(q) - q, (0.585, 0.586), tol=1e-11)
        value = mp.log(1 - q) / 2 + q / (2 * (1 - q)) + energy(q)
    ours = float(spherical_curve(identity, np.array([1.0])).entropy[0])
    return deterministic(ours, float(value), 1e-8)


def _redraw(w: np.ndarray, a: np.ndarray, floor: np.ndarray, draw: np.random.Generator) -> None:
    """Redraw each weight given the others where a w >= floor: w (tasks, points, N)."""
    u = np.einsum("tkn,tpn->tpk", a, w) - floor[:, None]
    for i in range(w.shape[2]):
        slope = a[:, None, :, i]
        u -= slope * w[:, :, i, None]
        edge = -u / slope
        low = np.where(slope > 0, edge, -np.inf).max(axis=2)
        high = np.where(slope < 0, edge, np.inf).min(axis=2)
        side = np.where(low > 0, -1, 1)
        ends = np.sort(side * np.stack([low, high]), axis=0)
        below, above = ndtr(ends)
        drawn = ndtri(below + (above - below) * draw.random(low.shape))
        w[:, :, i] = side * np.clip(drawn, *ends)
        u += slope * w[:, :, i, None]


def _log_volumes(weights: int, count: int, tasks: int, points: int) -> np.ndarray:
    """Return ln V of random tasks, less (2/pi) times the sum of cosines of pairs of patterns.

    To first order ln V is that sum, whose mean is zero: without it the mean of ln V is the same
    and has a smaller error.
    """
    draw = np.random.default_rng(7)
    a = draw.standard_normal((tasks, count, weights))
    w = draw.standard_normal((tasks, points, weights))
    log_v, floor = np.zeros(tasks), np.full((tasks, count), -np.inf)
    for k in range(1, count + 1):
        while floor[:, k - 1].min() < 0:  # up to zero in steps of half of the points
            u = np.einsum("tn,tpn->tp", a[:, k - 1], w)
            floor[:, k - 1] = np.minimum(0, np.median(u, axis=1))
            alive = u >= floor[:, k - 1, None]
            log_v += np.log(alive.mean(axis=1))
            for each, kept in zip(w, alive, strict=True):
                each[:] = each[np.resize(np.flatnonzero(kept), points)]
            _redraw(w, a[:, :k], floor[:, :k], draw)
    unit = a / norm(a, axis=2, keepdims=True)
    pairs = (norm(unit.sum(axis=1), axis=1) ** 2 - count) / 2
    return log_v - 2 / math.pi * pairs


def volume_by_sampling() -> Finding:
    """Extrapolate (1/N) ln V from 12 and 24 weights at half a pattern per weight."""
    small, large = (_log_volumes(n, n // 2, 120, 50) / n for n in (12, 24))
    ours = float(spherical_curve(identity, np.array([0.5])).entropy[0])
    return averaged(ours, 2 * large - small)


def typical_below_the_mean() -> Finding:
    """Count overlaps whose volume is not below its mean by at least alpha^2/20, or is not ours."""
    z, density = normal_grid(1801, 9.0)
    q = np.linspace(0.05, 0.95, 19)
    x = np.sqrt(q / (1 - q))[:, None] * z
    slope = np.exp(-(x**2) / 2 - log_ndtr(-x)) / math.sqrt(2 * math.pi)
    alpha = q / ((1 - q) * (slope**2 @ density))
    entropy = np.log1p(-q) / 2 + q / (2 * (1 - q)) + alpha * (log_ndtr(-x) @ density)
    gap = -alpha * LN2 - entropy
    ours = spherical_curve(identity, alpha).entropy
    # For small loads the difference is alpha^2 / pi^2, and it grows from there.
    return failures(gap > alpha**2 / 20, np.diff(gap) > 0, np.abs(ours - entropy) < 1e-8)


def gordon_around_cover() -> Finding:
    """Count tasks for which Cover's probability is outside the two bounds."""
    conditions = []
    for weights in (1, 2, 5, 20, 100):
        for count in range(1, 4 * weights + 1):
            k = np.arange(1, count + 1)
            near = np.append(1.0, betainc(k / 2, weights / 2, 0.5))
            inside = float(binom.pmf(np.arange(count + 1), count, 0.5) @ near)
            exact = binom.cdf(weights - 1, count - 1, 0.5)
            conditions += [exact <= 2 * inside + 1e-12, exact >= 2 * inside - 1 - 1e-12]
    return failures(conditions)


def _widest(patterns: np.ndarray) -> np.ndarray:
    """Return the stabilities at the largest margin."""
    count, weights = patterns.shape
    shares, _ = nnls(np.vstack([patterns.T, np.ones(count)]), np.append(np.zeros(weights), 1.0))
    w = patterns.T @ shares
    return patterns @ w / norm(w)


def margin_by_quadratic_programs() -> Finding:
    """Average the largest margin of 60 tasks with 100 weights and 100 patterns."""
    draw = np.random.default_rng(3)
    found = np.array([_widest(draw.standard_normal((100, 100))).min() for _ in range(60)])
    low, high = 0.0, 2.0
    for _ in range(50):
        middle = (low + high) / 2
        above = float(spherical_capacity(identity, margin=middle)) > 1
        low, high = (middle, high) if above else (low, middle)
    return averaged(low, found)


def on_the_margin() -> Finding:
    """Average the share of patterns on the margin, 40 tasks at the load of margin 1/2."""
    draw = np.random.default_rng(4)
    count = round(160 * float(spherical_capacity(identity, margin=0.5)))
    shares = []
    for _ in range(40):
        u = _widest(draw.standard_normal((count, 160)))
        shares.append(np.mean(u < u.min() + 1e-7))
    return averaged(float(ndtr(0.5)), np.array(shares))


def zero_of_the_entropy() -> Finding:
    """Take one Newton step from 0.8331 towards the load at which the saddle's entropy vanishes."""
    with mp.workdps(15):
        entropy, slope = binary_saddle(0.8331, 0.564)
    return deterministic(float(binary_capacity(identity)), 0.8331 - float(entropy / slope), 1e-7)


def _signs(weights: int) -> np.ndarray:
    """Return all sign vectors, (2^weights, weights)."""
    return 2.0 * (np.arange(2**weights)[:, None] >> np.arange(weights) & 1) - 1


def mean_number() -> Finding:
    """Average the number of solutions of 3000 tasks, 9 binary weights and 6 patterns."""
    draw, everything = np.random.default_rng(5), _signs(9)
    found = [
        float(np.sum((everything @ draw.standard_normal((9, 6)) > 0).all(axis=1)))
        for _ in range(3000)
    ]
    return averaged(8.0, np.array(found))


def entropy_of_the_saddle() -> Finding:
    """Solve the saddle-point equations at load 0.6."""
    with mp.workdps(15):
        value, _ = binary_saddle(0.6, 0.391)
    return deterministic(float(binary_entropy(identity, 0.6)), float(value), 1e-7)


def entropy_by_enumeration() -> Finding:
    """Extrapolate (1/N) ln of the number of solutions from 8 and 16 weights at a quarter."""
    draw, rates = np.random.default_rng(6), {}
    for weights, tasks in ((8, 250), (16, 250)):
        everything = _signs(weights)
        found = []
        for _ in range(tasks):
            alive = everything
            for _ in range(weights // 4):
                alive = alive[alive @ draw.standard_normal(weights) > 0]
            found.append(math.log(max(len(alive), 1)) / weights)
        rates[weights] = np.array(found)
    ours = float(binary_entropy(identity, 0.25))
    return averaged(ours, 2 * rates[16] - rates[8])


def end_of_the_branch() -> Finding:
    """Extrapolate the load at 1 - q = 1/200 and 1/400 from the saddle-point equations."""
    conditions = []
    for q in (0.99, 0.995):
        hat = mp.findroot(
            lambda h, q=q: average(lambda z: mp.sech(mp.sqrt(h) * z) ** 2) - (1 - q),
            2 / mp.pi / (1 - q) ** 2,
            tol=1e-12,
        )
        conditions.append(float(hat / conjugate(mp.mpf(q))))
    ends = binary_curve(identity, np.array([1.0, 1.2, 1.27])).entropy
    value = 2 * conditions[1] - conditions[0] if (ends < 0).all() else math.nan
    return deterministic(4 / math.pi, value, 1e-3)


REPLICA = "A replica computation, not a theorem."

CLAIMS = [
    _ours(
        "C1",
        "A perceptron with N weights stores P coin flips with the probability of at most N - 1 "
        "heads in P - 1 tosses.",
        "probability for N = 10, P = 18; mean of 600 linear programs",
        cover_by_programs,
    ),
    _ours(
        "C1b",
        "With margin γ ≥ 0 a perceptron stores 1/E(z + γ)₊² patterns per weight.",
        "capacity at γ = 1/2",
        margin_by_quadrature,
    ),
    _ours(
        "C1c",
        "At a load of 1 the typical volume of solutions of a perceptron is e^(N s) with "
        "s = −0.8558.",
        "s, from a minimum and from the saddle-point equations",
        volume_at_load_one,
        basis="measured in this book",
        limits=REPLICA + " Proved elsewhere.",
    ),
    _ours(
        "C1d",
        "The typical volume of solutions of a perceptron is what replicas say.",
        "(1/N) ln V at load 1/2, mean over 120 tasks, from 12 and 24 weights",
        volume_by_sampling,
        basis="measured in this book",
        limits="Corrections of order N⁻² are not removed.",
    ),
    _ours(
        "C1e",
        "The mean volume is 2^(−P), the typical one is exponentially smaller, and the more so "
        "the larger the load.",
        "failures, overlaps 0.05 to 0.95",
        typical_below_the_mean,
        basis="measured in this book",
        limits=REPLICA + " Proved elsewhere.",
    ),
    _ours(
        "C1f",
        "Twice the probability that dist is below |h|, and twice that minus 1, are bounds of the "
        "probability of storing.",
        "failures against Cover's count, N = 1 to 100",
        gordon_around_cover,
    ),
    _ours(
        "C1g",
        "The largest margin of a task solves α_c(γ) = α, for many weights.",
        "margin at load 1, mean over 60 tasks with 100 weights",
        margin_by_quadratic_programs,
    ),
    _ours(
        "C1h",
        "At the largest margin γ of many weights a share Φ(γ) of the patterns is on the margin.",
        "share at γ = 1/2, mean over 40 tasks with 160 weights",
        on_the_margin,
        basis="measured in this book",
    ),
    _ours(
        "C8",
        "With weights ±1 the entropy of a perceptron vanishes at the smallest value of S/|ℰ|, "
        "0.8331.",
        "load of zero entropy",
        zero_of_the_entropy,
        basis="measured in this book",
        limits=REPLICA + " Proved elsewhere up to numerical hypotheses.",
    ),
    _ours(
        "C8b",
        "A machine with N binary weights has on average 2^(N − P) solutions, so it stores at "
        "most one pattern per weight.",
        "number of solutions for N = 9, P = 6, mean over 3000 tasks",
        mean_number,
    ),
    _ours(
        "C8c",
        "At a load of 0.6 a perceptron with weights ±1 has typically e^(N s) solutions with "
        "s = 0.2278.",
        "s, from a minimum and from the saddle-point equations",
        entropy_of_the_saddle,
        basis="measured in this book",
        limits=REPLICA,
    ),
    _ours(
        "C8d",
        "The typical number of binary solutions is what replicas say.",
        "(1/N) ln of the number at load 1/4, mean over 250 tasks, from 8 and 16 weights",
        entropy_by_enumeration,
        basis="measured in this book",
        limits="Corrections of order N⁻² are not removed.",
    ),
    _ours(
        "C8e",
        "The overlap of binary solutions would go to 1 at a load of 4/π, and the entropy is "
        "negative there.",
        "load at q → 1, from q = 0.99 and 0.995",
        end_of_the_branch,
        basis="measured in this book",
        limits=REPLICA,
    ),
]
