"""Claims of the phase diagram: who stays, who moves, how far, and what it does to the kernel.

Networks are trained here by plain descent in NumPy, and kernels are products of Jacobians; the
library has the laws, and another loop.
"""

import math
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.linalg import eigvalsh, lstsq, matrix_rank, norm

from ntklib.claims.claim import Claim, Finding, Paper
from ntklib.claims.condensation import PAPER
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.own import own_claim
from ntklib.condensation import kernel_change, predicted_exponent, regime

PHASE_DIAGRAM = Paper(
    key="luo2021phase",
    title="Phase Diagram for Two-Layer ReLU Neural Networks at Infinite-Width Limit",
    version="the authors' page and code, which state both theorems; not the proofs",
)
_ours = partial(own_claim, PAPER, "The phase diagram")
Array = np.ndarray
ROWS = np.column_stack([[-1.0, -0.3, 0.4, 1.0], np.ones(4)])
TARGETS = np.array([0.3, -0.5, 0.6, -0.2])
WIDTHS = (100, 1600)


class Path(NamedTuple):
    """Weights at both ends of training, and what the way was like."""

    first: tuple[Array, Array]
    last: tuple[Array, Array]
    time: float
    clock: float
    errors: Array

    @property
    def distance(self) -> float:
        """RD."""
        return float(norm(self.last[1] - self.first[1]) / norm(self.first[1]))


def outputs(weights: tuple[Array, Array], rows: Array, gamma: float) -> Array:
    """Return f at the rows."""
    a, w = weights
    return np.asarray(len(a) ** -gamma * np.maximum(rows @ w.T, 0) @ a)


def trained(
    point: tuple[float, float],
    width: int,
    seed: int,
    rows: Array = ROWS,
    targets: Array = TARGETS,
    *,
    step: float = 0.5,
    goal: float = 1e-4,
    most: int = 20_000,
    stream: tuple[int, ...] = (7,),
) -> Path:
    """Descend from standard normal weights until the mean squared error is below `goal`."""
    scale, rate = width ** -point[0], width ** point[1]
    draw = np.random.default_rng([*stream, seed, width])
    a, w = draw.standard_normal(width), draw.standard_normal((width, rows.shape[1]))
    first, squares, time, clock, errors = (a, w), (rows**2).sum(axis=1), 0.0, 0.0, []
    for _ in range(most):
        field = rows @ w.T
        on, hidden = field > 0, np.maximum(field, 0)
        pull = (scale * hidden @ a - targets) * scale / len(rows)
        errors.append(float(np.mean((pull * len(rows) / scale) ** 2)))
        if errors[-1] < goal:
            break
        trace = rate * np.sum(hidden**2) + squares @ on @ a**2 / rate
        length = step / (scale**2 / len(rows) * trace + np.abs(pull) @ np.sqrt(squares))
        clock += length * scale * math.sqrt(squares.mean() * errors[-1])
        time += length
        turn = a[:, None] * ((on * pull[:, None]).T @ rows)
        a, w = a - length * rate * (pull @ hidden), w - length / rate * turn
    return Path(first, (a, w), time, clock, np.array(errors))


def slopes(point: tuple[float, float]) -> Array:
    """Return the slope of log RD between both widths, for five seeds."""
    log = np.log([[trained(point, width, seed).distance for width in WIDTHS] for seed in range(5)])
    return np.diff(log, axis=1)[:, 0] / math.log(WIDTHS[1] / WIDTHS[0])


@jax.jit
def jacobian(weights: tuple[jax.Array, jax.Array], rows: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the derivatives of sum_j a_j relu(w_j . x) by automatic differentiation."""
    return jax.jacobian(lambda both: jnp.maximum(rows @ both[1].T, 0) @ both[0])(weights)


def kernel(weights: tuple[Array, Array], rows: Array, point: tuple[float, float]) -> Array:
    """Return K from the Jacobian of the outputs."""
    width, (gamma, prime) = len(weights[0]), point
    of_a, of_w = jacobian((jnp.asarray(weights[0]), jnp.asarray(weights[1])), jnp.asarray(rows))
    flat = np.asarray(of_w).reshape(len(rows), -1)
    of_output, of_input = np.asarray(of_a) @ np.asarray(of_a).T, flat @ flat.T
    scale = width ** (-2 * gamma) / len(rows)
    return np.asarray(scale * (width**prime * of_output + width**-prime * of_input))


def signs_on_the_plane() -> Finding:
    """Compare the sign of a slope with the phase at ten points off the boundary."""
    points = [(0.5, 0.0), (0.75, 0.0), (0.5, 0.5), (1.0, 0.5), (1.5, 1.0), (0.6, -0.8)]
    points += [(1.25, 0.0), (2.0, 0.5), (1.5, -0.5), (2.0, -0.5)]
    wanted = {"linear": -1.0, "condensed": 1.0}
    conditions = []
    for point in points:
        log = [np.log(trained(point, width, 0).distance) for width in (100, 800)]
        conditions.append(np.sign(log[1] - log[0]) == wanted[regime(*point)])
    return failures(conditions)


def _slope(point: tuple[float, float]) -> Finding:
    return averaged(predicted_exponent(*point), slopes(point))


def clock_bounds_distance() -> Finding:
    """Compare RD, and every neuron's way, with the bound by the clock."""
    conditions = []
    for point, width in (((0.5, 0.0), 1600), ((0.5, 0.5), 400), ((0.7, -0.5), 400)):
        path = trained(point, width, 0)
        (a, w), ahead = path.first, width ** -point[1] * math.sinh(path.clock)
        behind = math.cosh(path.clock) - 1
        way = norm(path.last[1] - w, axis=1)
        conditions.append(way <= ahead * np.abs(a) + behind * norm(w, axis=1))
        conditions.append(path.distance <= ahead * norm(a) / norm(w) + behind)
    return failures(*conditions)


def lazy_theorem() -> Finding:
    """Train where the theorem applies; compare the error over time and RD with its bounds."""
    rows, targets = np.array([[1.0, 1.0], [-1.0, 1.0]]), np.array([0.1, -0.1])
    conditions = []
    for seed, (gamma, prime) in enumerate(((0.9, 0.5), (1.2, 0.8), (0.8, 0.75))):
        path = trained((gamma, prime), 2000, seed, rows, targets, step=0.02, goal=1e-5)
        a, w = path.first
        lam = float(eigvalsh(np.maximum(rows @ w.T, 0) @ np.maximum(rows @ w.T, 0).T)[0]) / 2000
        size, start = math.sqrt(2.0), math.sqrt(path.errors[0])
        clock = 2 * 2 * size * start * 2000 ** (gamma - 1 - prime) / lam
        bound = 2000**-prime * norm(a) / norm(w) * math.sinh(clock) + math.cosh(clock) - 1
        conditions.append(bound < math.sqrt(lam * 2000) / (4 * math.sqrt(2) * size * norm(w)))
        decay = math.exp(-0.5 * 2000 ** (1 - 2 * gamma + prime) * lam * path.time / 2)
        conditions.append(math.sqrt(path.errors[-1]) <= start * decay)
        conditions.append(path.distance <= bound)
    return failures(conditions)


def cost_of_a_fit() -> Finding:
    """Compare the weights that networks ended with and those that their outputs demand."""
    conditions, size = [], math.sqrt(np.mean(np.sum(ROWS**2, axis=1)))
    for point in ((1.5, 0.0), (2.0, 0.0), (2.5, 0.0), (2.0, 0.5), (2.0, -0.5), (1.5, -1.0)):
        for width in (100, 400):
            path = trained(point, width, 1)
            (a, w), reach = path.first, 1 + path.distance
            fit = math.sqrt(np.mean(outputs(path.last, ROWS, point[0]) ** 2))
            room = norm(a) ** 2 + width ** (2 * point[1]) * norm(w) ** 2 * (reach**2 - 1)
            conditions.append(width ** point[0] * fit / size <= norm(w) * reach * math.sqrt(room))
    return failures(conditions)


def _log_change(path: Path, point: tuple[float, float]) -> float:
    """Return the log of the relative change of K on the way."""
    before, after = (kernel(each, ROWS, point) for each in (path.first, path.last))
    return math.log(norm(after - before) / norm(before))


def _kernel_slope(gamma: float) -> Finding:
    """Compare gamma - 1 and the slope of the log of the change of K between both widths."""
    point = (gamma, 0.0)
    log = [[_log_change(trained(point, m, seed), point) for m in WIDTHS] for seed in range(5)]
    return averaged(gamma - 1, np.diff(log, axis=1)[:, 0] / math.log(WIDTHS[1] / WIDTHS[0]))


def change_of_kernel() -> Finding:
    """Compare changes of K, from the library's draws, by its loop and by ours: mean logs."""
    point, inputs, seeds = (2.0, 0.0), ROWS[:, 0], range(3)
    theirs = kernel_change(
        *point, x=inputs, y=TARGETS, widths=(50, 100), seeds=seeds, progress=False
    )
    ours = [_log_change(trained(point, m, s, stream=()), point) for m in (50, 100) for s in seeds]
    return deterministic(
        math.exp(np.log(theirs.values).mean()), math.exp(float(np.mean(ours))), 1e-3
    )


def trace_at_a_fit() -> Finding:
    """Compare the trace of K with outputs: random, trained, and balanced along one input."""
    a, row = np.random.default_rng(0).uniform(0.1, 2.0, 200), np.array([[0.6, -1.1]])
    along = a, a[:, None] * row / norm(row)
    paid = 2 * 200**-1.3 * norm(row) * float(outputs(along, row, 1.3)[0])
    conditions = [math.isclose(np.trace(kernel(along, row, (1.3, 0.0))), paid, rel_tol=1e-9)]
    for point in ((0.5, 0.0), (1.0, 0.5), (2.0, 0.0), (2.0, 0.75), (1.5, -1.0)):
        path = trained(point, 200, 3)
        for weights in (path.first, path.last):
            said = np.abs(outputs(weights, ROWS, point[0]))
            least = 2 * 200 ** -point[0] * np.mean(norm(ROWS, axis=1) * said)
            conditions.append(np.trace(kernel(weights, ROWS, point)) >= least)
    return failures(conditions)


def rank_of_the_condensed() -> Finding:
    """Count ranks of kernels of networks whose neurons stand on k random directions."""
    conditions = []
    for seed, (k, dimension) in enumerate(((1, 2), (2, 3), (3, 3), (4, 5))):
        draw = np.random.default_rng(seed)
        rows = draw.standard_normal((40, dimension))
        lengths = draw.uniform(0.5, 2.0, (60, 1))
        w = lengths * draw.standard_normal((k, dimension))[draw.integers(k, size=60)]
        weights = draw.standard_normal(60), w
        conditions.append(matrix_rank(kernel(weights, rows, (1.0, 0.0)), tol=1e-9) <= k * dimension)
    return failures(conditions)


def angles_without_a_kink() -> Finding:
    """Compare gradient angles of pairs that no neuron tells apart with the bound."""
    conditions = []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        w, a = draw.standard_normal((30, 3)), draw.standard_normal(30)
        first = draw.standard_normal(3)
        other = first + 0.3 * draw.standard_normal(3)
        pair = np.stack([first / norm(first), other / norm(other)])
        alike = ((w @ pair[0] > 0) == (w @ pair[1] > 0)) & (w @ pair[0] > 0)
        w, a = w * alike[:, None], a * alike
        matrix = kernel((a, w), pair, (1.0, 0.0))
        cosine = matrix[0, 1] / math.sqrt(matrix[0, 0] * matrix[1, 1])
        angle, stretch = math.acos(pair[0] @ pair[1]), math.sqrt(1 + norm(w) ** 2 / norm(a) ** 2)
        conditions.append(angle / stretch <= math.acos(cosine) <= angle * stretch)
    return failures(conditions)


def tanh_on_the_plateau() -> Finding:
    """Train tanh from small weights, and solve the linear regression."""
    draw, width, rate = np.random.default_rng(0), 100, 0.1
    a, w = 0.01 * draw.standard_normal(width), 0.01 * draw.standard_normal((width, 2))
    for _ in range(6000):
        hidden = np.tanh(ROWS @ w.T)
        pull = (hidden @ a - TARGETS) / 4
        turn = a[:, None] * (((1 - hidden**2) * pull[:, None]).T @ ROWS)
        a, w = a - rate * pull @ hidden, w - rate * turn
    best = ROWS @ lstsq(ROWS, TARGETS)[0]
    left = float(np.mean((np.tanh(ROWS @ w.T) @ a - TARGETS) ** 2))
    return deterministic(float(np.mean((best - TARGETS) ** 2)), left, 1e-3)


FOUR = "four inputs, widths 100 and 1600, five seeds"

CLAIMS = [
    Claim(
        id="D14",
        paper=PHASE_DIAGRAM,
        locator="Theorems 1 and 2, as stated on the authors' page",
        statement="As the width grows, the relative distance of the input weights tends to zero if "
        "γ < 1 or γ' > γ − 1, and to infinity if γ > 1 and γ' < γ − 1.",
        quantity="points of ten at which RD does not fall, or rise, from width 100 to 800",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Four inputs in one dimension, trained to a mean squared error of 1e-4. On the "
        "boundary itself neither is stated.",
        compute=signs_on_the_plane,
    ),
    *(
        _ours(
            id,
            f"At γ = {point[0]:g}, γ' = {point[1]:g} the relative distance grows as the width to "
            f"the power {predicted_exponent(*point):g}.".replace("-", "−"),
            f"exponent, {FOUR}",
            partial(_slope, point),
            basis="measured in this book",
        )
        for id, point in (
            ("D14a", (0.5, 0.0)),
            ("D14b", (1.5, 0.0)),
            ("D14c", (2.0, 0.0)),
            ("D14d", (1.5, 0.5)),
        )
    ),
    _ours(
        "D14e",
        "No input weight moves further than a clock allows, s = m^−γ |x|_rms times the integral of "
        "the root mean square error.",
        "failures over all neurons of three networks",
        clock_bounds_distance,
        limits="A theorem about gradient flow; short steps were taken.",
    ),
    _ours(
        "D14f",
        "For γ' ≥ 0, where the clock of the whole training stays below an explicit bound, the "
        "error decays exponentially and RD obeys that bound.",
        "failures of hypothesis, decay and distance for two inputs at width 2000",
        lazy_theorem,
        limits="The widths at which the bound begins to hold are large: four inputs of this "
        "chapter would need many more units than were trained.",
    ),
    _ours(
        "D14g",
        "Outputs of size F need m^γ F/|x|_rms ≤ |w| (|a(0)|² + m^2γ' (|w|² − |w(0)|²))^½, which in "
        "the condensed phase forces RD to grow with the width.",
        "failures at six points of the plane, widths 100 and 400",
        cost_of_a_fit,
    ),
    _ours(
        "D14h",
        "A tanh network with small weights of its own stays at the best linear fit.",
        "mean squared error after 6000 steps, width 100, all weights N(0, 0.01²)",
        tanh_on_the_plateau,
        basis="measured in this book",
        limits="For these four inputs and steps of 0.1; it leaves in the end.",
    ),
    _ours(
        "D15",
        "At γ = 1, γ' = 0 the relative change of the kernel does not depend on the width.",
        f"exponent of the width, {FOUR}",
        partial(_kernel_slope, 1.0),
        basis="measured in this book",
    ),
    _ours(
        "D15a",
        "At γ = 2, γ' = 0 the relative change of the kernel grows as m^(γ − 1).",
        f"exponent of the width, {FOUR}",
        partial(_kernel_slope, 2.0),
        basis="measured in this book",
    ),
    _ours(
        "D15e",
        "At γ = 2, γ' = 0 training changes the kernel by hundreds of times its size.",
        "relative change, geometric mean at widths 50 and 100, three seeds",
        change_of_kernel,
        basis="measured in this book",
        limits="Four inputs, to a mean squared error of 1e-4. Both loops start from the same draws "
        "and take the same steps; gradients and kernels are computed twice.",
    ),
    _ours(
        "D15b",
        "The trace of the kernel is at least 2 m^−γ times the mean of |x_i| |f(x_i)|, with "
        "equality for balanced neurons along a single input.",
        "failures before and after training at five points of the plane, and of the equality",
        trace_at_a_fit,
    ),
    _ours(
        "D15c",
        "A network whose neurons stand on k orientations in D dimensions, bias included, has a "
        "kernel of rank at most kD.",
        "failures for four networks and 40 inputs",
        rank_of_the_condensed,
    ),
    _ours(
        "D15d",
        "If no neuron tells two inputs apart, the angle of their gradients and that of the inputs "
        "differ by a factor of at most (1 + |w|²/|a|²)^½, over the neurons that are on.",
        "failures for 20 pairs",
        angles_without_a_kink,
    ),
]
