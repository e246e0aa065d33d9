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

from ntklib.panels import rule

REACH = 9.0
PANELS = {1: (24, 1), 2: (9, 9)}  # of the outer and the inner average, for so many steps


Steps = Float[Array | np.ndarray, " steps"]


class Point(NamedTuple):
    """Where a function is evaluated.

    Attributes:
        gaps: 1 - q_0, or 1 - q_0 and 1 - q_1.
        effective: 1 - Q at these.
        scales: omega, or omega_1 <= omega_2: Parisi parameters over 1 - q at the innermost level.
    """

    gaps: Steps
    effective: Steps
    scales: Steps


def _average(panels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and logarithms of weights of a standard normal average."""
    nodes, weights = rule(np.linspace(-REACH, REACH, panels + 1))
    z = nodes.ravel()
    return z, np.log(weights.ravel()) - z**2 / 2 - math.log(2 * math.pi) / 2


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
    z, log_weights = _average(PANELS[1][0] * refine)
    inner = _innermost(jnp.sqrt(1 - width) * z - margin, width, omega / slope)
    return (jnp.log(room) + omega * (1 - gap) / room) / (-2 * jnp.exp(log_weights) @ inner)


def two_step(point: Point, slope: Array, margin: Array, refine: int = 1) -> Array:
    """Return the load at which 2RSB has its last solution for its four order parameters."""
    (gap0, gap1), (width0, width1), (omega1, omega2) = point
    inside = 1 + omega2 * gap1
    between = omega1 * (gap0 - gap1)
    across = inside + between
    room = jnp.log(inside) / omega2 + jnp.log1p(between / inside) / omega1 + (1 - gap0) / across
    (z0, log0), (z1, log1) = (_average(panels * refine) for panels in PANELS[2])
    field = jnp.sqrt(1 - width0) * z0[:, None] + jnp.sqrt(width0 - width1) * z1 - margin
    inner = _innermost(field, width1, omega2 / slope)
    cluster = jax.scipy.special.logsumexp(log1 + omega1 / omega2 * inner, axis=1)
    return room * omega1 / (-2 * jnp.exp(log0) @ cluster)


LOADS = {1: one_step, 2: two_step}
value_and_slopes = {steps: jax.jit(jax.value_and_grad(load)) for steps, load in LOADS.items()}
finer = {steps: jax.jit(lambda *a, f=load: f(*a, refine=2)) for steps, load in LOADS.items()}
