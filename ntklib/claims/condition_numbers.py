"""Claims of "Better NTK conditioning" (Liu, Bi, Hui and Liu): condition numbers of data sets.

Every number of the library is compared with the same number from `ntklib.claims.by_hand`.
"""

import math
from collections.abc import Callable

import jax
import numpy as np
from numpy.linalg import eigvalsh

from ntklib.activations import relu
from ntklib.angles import norms_and_angles
from ntklib.claims.by_hand import as_printed, kappa_by_iteration, ratios
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.data import digits, directions, synthetic
from ntklib.claims.findings import deterministic, failures
from ntklib.claims.separation import PAPER
from ntklib.kernels import ntk
from ntklib.networks import empirical_ntk, init_mlp
from ntklib.separation import gradient_angle
from ntklib.spectrum import condition_number, extreme_eigenvalues

HERE = "this book, Conditioning"


def _kappa_is(x: Callable[[], np.ndarray], depth: int) -> Callable[[], Finding]:
    """Compare the library's condition number with the recursion as printed.

    Beyond depth 100 the eigenvalues crowd at the bottom and inverse iteration would crawl.
    """
    by_hand = kappa_by_iteration if depth <= 100 else ratios

    def compute() -> Finding:
        rows = x()
        ours = float(condition_number(ntk(rows, activation=relu, depth=depth)))
        return deterministic(ours, float(by_hand(as_printed(rows, depth))), 1e-6)

    return compute


def _closest_gradients(depth: int) -> Callable[[], Finding]:
    """Compare the smallest gradient angle of the synthetic data with the recursion as printed."""

    def compute() -> Finding:
        x = synthetic()
        theta = norms_and_angles(x)[2] + math.pi * np.eye(len(x))
        ours = math.degrees(float(gradient_angle(theta.min(), activation=relu, depth=depth)))
        kernel = as_printed(x, depth)
        lengths = np.sqrt(np.diag(kernel))
        cosines = kernel / lengths[:, None] / lengths - 2 * np.eye(len(x))
        return deterministic(ours, math.degrees(math.acos(cosines.max())), 1e-9)

    return compute


def deeper_is_better_conditioned_on_dependent_data() -> Finding:
    """Count depths up to 10 at which kappa fails to fall, on three dependent data sets."""
    sets = (directions(50, 10), digits(200)[0], synthetic()[:300])
    kernels = [
        [np.asarray(ntk(x, activation=relu, depth=depth)) for depth in range(1, 11)] for x in sets
    ]
    return failures(*(np.diff(ratios(np.array(each))) < 0 for each in kernels))


def digits_rank() -> Finding:
    """Compare the rank by the library with that of the integer pixels."""
    from sklearn.datasets import load_digits

    x = digits(200)[0]
    exact = np.linalg.matrix_rank(load_digits().data[:200])
    return Finding(float(extreme_eigenvalues(x @ x.T).rank), float(exact), 0.0)


def digits_fall() -> Finding:
    """Test kappa(1) > 10 kappa(10) on the digits, by the recursion as printed."""
    one, ten = (kappa_by_iteration(as_printed(digits(200)[0], depth)) for depth in (1, 10))
    return failures(one > 10 * ten)


def finite_networks_are_worse() -> Finding:
    """Test that means over 20 networks lie four standard errors to the bad side of the limit."""
    x = directions(50, 10)
    limit = eigvalsh(ntk(x, activation=relu, depth=3))

    @jax.jit
    def kernel(key: jax.Array) -> jax.Array:
        return empirical_ntk(init_mlp(key, (10, 128, 128, 128, 1)), x, activation=relu)

    values = eigvalsh(np.array([kernel(key) for key in jax.random.split(jax.random.key(10), 20)]))
    smallest, kappas = values[:, 0], values[:, -1] / values[:, 0]
    low, high = (4 * each.std(ddof=1) / math.sqrt(len(each)) for each in (smallest, kappas))
    return failures(smallest.mean() + low < limit[0], kappas.mean() - high > limit[-1] / limit[0])


def many_dimensions_linear() -> Finding:
    """Compare kappa of the Gram matrix with the singular values of the rows."""
    x = directions(50, 2000)
    singular = np.linalg.svd(x, compute_uv=False)
    ours = float(condition_number(ntk(x, activation=relu, depth=0)))
    return deterministic(ours, float((singular[0] / singular[-1]) ** 2), 1e-9)


def _kappa_claim(
    id: str, locator: str, data: str, x: Callable[[], np.ndarray], depth: int
) -> Claim:
    """Return a claim about one condition number at infinite width."""
    return Claim(
        id=id,
        paper=PAPER,
        locator=locator,
        statement=f"The NTK of {data} has this condition number at depth {depth}.",
        quantity=f"κ of {data}, {depth} ReLU layers, infinite width",
        basis="measured in this book",
        verdict="ours",
        compute=_kappa_is(x, depth),
    )


def _angle_claim(id: str, depth: int) -> Claim:
    """Return a claim about the closest gradients of the synthetic data."""
    return Claim(
        id=id,
        paper=PAPER,
        locator=f"{HERE}; the left panels of the paper's Figure 3 draw this angle",
        statement="The closest two gradients among 2000 Gaussian inputs with 5 entries stand at "
        f"this angle at depth {depth}.",
        quantity="smallest gradient angle, degrees, infinite width",
        basis="measured in this book",
        verdict="ours",
        compute=_closest_gradients(depth),
    )


FIGURE = f"{HERE}; the paper's Figure 3 draws such curves without numbers"
TEN = "50 directions in 10 dimensions"
THOUSANDS = "50 directions in 2000 dimensions"
SYNTHETIC = "2000 Gaussian inputs with 5 entries"


CLAIMS = [
    _kappa_claim("A7c", HERE, TEN, lambda: directions(50, 10), 10_000),
    Claim(
        id="A10",
        paper=PAPER,
        locator="Figure 3, right panels",
        statement="The deeper a ReLU network, the smaller the condition number of its NTK.",
        quantity="failures of κ to fall from depth 1 to 10 on Gaussian data in 10 dimensions, "
        "digits and the paper's synthetic data",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="Computed at infinite width. For dependent or nearly parallel inputs; on "
        "orthonormal or high-dimensional data κ rises (A11, A11d to A11g).",
        compute=deeper_is_better_conditioned_on_dependent_data,
    ),
    *(
        _kappa_claim(id, FIGURE, TEN, lambda: directions(50, 10), depth)
        for id, depth in (("A10b", 1), ("A10c", 3), ("A10d", 10), ("A10e", 20))
    ),
    Claim(
        id="A10f",
        paper=PAPER,
        locator=HERE,
        statement="The first 200 of scikit-learn's digits span 53 dimensions, so the linear "
        "model's κ is infinite.",
        quantity="rank of the Gram matrix",
        basis="measured in this book",
        verdict="ours",
        compute=digits_rank,
    ),
    Claim(
        id="A10g",
        paper=PAPER,
        locator=HERE,
        statement="On the first 200 digits κ falls by a factor of more than 10 from depth 1 to "
        "depth 10.",
        quantity="failures",
        basis="measured in this book",
        verdict="ours",
        compute=digits_fall,
    ),
    *(
        _kappa_claim(id, FIGURE, SYNTHETIC, synthetic, depth)
        for id, depth in (("A10h", 1), ("A10i", 3), ("A10j", 10))
    ),
    *(
        _angle_claim(id, depth)
        for id, depth in (("A10k", 0), ("A10l", 1), ("A10m", 3), ("A10n", 10))
    ),
    Claim(
        id="A10o",
        paper=PAPER,
        locator=HERE,
        statement="Networks of finite width have a larger κ than their limit on average, and a "
        "smaller λ_min.",
        quantity="failures, by four standard errors, of the means of 20 networks of width 128; "
        f"{TEN}, three layers",
        basis="measured in this book",
        verdict="ours",
        compute=finite_networks_are_worse,
    ),
    Claim(
        id="A11d",
        paper=PAPER,
        locator=HERE,
        statement="Random vectors in many dimensions are well conditioned for a linear model.",
        quantity=f"κ of the Gram matrix of {THOUSANDS}",
        basis="measured in this book",
        verdict="ours",
        compute=many_dimensions_linear,
    ),
    *(
        _kappa_claim(id, HERE, THOUSANDS, lambda: directions(50, 2000), depth)
        for id, depth in (("A11e", 1), ("A11f", 3), ("A11g", 10))
    ),
]
