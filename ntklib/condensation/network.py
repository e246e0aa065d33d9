"""The networks that condense: every neuron's input weights contain its bias, as the last entry.

With x[0] = (x, 1) and W[l] of one row w a neuron,

    h[l] = sigma(W[l] x[l-1])  (+ h[l-1] in a residual network, from the second layer on)
    x[l] = (h[l], 1),    f(x) = a . h[L].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from ntklib.activations import Activation


class Weights(NamedTuple):
    """Parameters of one network; those of several have a leading axis of networks.

    Attributes:
        input: For every hidden layer the neurons' input weights, a neuron's bias as the last
            entry of its row: shape (width, d + 1) in the first, (width, width + 1) in the others.
        output: The output weights a, shape (width,). The output has no bias.
    """

    input: tuple[Float[Array | NDArray, "width inputs_and_one"], ...]
    output: Float[Array | NDArray, " width"]


@dataclass(frozen=True)
class CondensationNetwork:
    """The function f of the module's formula; equal by value, so that it is compiled once.

    Attributes:
        activations: One a hidden layer.
        residual: Whether layers from the second on are added to what they are given.

    >>> import jax.numpy as jnp
    >>> from ntklib.activations import quadratic
    >>> weights = Weights((jnp.array([[2.0, 1.0], [0.0, -3.0]]),), jnp.array([1.0, 10.0]))
    >>> print(CondensationNetwork((quadratic,))(weights, jnp.array([[1.0], [0.0]])))
    [99. 91.]
    """

    activations: tuple[Activation, ...]
    residual: bool = False

    def __call__(self, weights: Weights, x: Float[Array, "n d"]) -> Float[Array, " n"]:
        """Return the outputs at the rows of x."""
        hidden = x
        for layer, (activation, rows) in enumerate(
            zip(self.activations, weights.input, strict=True)
        ):
            fired = activation(hidden @ rows[:, :-1].T + rows[:, -1]).astype(x.dtype)
            hidden = hidden + fired if self.residual and layer else fired
        return hidden @ weights.output


def draw_weights(
    seeds: Sequence[int], *, inputs: int, width: int, hidden_layers: int, std: float
) -> Weights:
    """Return independent normal parameters of standard deviation `std`, a network a seed.

    NumPy draws them, layer by layer and the output last, so that the numbers of a seed depend
    neither on the other seeds nor on the version of JAX.

    >>> weights = draw_weights([0, 5], inputs=3, width=4, hidden_layers=2, std=0.1)
    >>> [each.shape for each in weights.input], weights.output.shape
    ([(2, 4, 4), (2, 4, 5)], (2, 4))
    """
    shapes = [(width, inputs + 1), *[(width, width + 1)] * (hidden_layers - 1), (width,)]
    generators = [np.random.default_rng(seed) for seed in seeds]
    drawn = [[std * rng.standard_normal(shape) for shape in shapes] for rng in generators]
    *layers, output = (np.stack(each) for each in zip(*drawn, strict=True))
    return Weights(tuple(layers), output)
