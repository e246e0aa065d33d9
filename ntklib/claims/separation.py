"""Claims of "Better NTK conditioning" (Liu, Bi, Hui and Liu): angles and separation.

Each measurement takes a path that does not use the formula under test: an integral over the
Gaussian plane, networks of finite width, or an equation solved by other means.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from ntklib.activations import identity, relu
from ntklib.claims.claim import Claim, Finding, Paper
from ntklib.claims.data import unit_pair
from ntklib.claims.findings import averaged, deterministic, failures
from ntklib.networks import empirical_ntk, init_mlp
from ntklib.separation import crossing_angle, embedding_angle, gradient_angle, kernel_angles
from ntklib.spectrum import condition_number

PAPER = Paper(
    key="liu2023conditioning",
    title="Better NTK conditioning: a free lunch from (ReLU) nonlinear activation in wide "
    "neural networks",
    version="arXiv 2305.08813, preprint text; the published version was not compared",
)


def embedding_angle_formula() -> Finding:
    """Compare the angle map at 1 rad with the integral it stands for.

    In polar coordinates E[relu(u) relu(v)] = (1/pi) int cos t cos(t - theta) dt over the
    directions t in which both factors are positive; E[relu^2] = 1/2.
    """
    theta = 1.0
    integral, _ = quad(
        lambda t: math.cos(t) * math.cos(t - theta), theta - math.pi / 2, math.pi / 2
    )
    measured = math.acos(2 * integral / math.pi)
    ours = float(embedding_angle(theta, activation=relu, depth=1))
    return deterministic(ours, measured, 1e-10)


def embeddings_contract() -> Finding:
    """Count angles at which g fails to increase or fails to lie below the diagonal."""
    theta = np.linspace(0, math.pi, 2001)[1:]
    image = np.array(embedding_angle(theta, activation=relu, depth=1))
    return failures(image < theta, np.diff(image) > 0)


def contraction_starts_quadratically() -> Finding:
    """Extrapolate (z - g(z)) / z^2 to z = 0 from two small angles."""
    z = np.array([2e-4, 1e-4])
    slope = (z - np.array(embedding_angle(z, activation=relu, depth=1))) / z**2
    return deterministic(1 / (3 * math.pi), float(2 * slope[1] - slope[0]), 1e-6)


def finite_networks_follow_the_gradient_angle() -> Finding:
    """Average the gradient cosine of finite ReLU networks at 30 degrees and three layers.

    The cosine's mean differs from the limit by O(1 / width); the number of networks is
    chosen so that four standard errors stay above it.
    """
    theta, networks, width = math.radians(30), 120, 1024
    pair = unit_pair(theta)

    def cosine(key: jax.Array) -> float:
        kernel = empirical_ntk(init_mlp(key, (2, width, width, width, 1)), pair, activation=relu)
        return float(kernel[0, 1] / jnp.sqrt(kernel[0, 0] * kernel[1, 1]))

    cosines = np.array([cosine(key) for key in jax.random.split(jax.random.key(2), networks)])
    ours = math.cos(float(gradient_angle(theta, activation=relu, depth=3)))
    return averaged(ours, cosines)


def linear_networks_keep_angles() -> Finding:
    """Average the gradient cosine of finite linear networks at 50 degrees, three layers."""
    theta = math.radians(50)

    def cosine(key: jax.Array) -> jax.Array:
        params = init_mlp(key, (2, 256, 256, 256, 1))
        kernel = empirical_ntk(params, unit_pair(theta), activation=identity)
        return kernel[0, 1] / jnp.sqrt(kernel[0, 0] * kernel[1, 1])

    keys = jax.random.split(jax.random.key(6), 400)
    cosines = np.asarray(jax.lax.map(cosine, keys, batch_size=20))
    return averaged(math.cos(theta), cosines)


def linear_networks_keep_the_condition_number() -> Finding:
    """Compare kappa of averaged NTKs of finite linear networks with that of the Gram matrix."""
    x = np.random.default_rng(0).standard_normal((4, 8))

    def kernel(key: jax.Array) -> jax.Array:
        return empirical_ntk(init_mlp(key, (8, 128, 128, 1)), x, activation=identity)

    keys = jax.random.split(jax.random.key(8), 20 * 200)
    kernels = np.asarray(jax.lax.map(kernel, keys, batch_size=50)).reshape(20, 200, 4, 4)
    kappas = np.array([condition_number(batch.mean(axis=0)) for batch in kernels])
    singular = np.linalg.svd(x, compute_uv=False)
    return averaged(float((singular[0] / singular[-1]) ** 2), kappas)


def gradients_stand_further_apart() -> Finding:
    """Count failures of theta < phi_1 < phi_2 < ... < phi_10 for angles up to 30 degrees."""
    theta = np.radians(np.linspace(0, 30, 301)[1:])
    phi = np.array(gradient_angle(theta, activation=relu, depth=range(11)))
    return failures(np.diff(phi, axis=0) > 0)


def one_layer_crosses_at_tan_theta_two_theta() -> Finding:
    """Compare the crossing of the computed curve with the root of tan theta = 2 theta."""
    exact = brentq(lambda t: math.tan(t) - 2 * t, 1.0, 1.5, xtol=1e-15)
    found = float(crossing_angle(activation=relu, depth=1))
    return deterministic(math.degrees(exact), math.degrees(found), 1e-10)


def deeper_is_wider_up_to() -> Finding:
    """Find where phi_2 falls below phi_1, by its own closed condition.

    Writing both cosines out, phi_2 > phi_1 exactly where
    2 cos g(g(theta)) < K_1 (1 + 2 g(theta) / pi).
    """

    def relu_map(z: float) -> float:
        return math.acos(((math.pi - z) * math.cos(z) + math.sin(z)) / math.pi)

    def margin(z: float) -> float:
        one, two = relu_map(z), relu_map(relu_map(z))
        kernel = math.cos(one) + math.cos(z) * (1 - z / math.pi)
        return kernel * (1 + 2 * one / math.pi) - 2 * math.cos(two)

    def surplus(z: float) -> float:
        one, two = gradient_angle(z, activation=relu, depth=[1, 2])
        return float(two - one)

    exact = brentq(margin, 0.5, 1.5, xtol=1e-14)
    found = brentq(surplus, 0.5, 1.5, xtol=1e-14)
    return deterministic(math.degrees(exact), math.degrees(found), 1e-9)


def small_angle_expansion() -> Finding:
    """Measure the slope of cos phi / cos theta at small angles, three layers."""
    theta, depth = 1e-6, 3
    phi = float(gradient_angle(theta, activation=relu, depth=depth))
    # 1 - cos phi / cos theta, without the cancellation
    deficit = 2 * (math.sin(phi / 2) ** 2 - math.sin(theta / 2) ** 2) / math.cos(theta)
    return deterministic(depth / (2 * math.pi), deficit / theta, 1e-4)


def square_root_amplification() -> Finding:
    """Measure phi^2 / theta at small angles, three layers."""
    theta, depth = 1e-8, 3
    phi = float(gradient_angle(theta, activation=relu, depth=depth))
    return deterministic(depth / math.pi, phi**2 / theta, 1e-4)


def finite_networks_amplify_small_angles() -> Finding:
    """Average 1 - cos phi of finite one-layer networks at an input angle of one degree."""
    theta, networks, width = math.radians(1), 200, 4096
    pair = unit_pair(theta)

    def gap(key: jax.Array) -> float:
        phi = kernel_angles(empirical_ntk(init_mlp(key, (2, width, 1)), pair, activation=relu))
        return 1 - math.cos(phi[0, 1])

    gaps = np.array([gap(key) for key in jax.random.split(jax.random.key(4), networks)])
    ours = 1 - math.cos(float(gradient_angle(theta, activation=relu, depth=1)))
    return averaged(ours, gaps)


def weight_scale_leaves_angles_alone() -> Finding:
    """Find the largest change of a gradient cosine when all weights are scaled."""
    rows = np.random.default_rng(0).standard_normal((6, 5))

    def cosines(weight_std: float) -> np.ndarray:
        params = init_mlp(jax.random.key(0), (5, 64, 64, 1), weight_std=weight_std)
        kernel = np.asarray(empirical_ntk(params, rows, activation=relu))
        length = np.sqrt(np.diag(kernel))
        return kernel / length[:, None] / length

    reference = cosines(1.0)
    changes = [np.abs(cosines(std) - reference).max() for std in (0.1, 0.3, 3.0)]
    return Finding(0.0, float(max(changes)), 1e-13)


CLAIMS = [
    Claim(
        id="A1",
        paper=PAPER,
        locator="Figure 5, the function g",
        statement="One ReLU layer of infinite width takes two inputs at angle z to embeddings at "
        "angle g(z) = arccos(((π − z) cos z + sin z)/π).",
        quantity="g(1 rad), radians, against a Gaussian integral",
        basis="stated in the paper",
        verdict="holds",
        compute=embedding_angle_formula,
    ),
    Claim(
        id="A1b",
        paper=PAPER,
        locator="Proposition A.1",
        statement="g increases, and lies below the diagonal except at 0.",
        quantity="failures among 2000 angles in (0, π]",
        basis="stated in the paper",
        verdict="holds",
        compute=embeddings_contract,
    ),
    Claim(
        id="A1c",
        paper=PAPER,
        locator="Lemma E.6",
        statement="Near 0, g(z) = z − z²/(3π) + smaller terms: embeddings of close inputs "
        "approach each other, but slowly.",
        quantity="limit of (z − g(z))/z²",
        basis="stated in the paper",
        verdict="holds",
        compute=contraction_starts_quadratically,
    ),
    Claim(
        id="A2",
        paper=PAPER,
        locator="Lemma 3.1",
        statement="The cosine of the gradient angle is the average over layers l of "
        "cos θ_l ∏(1 − θ_k/π), k from l to L − 1, up to O(1/√m) at width m.",
        quantity="cos φ at 30°, three hidden layers of width 1024, mean of 120 networks",
        basis="stated in the paper",
        verdict="holds",
        limits="The displayed formula was reconstructed from the lemma's proof.",
        compute=finite_networks_follow_the_gradient_angle,
    ),
    Claim(
        id="A3",
        paper=PAPER,
        locator="Theorem 2.3",
        statement="In a linear network of any depth the gradients stand at the angle of the "
        "inputs.",
        quantity="cos φ at 50°, three linear layers of width 256, mean of 400 networks",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="At infinite width; single finite networks scatter about the diagonal. With the "
        "layer scaling used there the squared norm of a gradient is (L + 1)|x|²; the text read "
        "prints (L + 1)|x| for the norm, and powers of L + 1 that differ from theorem to "
        "theorem. No angle and no condition number depends on it.",
        compute=linear_networks_keep_angles,
    ),
    Claim(
        id="A3b",
        paper=PAPER,
        locator="Corollary 2.4",
        statement="The NTK of a linear network of any depth has the condition number of the "
        "Gram matrix of the inputs.",
        quantity="κ of 4 Gaussian inputs in 8 dimensions: NTKs of two-layer linear networks of "
        "width 128, averaged by 200, mean of 20 averages",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="At infinite width. The NTK of a single finite network has a larger κ.",
        compute=linear_networks_keep_the_condition_number,
    ),
    Claim(
        id="A4",
        paper=PAPER,
        locator="Theorem 3.2 and Figure 1",
        statement="For small input angles ReLU gradients stand further apart than the inputs, "
        "the further the deeper the network.",
        quantity="failures of θ < φ₁ < … < φ₁₀ among 300 angles up to 30°",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="For small angles only: past 66.8° one layer pulls gradients together (A4b), "
        "and past 67.8° a second layer brings them closer than one (A4c).",
        compute=gradients_stand_further_apart,
    ),
    Claim(
        id="A4b",
        paper=PAPER,
        locator="this book, ReLU against linear",
        statement="One ReLU layer separates inputs at angles up to the root of tan θ = 2θ in "
        "(0, π/2), and brings the gradients of all others closer.",
        quantity="crossing angle, degrees",
        basis="proved in this book",
        verdict="ours",
        compute=one_layer_crosses_at_tan_theta_two_theta,
    ),
    Claim(
        id="A4c",
        paper=PAPER,
        locator="this book, ReLU against linear",
        statement="A second ReLU layer adds to the separation of one layer up to a sharp angle.",
        quantity="angle where φ₂ = φ₁, degrees",
        basis="measured in this book",
        verdict="ours",
        compute=deeper_is_wider_up_to,
    ),
    Claim(
        id="A5",
        paper=PAPER,
        locator="Corollary 3.3",
        statement="For small θ, cos φ = (1 − Lθ/(2π) + o(θ)) cos θ.",
        quantity="slope of 1 − cos φ/cos θ in θ, three layers",
        basis="stated in the paper",
        verdict="holds with limits",
        limits="For Lθ small: the proof needs L = o(1/θ), where the text read says Ω(1/θ).",
        compute=small_angle_expansion,
    ),
    Claim(
        id="A5b",
        paper=PAPER,
        locator="this book, ReLU against linear",
        statement="Small angles grow like a square root: φ ≈ √(Lθ/π), so φ/θ is unbounded.",
        quantity="φ²/θ at θ = 1e-8, three layers",
        basis="proved in this book",
        verdict="ours",
        compute=square_root_amplification,
    ),
    Claim(
        id="A5c",
        paper=PAPER,
        locator="this book, ReLU against linear",
        statement="Networks of finite width amplify small angles by as much on average; one of "
        "them scatters, because few of its units switch between close inputs.",
        quantity="1 − cos φ at 1°, one hidden layer of width 4096, mean of 200 networks",
        basis="measured in this book",
        verdict="ours",
        compute=finite_networks_amplify_small_angles,
    ),
    Claim(
        id="A14",
        paper=PAPER,
        locator="this book, ReLU against linear; the paper draws four variances in Figure 6",
        statement="The gradient angle of a ReLU network does not change when all its weights "
        "are multiplied by one positive factor.",
        quantity="largest change of a cosine when all weights are scaled by 0.1, 0.3 or 3",
        basis="proved in this book",
        verdict="ours",
        limits="Exact at any width, by homogeneity, for one common factor. It is a statement about "
        "initialisation, and says nothing about training outside the kernel regime.",
        compute=weight_scale_leaves_angles_alone,
    ),
]
