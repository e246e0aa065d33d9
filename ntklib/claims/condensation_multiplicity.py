"""Claims of Condensation about one input: who condenses where, how fast, how many.

Predictions come from the library. What they are compared with is trained here, in NumPy, with
gradients written out by hand, or integrated by the method of Runge and Kutta from moments of the
data; groups are found by the gaps between sorted angles.
"""

import math
from collections.abc import Callable
from functools import cache, partial

import mpmath
import numpy as np
from numpy import cos, degrees, pi, sin
from numpy.linalg import norm

from ntklib.activations import (
    Activation,
    cosine,
    gelu,
    relu,
    sigmoid,
    softplus,
    swish,
    tanh,
    x2tanh,
    xtanh,
)
from ntklib.claims import plain_networks
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.condensation import PAPER
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.own import own_claim
from ntklib.claims.plain_networks import with_bias
from ntklib.condensation import predicted_orientations

_ours = partial(own_claim, PAPER, "Multiplicity")
Values = tuple[np.ndarray, np.ndarray]
Function = Callable[[np.ndarray], Values]

X = np.linspace(-1, 1.5, 40)
Y = sin(3 * X) + sin(6 * X) / 2
SMOOTH: dict[int, Activation] = {1: tanh, 2: xtanh, 3: x2tanh}
DATA = {"sines": Y, "cubic": X**3 - X, "exponential": np.exp(X)}
MERGED = 15.0  # degrees between groups of neurons


def power_tanh(p: int) -> Function:
    """Return z -> z^(p-1) tanh z and its derivative."""

    def both(z: np.ndarray) -> Values:
        t, head = np.tanh(z), z ** (p - 1)
        slope = head * (1 - t**2)
        return head * t, slope + (p - 1) * z ** (p - 2) * t if p > 1 else slope

    return both


def relu_by_hand(z: np.ndarray) -> Values:
    """Return max(z, 0) and its derivative."""
    return np.maximum(z, 0), (z > 0).astype(float)


def gradient(
    theta: np.ndarray, rows: np.ndarray, y: np.ndarray, sigma: Function
) -> tuple[np.ndarray, float]:
    """Return the gradient for neurons (w, a) as rows of theta, and the loss."""
    value, slope = sigma(rows @ theta[:, :-1].T)
    error = value @ theta[:, -1] - y
    pull = error[:, None] / len(y)
    of_w = (slope * pull * theta[:, -1]).T @ rows
    return np.column_stack([of_w, (value * pull).sum(axis=0)]), float(error @ error)


def start(m: int, dimension: int, std: float, seed: int) -> np.ndarray:
    """Return neurons (w, a) of a network at the start."""
    draw = np.random.default_rng(seed)
    w = draw.standard_normal((m, dimension))
    return std * np.column_stack([w, draw.standard_normal(m)])


def by_adam(
    theta: np.ndarray,
    rows: np.ndarray,
    y: np.ndarray,
    sigma: Function,
    *,
    rate: float,
    steps: int,
    eps: float = 1e-8,
) -> np.ndarray:
    """Return neurons after Adam."""
    (end,) = plain_networks.by_adam(
        lambda now: [gradient(now[0], rows, y, sigma)[0]], [theta], rate=rate, steps=steps, eps=eps
    )
    return end


def by_normalized_descent(
    theta: np.ndarray, rows: np.ndarray, y: np.ndarray, sigma: Function, steps: int = 1200
) -> np.ndarray:
    """Return neurons before the loss has fallen by 1 %, after steps of 2 % of their lengths."""
    loss_at_start = gradient(theta, rows, y, sigma)[1]
    for _ in range(steps):
        grad, loss = gradient(theta, rows, y, sigma)
        if loss < 0.99 * loss_at_start:
            break
        size = norm(grad, axis=1, keepdims=True)
        length = norm(theta, axis=1, keepdims=True)
        theta = theta - 0.02 * length * grad / np.where(size > 0, size, 1)
    return theta


def angles_of(w: np.ndarray) -> np.ndarray:
    """Return atan2(bias, weight) in degrees."""
    return degrees(np.arctan2(w[:, 1], w[:, 0]))


def apart(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the distances of angles on the circle, in degrees, as a table."""
    return np.abs((first[:, None] - second + 180) % 360 - 180)


def groups(angles: np.ndarray, share: float = 0.02) -> np.ndarray:
    """Return the middle of each group of angles, cut where there is a gap."""
    ordered = np.sort(angles)
    gaps = np.append(np.diff(ordered), ordered[0] + 360 - ordered[-1])
    cuts = np.flatnonzero(gaps > MERGED)
    turned = np.roll(ordered, -(cuts[0] + 1))
    parts = np.split(turned, (cuts[1:] - cuts[0])) if len(cuts) > 1 else [turned]
    large = [part for part in parts if len(part) >= max(2, share * len(angles))]
    unwrapped = [part[0] + (part - part[0]) % 360 for part in large]
    return np.array([(np.median(part) + 180) % 360 - 180 for part in unwrapped])


@cache
def descended(name: str, p: int) -> Values:
    """Return the grown neurons of a network on a data set: their angles, and the signs of a."""
    begin = start(100, 2, 1e-8, seed=11)
    end = by_normalized_descent(begin, with_bias(X), DATA[name], power_tanh(p))
    grown = norm(end[:, :2], axis=1) > 10 * np.sqrt((begin[:, :2] ** 2).sum(axis=1).mean())
    return angles_of(end[grown]), np.sign(end[grown, -1])


def multiplicities() -> Finding:
    """Compare with the first Taylor coefficient that does not vanish, by mpmath."""
    mp, half, root = mpmath.mp, mpmath.mpf(1) / 2, mpmath.sqrt(2)
    functions = {
        tanh: mp.tanh,
        sigmoid: lambda z: 1 / (1 + mp.exp(-z)),
        softplus: lambda z: mp.log(1 + mp.exp(z)),
        swish: lambda z: z / (1 + mp.exp(-z)),
        gelu: lambda z: z * half * (1 + mp.erf(z / root)),
        xtanh: lambda z: z * mp.tanh(z),
        cosine: mp.cos,
        x2tanh: lambda z: z**2 * mp.tanh(z),
    }
    conditions = [relu.multiplicity is None]
    for sigma, function in functions.items():
        series = mp.taylor(function, 0, 4)
        first = next(k for k in range(1, 5) if abs(series[k]) > 1e-6)
        conditions.append(sigma.multiplicity == first)
    return failures(conditions)


def two_four_six() -> Finding:
    """Train three networks of each activation by Adam and count groups of angles."""
    conditions = []
    for p, std in ((1, 5e-4), (1, 5e-3), (2, 5e-3), (3, 5e-3)):
        for seed in range(3):
            begin = start(100, 2, std, seed)
            end = by_adam(begin, with_bias(X), Y, power_tanh(p), rate=5e-4, steps=200)
            size = norm(end[:, :2], axis=1)
            long = end[size > 0.1 * np.quantile(size, 0.9)]
            conditions.append(len(groups(angles_of(long))) == 2 * p)
    return failures(conditions)


def at_most_p_lines() -> Finding:
    """Count sign changes of dF/dt on half a circle, for 60 random data sets."""
    t = pi * (np.arange(20_001) + 0.37) / 20_000
    conditions = []
    for seed in range(60):
        draw, p = np.random.default_rng(seed), 1 + seed % 5
        x, y = draw.standard_normal(9), draw.standard_normal(9)
        z, turn = np.outer(cos(t), x) + sin(t)[:, None], np.outer(-sin(t), x) + cos(t)[:, None]
        slope = (z ** (p - 1) * turn) @ y
        lines = int(np.sum(slope[1:] * slope[:-1] < 0))
        conditions += [lines <= p, lines % 2 == p % 2]
    return failures(conditions)


def angles_are_roots() -> Finding:
    """Compare trained networks with the data-only angles."""
    conditions = []
    for p, sigma in SMOOTH.items():
        predicted = degrees(predicted_orientations(X, Y, activation=sigma).angles)
        found = groups(descended("sines", p)[0])
        conditions.append(len(found) == 2 * p)
        conditions += list(apart(found, predicted).min(axis=1) < 0.5)
    return failures(conditions)


def angle_of_the_chapter() -> Finding:
    """Compute the top eigenvector of a 2 x 2 matrix from three moments."""
    a, b, c = (float(Y @ X**k) for k in (2, 1, 0))
    ours = degrees(predicted_orientations(X, Y, activation=xtanh).angles)[2]
    return deterministic(float(ours), math.degrees(0.5 * math.atan2(2 * b, a - c)), 1e-9)


def growth_rule() -> Finding:
    """Count groups in trained networks on three data sets."""
    conditions = []
    for name, y in DATA.items():
        for p, sigma in SMOOTH.items():
            predicted = predicted_orientations(X, y, activation=sigma).count
            conditions.append(len(groups(descended(name, p)[0])) == predicted)
    return failures(conditions)


def signs_decide() -> Finding:
    """Compare the sign of every neuron's output weight with that of the nearest direction."""
    conditions = []
    for p, sigma in SMOOTH.items():
        found = predicted_orientations(X, Y, activation=sigma)
        angles, signs = descended("sines", p)
        nearest = apart(angles, degrees(found.angles)).argmin(axis=1)
        conditions += list(signs == found.output_sign[nearest])
    return failures(conditions)


class Pull:
    """F(w, b) of one input from moments of the data, and the flow it drives."""

    def __init__(self, y: np.ndarray, p: int) -> None:
        """Keep the coefficients of w^k b^(p-k)."""
        self.p = p
        self.terms = [(k, math.comb(p, k) * float(y @ X**k) / len(X)) for k in range(p + 1)]
        ring = np.linspace(0, pi, 100)
        self.size = float(norm(self.rates(cos(ring), sin(ring), 1)[:2], axis=0).max())

    def rates(self, w: np.ndarray, b: np.ndarray, a: np.ndarray | float) -> np.ndarray:
        """Return (w', b', a')."""
        p = self.p
        of_w = sum(c * k * w ** (k - 1) * b ** (p - k) for k, c in self.terms if k)
        of_b = sum(c * (p - k) * w**k * b ** (p - k - 1) for k, c in self.terms if k < p)
        value = sum(c * w**k * b ** (p - k) for k, c in self.terms)
        return np.array([a * of_w, a * of_b, value + 0 * a])

    def step(self, state: np.ndarray, size: float) -> np.ndarray:
        """Return (w, b, a) one step of Runge and Kutta later, on each neuron's own clock."""
        r, a = np.hypot(*state[:2]), np.abs(state[2])
        h = size / self.size / (a * r ** (self.p - 2) + r**self.p / np.hypot(a, r))
        h = np.where(r < 1e6, h, 0)
        one = self.rates(*state)
        two = self.rates(*(state + h / 2 * one))
        three = self.rates(*(state + h / 2 * two))
        return state + h / 6 * (one + 2 * two + 2 * three + self.rates(*(state + h * three)))


def fates() -> Finding:
    """Follow 200 neurons on three data sets for p = 1, 2, 3."""
    conditions = []
    for y in DATA.values():
        for p in (1, 2, 3):
            pull, state = Pull(y, p), np.random.default_rng(p).standard_normal((3, 200))
            grows = (state[:2] ** 2).sum(axis=0) > p * state[2] ** 2
            first, flips = np.sign(state[2]), np.zeros(200, int)
            for _ in range(500):
                before, state = np.sign(state[2]), pull.step(state, 0.1)
                flips += np.sign(state[2]) != before
            gain = state[2] * pull.rates(*state)[2]
            conditions += list(gain[grows] > 0) + list(flips[~grows] == 0)
            conditions += list(flips <= 1) + list((np.sign(state[2]) == first)[~grows])
    return failures(conditions)


def share_that_dies() -> Finding:
    """Follow 4000 neurons under a positive form of degree 2."""
    pull = Pull(DATA["exponential"], 2)
    state = np.random.default_rng(0).standard_normal((3, 4000))
    for _ in range(300):
        state = pull.step(state, 0.1)
    dead = state[2] * pull.rates(*state)[2] < 0
    return averaged((1 - 1 / math.sqrt(3)) / 2, dead.astype(float))


def _exponent(p: int, place: int) -> Callable[[], Finding]:
    """Return the comparison of an alignment exponent with the path of one neuron."""

    def compute() -> Finding:
        found = predicted_orientations(X, Y, activation=SMOOTH[p])
        target, pull = found.angles[place], Pull(Y, p)
        begin = target + 2e-3
        a = found.output_sign[place] / math.sqrt(p)
        state, path = np.array([[cos(begin)], [sin(begin)], [a]]), []
        for _ in range(20_000):
            state = pull.step(state, 0.02)
            off = abs(float(np.arctan2(state[1], state[0])[0] - target))
            if off < 1e-6:
                break
            if off < 1e-4:
                path.append((math.log(float(np.hypot(*state[:2])[0])), math.log(off)))
        grown, closer = np.array(path).T
        slope = np.polyfit(grown, closer, 1)[0]
        return deterministic(float(found.exponent[place]), -float(slope), 1e-3)

    return compute


def relu_has_three() -> Finding:
    """Train a ReLU network by normalised descent and compare its groups."""
    found = predicted_orientations(X, Y, activation=relu)
    predicted = angles_of(found.growing)
    begin = start(200, 2, 1e-8, seed=3)
    end = by_normalized_descent(begin, with_bias(X), Y, relu_by_hand)
    grown = norm(end[:, :2], axis=1) > 10 * np.sqrt((begin[:, :2] ** 2).sum(axis=1).mean())
    seen = groups(angles_of(end[grown]))
    return failures(len(seen) == 3, len(predicted) == 3, apart(seen, predicted).min(axis=1) < 1)


def polynomial_first() -> Finding:
    """Fit polynomials of degree p to outputs after 200 and 1000 steps of Adam."""
    conditions = []
    for p in (1, 2, 3):
        theta, sigma = start(100, 2, 5e-3, seed=p), power_tanh(p)
        for steps, least in ((200, 0.998), (1000, 0.97)):
            end = by_adam(theta, with_bias(X), Y, sigma, rate=5e-4, steps=steps)
            output = sigma(with_bias(X) @ end[:, :2].T)[0] @ end[:, 2]
            fit = np.polyval(np.polyfit(X, output, p), X)
            conditions.append(1 - np.var(output - fit) / np.var(output) > least)
    return failures(conditions)


CLAIMS = [
    Claim(
        id="D1",
        paper=PAPER,
        locator="Definition 1",
        statement="The multiplicity is 1 for tanh, sigmoid and softplus, 2 for x tanh x and 3 for "
        "x² tanh x; ReLU has none.",
        quantity="failures, also for swish, GELU (1) and cosine (2)",
        basis="stated in the paper",
        verdict="holds",
        compute=multiplicities,
    ),
    Claim(
        id="D3",
        paper=PAPER,
        locator="section 4, figures 5 and 6",
        statement="With one input, neurons condense on one line for tanh, two for x tanh x and "
        "three for x² tanh x: on 2, 4 and 6 orientations.",
        quantity="failures in three networks of 100 neurons for each start, 200 steps of Adam",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="For the paper's data; others have fewer (D5). From the printed 0.005 tanh neurons "
        "grow less than tenfold, which is not enough to tell condensation from a short walk; from "
        "0.0005 they grow, and the count is the same.",
        compute=two_four_six,
    ),
    Claim(
        id="D3a",
        paper=PAPER,
        locator="section 5, case 2",
        statement="With one input there are at most p lines of fixed directions.",
        quantity="failures of this and of the parity of their number, 60 data sets, p = 1 to 5",
        basis="stated in the paper",
        verdict="holds",
        compute=at_most_p_lines,
    ),
    _ours(
        "D4",
        "The orientations of trained networks are those at which the data-only polynomial has its "
        "roots.",
        "failures of 2p groups within 0.5°, normalised descent from 1e-8",
        angles_are_roots,
        basis="measured in this book",
    ),
    _ours(
        "D4a",
        "For p = 2 the directions are eigenvectors of the mean of y x xᵀ.",
        "the largest maximum for the paper's data, degrees",
        angle_of_the_chapter,
    ),
    _ours(
        "D5",
        "Orientations that are seen are the maxima with F > 0 and the minima with F < 0.",
        "failures of the count in networks on three data sets, p = 1, 2, 3",
        growth_rule,
        basis="measured in this book",
        limits="Where F' nearly vanishes without a zero, neurons can be held up by the ghost of an "
        "extremum.",
    ),
    _ours(
        "D5a",
        "Neurons with r² > p a² all grow, after at most one change of the sign of a; in the others "
        "a never changes its sign.",
        "failures among 200 neurons on each of three data sets, p = 1, 2, 3",
        fates,
        limits="For almost every start, and where no critical point of F is degenerate or has the "
        "value zero.",
    ),
    _ours(
        "D5b",
        "Under a positive form of degree 2 with one input a share of (1 − 1/√3)/2 dies.",
        "share of 4000 neurons from a normal draw",
        share_that_dies,
    ),
    _ours(
        "D6",
        "Neurons with a > 0 stand at maxima of F, those with a < 0 at minima.",
        "neurons of the wrong sign in three trained networks",
        signs_decide,
        basis="measured in this book",
    ),
    Claim(
        id="D7",
        paper=PAPER,
        locator="section 4, figure 5",
        statement="At the initial stage the network's output is close to a polynomial of degree p.",
        quantity="failures of R² > 0.998 at step 200 and R² > 0.97 at step 1000",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="At the printed 1000 steps x² tanh x has left the initial stage: R² is about 0.99.",
        compute=polynomial_first,
    ),
    _ours(
        "D8",
        "A neuron's angle from its direction falls like a power of its length; for p = 2 and one "
        "input the exponent is 1 less the other eigenvalue over its own.",
        "exponent at −39.43° for the paper's data",
        _exponent(2, 1),
    ),
    _ours(
        "D8a",
        "A neuron's angle from its direction falls like a power of its length, with the exponent "
        "−F''/(pF).",
        "exponent at 65.83° for p = 3 and the paper's data",
        _exponent(3, 4),
    ),
    _ours(
        "D9",
        "ReLU with one input condenses at the maxima of the mean of y relu(u·x) above zero and its "
        "minima below: three for the paper's data.",
        "failures of three groups within 1°",
        relu_has_three,
        basis="measured in this book",
        limits="The number depends on the data.",
    ),
]
