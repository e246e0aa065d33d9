"""Claims of "Better NTK conditioning" (Liu, Bi, Hui and Liu): gradient angles at great depth.

Limits are read off by fitting expansions whose leading coefficients are left free, or by
differences in which slower terms cancel; no measurement is given the number it looks for.
"""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ntklib.activations import Activation, leaky_relu, relu
from ntklib.claims.claim import Claim, Finding
from ntklib.claims.data import unit_pair
from ntklib.claims.findings import averaged, deterministic
from ntklib.claims.own import own_claim
from ntklib.claims.separation import PAPER
from ntklib.kernels import ntk
from ntklib.networks import empirical_ntk, init_mlp, mlp
from ntklib.separation import embedding_angle, gradient_angle

DEPTHS = np.unique(np.geomspace(1e4, 1e6, 24).astype(int))


def _expansion(values: np.ndarray) -> np.ndarray:
    """Fit A L + B ln L + C + (D ln^2 L + E ln L + F) / L over the depths; return A to F."""
    log = np.log(DEPTHS)
    columns = [DEPTHS, log, np.ones_like(log), log**2 / DEPTHS, log / DEPTHS, 1 / DEPTHS]
    return np.linalg.lstsq(np.column_stack(columns), values, rcond=None)[0]


def _kernel_expansion(theta: float, activation: Activation) -> np.ndarray:
    """Fit K_L = (L + 1) cos phi_L."""
    phi = np.asarray(gradient_angle(theta, activation=activation, depth=DEPTHS.tolist()))
    return _expansion((DEPTHS + 1) * np.cos(phi))


def _embedding_expansion(theta: float) -> np.ndarray:
    """Fit 1 / theta_l for ReLU."""
    angles = np.asarray(embedding_angle(theta, activation=relu, depth=DEPTHS.tolist()))
    return _expansion(1 / angles)


def gradients_end_at_one_angle() -> Finding:
    """Fit the limit from three input angles, opposite inputs among them; keep the worst."""
    limits = [_kernel_expansion(theta, relu)[0] for theta in (math.radians(10), 1.0, math.pi)]
    measured = np.degrees(np.arccos(limits))
    ours = math.degrees(math.acos(0.25))
    return deterministic(ours, float(measured[np.abs(measured - ours).argmax()]), 1e-6)


def embeddings_collapse_like_one_over_depth() -> Finding:
    """Fit the limit of l theta_l from 1 rad."""
    return deterministic(3 * math.pi, float(1 / _embedding_expansion(1.0)[0]), 1e-6)


def approach_is_logarithmic() -> Finding:
    """Fit the coefficient of ln L / L in cos phi_L from 1 rad."""
    return deterministic(3 / 8, float(_kernel_expansion(1.0, relu)[1]), 1e-4)


def constant_of_the_approach() -> Finding:
    """Compare C of the gradients at 1 rad with the one that the embeddings predict."""
    predicted = 3 * math.pi / 4 * _embedding_expansion(1.0)[2] - 3 / 8
    measured = _kernel_expansion(1.0, relu)[2] - 1 / 4
    return deterministic(float(predicted), float(measured), 1e-4)


def leaks_change_neither_limit_nor_rate() -> Finding:
    """Fit limit and coefficient for slopes 0.2 and -1; return the worst rate over 3/8."""
    rates, limits = [], []
    for slope in (0.2, -1.0):
        fit = _kernel_expansion(1.0, leaky_relu(slope))
        limits.append(4 * fit[0])
        rates.append(fit[1] / (3 / 8))
    ratios = np.array(limits + rates)
    return deterministic(1.0, float(ratios[np.abs(ratios - 1).argmax()]), 1e-3)


def small_angles_follow_one_curve() -> Finding:
    """Measure cos phi at a depth where the embeddings have come half the way."""
    theta = 1e-5
    depth = round(3 * math.pi / theta)
    phi = float(gradient_angle(theta, activation=relu, depth=depth))
    return deterministic((1 + 1 / 2 + 1 / 4 + 1 / 8) / 4, math.cos(phi), 1e-5)


def embedding_lengths_scatter_with_depth_over_width() -> Finding:
    """Average the fourth power of an embedding's length, four layers of width 32."""
    depth, width, networks = 4, 32, 4000

    def fourth_power(key: jax.Array) -> jax.Array:
        last = mlp(init_mlp(key, (2,) + (width,) * depth), jnp.array([[1.0, 0.0]]), activation=relu)
        return (2 / width * jnp.sum(jnp.maximum(last, 0) ** 2)) ** 2

    keys = jax.random.split(jax.random.key(12), networks)
    found = np.asarray(jax.lax.map(fourth_power, keys, batch_size=50))
    return averaged((1 + 5 / width) ** depth, found)


def ten_layers_of_finite_width() -> Finding:
    """Average the gradient cosine of networks of width 512 at depth 10, inputs 30 degrees apart."""
    theta, depth, width, networks = math.radians(30), 10, 512, 64

    def cosine(key: jax.Array) -> jax.Array:
        params = init_mlp(key, (2,) + (width,) * depth + (1,), dtype=jnp.float32)
        kernel = empirical_ntk(params, unit_pair(theta).astype(np.float32), activation=relu)
        return kernel[0, 1] / jnp.sqrt(kernel[0, 0] * kernel[1, 1])

    keys = jax.random.split(jax.random.key(3), networks)
    cosines = np.asarray(jax.lax.map(cosine, keys, batch_size=4), dtype=float)
    ours = math.cos(float(gradient_angle(theta, activation=relu, depth=depth)))
    return averaged(ours, cosines)


def biases_move_the_limit() -> Finding:
    """Fit the limit of cos phi_L for ReLU with biases of variance 0.1; corrections are L^(-k/2)."""
    depths = np.unique(np.geomspace(100, 2000, 9).astype(int))
    cosines = [
        ntk(unit_pair(1.0), activation=relu, depth=int(each), bias_variance=0.1, normalized=True)[
            0, 1
        ]
        for each in depths
    ]
    powers = np.column_stack([depths ** (-k / 2) for k in range(6)])
    limit = np.linalg.lstsq(powers, np.array(cosines), rcond=None)[0][0]
    return deterministic(4 / 7, float(limit), 1e-3)


ours = partial(own_claim, PAPER, "Depth")

CLAIMS = [
    Claim(
        id="A6",
        paper=PAPER,
        locator="Theorem 3.5",
        statement="In ReLU networks without biases the gradients of any two inputs that are not "
        "parallel end, as depth grows, at the angle arccos(1/4).",
        quantity="limit of φ_L in degrees, fitted up to depth 1 000 000; the worst of inputs at "
        "10°, 1 rad and 180°",
        basis="stated in the paper",
        verdict="holds",
        limits="Width goes to infinity before depth does. Opposite inputs are not parallel here: "
        "they end at the same angle.",
        compute=gradients_end_at_one_angle,
    ),
    Claim(
        id="A6b",
        paper=PAPER,
        locator="Theorem A.2 and Lemma E.6",
        statement="Embeddings of any two inputs collapse: the angle follows θ/(1 + lθ/(3π)), which "
        "is 3π/l at great depth.",
        quantity="limit of l θ_l from 1 rad, radians, fitted up to depth 1 000 000",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="The constant is right, the formula one of first order: to l/(3π) comes ln(l)/(2π), "
        "which grows without bound.",
        compute=embeddings_collapse_like_one_over_depth,
    ),
    ours(
        "A6c",
        "For ReLU the approach is slow: cos φ_L = 1/4 + (3/8) ln L/L + C/L, up to ln²L/L².",
        "coefficient of ln L/L, fitted from 1 rad",
        approach_is_logarithmic,
    ),
    ours(
        "A6d",
        "The constant C is (3π/4) b − 3/8, with b the constant in the expansion of 1/θ_l.",
        "C at 1 rad, predicted from embeddings and fitted to gradients",
        constant_of_the_approach,
    ),
    ours(
        "A6e",
        "A leak changes neither the limit 1/4 nor the coefficient 3/8, whatever the slope, short "
        "of 1; it changes C.",
        "fitted limit over 1/4 and coefficient over 3/8, the worst of slopes 0.2 and −1",
        leaks_change_neither_limit_nor_rate,
        limits="With slope −1 opposite inputs have equal gradients and are excepted.",
    ),
    ours(
        "A6f",
        "For close inputs one curve holds at all depths: cos φ_L = (1 + r + r² + r³)/4 + O(θ) with "
        "r = 1/(1 + Lθ/(3π)), the share of the angle that embeddings keep.",
        "cos φ_L at θ = 1e-5 rad and L = 3π/θ, where r = 1/2",
        small_angles_follow_one_curve,
    ),
    ours(
        "A6g",
        "In a ReLU network of width m the squared length of an embedding has mean 1 and second "
        "moment (1 + 5/m)^L.",
        "second moment at depth 4 and width 32, mean of 4000 networks",
        embedding_lengths_scatter_with_depth_over_width,
    ),
    ours(
        "A6h",
        "Networks of width 512 and depth 10 have the gradient cosine of infinite width on average.",
        "cos φ at 30°, mean of 64 networks",
        ten_layers_of_finite_width,
        basis="measured in this book",
        limits="Single networks scatter, the more the larger depth over width; where that is not "
        "small the mean differs too.",
    ),
    ours(
        "A6i",
        "With biases of any variance the gradients of a ReLU network end at arccos(4/7), 55.2°, "
        "instead.",
        "limit of cos φ_L, bias variance 0.1, from 1 rad",
        biases_move_the_limit,
        limits="Weight variance 2, where the squared length of an embedding grows by the bias "
        "variance in each layer.",
    ),
]
