"""The Gram matrix of one network of finite width, and the factor that it is a square of."""

import math

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.gaussian import evaluate
from ntklib.gram.function import require_continuous


def gram_factor(
    weights: ArrayLike,
    x: ArrayLike,
    *,
    activation: Activation,
    output_weights: ArrayLike | None = None,
) -> Float[np.ndarray, "n features"]:
    """Return M with M M^T the Gram matrix of one network with m hidden units.

    Row i is the gradient of f(x_i) = m^(-1/2) sum_k a_k sigma(w_k . x_i) with respect to all the
    w_k: the blocks a_k sigma'(w_k . x_i) x_i / sqrt(m). So

        (M M^T)_ij = <x_i, x_j> (1/m) sum_k a_k^2 sigma'(w_k . x_i) sigma'(w_k . x_j),

    which tends to `gram_matrix` for standard normal w_k and E[a_k^2] = 1. The smallest
    eigenvalue of M M^T is the square of the smallest of the n singular values of M, and zero if
    n > m d; from M it is found relative to sqrt(eps) instead of eps.

    Args:
        weights: The w_k, shape (m, d).
        x: Data, shape (n, d), nonzero rows.
        activation: Any activation without jumps.
        output_weights: The a_k, shape (m,); signs, of which only the square counts, if None.

    Returns:
        Shape (n, m d).

    Raises:
        ValueError: If shapes do not fit, an entry is not finite, or the activation jumps.

    Source: Du, Zhai, Poczos and Singh (2019); this book, "Kinks".

    >>> from ntklib.activations import relu
    >>> print(gram_factor([[1.0, 2.0], [-1.0, 1.0]], [[0.6, 0.8]], activation=relu).round(4))
    [[0.4243 0.5657 0.4243 0.5657]]
    """
    hidden, rows = _validate.known("weights", weights), _validate.rows("x", x)
    if hidden.ndim != 2 or not len(hidden) or hidden.shape[1] != rows.shape[1]:
        raise ValueError(
            f"weights must have shape (m, {rows.shape[1]}), as x has {rows.shape[1]} columns, "
            f"got shape {hidden.shape}"
        )
    out = np.ones(len(hidden))
    if output_weights is not None:
        out = _validate.known("output_weights", output_weights)
    if out.shape != (len(hidden),):
        raise ValueError(f"output_weights must have shape ({len(hidden)},), got {out.shape}")
    slope = require_continuous(activation).derivative
    passed = evaluate(slope, rows @ hidden.T) * (out / math.sqrt(len(hidden)))
    return (passed[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
