"""Claims about training: what the condition number says about gradient descent, and what not.

Statements about kernels are measured by taking the steps of gradient descent one by one, without
eigenvectors. Statements about networks of width 512 are read off the stored long runs, which
`make results` computes; tests hold those files to the code that made them.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.linalg import eigh, eigvalsh
from numpy.typing import NDArray

from ntklib.activations import relu
from ntklib.claims.claim import Basis, Claim, Finding, Verdict
from ntklib.claims.data import digits, directions
from ntklib.claims.findings import deterministic, failures
from ntklib.claims.separation import PAPER
from ntklib.kernels import ntk
from ntklib.stored import stored

CHAPTER = "this book, Training"
DEPTHS = (1, 2, 3, 5, 8, 10)


def _digits(count: int) -> tuple[NDArray, NDArray]:
    """Return the first digits, scaled to norm 1, and their targets for ten outputs."""
    rows, labels = digits(count)
    return rows, np.eye(10)[labels] - 0.1


def _kernel(rows: NDArray, depth: int) -> NDArray:
    return np.asarray(ntk(rows, activation=relu, depth=depth))


def _shares(kernel: NDArray, errors: NDArray, steps: int) -> NDArray:
    """Return the share of the squared error left after 0, 1, ... steps of 1 / lambda_max."""
    step = kernel / eigvalsh(kernel)[-1]
    sizes = [np.sum(errors**2)]
    for _ in range(steps):
        errors = errors - step @ errors
        sizes.append(np.sum(errors**2))
    return np.array(sizes) / sizes[0]


def _first(shares: NDArray, goal: float) -> int:
    """Return the first step at which no more than `goal` is left; raise if there is none."""
    return int(np.flatnonzero(shares <= goal)[0])


def deeper_kernels_fit_digits_sooner() -> Finding:
    """Count depths that need no fewer steps to 1 % than the one before."""
    rows, targets = _digits(200)
    needed = [_first(_shares(_kernel(rows, L), targets, 2500), 0.01) for L in DEPTHS]
    return failures(np.diff(needed) < 0)


def _final(run: str, name: str, depths: tuple[int, ...]) -> NDArray:
    """Return the last values of a stored quantity, shape (depths, networks)."""
    parts: dict[str, Any] = stored(run)["parts"]
    found = [np.array(parts[f"depth {depth}"][name]) for depth in depths]
    return np.array([values[:, -1] if values.ndim > 1 else values for values in found])


def _not_lower(run: str, depths: tuple[int, ...]) -> Finding:
    """Count depths whose mean loss at the end is not below that of the one before."""
    means = _final(run, "loss", depths).mean(axis=1)
    return failures(np.diff(means) < 0)


def deeper_networks_reach_a_lower_cross_entropy() -> Finding:
    """Count failures in the stored run of stochastic gradient descent, depths 1 to 5."""
    return _not_lower("digits_sgd", (1, 2, 3, 5))


def deeper_networks_reach_a_lower_squared_error() -> Finding:
    """Count failures in the stored run of full-batch gradient descent, depths 1 to 5."""
    return _not_lower("digits_descent", (1, 2, 3, 5))


def last_eigenvector_attains_the_rate() -> Finding:
    """Compare |e_t| / |e_0| after 50 steps from the last eigenvector with (1 - 1/kappa)^50."""
    kernel = _kernel(directions(30, 8), 3)
    values, vectors = eigh(kernel)
    found = math.sqrt(_shares(kernel, vectors[:, 0], 50)[-1])
    rate = float((1 - values[0] / values[-1]) ** 50)
    return deterministic(rate, found, 1e-9)


def mean_eigenvalue_bounds_the_speed() -> Finding:
    """Count steps at which less is left than (1 - mean relative eigenvalue)^(2t)."""
    rows, targets = _digits(100)
    draw, bounded = np.random.default_rng(3), []
    for errors in (targets, draw.choice([-1.0, 1.0], (100, 1)), rows[:, 20:21]):
        for depth in DEPTHS:
            kernel = _kernel(rows, depth)
            mean = np.sum(errors * (kernel @ errors)) / np.sum(errors**2) / eigvalsh(kernel)[-1]
            bound = (1 - mean) ** (2 * np.arange(301))
            bounded.append(_shares(kernel, errors, 300) >= bound * (1 - 1e-12))
    return failures(*bounded)


def all_labels_take_the_same_time() -> Finding:
    """Measure the mean factor of a step from a linear labelling at depths near infinity.

    The factor approaches 1 - 3/(n + 3) like (a ln L + b) / L; three depths take both terms out.
    """
    rows = directions(20, 5)
    errors = rows[:, 0] - rows[:, 0].mean()

    def speed(depth: int) -> float:
        return 1 - math.sqrt(_shares(_kernel(rows, depth), errors, 20)[-1]) ** (1 / 20)

    depths = np.array([1e4, 2e4, 4e4])
    terms = np.stack([np.ones(3), np.log(depths) / depths, 1 / depths], axis=1)
    limit = np.linalg.solve(terms, [speed(int(depth)) for depth in depths])[0]
    return Finding(3 / 23, float(limit), 1e-5)


def linear_labels_become_slower() -> Finding:
    """Count depths that need no more steps to 1 % than the one before, linear labels."""
    rows = directions(50, 10)
    errors = rows @ np.random.default_rng(2).standard_normal((10, 20))
    needed = [_first(_shares(_kernel(rows, L), errors, 200), 0.01) for L in DEPTHS]
    return failures(np.diff(needed) > 0)


def deeper_wins_at_one_learning_rate() -> Finding:
    """Count depths whose loss at the common learning rate 1 is not below the one before."""
    parts = stored("digits_sgd")["parts"]
    losses = [parts[f"depth {depth}"]["trials"][0] for depth in DEPTHS]
    return failures(np.diff(losses) < 0)


def three_layers_beat_one() -> Finding:
    """Count networks of three layers that get no more held-out digits right than one layer."""
    one, three = _final("digits_sgd", "held_out", (1, 3))
    return failures(three > one)


def ten_layers_do_not_beat_three() -> Finding:
    """Count networks of ten layers that get more held-out digits right than three layers."""
    three, ten = _final("digits_sgd", "held_out", (3, 10))
    return failures(ten <= three)


def _claim(
    id: str,
    locator: str,
    statement: str,
    quantity: str,
    compute: Callable[[], Finding],
    basis: Basis,
    verdict: Verdict = "ours",
    limits: str = "",
) -> Claim:
    return Claim(id, PAPER, locator, statement, quantity, basis, verdict, compute, limits)


STATED: Basis = "stated in the paper"
PROVED: Basis = "proved in this book"
MEASURED: Basis = "measured in this book"
LIMITED: Verdict = "holds with limits"
RUN = "means of five networks of width 512, stored run"

CLAIMS = [
    _claim(
        "A13",
        "Figure 4, read as a statement about the kernel",
        "Deeper ReLU networks train faster: gradient descent with the kernel of infinite width "
        "fits digits in fewer steps.",
        "failures among depths 1, 2, 3, 5, 8, 10: steps of 1/λ_max to 1 % of the squared error "
        "on the first 200 digits do not fall",
        deeper_kernels_fit_digits_sooner,
        STATED,
        LIMITED,
        "The paper draws networks on MNIST, Fashion-MNIST and Librispeech. Our kernels need 8 "
        "times fewer steps to 1 % at depth 10 than at depth 1, where κ falls 12 times; to one "
        "half of the error, hardly fewer; past depth 50 they need more again.",
    ),
    _claim(
        "A13b",
        "Figure 4",
        "Deeper ReLU networks reach a lower training loss under stochastic gradient descent on "
        "cross-entropy, each with its best learning rate of a grid.",
        f"failures among depths 1, 2, 3, 5 on 1000 digits after 30 epochs; {RUN} digits_sgd",
        deeper_networks_reach_a_lower_cross_entropy,
        STATED,
        LIMITED,
        "Measured on digits, not on the paper's data. From five layers on the loss falls no "
        "further, and in the first epochs the deep networks are behind.",
    ),
    _claim(
        "A13c",
        f"{CHAPTER}; the paper's theory is about this descent, its experiments are not",
        "Deeper ReLU networks reach a lower squared error under full-batch gradient descent with "
        "steps of 1/λ_max of their own kernel at the start.",
        f"failures among depths 1, 2, 3, 5 on 200 digits after 300 steps; {RUN} digits_descent",
        deeper_networks_reach_a_lower_squared_error,
        MEASURED,
        limits="Up to five layers: eight and ten are no better, at width 512.",
    ),
    _claim(
        "A13d",
        CHAPTER,
        "The worst-case rate 1 − 1/κ is attained along the last eigenvector.",
        "|e_t|/|e_0| after 50 steps from it, 30 directions in 8 dimensions, depth 3, against "
        "(1 − 1/κ)^50",
        last_eigenvector_attains_the_rate,
        PROVED,
    ),
    _claim(
        "A13e",
        CHAPTER,
        "No error shrinks faster than its mean relative eigenvalue allows.",
        "failures of |e_t|²/|e_0|² ≥ (1 − μ̄)^{2t} among 300 steps, six depths and three kinds "
        "of labels on 100 digits",
        mean_eigenvalue_bounds_the_speed,
        PROVED,
    ),
    _claim(
        "A13f",
        CHAPTER,
        "In the limit of infinite depth every labelling of mean zero loses the share 3/(n + 3) "
        "of its error in a step.",
        "that share for 20 directions in 5 dimensions and a linear labelling, extrapolated from "
        "depths 10 000, 20 000 and 40 000",
        all_labels_take_the_same_time,
        PROVED,
    ),
    _claim(
        "A13g",
        CHAPTER,
        "Labels that are linear functions of the inputs are fitted more slowly with every layer, "
        "while κ falls.",
        "failures among depths 1, 2, 3, 5, 8, 10: steps to 1 % do not rise, 50 directions in 10 "
        "dimensions",
        linear_labels_become_slower,
        MEASURED,
        limits="On this data set; on 200 digits, whose linear part is ill-conditioned, linear "
        "labels gain from depth to 1 % as well.",
    ),
    _claim(
        "A13h",
        CHAPTER,
        "At one learning rate for all depths deeper networks have the lower training loss.",
        "failures among depths 1, 2, 3, 5, 8, 10 at rate 1 after eight epochs; one network each, "
        "stored run digits_sgd",
        deeper_wins_at_one_learning_rate,
        MEASURED,
        limits="This is the diagonal of the kernel, L + 1, and no conditioning: one layer at "
        "twice the rate does what three layers do.",
    ),
    _claim(
        "A15",
        "Table 1",
        "Three hidden layers classify held-out data better than one.",
        "failures among five pairs of networks of width 512 on 797 digits; stored run digits_sgd",
        three_layers_beat_one,
        STATED,
        LIMITED,
        "The paper states 95.98 % and 97.43 % for MNIST; we measured on scikit-learn's digits, "
        "with SGD. After gradient descent on squared error the deeper networks are no better.",
    ),
    _claim(
        "A15b",
        "Table 1",
        "Ten hidden layers classify held-out data no better than three.",
        "failures among five pairs of networks of width 512 on 797 digits; stored run digits_sgd",
        ten_layers_do_not_beat_three,
        STATED,
        LIMITED,
        "The paper states 97.43 % for three layers, at most 97.57 % for more, and 97.39 % for "
        "ten, on MNIST; ours are scikit-learn's digits.",
    ),
]
