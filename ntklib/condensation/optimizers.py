"""The optimisers under which a network condenses.

Under plain gradient descent the neurons of an activation of multiplicity p >= 2 do not condense
together: the first to grow lowers the loss before the others have moved. Adam gives every weight
steps of one size, and neuron-wise normalised descent every neuron steps of one relative size; then
all of them grow together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PyTree

from ntklib import _validate
from ntklib.condensation.network import Weights

RateTaker = Callable[..., optax.GradientTransformation]


@dataclass(frozen=True)
class Adam:
    """Adam with its eps, below which a gradient no longer moves a weight at full speed.

    Near small weights of standard deviation s the gradient is of the order s^p; where that is far
    below eps, Adam all but stands still: a smaller initialisation then needs a smaller eps.

    Attributes:
        eps: What is added to the root of the second moment.

    Raises:
        ValueError: If eps is not a positive number.

    >>> Adam(eps=1e-20) == Adam(1e-20)
    True
    """

    eps: float = 1e-8

    def __post_init__(self) -> None:
        """Check eps; at zero, a weight without a gradient would be moved by 0 / 0."""
        object.__setattr__(self, "eps", _validate.positive("eps", self.eps))

    def __call__(self, rate: Float[Array, ""]) -> optax.GradientTransformation:
        """Return the transformation of optax with that learning rate."""
        return optax.adam(rate, eps=self.eps)


def normalized_descent(rate: Float[Array, ""]) -> optax.GradientTransformation:
    """Return neuron-wise normalised descent for networks with one hidden layer.

    Every neuron theta = (a, w) with gradient g takes the step -rate |theta| g / |g|; one without
    a gradient stays. As long as the outputs are small, so that neurons do not feel each other,
    this only changes the clock of each neuron's gradient flow, and not where it goes.

    Source: this book, *Multiplicity*.

    >>> weights = Weights((jnp.array([[0.0, 3.0]]),), jnp.array([4.0]))
    >>> gradient = Weights((jnp.array([[1e-30, 0.0]]),), jnp.array([0.0]))
    >>> change, _ = normalized_descent(0.1).update(gradient, (), weights)
    >>> print(change.input[0], change.output)
    [[-0.5 -0. ]] [-0.]
    """

    def update(gradient: Weights, memory: tuple, weights: PyTree) -> tuple[Weights, tuple]:
        _, lengths = _neurons(weights)
        directions, _ = _neurons(gradient)
        steps = -rate * lengths * directions
        return Weights((steps[:, :-1],), steps[:, -1]), memory

    return optax.GradientTransformation(lambda _: (), update)


def _neurons(weights: Weights) -> tuple[Float[Array, "width entries"], Float[Array, "width 1"]]:
    """Return every neuron's (w, a) as a unit vector, or zero, and its length.

    Entries may be so small that their squares underflow; so they are first brought to size 1.
    """
    entries = jnp.concatenate([weights.input[0], weights.output[:, None]], axis=1)
    largest = jnp.abs(entries).max(axis=1, keepdims=True)
    entries = entries / jnp.where(largest > 0, largest, 1)
    length = jnp.sqrt((entries**2).sum(axis=1, keepdims=True))
    return entries / jnp.where(length > 0, length, 1), largest * length


OPTIMIZERS = MappingProxyType(
    {"gradient_descent": None, "adam": Adam(), "normalized": normalized_descent}
)
"""What `condense` knows by name."""
