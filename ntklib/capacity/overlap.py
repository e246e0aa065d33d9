"""The centred dual: the overlap that the output of a wide machine sees.

Two weight vectors with overlap q give pre-activations with correlation q. Summed over many hidden
units, with balanced signs, they give Gaussian outputs with correlation

    Q(q) = (dual(q) - dual(0)) / (dual(1) - dual(0)),

so that a wide network stores patterns as a perceptron does, with Q(q) in the place of q.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation, require_activation
from ntklib.caching import remembered
from ntklib.dual import dual, dual_table, second_moment
from ntklib.gaussian import expectation

CONSTANT = 1e-12  # part of E[sigma^2] below which the variance is rounding
STENCIL = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60  # first derivative, to the sixth order
STEP = 0.02  # of the angle, relative to its distance from the ends


def overlap(activation: Activation, q: ArrayLike, *, order: int = 0) -> Float[np.ndarray, "..."]:
    """Return Q(q), the effective overlap of a wide machine, or a derivative of it.

    Q(q) = (E[sigma(u) sigma(v)] - E[sigma]^2) / Var[sigma] for u, v standard normal with
    correlation q. Its k-th derivative is the same average of the k-th derivative of sigma, over
    Var[sigma]: so Q'(1) = E[sigma'^2] / Var[sigma], the mean Hermite degree.

    Args:
        activation: Any activation that is not constant.
        q: Overlaps in [-1, 1], any shape.
        order: 0 for Q, 1 for Q', 2 for Q''.

    Returns:
        An array of the shape of `q`, with an error below 1e-11 (Q'' of an activation that jumps:
        1e-8 relative, by differences). Derivatives are infinite at 1 where sigma has too strong a
        kink: Q' for a jump as in sign, Q'' for a bend as in ReLU.

    Raises:
        ValueError: If |q| > 1, the order is not 0, 1 or 2, or the activation is constant or not
            tame (as `ntklib.dual.dual`).

    Source: this book, *ReLU versus threshold*; the centring is that of balanced output weights.

    >>> from ntklib.activations import relu, sign
    >>> print(f"{float(overlap(relu, 1.0, order=1)):.6f}")  # pi / (pi - 1)
    1.466942
    >>> print(f"{float(overlap(sign, 0.5)):.6f}")
    0.333333
    """
    if order not in (0, 1, 2):
        raise ValueError(f"order must be 0, 1 or 2, got {order!r}")
    known = _validate.between("q", q, -1.0, 1.0, "; an overlap is at most 1")
    centred = centred_dual(activation)
    return (centred.value, centred.slope, centred.curvature)[order](np.asarray(known))


@dataclass(frozen=True)
class CentredDual:
    """Q and its derivatives for one activation.

    Attributes:
        activation: The activation.
        variance: Var[sigma(z)].
    """

    activation: Activation
    variance: float

    def value(self, q: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return Q(q)."""
        return (np.asarray(dual(self.activation, q)) - self._at_zero) / self.variance

    def gap(self, half: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return 1 - Q(q) at q = 1 - 2 half^2, with its digits relative to itself."""
        table = dual_table(self.activation, (1.0, 1.0))
        return table.size / self.variance * table.gap(2 * np.arcsin(half))

    def slope(self, q: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return Q'(q)."""
        return np.asarray(dual(self.activation.derivative, q)) / self.variance

    def curvature(self, q: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return Q''(q)."""
        if not self.jumps:
            return np.asarray(dual(self.activation.derivative.derivative, q)) / self.variance
        theta = np.arccos(q)
        near = np.minimum(theta, math.pi - theta)
        step = STEP * near[..., None]
        around = self.slope(np.cos(theta[..., None] + step * np.arange(-3, 4)))
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = -(around @ STENCIL) / (step[..., 0] * np.sin(theta))
        return np.where(near > 0, rise, np.inf)

    @cached_property
    def jumps(self) -> bool:
        """Whether sigma itself jumps, which makes Q'(1) infinite."""
        return self.activation.jump_order == 0

    @cached_property
    def slope_at_one(self) -> float:
        """Q'(1) = E[sigma'^2] / Var[sigma], the mean Hermite degree, infinite for a jump."""
        if self.jumps:
            return math.inf
        return second_moment(self.activation.derivative) / self.variance

    @cached_property
    def slope_at_zero(self) -> float:
        """Q'(0) = E[sigma']^2 / Var[sigma], the linear part, exactly zero where it is rounding."""
        slope = float(self.slope(np.array(0.0)))
        return slope if slope > CONSTANT else 0.0

    @cached_property
    def _at_zero(self) -> float:
        return float(dual(self.activation, 0.0))


@remembered(256)
def centred_dual(activation: Activation) -> CentredDual:
    """Return the centred dual of an activation.

    Raises:
        ValueError: If the activation is constant, or as `ntklib.dual.dual`.
    """
    _validate.require_x64()
    energy = second_moment(require_activation(activation))
    variance = energy - float(expectation(activation)) ** 2
    if not variance > CONSTANT * energy:
        raise ValueError(
            f"{activation.name} must not be constant: its variance over a standard normal input "
            f"is {variance:.3g}, and a machine of constant units stores nothing"
        )
    return CentredDual(activation, variance)
