"""Kernels of infinitely wide networks: the NNGP and the neural tangent kernel (NTK).

The network has pre-activations z_1 = W_1 x + sqrt(b) beta_1 and
z_{l+1} = W_{l+1} alpha_l + sqrt(b) beta_{l+1} with hidden layers
alpha_l = sqrt(w / m_l) sigma(z_l), l = 1..depth, and its output is z_{depth+1}; all weights W
and biases beta are standard normal and trained (the NTK parameterisation). As every width m_l
goes to infinity the covariance of two outputs converges to the NNGP kernel, and the inner
product of two gradients of the output with respect to all the parameters to the NTK.
"""

import math
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation, require_activation
from ntklib.angles import norms_and_angles
from ntklib.dual import in_leaky_family, second_moment
from ntklib.kernels import leaky
from ntklib.kernels.angle_function import MANY
from ntklib.kernels.folding import fold, parity
from ntklib.kernels.profile import profile
from ntklib.kernels.propagation import Scaling, propagate, start


def ntk(
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: Activation,
    depth: int,
    weight_variance: float | None = None,
    bias_variance: float = 0.0,
    normalized: bool = False,
) -> Float[Array, "n1 n2"]:
    """Return the neural tangent kernel of an infinitely wide network.

    K(x, z) = <grad f(x), grad f(z)> over the weights and biases of all depth + 1 layers. With
    Sigma the NNGP kernel, K_0 = Sigma_0 and K_l = Sigma_l + w E[sigma' sigma'] K_{l-1}. With
    the default scaling and unit inputs the diagonal is sum_{k <= depth} chi^k,
    chi = E[sigma'^2] / E[sigma^2] (depth + 1 for ReLU).

    Args:
        x1: Data, shape (n1, d), nonzero rows: of any norms if the activation is homogeneous
            (sigma(a z) = a^p sigma(z) for a > 0), of one norm if not.
        x2: Data, shape (n2, d); `x1` again if None.
        activation: Any activation with its kinks declared.
        depth: Number of hidden layers, 0 to 10 000 and more; 0 leaves K = x1 x2^T + b.
        weight_variance: The w above; 1 / E[sigma(z)^2] for a standard normal z if None (2 for
            ReLU), which keeps unit inputs at unit length.
        bias_variance: The b above, >= 0.
        normalized: Return the cosine K(x, z) / sqrt(K(x, x) K(z, z)) instead, which never
            overflows.

    Returns:
        The kernel, float64, shape (n1, n2), exact on the diagonal. Its error relative to the
        diagonal is below 1e-14 for the leaky family without biases, and elsewhere about that
        of one layer's duals, 1e-15 for smooth activations and up to 4e-13 for kinked ones,
        times the number of layers that a difference in angle is still remembered. Above
        16 384 entries it is read from a table of the angle, which holds the recursion to
        1e-13 of the gap at small angles (1e-11 after 10 000 layers at an edge of chaos).

    Raises:
        ValueError: If the data is not finite rows of one length, norms differ though the
            activation is not homogeneous, depth is not an integer >= 0, weight_variance is not
            positive or bias_variance negative, the activation jumps (its NTK is infinite) or
            is no tame function, or the kernel overflows or underflows. Also under `jax.jit`
            and its kin: angles of close rows are found on the host.

    Source: Jacot, Gabriel and Hongler (2018); in this form Liu, Bi, Hui and Liu, Lemma 3.1.

    >>> from ntklib.activations import relu, tanh
    >>> print(ntk([[1.0, 0.0], [0.0, 1.0]], activation=relu, depth=1).round(6).tolist())
    [[2.0, 0.31831], [0.31831, 2.0]]
    >>> print(f"{float(ntk([[1.0, 0.0]], activation=tanh, depth=2)[0, 0]):.6f}")  # 1 + chi + chi^2
    3.565037
    """
    kernel = _kernel(x1, x2, activation, depth, weight_variance, bias_variance, with_ntk=True)
    return jnp.asarray(kernel.cosine if normalized else kernel.scaled())


def nngp(
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    activation: Activation,
    depth: int,
    weight_variance: float | None = None,
    bias_variance: float = 0.0,
    normalized: bool = False,
) -> Float[Array, "n1 n2"]:
    """Return the covariance of two outputs over the draw of the parameters at infinite width.

    Without biases it is also the inner product of the last hidden layer's embeddings, times w.
    Arguments and errors are those of `ntk`, except that the activation may jump; with the
    default scaling and no biases the diagonal is |x|^2 at every depth, for unit inputs or a
    homogeneous activation of degree 1.

    Source: Neal (1996), Lee et al. (2018).

    >>> from ntklib.activations import relu
    >>> print(nngp([[1.0, 0.0], [0.0, 1.0]], activation=relu, depth=1).round(6).tolist())
    [[1.0, 0.31831], [0.31831, 1.0]]
    """
    kernel = _kernel(x1, x2, activation, depth, weight_variance, bias_variance, with_ntk=False)
    return jnp.asarray(kernel.cosine if normalized else kernel.scaled())


class _Kernel(NamedTuple):
    """A kernel as its cosine and the square roots of its diagonals."""

    cosine: np.ndarray
    lengths: tuple[np.ndarray, np.ndarray]

    def scaled(self) -> np.ndarray:
        """Return the raw kernel; raise if float64 does not hold it."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            products = self.lengths[0].reshape(-1, 1) * self.lengths[1].reshape(1, -1)
        smallest, largest = products.min(), products.max()
        if not (np.isfinite(largest) and smallest >= np.finfo(np.float64).tiny):
            kind = "underflows" if np.isfinite(largest) else "overflows"
            lengths = np.concatenate([each.ravel() for each in self.lengths])
            raise ValueError(
                f"the kernel {kind}: its vectors have lengths from {lengths.min():.3g} to "
                f"{lengths.max():.3g}; scale the data, change weight_variance, or pass "
                "normalized=True for the cosine kernel"
            )
        return products * self.cosine


def _kernel(
    x1: ArrayLike,
    x2: ArrayLike | None,
    activation: Activation,
    depth: int,
    weight_variance: float | None,
    bias_variance: float,
    *,
    with_ntk: bool,
) -> _Kernel:
    _validate.require_x64()
    layers = _validate.count("depth", depth)
    scaling = scaling_of(require_activation(activation), weight_variance, bias_variance)
    norms1, norms2, theta = norms_and_angles(x1, x2)
    if in_leaky_family(activation) and scaling.bias == 0:
        gap = leaky.cosine_gap(activation, layers, theta, with_ntk=with_ntk)
        norms, weight = (norms1, norms2), scaling.weight
        found = leaky.lengths(activation, layers, norms, weight, with_ntk=with_ntk)
        return _Kernel(1 - gap, found)
    eps = max(_validate.epsilon(x) for x in (x1, x2) if x is not None)
    squares = _squares(activation, layers, norms1, norms2, eps)
    free = activation.homogeneous_degree is not None and scaling.bias == 0
    one, unit = np.ones(()), Scaling(1 / second_moment(activation), 0.0)
    symmetry = parity(activation) if layers and scaling.bias == 0 else 0
    theta, signs = fold(theta, symmetry)
    gap, lengths = _gap_and_lengths(
        activation,
        layers,
        theta,
        (one, one) if free else squares,
        unit if free else scaling,
        with_ntk=with_ntk,
        largest=math.pi / 2 if symmetry else math.pi,
    )
    if free:  # angles do not depend on lengths, which may overflow by themselves
        lengths = _lengths(activation, layers, squares, scaling, lengths[0])
    return _Kernel(signs * (1 - gap), lengths)


def _gap_and_lengths(
    activation: Activation,
    layers: int,
    theta: np.ndarray,
    squares: tuple[np.ndarray, np.ndarray],
    scaling: Scaling,
    *,
    with_ntk: bool,
    largest: float,
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return 1 minus the cosine kernel, and the square roots of the two diagonals."""
    if theta.size >= MANY and squares[0].ndim == 0:
        tabulated = profile(
            activation, layers, squares[0], scaling, with_ntk=with_ntk, largest=largest
        )
        return tabulated(theta), (tabulated.length, tabulated.length)
    state = start(theta, squares, scaling, with_ntk=with_ntk)
    state = propagate(state, activation, scaling, layers)
    with np.errstate(over="ignore", divide="ignore"):
        lengths = [np.sqrt(q / u) for q, u in zip(state.variances, state.shares, strict=True)]
    return (state.gap if state.ntk_gap is None else state.ntk_gap), (lengths[0], lengths[1])


def scaling_of(
    activation: Activation, weight_variance: float | None, bias_variance: float
) -> Scaling:
    """Return the variances of weights and biases, the default filled in.

    Raises:
        ValueError: If one is out of range, or there is no default as E[sigma^2] = 0.
    """
    bias = _validate.number("bias_variance", bias_variance)
    if bias < 0:
        raise ValueError(f"bias_variance must be at least 0, got {bias}")
    if weight_variance is not None:
        return Scaling(_validate.positive("weight_variance", weight_variance), bias)
    moment = second_moment(activation)
    if moment == 0:
        raise ValueError(f"{activation.name} is zero: E[sigma^2] = 0 leaves no default scaling")
    return Scaling(1 / moment, bias)


def _lengths(
    activation: Activation,
    layers: int,
    squares: tuple[np.ndarray, np.ndarray],
    scaling: Scaling,
    length: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the lengths behind a homogeneous activation, that of a unit length given."""
    moment, degree = second_moment(activation), activation.homogeneous_degree
    lengths = [np.asarray(square, float) for square in squares]
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        for _ in range(layers):
            lengths = [scaling.weight * moment * q**degree for q in lengths]
        return length * np.sqrt(lengths[0]), length * np.sqrt(lengths[1])


def _squares(
    activation: Activation, layers: int, norms1: np.ndarray, norms2: np.ndarray, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return squared norms, shapes (n1, 1) and (1, n2), or () each if all agree to rounding.

    Raises:
        ValueError: If they differ and the activation is not homogeneous.
    """
    norms = np.concatenate([norms1, norms2])
    middle = float(np.median(norms))
    if np.abs(norms - middle).max() <= 64 * eps * middle:
        square = np.array(1.0 if abs(middle - 1) <= 64 * eps else middle * middle)
        return square, square
    if layers and activation.homogeneous_degree is None:
        raise ValueError(
            f"rows must have one norm, as {activation.name} is not homogeneous; got norms from "
            f"{norms.min():.9g} to {norms.max():.9g}; divide each row by its norm"
        )
    return norms1[:, None] ** 2, norms2[None, :] ** 2
