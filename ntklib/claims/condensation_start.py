"""Claims of Condensation about its start: one line, its two ends, Adam's line, deep layers.

Networks are trained here by loops in NumPy with gradients written out by hand; the library's
training, counting and clustering are what they are compared with.
"""

import itertools
import math
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.linalg import norm
from scipy.stats import t as student

from ntklib.activations import tanh
from ntklib.claims import plain_networks
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.condensation import PAPER
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.claims.own import own_claim
from ntklib.condensation import condense, count_orientations
from ntklib.condensation.network import draw_weights

_ours = partial(own_claim, PAPER, "Small initialisation")
TEN = math.radians(10)
Field = Callable[[np.ndarray], np.ndarray]


class Task(NamedTuple):
    """Inputs with their one, shape (n, D), and targets."""

    rows: np.ndarray
    y: np.ndarray

    @property
    def pull(self) -> np.ndarray:
        """The mean of y x."""
        return self.rows.T @ self.y / len(self.y)

    @property
    def growth(self) -> float:
        """Its length, the growth rate of tanh neurons."""
        return float(norm(self.pull))


def task_of(x: np.ndarray, y: np.ndarray) -> Task:
    """Return inputs of shape (n, d) with their one, and targets."""
    return Task(plain_networks.with_bias(x), y)


@cache
def five_inputs(seed: int) -> Task:
    """Return the data of the paper's figure 2."""
    return task_of(*plain_networks.five_inputs(seed))


def neurons(seed: int, inputs: int, width: int, std: float) -> np.ndarray:
    """Return rows (a, w), drawn as the library draws them."""
    drawn = draw_weights([seed], inputs=inputs, width=width, hidden_layers=1, std=std)
    return np.column_stack([drawn.output[0], drawn.input[0][0]])


def downhill(
    task: Task, sigma: Field = np.tanh, slope: Field = lambda z: 1 - np.tanh(z) ** 2
) -> Field:
    """Return the function from rows (a, w) to minus the gradient of the loss."""

    def field(state: np.ndarray) -> np.ndarray:
        z = state[:, 1:] @ task.rows.T
        fired = sigma(z)
        errors = (state[:, 0] @ fired - task.y) / len(task.y)
        of_input = -(state[:, :1] * slope(z) * errors) @ task.rows
        return np.column_stack([-fired @ errors, of_input])

    return field


def descend(field: Field, state: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """Return the end of plain descent."""
    for _ in range(steps):
        state = state + rate * field(state)
    return state


def by_adam(field: Field, state: np.ndarray, rate: float, steps: int) -> np.ndarray:
    """Return the end of descent by Adam."""
    (end,) = plain_networks.by_adam(lambda now: [-field(now[0])], [state], rate=rate, steps=steps)
    return end


def along(task: Task) -> np.ndarray:
    """Return the unit vector along the pull."""
    return task.pull / norm(task.pull)


def angles_from(weights: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return the angles from a line, in radians."""
    units = weights / norm(weights, axis=1, keepdims=True)
    return np.arccos(np.minimum(abs(units @ line) / norm(line), 1))


def top_line(weights: np.ndarray) -> np.ndarray:
    """Return the leading eigenvector of the mean of u u^T."""
    units = weights / norm(weights, axis=1, keepdims=True)
    return np.linalg.eigh(units.T @ units)[1][:, -1]


def on_one_line(start: np.ndarray, end: np.ndarray) -> bool:
    """Return whether weights have grown tenfold, on both ends of a line and nowhere else."""
    line = top_line(end)
    grown = np.median(norm(end, axis=1)) > 10 * np.sqrt(np.mean(np.sum(start**2, axis=1)))
    sides = np.sign(end @ line)
    return bool(grown and np.mean(angles_from(end, line) < TEN) > 0.9 and abs(sides.mean()) < 0.9)


def five_inputs_condense() -> Finding:
    """Train by Adam on ten data sets."""
    found = []
    for seed in range(10):
        start = neurons(0, 5, 50, 5e-4)
        end = by_adam(downhill(five_inputs(seed)), start, 1e-4, 250)
        found.append(on_one_line(start[:, 1:], end[:, 1:]))
    return failures(found)


def start_is_noise() -> Finding:
    """Average squared cosines of neurons that share none, 25 pairs in each of 200 networks."""
    drawn = draw_weights(range(200), inputs=5, width=50, hidden_layers=1, std=5e-4).input[0]
    units = np.asarray(drawn) / norm(drawn, axis=2, keepdims=True)
    return averaged(1 / 6, (np.sum(units[:, ::2] * units[:, 1::2], axis=2) ** 2).ravel())


def line_of_v_in_any_dimension() -> Finding:
    """Descend from 1e-7 with 1, 2, 5 and 20 inputs and random targets, tanh."""
    found = []
    for inputs in (1, 2, 5, 20):
        draw = np.random.default_rng(inputs)
        x = draw.standard_normal((60, inputs))
        task = task_of(x, draw.standard_normal(60) + x[:, 0])
        start = neurons(0, inputs, 60, 1e-7)
        end = descend(downhill(task), start, 0.05 / task.growth, 200)
        found += [
            on_one_line(start[:, 1:], end[:, 1:]),
            angles_from(top_line(end[:, 1:])[None], along(task))[0] < 1e-2,
        ]
    return failures(found)


def merged(angles: np.ndarray, cut: float) -> int:
    """Return how many groups of two or more average linkage leaves on a circle, by hand."""
    apart = abs(angles[:, None] - angles) % (2 * math.pi)
    apart = np.minimum(apart, 2 * math.pi - apart)
    np.fill_diagonal(apart, np.inf)
    sizes = np.ones(len(angles))
    while apart.min() <= cut:
        i, j = np.unravel_index(apart.argmin(), apart.shape)
        both = (sizes[i] * apart[i] + sizes[j] * apart[j]) / (sizes[i] + sizes[j])
        apart[i], apart[:, i] = both, both
        apart[i, i] = np.inf
        apart[j], apart[:, j] = np.inf, np.inf
        sizes[i], sizes[j] = sizes[i] + sizes[j], 0
    return int(np.sum(sizes >= 2))


def noise_has_orientations() -> Finding:
    """Count groups of random directions by another program, and ask for the verdict."""
    conditions = []
    for seed in range(20):
        weights = np.random.default_rng(seed).standard_normal((50, 2))
        groups = merged(np.arctan2(weights[:, 1], weights[:, 0]), math.radians(15))
        counted = count_orientations(weights)
        conditions += [
            groups == counted.count,
            8 <= groups <= 15,
            not counted.condensed,
            not count_orientations(weights, initial=weights).condensed,
        ]
    return failures(conditions)


def few_points() -> Task:
    """Return twenty of the points of one data set: many neurons are quicker to follow there."""
    return Task(five_inputs(7).rows[:20], five_inputs(7).y[:20])


@cache
def wide_descent() -> tuple[np.ndarray, np.ndarray, float]:
    """Return 12 000 neurons with five inputs at the start and at the end, and lambda t there."""
    task = few_points()
    rate, steps = 0.02, 200  # the rate in units of 1 / lambda
    start = neurons(1, 5, 12_000, 1e-7)
    end = descend(downhill(task), start, rate / task.growth, steps)
    return start, end, steps * math.log1p(rate)


def misalignment_is_one_over_length() -> Finding:
    """Take the exponent of |w| in the sine of the angle, median over neurons."""
    start, end, _ = wide_descent()
    line = along(few_points())
    sines = [np.sin(angles_from(each[:, 1:], line)) for each in (start, end)]
    lengths = [norm(each[:, 1:], axis=1) for each in (start, end)]
    grown = lengths[1] > 10 * lengths[0]
    powers = np.log(sines[1] / sines[0])[grown] / np.log(lengths[1] / lengths[0])[grown]
    return deterministic(-1.0, float(np.median(powers)), 1e-3)


def sum_decides() -> Finding:
    """Compare ends with the sign of a + v.w / |v| at the start."""
    start, end, _ = wide_descent()
    line = along(few_points())
    foretold = np.sign(start[:, 0] + start[:, 1:] @ line)
    late = abs(start[:, 0] + start[:, 1:] @ line) < 1e-9  # still on their way
    return failures((np.sign(end[:, 1:] @ line) == foretold) | late)


def a_quarter_changes_sign() -> Finding:
    """Average over 12 000 neurons whether a has changed its sign."""
    start, end, _ = wide_descent()
    return averaged(0.25, (np.sign(start[:, 0]) != np.sign(end[:, 0])).astype(float))


def students_law() -> Finding:
    """Average over 12 000 neurons whether they are within 10 degrees of the line."""
    _, end, time = wide_descent()
    bound = math.sqrt(5) / math.tan(TEN) / math.sqrt(math.cosh(2 * time))
    within = angles_from(end[:, 1:], along(few_points())) < TEN
    return averaged(2 * float(student.sf(bound, 5)), within.astype(float))


def swish(z: np.ndarray) -> np.ndarray:
    """Return z / (1 + e^-z)."""
    return z / (1 + np.exp(-z))


def swish_slope(z: np.ndarray) -> np.ndarray:
    """Return its derivative."""
    gate = 1 / (1 + np.exp(-z))
    return gate + z * gate * (1 - gate)


def angle_at_time(eps: float, beta: float, *, field: Field, slope: float, drawn: bool) -> float:
    """Return the median angle at the time of the theorem, with or without what was drawn."""
    line, growth = along(five_inputs(0)), slope * five_inputs(0).growth
    time = (1 - beta) / growth * math.log(1 / eps)
    steps = math.ceil(20 * growth * time)
    h = time / steps
    start = eps * np.random.default_rng(0).standard_normal((12, 7))
    state = start
    for _ in range(steps):
        k1 = field(state)
        k2 = field(state + h / 2 * k1)
        k3 = field(state + h / 2 * k2)
        state = state + h / 6 * (k1 + 2 * k2 + 2 * k3 + field(state + h * k3))
    across = np.eye(6) - np.outer(line, line)
    off = (state[:, 1:] if drawn else state[:, 1:] - start[:, 1:]) @ across
    return float(np.median(norm(off, axis=1) / abs(state[:, 1:] @ line)))


def _power(
    beta: float, ours: float, *, odd: bool = True, drawn: bool = False
) -> Callable[[], Finding]:
    """Return the comparison of an exponent of the initial scale, from 1e-11 to 1e-10."""

    def compute() -> Finding:
        task = five_inputs(0)
        field = downhill(task) if odd else downhill(task, swish, swish_slope)
        small, large = (
            angle_at_time(eps, beta, field=field, slope=1.0 if odd else 0.5, drawn=drawn)
            for eps in (1e-11, 1e-10)
        )
        return deterministic(ours, math.log10(large / small), 1e-3)

    return compute


def one_program_is_ten_loops() -> Finding:
    """Train ten networks by Adam, in one program and one by one in NumPy; compare the losses."""
    task, rate, steps = five_inputs(0), 1e-3, 250
    run = condense(
        *(task.rows[:, :-1], task.y),
        activation=tanh,
        width=50,
        init_std=5e-4,
        optimizer="adam",
        learning_rate=rate,
        steps=steps,
        seeds=range(10),
        record=[steps],
        progress=False,
    )
    losses = []
    for seed in range(10):
        end = by_adam(downhill(task), neurons(seed, 5, 50, 5e-4), rate, steps)
        errors = end[:, 0] @ np.tanh(end[:, 1:] @ task.rows.T) - task.y
        losses.append(np.mean(errors**2) / 2)
    return deterministic(float(run.losses[:, steps].mean()), float(np.mean(losses)), 1e-9)


def adams_first_step() -> Finding:
    """Compare a step of the library with finite differences of the loss."""
    task, rate = five_inputs(3), 1e-4
    run = condense(
        task.rows[:, :-1],
        task.y,
        activation=tanh,
        width=8,
        init_std=1e-3,
        optimizer="adam",
        learning_rate=rate,
        steps=1,
        seeds=[0],
        record=1,
        progress=False,
    )
    start = neurons(0, 5, 8, 1e-3)
    moved = np.column_stack([run.output_weights[0, 1], run.input_weights[0][0, 1]]) - start

    def loss(state: np.ndarray) -> float:
        errors = state[:, 0] @ np.tanh(state[:, 1:] @ task.rows.T) - task.y
        return float(errors @ errors) / (2 * len(errors))

    conditions = []
    for place in np.ndindex(start.shape):
        shift = np.zeros_like(start)
        shift[place] = 1e-4
        slope = (loss(start + shift) - loss(start - shift)) / 2e-4
        conditions.append(abs(moved[place] + rate * slope / (abs(slope) + 1e-8)) < 1e-3 * rate)
    return failures(conditions)


def adam_takes_the_corner() -> Finding:
    """Train by Adam and by descent on ten data sets and look at both candidates."""
    conditions = []
    for seed in range(10):
        task = five_inputs(seed)
        corner, field = np.sign(task.pull), downhill(task)
        adam = top_line(by_adam(field, neurons(0, 5, 50, 1e-4), 1e-5, 250)[:, 1:])[None]
        plain = descend(field, neurons(0, 5, 50, 1e-6), 0.05 / task.growth, 200)
        conditions += [
            angles_from(adam, corner)[0] < math.radians(2),
            angles_from(adam, task.pull)[0] > math.radians(5),
            angles_from(top_line(plain[:, 1:])[None], task.pull)[0] < math.radians(0.5),
        ]
    return failures(conditions)


def only_descent_turns() -> Finding:
    """Turn two inputs by 30 degrees, and the initial weights with them."""
    x = np.random.default_rng(0).uniform(-1, 1, (80, 2))
    y = 2 * np.sin(2 * x[:, 0] + x[:, 1] / 2) + 0.5
    c, s = math.cos(math.pi / 6), math.sin(math.pi / 6)
    turn = np.array([[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]])
    straight, turned = task_of(x, y), task_of(x @ turn[1:3, 1:3].T, y)
    start = neurons(0, 2, 50, 1e-4)
    rate = 0.05 / straight.growth
    plain = [
        descend(downhill(task), state, rate, 150)
        for task, state in ((straight, start), (turned, start @ turn.T))
    ]
    adam = [
        top_line(by_adam(downhill(task), state, 1e-5, 250)[:, 1:])
        for task, state in ((straight, start), (turned, start @ turn.T))
    ]
    return failures(
        np.abs(plain[0] @ turn.T - plain[1]).max() < 1e-9 * np.abs(plain[1]).max(),
        angles_from(adam[0][None], adam[1])[0] < math.radians(2),
        angles_from((turn[1:, 1:] @ adam[0])[None], adam[1])[0] > math.radians(20),
    )


def corner_by_sum() -> Finding:
    """Compare the ends of 500 neurons under Adam with the law of sign descent."""
    task, conditions = five_inputs(7), []
    for seed in range(10):
        start = neurons(seed, 5, 50, 1e-4)
        end = by_adam(downhill(task), start, 1e-5, 250)
        foretold = start[:, 0] + start[:, 1:] @ task.pull / np.abs(task.pull).sum()
        conditions.append(np.sign(end[:, 1:] @ task.pull) == np.sign(foretold))
    return failures(*conditions)


def network(seed: int, *, hidden_layers: int, std: float) -> list[np.ndarray]:
    """Return the W of hidden layers of 50 neurons and a, drawn as the library draws them."""
    drawn = draw_weights([seed], inputs=5, width=50, hidden_layers=hidden_layers, std=std)
    return [np.array(each[0]) for each in (*drawn.input, drawn.output)]


@cache
def deep_layers(seed: int, residual: bool) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the W of five hidden layers of 50 before and after 120 steps of Adam."""
    task = five_inputs(7)
    weights = network(seed, hidden_layers=5, std=5e-4)
    end = plain_networks.by_adam(
        lambda now: backwards(task, now, residual=residual), weights, rate=1e-4, steps=120
    )
    return weights[:-1], end[:-1]


def backwards(task: Task, weights: plain_networks.Weights, *, residual: bool) -> list[np.ndarray]:
    """Return the gradients of all weights, the output's last, by hand."""
    count, given, fired = len(task.y), [task.rows], []
    for layer, w in enumerate(weights[:-1]):
        now = np.tanh(given[-1] @ w.T)
        fired.append(now)
        hidden = now + given[-1][:, :-1] if residual and layer else now
        given.append(np.column_stack([hidden, np.ones(count)]))
    errors = (given[-1][:, :-1] @ weights[-1] - task.y) / count
    slopes = [errors @ given[-1][:, :-1]]
    back = errors[:, None] * weights[-1]
    for layer in range(len(weights) - 2, -1, -1):
        inner = back * (1 - fired[layer] ** 2)
        slopes.insert(0, inner.T @ given[layer])
        below = inner @ weights[layer][:, :-1]
        back = below + back if residual and layer else below
    return slopes


def _every_layer(*, residual: bool) -> Callable[[], Finding]:
    """Return the count of layers of ten networks that are not on one line."""

    def compute() -> Finding:
        found = []
        for seed in range(10):
            found += [on_one_line(*pair) for pair in zip(*deep_layers(seed, residual), strict=True)]
        return failures(found)

    return compute


def signs_of_the_layer_below() -> Finding:
    """Compare the signs of each deep layer's line with the sides that neurons below took."""
    conditions = []
    for seed in range(10):
        for residual in (True, False):
            _, layers = deep_layers(seed, residual)
            for below, layer in itertools.pairwise(layers):
                signs = np.sign(top_line(layer)[:-1])
                conditions.append(abs(np.mean(signs * np.sign(below @ top_line(below)))) == 1)
    return failures(conditions)


def bias_axis_under_descent() -> Finding:
    """Descend with two hidden layers and look at the second."""
    conditions = []
    for seed in range(3):
        weights = network(seed, hidden_layers=2, std=1e-4)
        conditions.append(abs(top_line(weights[1])[-1]) < 0.6)
        for _ in range(400):
            slopes = backwards(five_inputs(7), weights, residual=False)
            weights = [w - 0.05 * slope for w, slope in zip(weights, slopes, strict=True)]
        conditions.append(abs(top_line(weights[1])[-1]) > 0.99)
    return failures(conditions)


LATER = (
    "The initial stage only: by step 1000 of the same run the line has turned and fanned out. "
    "With the printed settings (standard deviation 0.005, rate 1e-3) two orientations are there in "
    "9 of 10 data sets at step 50 and in 6 of 10 at step 100, which is the step shown."
)

CLAIMS = [
    Claim(
        id="D2",
        paper=PAPER,
        locator="section 4, figure 2(a)",
        statement="With five inputs and small initialisation the input weights of 50 tanh neurons "
        "condense on one line under Adam.",
        quantity="data sets of 10 in which neurons have not grown tenfold on both ends of one "
        "line; standard deviation 5e-4, rate 1e-4, step 250",
        basis="stated in the paper",
        verdict="holds with limits",
        limits=LATER,
        compute=five_inputs_condense,
    ),
    _ours(
        "D2a",
        "Before training the heat map is noise: cosines of neurons have the mean square 1/(d + 1).",
        "mean squared cosine, five inputs, 5000 pairs",
        start_is_noise,
    ),
    Claim(
        id="D2b",
        paper=PAPER,
        locator="section 5, case 1",
        statement="For multiplicity one the fixed directions are, to leading order, the two of the "
        "sum of e x, in any dimension.",
        quantity="failures of one line, and of less than 0.01 between it and the mean of y x: "
        "gradient descent, tanh, 1, 2, 5 and 20 inputs",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Where that sum is not zero and the errors are still -y. The line of Adam is "
        "another one (D11a).",
        compute=line_of_v_in_any_dimension,
    ),
    _ours(
        "D2c",
        "Fifty random directions in the plane fall into 8 to 15 groups at a cut of 15 degrees, and "
        "the library does not call them condensed.",
        "failures in 20 draws, groups also counted by a second program",
        noise_has_orientations,
        basis="measured in this book",
    ),
    _ours(
        "D2d",
        "With a slope at zero the sine of a neuron's angle from the line falls as 1/|w|.",
        "exponent of |w|, median of 12 000 tanh neurons, gradient descent from 1e-7",
        misalignment_is_one_over_length,
    ),
    _ours(
        "D2e",
        "The sign of a + v.w/|v| at the start, and not that of a, decides between the two "
        "orientations.",
        "failures among 12 000 tanh neurons, gradient descent from 1e-7",
        sum_decides,
        limits="Neurons for which the sum is below a hundredth of the initial scale are left out: "
        "they are still on their way.",
    ),
    _ours(
        "D2f",
        "A quarter of all output weights change their sign while neurons condense.",
        "share of 12 000 tanh neurons",
        a_quarter_changes_sign,
    ),
    _ours(
        "D2g",
        "The cotangent of the angle from the line, times the root of d over cosh 2λt, has the law "
        "of Student's |t| with d degrees of freedom.",
        "share of 12 000 tanh neurons within 10 degrees at λt = 3.96, five inputs",
        students_law,
    ),
    _ours(
        "D2h",
        "At the time (1 - β)/λ ln(1/ε) with β = 1/3 angles from the line are of the order ε to the "
        "power 2/3, for odd activations.",
        "power of ε, tanh, from 1e-11 to 1e-10",
        _power(1 / 3, 2 / 3, drawn=True),
    ),
    _ours(
        "D2i",
        "What the nonlinear terms add to these angles is of the order ε to the power 2β for tanh.",
        "power of ε at β = 1/2, from 1e-11 to 1e-10",
        _power(1 / 2, 1.0),
    ),
    _ours(
        "D2j",
        "What the nonlinear terms add to these angles is of the order ε to the power β for swish, "
        "which is not odd.",
        "power of ε at β = 1/2, from 1e-11 to 1e-10",
        _power(1 / 2, 0.5, odd=False),
    ),
    _ours(
        "D11",
        "The first step of Adam is the rate times g/(|g| + eps), for every weight.",
        "failures within 1e-3 of the rate, gradient by finite differences",
        adams_first_step,
    ),
    _ours(
        "D11a",
        "Adam condenses tanh neurons on the sign vector of v, gradient descent on v.",
        "failures in 10 data sets: 2 degrees from the sign vector and over 5 from v for Adam, half "
        "a degree from v for gradient descent",
        adam_takes_the_corner,
        limits="Before the loss has moved: standard deviation 1e-4 and rate 1e-5 for Adam.",
    ),
    _ours(
        "D11b",
        "When the inputs are turned, gradient descent turns with them; Adam's line stays.",
        "failures, two inputs, a turn of 30 degrees",
        only_descent_turns,
        limits="As long as no entry of v changes its sign.",
    ),
    _ours(
        "D11c",
        "Under sign descent the sign of a + v.w/|v|₁ at the start decides between the two "
        "orientations.",
        "failures among 500 tanh neurons under Adam",
        corner_by_sum,
    ),
    Claim(
        id="D12",
        paper=PAPER,
        locator="section 5, case 1, for every layer; figure 3",
        statement="In deep residual networks the neurons of every layer with multiplicity one "
        "condense on one line.",
        quantity="layers not on one line, 10 networks of five hidden layers of tanh, 120 steps of "
        "Adam",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Tanh in all layers, standard deviation 5e-4, rate 1e-4. The line of a layer moves "
        "with the layers below it.",
        compute=_every_layer(residual=True),
    ),
    Claim(
        id="D12a",
        paper=PAPER,
        locator="appendix, networks without residual connections",
        statement="Residual connections are not necessary for the condensation of deep networks.",
        quantity="layers not on one line, 10 networks of five hidden layers of tanh, 120 steps of "
        "Adam",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Tanh in all layers, standard deviation 5e-4, rate 1e-4.",
        compute=_every_layer(residual=False),
    ),
    _ours(
        "D12b",
        "Under Adam the signs of a deep layer's line are the sides that the neurons below took on "
        "theirs.",
        "layers with an exception, 20 networks of five hidden layers, with residuals and without",
        signs_of_the_layer_below,
        basis="measured in this book",
    ),
    _ours(
        "D12c",
        "Under gradient descent the second of two hidden layers turns to the axis of the bias.",
        "failures of a share above 0.99 after 400 steps and below 0.6 at the start, 3 networks",
        bias_axis_under_descent,
        basis="measured in this book",
        limits="The targets of these data have a mean that is not small; with mean zero there is "
        "no such pull.",
    ),
    _ours(
        "D18",
        "Training many networks in one compiled program is training each of them by a plain loop.",
        "mean loss of ten tanh networks after 250 steps of Adam, by the library and by NumPy",
        one_program_is_ten_loops,
        basis="measured in this book",
        limits="What it saves in time depends on the machine: benchmarks/condensation.py has it "
        "beside a PyTorch loop.",
    ),
]
