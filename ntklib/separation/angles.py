"""Embedding angles, gradient angles, and where the second equal the input angle."""

import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float
from scipy.optimize import brentq

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.dual import in_leaky_family, kink_constant, second_moment
from ntklib.estimate import Estimate
from ntklib.kernels.folding import fold, parity
from ntklib.kernels.propagation import Scaling, angle, propagate
from ntklib.kernels.propagation import start as start_tables
from ntklib.recursion import advance, start


def embedding_angle(
    theta: ArrayLike, *, activation: Activation, depth: int | Sequence[int]
) -> Float[Array, "..."]:
    """Return the angle between two embeddings after `depth` layers of infinite width.

    For ReLU one layer maps z to g(z) = arccos(cos z + (sin z - z cos z) / pi), and `depth`
    layers apply g that many times.

    Args:
        theta: Input angles in radians, in [0, pi], any shape.
        activation: Any activation with its kinks declared; inputs are of norm 1 and the
            default scaling is used (see `ntklib.kernels.ntk`).
        depth: Number of hidden layers, or a sequence of them, which adds a leading axis.

    Returns:
        Angles in radians. For the leaky family the relative error is about depth * 1e-16, for
        angles from 1e-150, where squares underflow, to pi. A negative slope maps angles next
        to pi to small ones; there the rounding of theta and of the slope limits the accuracy.
        For other activations the relative error of small angles is about depth * 1e-12.

    Raises:
        ValueError: If an angle is outside [0, pi] or not finite, a depth is not an integer
            >= 0, or the activation is no tame function. For the leaky family it goes through
            `jax.jit` and `jax.vmap` (angles are not checked then); others need known angles.

    Source: Cho and Saul (2009); the map g of Liu, Bi, Hui and Liu.

    >>> from ntklib.activations import relu
    >>> angle = embedding_angle(np.radians(90), activation=relu, depth=1)
    >>> print(f"{np.degrees(angle):.4f}")  # arccos(1 / pi)
    71.4393
    """
    return _at_depths(theta, activation, depth, with_gradients=False)


def gradient_angle(
    theta: ArrayLike, *, activation: Activation, depth: int | Sequence[int]
) -> Float[Array, "..."]:
    """Return the angle phi between two model gradients at infinite width.

    For ReLU, with theta_l the embedding angle at depth l,

        cos phi = 1/(L+1) sum_{l=0}^{L} cos theta_l prod_{k=l}^{L-1} (1 - theta_k / pi).

    Arguments, accuracy and errors are those of `embedding_angle`. Depth 0 and the identity
    at any depth return theta itself.

    Source: Liu, Bi, Hui and Liu, Lemma 3.1.

    >>> from ntklib.activations import relu
    >>> angle = gradient_angle(np.radians(10), activation=relu, depth=1)
    >>> print(f"{np.degrees(angle):.8f}")
    16.71779955
    """
    return _at_depths(theta, activation, depth, with_gradients=True)


def crossing_angle(*, activation: Activation, depth: int) -> Estimate:
    """Return the input angle, radians, above which gradients no longer stand further apart.

    It is the root of gradient_angle(theta) = theta in (0, pi/2). For one ReLU layer the
    equation is tan theta = 2 theta.

    Raises:
        ValueError: If depth is not an integer >= 1, the activation is linear (its two angles
            agree everywhere), or it is not of the leaky family.

    >>> from ntklib.activations import relu
    >>> print(f"{np.degrees(float(crossing_angle(activation=relu, depth=1))):.4f}")
    66.7817
    """
    layers = _validate.count("depth", depth)
    if layers == 0 or kink_constant(activation) == 0:
        raise ValueError(
            f"gradient angle and input angle agree everywhere for {activation.name} "
            f"at depth {layers}; a crossing needs depth >= 1 and a nonlinear activation"
        )

    constant = kink_constant(activation)
    root = brentq(lambda theta: _excess(theta, constant, layers), 1e-3, math.pi / 2, xtol=1e-15)
    error = 1e-15
    while _excess(root - error, constant, layers) * _excess(root + error, constant, layers) > 0:
        error *= 2
    return Estimate(root, error, "bracketed root (Brent)")


def _excess(theta: float, c: float, depth: int) -> float:
    """Return (K_L - (L + 1) cos theta) / c, which has the sign of theta - phi.

    The division by c is carried out in the recursion, E_l = B_l - l theta_{l-1} cos theta
    + (1 - c theta_{l-1}) E_{l-1} with cos theta_l = cos theta + c B_l, so that an almost
    linear activation loses no digits.
    """
    excess = bends = 0.0
    current, cosine = theta, math.cos(theta)
    for layer in range(1, depth + 1):
        bends += math.sin(current) - current * math.cos(current)
        excess = bends - layer * current * cosine + (1 - c * current) * excess
        current = math.acos(min(1.0, cosine + c * bends))
    return excess


def kernel_angles(kernel: ArrayLike) -> Float[np.ndarray, "n n"]:
    """Return the angles between the vectors whose inner products a kernel matrix holds.

    Args:
        kernel: Symmetric matrix with a positive diagonal, shape (n, n); an `empirical_ntk`
            gives angles between the gradients of a finite network.

    Returns:
        Angles in radians in [0, pi], shape (n, n), zero on the diagonal. An inner product
        determines a small angle only to 1e-8.

    Raises:
        ValueError: If the matrix is not square, symmetric and finite, a diagonal entry is
            not positive, or an entry exceeds what its diagonal allows.

    >>> print(np.degrees(kernel_angles([[2.0, 1.0], [1.0, 2.0]])).round(6).tolist())
    [[0.0, 60.0], [60.0, 0.0]]
    """
    matrix = _validate.square("kernel", kernel)
    diagonal = np.diag(matrix)
    if diagonal.min() <= 0:
        raise ValueError(f"kernel must have a positive diagonal, got an entry {diagonal.min():.6g}")
    length = np.sqrt(diagonal)
    cosines = matrix / length[:, None] / length
    if np.abs(cosines).max() > 1 + _validate.epsilon(kernel) ** 0.5:
        raise ValueError(f"kernel must be positive semidefinite, got a cosine {cosines.max():.6g}")
    angles = np.arccos(np.clip(cosines, -1.0, 1.0))
    np.fill_diagonal(angles, 0.0)
    return angles


def _at_depths(
    theta: ArrayLike,
    activation: Activation,
    depth: int | Sequence[int],
    *,
    with_gradients: bool,
) -> Array:
    """Run the recursion once through all wanted depths and read it off at each."""
    _validate.require_x64()
    in_family = in_leaky_family(activation)
    angles = _validate.between(
        "theta", theta, 0.0, math.pi, "; angles are in radians, see numpy.radians"
    )
    wanted = _validate.depths(depth)
    along = _along_family if in_family else _along_tables
    found = along(angles, activation, sorted(set(wanted)), with_gradients)
    return jnp.stack([found[each] for each in wanted]) if np.ndim(depth) else found[wanted[0]]


def _along_family(
    theta: ArrayLike, activation: Activation, depths: list[int], with_gradients: bool
) -> dict[int, Array]:
    """Return the angles at ascending depths by the closed recursion of the leaky family."""
    state, found, reached = start(theta), {}, 0
    for layers in depths:
        state = advance(state, kink_constant(activation), layers - reached)
        found[layers], reached = state.gradient_angle if with_gradients else state.theta, layers
    return found


def _along_tables(
    theta: ArrayLike, activation: Activation, depths: list[int], with_gradients: bool
) -> dict[int, Array]:
    """Return the angles at ascending depths by tables of the activation's duals."""
    known, found, reached = _validate.known("theta", theta), {}, 0
    symmetry = parity(activation)
    acute, signs = fold(known, symmetry)
    scaling = Scaling(1 / second_moment(activation), 0.0)
    ones = np.ones(()), np.ones(())
    state = start_tables(acute, ones, scaling, with_ntk=with_gradients)
    for layers in depths:
        state = propagate(state, activation, scaling, layers - reached)
        reached = layers
        gap = state.gap if state.ntk_gap is None else state.ntk_gap
        beyond = np.asarray(signs) < 0 if layers else known != acute
        found[layers] = jnp.asarray(np.where(beyond, math.pi - angle(gap), angle(gap)))
    return found
