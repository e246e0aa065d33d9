"""The layer recursion of an infinitely wide network, carried on angles.

With c the kink constant of the activation (1/pi for ReLU), one layer of infinite width turns
the angle theta between two inputs into theta', and the NTK cosine sums up the angles met on
the way (K_0 = cos theta_0, diagonal l + 1):

    cos theta' = cos theta + c (sin theta - theta cos theta)
    K_l        = cos theta_l + K_{l-1} (1 - c theta_{l-1})

Computed as written, both lose half their digits for small angles, where everything of
interest is the difference from 1. So the recursion carries the two gaps

    D_l = (l + 1) - K_l,     S_l = (l + 1) + K_l

instead, and every angle is 2 arctan2(sqrt(gap), sqrt(sum)). With a = 1 - c theta_{l-1},

    D_l = (1 - cos theta_l) + l (1 - |a|) + |a| D_{l-1}      where a >= 0,
    D_l = (1 - cos theta_l) + l (1 - |a|) + |a| S_{l-1}      where a < 0,

and S_l alike with 1 + cos theta_l and D, S exchanged: sums of positive terms all. The second
line occurs only for negative slopes and angles beyond a right one. There 1 - cos theta_l is
expanded about tau = pi - theta, at which the slope -1 brings it down to zero.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, ArrayLike, Float

SERIES_BELOW = 0.5
SERIES_TERMS = 6  # the first term left out is below 1e-17 of the sum at SERIES_BELOW


class Layers(NamedTuple):
    """Where the recursion stands after some number of layers; arrays of one common shape.

    Attributes:
        theta: Angle between the two embeddings, radians.
        gap: D_l = (l + 1) - K_l, in [0, 2 (l + 1)].
        total: S_l = (l + 1) + K_l, in [0, 2 (l + 1)].
        depth: l, a scalar.
    """

    theta: Float[Array, "..."]
    gap: Float[Array, "..."]
    total: Float[Array, "..."]
    depth: Float[Array, ""]

    @property
    def ntk(self) -> Float[Array, "..."]:
        """K_l, the NTK of unit inputs, equal to l + 1 where the angle is 0."""
        return (self.total - self.gap) / 2

    @property
    def gradient_angle(self) -> Float[Array, "..."]:
        """The angle between the two model gradients, arccos of K_l / (l + 1), radians."""
        return angle_from_gaps(self.gap, self.total)


def start(theta: ArrayLike) -> Layers:
    """Return the recursion at depth 0, the linear model, for angles in radians."""
    theta = jnp.asarray(theta, dtype=jnp.float64)
    gap, total = cosine_gaps(theta)
    return Layers(theta, gap, total, jnp.zeros(()))


@jax.jit
def advance(state: Layers, kink_constant: float, layers: int) -> Layers:
    """Return `state` after `layers` more layers; one compilation serves every number."""
    return lax.fori_loop(0, layers, lambda _, s: _layer(s, kink_constant), state)


def _layer(state: Layers, c: float) -> Layers:
    theta, depth = state.theta, state.depth + 1
    tau = math.pi - theta
    rest = 2 - c * math.pi  # what is odd of the activation; zero, up to rounding, for slope -1
    odd_part = jnp.where(abs(rest) < 1e-15, 0.0, rest)

    gap, total = cosine_gaps(theta)
    bend = c * sine_minus_theta_cosine(theta)
    obtuse = odd_part + (1 - odd_part) * cosine_gaps(tau)[0] - c * sine_minus_theta_cosine(tau)
    gap = jnp.where(theta > math.pi / 2, obtuse, gap - bend)
    total = total + bend

    flips = c * theta > 1
    share = jnp.abs(1 - c * theta)
    lost = depth * jnp.where(flips, odd_part + c * tau, c * theta)
    return Layers(
        theta=angle_from_gaps(gap, total),
        gap=gap + lost + share * jnp.where(flips, state.total, state.gap),
        total=total + lost + share * jnp.where(flips, state.gap, state.total),
        depth=depth,
    )


def cosine_gaps(theta: Array) -> tuple[Array, Array]:
    """Return 1 - cos theta and 1 + cos theta, each to full relative accuracy."""
    return 2 * jnp.sin(theta / 2) ** 2, 2 * jnp.cos(theta / 2) ** 2


def angle_from_gaps(gap: Array, total: Array) -> Array:
    """Return the angle whose cosine is (total - gap) / (total + gap), radians in [0, pi]."""
    return 2 * jnp.arctan2(jnp.sqrt(jnp.maximum(gap, 0)), jnp.sqrt(jnp.maximum(total, 0)))


def sine_minus_theta_cosine(theta: Array) -> Array:
    """Return sin theta - theta cos theta (about theta^3 / 3), to full relative accuracy."""
    return jnp.where(theta < SERIES_BELOW, _series(theta), jnp.sin(theta) - theta * jnp.cos(theta))


def _series(theta: Array) -> Array:
    """Sum the Taylor series, sum_k (-1)^(k+1) 2k theta^(2k+1) / (2k+1)!, by Horner's rule."""
    square = theta * theta
    total = jnp.ones_like(theta)
    for k in range(SERIES_TERMS, 0, -1):  # ratio of term k + 1 to term k
        total = 1 - total * square / (2 * k * (2 * k + 3))
    return theta * square / 3 * total
