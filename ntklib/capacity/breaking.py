"""Replica symmetry breaking at capacity: loads as functions of the order parameters.

Solutions come in clusters: overlap q_1 in one, q_0 between two, and with a second step clusters of
clusters. At capacity the innermost overlap reaches 1 and the Parisi parameters go to zero with
the distance from it; omega, their quotient, stays finite. The activation enters through Q at the
outer overlaps and Q'(1) alone, as numbers: so each function is compiled once for all activations.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import log_ndtr
from jaxtyping import Array, Float

REACH = 9.0
EVEN = (-9.0, -6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 9.0)
GRADED = (-60.0, -20.0, -8.0, -3.5, -1.5, 0.0, 1.5, 3.5, 8.0, 20.0, 60.0)
TINY = 1e-300  # so that a panel without width has no infinite slope
NOTHING = 1e-14  # an outer overlap of outputs whose root has no slope any more
NODES, WEIGHTS = np.polynomial.legendre.leggauss(10)  # on each of some thirty panels

Steps = Float[Array | np.ndarray, " steps"]


class Point(NamedTuple):
    """Where a function is evaluated.

    Attributes:
        gaps: 1 - q_0, or 1 - q_0 and 1 - q_1.
        missing: 1 - Q at these.
        scales: omega, or omega_1 <= omega_2: Parisi parameters over 1 - q at the innermost level.
    """

    gaps: Steps
    missing: Steps
    scales: Steps


class Bend(NamedTuple):
    """Where a function under an average is not smooth on the scale of 1.

    The shapes go together.

    Attributes:
        corner: Where it turns a corner.
        scale: Over which distance.
        peak: Where, times the normal density, it may have its peak.
        width: How wide the peak is.
    """

    corner: Array
    scale: Array
    peak: Array
    width: Array


def _average(bend: Bend, refine: int) -> tuple[Array, Array]:
    """Return nodes of a standard normal average and logarithms of their weights.

    Where fields are far on the wrong side, rare values of z count most: the panels reach beyond
    the corner, and the weights are kept as logarithms. Both arrays have one axis more than `bend`.
    """
    corner, scale, peak, width = (each[..., None] for each in jnp.broadcast_arrays(*bend))
    low, high = -REACH + jnp.minimum(corner, 0), REACH + jnp.maximum(corner, 0)
    around = corner + scale * jnp.array(GRADED), peak + width * jnp.array(EVEN)
    even = jnp.broadcast_to(jnp.array(EVEN), around[1].shape)
    edges = jnp.clip(jnp.concatenate([*around, even, low, high], axis=-1), low, high)
    edges = jnp.sort(edges, axis=-1)
    half = jnp.repeat(jnp.diff(edges), refine, axis=-1)[..., None] / (2 * refine)
    first = jnp.repeat(edges[..., :-1], refine, axis=-1)[..., None]
    piece = jnp.tile(jnp.arange(refine), edges.shape[-1] - 1)[:, None]
    z = first + half * (2 * piece + 1 + NODES)
    logarithms = jnp.log(half + TINY) + jnp.log(WEIGHTS) - z**2 / 2 - math.log(2 * math.pi) / 2
    shape = (*bend.corner.shape, -1)
    return z.reshape(shape), logarithms.reshape(shape)


def _innermost(field: Array, width: Array, stiffness: Array) -> Array:
    """Return ln E exp(-(a/2) min(0, h + s z)^2) for the field h, width s and stiffness a.

    The two branches are the sign of h + s z: what already stands on the right side costs nothing.
    """
    wide = 1 + stiffness * width
    root = jnp.sqrt(width)
    right = log_ndtr(field / root)
    wrong = log_ndtr(-field / (root * jnp.sqrt(wide)))
    return jnp.logaddexp(right, wrong - jnp.log(wide) / 2 - stiffness * field**2 / (2 * wide))


def one_step(point: Point, slope: Array, margin: Array, refine: int = 1) -> Array:
    """Return the load at which 1RSB has its last solution for q_0 and omega."""
    (gap,), (width,), (omega,) = point
    room = 1 + omega * gap
    outer = _root(1 - width)
    z, weights = _outer(margin, outer, width, refine)
    inner = _innermost(outer * z - margin, width, omega / slope)
    return (jnp.log(room) + omega * (1 - gap) / room) / (-2 * weights @ inner)


def two_step(point: Point, slope: Array, margin: Array, refine: int = 1) -> Array:
    """Return the load at which 2RSB has its last solution for its four order parameters."""
    (gap0, gap1), (width0, width1), (omega1, omega2) = point
    inside = 1 + omega2 * gap1
    between = omega1 * (gap0 - gap1)
    across = inside + between
    room = jnp.log(inside) / omega2 + jnp.log1p(between / inside) / omega1 + (1 - gap0) / across
    outer, middle = _root(1 - width0), jnp.sqrt(width0 - width1)
    z0, weights0 = _outer(margin, outer, width0, refine)
    far = outer * z0 - margin
    pull = omega1 / (slope + omega2 * width1) * middle**2  # of the wrong side, per squared z
    corner = -far / middle
    peak = corner * pull / (1 + pull)
    scale, width = jnp.sqrt(width1) / middle, 1 / jnp.sqrt(1 + pull)
    z1, logarithms = _average(Bend(corner, scale, peak, width), refine)
    inner = _innermost(far[:, None] + middle * z1, width1, omega2 / slope)
    cluster = jax.scipy.special.logsumexp(logarithms + omega1 / omega2 * inner, axis=1)
    return room * omega1 / (-2 * weights0 @ cluster)


def _outer(margin: Array, outer: Array, width: Array, refine: int) -> tuple[Array, Array]:
    """Return nodes and weights of the average over clusters, for fields of deviation `outer`."""
    corner, nothing = margin / outer, jnp.zeros(())
    bend = Bend(corner, jnp.sqrt(width) / outer, nothing, nothing)
    z, logarithms = _average(bend, refine)
    return z, jnp.exp(logarithms)


def _root(square: Array) -> Array:
    """Return the square root, without its infinite slope at zero."""
    return jnp.sqrt(jnp.maximum(square, NOTHING))


LOADS = {1: one_step, 2: two_step}
value_and_slopes = {steps: jax.jit(jax.value_and_grad(load)) for steps, load in LOADS.items()}
finer = {steps: jax.jit(lambda *a, f=load: f(*a, refine=2)) for steps, load in LOADS.items()}
