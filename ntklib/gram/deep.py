"""The smallest eigenvalue of a deep network's kernel, with its digits.

Depth raises it by orders of magnitude for smooth activations; where it starts from, 64-bit floats
see nothing.
"""

import math

import numpy as np
from flint import arb, arb_mat, ctx
from jaxtyping import ArrayLike

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.dual import in_leaky_family
from ntklib.estimate import Estimate
from ntklib.gaussian import EPSILON
from ntklib.gram.degrees import gram_degrees
from ntklib.gram.matrix import UnitGram, unit_gram
from ntklib.gram.precise import BallDual, ball_correlations, ball_dual, symmetric
from ntklib.gram.smallest import SHARP, in_floats, resolved
from ntklib.gram.structure import on_one_line
from ntklib.kernels import ntk
from ntklib.kernels.folding import parity


def deep_min_eigenvalue(x: ArrayLike, *, activation: Activation, depth: int) -> Estimate:
    """Return the smallest eigenvalue of the cosine NTK, K_ij / sqrt(K_ii K_jj), at a depth.

    The kernel is `ntklib.kernels.ntk` in its default scaling with normalized=True: all layers
    are trained. Accuracy and method are as for `min_eigenvalue`; an exact zero has its reason.

    Args:
        x: Data, shape (n, d), nonzero rows: of norm 1, or of any norms if the activation is
            homogeneous.
        activation: As for `min_eigenvalue`.
        depth: Number of hidden layers, at least 1.

    Raises:
        ValueError: As `min_eigenvalue`, if norms are not 1 though they matter, or the depth is
            not an integer >= 1.

    Source: this book, "Dimension and depth".

    >>> import numpy as np
    >>> from ntklib.activations import tanh
    >>> angles = 2 * np.pi * np.arange(21) / 21
    >>> circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> for depth in (1, 10):
    ...     print(f"{deep_min_eigenvalue(circle, activation=tanh, depth=depth):.5e}")
    7.54611e-08
    5.98053e-03
    """
    layers = _validate.count("depth", depth, 1)
    data = unit_gram(x, activation)
    if data.activation != activation:
        raise ValueError(
            f"rows must have norm 1, as {activation.name} is not homogeneous, got norm "
            f"{np.linalg.norm(data.rows[0]):.9g}; divide each row by its norm"
        )
    reason = _singular_because(data, layers)
    if reason is not None:
        return Estimate(0.0, 0.0, reason)
    rough = _in_floats(data, layers)
    if rough.error <= SHARP * rough:
        return rough
    what = f"NTK of {activation.name} at depth {layers}"
    return resolved(rough, data, lambda rows, bits: _ball_cosines(rows, layers, bits), what)


def _singular_because(data: UnitGram, depth: int) -> str | None:
    same, opposite = on_one_line(data.angles)
    if same is not None:
        return f"rows {same[0]} and {same[1]} point the same way"
    symmetry = parity(data.activation)
    if opposite is not None and symmetry:
        kind = "odd" if symmetry < 0 else "even"
        return f"rows {opposite[0]} and {opposite[1]} are opposite and the activation is {kind}"
    degrees = gram_degrees(data.activation)
    if degrees.even is None or degrees.odd is None:
        return None
    top = max(degrees.even, degrees.odd) ** depth
    d, n = data.dimension, len(data.rows)
    room = math.comb(d + top - 1, top) + (0 if symmetry else math.comb(d + top - 2, top - 1))
    return f"{n} rows, and the kernel has room for {room}" if n > room else None


def _in_floats(data: UnitGram, depth: int) -> Estimate:
    kernel = np.asarray(ntk(data.rows, activation=data.activation, depth=depth, normalized=True))
    one_layer = 4e-13 if data.activation.kinks else 4 * EPSILON
    entry = 1e-14 if in_leaky_family(data.activation) else one_layer * (depth + 1)
    return in_floats(kernel, np.where(np.eye(len(kernel), dtype=bool), 0.0, entry))


def _ball_cosines(data: UnitGram, depth: int, bits: int) -> tuple[arb_mat, float]:
    """Return the cosine NTK in balls; what the series lack is in their radii."""
    with ctx.workprec(bits + 32):
        value, slope = (
            ball_dual(each, bits) for each in (data.activation, data.activation.derivative)
        )
        rho = ball_correlations(data)
        matrix = symmetric(len(rho), lambda i, j: _cosine(rho[i][j], value, slope, depth))
    return matrix, 0.0


def _cosine(rho: arb, value: BallDual, slope: BallDual, depth: int) -> arb:
    """Return K_L / K_L(x, x) by the recursion of layers."""
    if rho == 1:
        return arb(1)
    chi = slope.energy / value.energy
    kernel, diagonal = rho, arb(1)
    for _ in range(depth):
        passed = (slope.function(rho) + arb(0, slope.tail)) / value.energy
        rho = (value.function(rho) + arb(0, value.tail)) / value.energy
        kernel, diagonal = rho + passed * kernel, 1 + chi * diagonal
    return kernel / diagonal
