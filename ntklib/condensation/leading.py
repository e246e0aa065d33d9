"""The form that the data pull small weights along: the lowest order of a network's gradient flow.

A two-layer network f(x) = sum_j a_j sigma(w_j . x) with tiny weights outputs next to nothing, so
the loss (1/2n) sum (f - y)^2 pulls each neuron by the targets alone. If sigma(z) = c z^p to lowest
order, then

    da/dt = F(w),   dw/dt = a grad F(w),   F(w) = (1/n) sum_i y_i c (w . x_i)^p.

|w|^2 - p a^2 is conserved. ReLU has p = 1 and another c on either side of zero.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import ArrayLike, Float

from ntklib.activations import Activation, require_activation, smoothness
from ntklib.condensation.inputs import with_bias

TINY = 1e-300, 1e-100  # beside a kink at zero
SETTLED = 1e-9  # part that slopes differ there; those of a root do by far more
NUMBERS = 1 << 22  # in a table of squares
OFFSET = 1e-12  # sigma(0) up to which it is a rounding of zero
ROUNDING = 1e-12  # part of the sizes of all terms that their sum may be off

Directions = Float[np.ndarray, "*k D"]


@dataclass(frozen=True, eq=False)
class LeadingForm:
    """F(u) = sum_i pull_i s(u . x_i), with s(z) = above z^p for z > 0 and below z^p for z < 0.

    Attributes:
        rows: Inputs with their 1 for the bias last, shape (n, D).
        pull: y_i / n, with the mean of the targets taken away if `centred`; shape (n,).
        power: p.
        below: Factor of the power below zero.
        above: Factor of the power above zero; equal to `below` unless the activation has a kink.
        centred: Whether sigma(0) is not zero, so that output weights take the mean away first.

    >>> from ntklib.activations import xtanh
    >>> form = leading_form([1.0, 2.0], [3.0, -1.0], activation=xtanh)
    >>> form.value(np.array([1.0, 1.0])), form.power
    (np.float64(1.5), 2)
    """

    rows: Float[np.ndarray, "n D"]
    pull: Float[np.ndarray, " n"]
    power: int
    below: float
    above: float
    centred: bool

    def value(self, directions: Directions) -> Float[np.ndarray, "*k"]:
        """Return F, shape (...,) for directions of shape (..., D)."""
        z = directions @ self.rows.T
        return (self._factor(z) * z**self.power) @ self.pull

    def gradient(self, directions: Directions) -> Directions:
        """Return the gradient of F, of the shape of the directions."""
        z = directions @ self.rows.T
        return (self._factor(z) * self.power * z ** (self.power - 1) * self.pull) @ self.rows

    def hessian(self, directions: Directions) -> Float[np.ndarray, "*k D D"]:
        """Return the second derivatives of F, shape (..., D, D), away from kinks."""
        p, many = self.power, (*directions.shape, self.rows.shape[1])
        if p == 1:
            return np.zeros(many)
        if p == 2 and self.above == self.below:
            same = 2 * self.above * (self.rows.T * self.pull) @ self.rows
            return np.broadcast_to(same, many)
        z = directions @ self.rows.T
        bend = self._factor(z) * p * (p - 1) * z ** (p - 2) * self.pull
        return self._mixed_squares(bend).reshape(many)

    def _mixed_squares(self, weights: np.ndarray) -> np.ndarray:
        """Return sum_i weights_i x_i x_i^T, flattened, some rows x_i at a time."""
        n, dimension = self.rows.shape
        total, block = np.zeros((*weights.shape[:-1], dimension**2)), NUMBERS // dimension**2 + 1
        for start in range(0, n, block):
            part = self.rows[start : start + block]
            squares = (part[:, :, None] * part[:, None, :]).reshape(len(part), -1)
            total += weights[..., start : start + block] @ squares
        return total

    def size(self) -> float:
        """Return what F could at most be if no two terms cancelled: the unit of its rounding."""
        lengths = np.linalg.norm(self.rows, axis=1)
        largest = max(abs(self.below), abs(self.above))
        return float(largest * (np.abs(self.pull) @ lengths**self.power))

    def require_pull(self, largest: float) -> None:
        """Raise if the largest size of F is no more than rounding."""
        if largest <= ROUNDING * self.size():
            kind = "centred targets" if self.centred else "targets"
            raise ValueError(
                f"the {kind} pull no direction at order {self.power}: |F| is at most "
                f"{largest:.3g}, with terms of size {self.size():.3g}"
            )

    def _factor(self, z: np.ndarray) -> np.ndarray | float:
        return self.above if self.above == self.below else np.where(z > 0, self.above, self.below)


def leading_form(x: ArrayLike, y: ArrayLike, *, activation: Activation) -> LeadingForm:
    """Return F, along whose gradient the data pull neurons with small weights.

    F(u) = (1/n) sum_i y_i (u . x_i)^p sigma^(p)(0) / p!, with p the multiplicity of the
    activation, or p = 1 and the slopes on either side of zero where these differ. If sigma(0) is
    not zero, y_i - mean(y) takes the place of y_i: the output weights move together until the
    network outputs the mean, before any neuron has a direction.

    Args:
        x: Inputs without the 1 for the bias, shape (n,) or (n, d).
        y: Targets, shape (n,).
        activation: Any activation that has a lowest order at zero.

    Raises:
        ValueError: If a shape is another, an entry is not finite, the activation jumps or is not
            finite at zero, or all it does there is flat up to order 8 or has a kink in a
            derivative of higher order (as ReLU squared).

    Source: the smooth case is that of Zhou et al. (2022), sections 4 and 5, as one function; the
    rest is this book's, *Multiplicity*.

    >>> from ntklib.activations import sigmoid
    >>> form = leading_form([[0.0], [1.0]], [1.0, 2.0], activation=sigmoid)
    >>> form.power, form.above, form.centred, form.pull.tolist()
    (1, 0.25, True, [-0.25, 0.25])
    """
    rows, targets = with_bias(x, y)
    power, below, above = _lowest_order(require_activation(activation))
    centred = abs(_at_zero(activation)) > OFFSET
    if centred:
        targets = targets - targets.mean()
    return LeadingForm(rows, targets / len(targets), power, below, above, centred)


def _at_zero(activation: Activation) -> float:
    value = float(activation(0.0))
    if not math.isfinite(value):
        raise ValueError(f"{activation.name} must be finite at zero, got {value}")
    return value


def _lowest_order(activation: Activation) -> tuple[int, float, float]:
    """Return p and the factors of z^p below and above zero."""
    _at_zero(activation)
    power = activation.multiplicity
    if power is not None:
        derivative = activation
        for _ in range(power):
            derivative = derivative.derivative
        factor = float(derivative(0.0)) / math.factorial(power)
        if factor and math.isfinite(factor):
            return power, factor, factor
    elif 0.0 in activation.kinks and smoothness.first_jump(activation, 0.0) == 1:
        near, far = (np.asarray(activation.derivative(np.array([-at, at]))) for at in TINY)
        if np.allclose(near, far, rtol=SETTLED):
            return 1, float(near[0]), float(near[1])
    raise ValueError(
        f"{activation.name} has no lowest order at zero: it needs a derivative that is not zero "
        "there, of order 1 to 8 and below that of any kink at zero, or two slopes beside it, as "
        "ReLU has"
    )
