"""The Gram matrix of an activation: the kernel of the hidden weights of a wide network.

For f(x) = m^(-1/2) sum_i a_i sigma(w_i . x) with signs or standard normal a_i, of which only the
w_i are trained, <grad f(x), grad f(z)> tends to <x, z> E[sigma'(w . x) sigma'(w . z)]. On rows of
length 1 it is the Gram function Gamma(rho) = rho E[sigma'(u) sigma'(v)] of their correlation.
"""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.angles import norms_and_angles
from ntklib.dual import second_moment
from ntklib.gaussian import EPSILON
from ntklib.gram.function import GramFunction, require_continuous
from ntklib.gram.span import span

ONE_NORM = 64 * EPSILON  # relative spread of norms that rounding explains


class UnitGram(NamedTuple):
    """Data brought to rows of length 1.

    The Gram matrix of the data is `lengths[i] * lengths[j] * Gamma(cos(angles[i, j]))`, with the
    Gram function of `activation`.

    Attributes:
        rows: The data as float64, shape (n, d), as given.
        angles: Angles between rows, radians, shape (n, n), with a zero diagonal.
        lengths: Shape (n,); all 1 unless the activation is homogeneous.
        activation: With the common norm of the rows as a gain, where that is not 1.
    """

    rows: Float[np.ndarray, "n d"]
    angles: Float[np.ndarray, "n n"]
    lengths: Float[np.ndarray, " n"]
    activation: Activation

    @property
    def dimension(self) -> int:
        """Dimension of the span of the rows."""
        return span(self.rows).points.shape[1]

    def kernel(self) -> Float[np.ndarray, "n n"]:
        """Return the Gram matrix of the data."""
        unit = GramFunction(self.activation)(self.angles)
        return self._scaled((unit + unit.T) / 2)

    def kernel_error(self) -> Float[np.ndarray, "n n"]:
        """Return a bound on the error of each entry of the kernel, its own rounding included."""
        gamma = GramFunction(self.activation)
        error = gamma.drop_error(self.angles, gamma.drop(self.angles)) + EPSILON * gamma.at_one
        return self._scaled(error)

    def _scaled(self, unit: np.ndarray) -> np.ndarray:
        return self.lengths[:, None] * self.lengths * unit


def gram_matrix(x: ArrayLike, *, activation: Activation) -> Float[np.ndarray, "n n"]:
    """Return the Gram matrix of an activation, G_ij = <x_i, x_j> E[sigma'(u) sigma'(v)].

    (u, v) is Gaussian with variances |x_i|^2, |x_j|^2 and covariance <x_i, x_j>. It is the part
    of the one-layer NTK that the hidden weights make, over the gain of the layer, and XX^T for
    the identity. In terms of the Hermite coefficients a_k of sigma it is
    sum_k k a_k^2 (XX^T)^k, entrywise powers, for rows of length 1.

    Args:
        x: Data, shape (n, d), nonzero rows: of any norms if the activation is homogeneous
            (sigma(a z) = a^p sigma(z) for a > 0), of one norm if not.
        activation: Any activation with its kinks declared and without jumps.

    Returns:
        Symmetric and positive semidefinite up to the errors of `ntklib.dual.dual`.

    Raises:
        ValueError: If the data is not finite rows of one length, norms differ though the
            activation is not homogeneous, or the activation jumps (E[sigma'^2] is infinite) or
            is no tame function.

    Source: the matrix that Du, Zhai, Poczos and Singh (2019) and Panigrahi, Shetty and Goyal
    (2020) bound from below; this book, "Kinks".

    >>> from ntklib.activations import relu
    >>> print(gram_matrix([[1.0, 0.0], [0.6, 0.8]], activation=relu).round(6).tolist())
    [[0.5, 0.21145], [0.21145, 0.5]]
    """
    return unit_gram(x, activation).kernel()


def unit_gram(x: ArrayLike, activation: Activation) -> UnitGram:
    """Return data at unit length; raise as `gram_matrix`."""
    _validate.require_x64()
    require_continuous(activation)
    norms, _, angles = norms_and_angles(x)
    if second_moment(activation.derivative) == 0:
        raise ValueError(f"{activation.name} is constant, so its Gram matrix is zero")
    rows, middle = _validate.rows("x", x), float(np.median(norms))
    same = bool(np.abs(norms - middle).max() <= ONE_NORM * middle)
    degree = activation.homogeneous_degree
    if degree is not None:
        lengths = np.ones(len(norms)) if same and _is_one(middle) else norms**degree
        return UnitGram(rows, angles, lengths, activation)
    if not same:
        raise ValueError(
            f"rows must have one norm, as {activation.name} is not homogeneous; got norms from "
            f"{norms.min():.9g} to {norms.max():.9g}; divide each row by its norm"
        )
    gained = activation if _is_one(middle) else activation.scaled(middle)
    return UnitGram(rows, angles, np.ones(len(norms)), gained)


def _is_one(norm: float) -> bool:
    return math.isclose(norm, 1.0, rel_tol=ONE_NORM)
