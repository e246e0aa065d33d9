"""One network, written in several ways: NTK, standard and mean-field parameterisation.

Write a layer as h = c W alpha (+ c' b), with weights drawn from N(0, s^2) and learning rate
eta r. The function computed at the start depends on c s alone, and gradient descent on the
function on c^2 r alone: (c, s, r) and (c / k, s k, r k^2) are the same network, trained the
same way. Yang and Hu (2021) call the exponents of the width in c, s and r a, b and c.

With g = 1 / E[sigma^2], m the width below and M the last hidden width, the layers above the
first have

    NTK         c = sqrt(g/m)   s = 1           r = 1
    standard    c = 1           s = sqrt(g/m)   r = g/m
    mean field  as NTK, the output divided by sqrt(M), and r = M in every layer.

Standard is NTK in other letters: equal c s and c^2 r. Mean field is not: its output starts
smaller by sqrt(M), and its weights move further by sqrt(M), so that features change by an
amount that does not vanish with the width. The first layer has c = s = 1 everywhere, since
inputs here have length of order 1 and not sqrt(d).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.dual import second_moment
from ntklib.networks.fully_connected import Dense, Params, mlp


class Parameterization(NamedTuple):
    """Where the factors sqrt(g / m) stand, and what is in front of the output.

    Attributes:
        name: What tables call it.
        in_weights: Which part of sqrt(g / m) sits in the spread of the weights, as an exponent:
            0 for all of it in front of them, 1 for none. Any number gives the same training.
        output_power: The output is divided by M ** output_power and learning rates multiplied
            by M ** (2 output_power): 0 for the kernel regime, 1/2 for mean field.
    """

    name: str
    in_weights: float
    output_power: float


NTK = Parameterization("NTK", 0.0, 0.0)
STANDARD = Parameterization("standard", 1.0, 0.0)
MEAN_FIELD = Parameterization("mean field", 0.0, 0.5)


class Scale(NamedTuple):
    """The three numbers of a matrix of weights, or of a vector of biases.

    Attributes:
        multiplier: c, in front.
        std: s, of the entries at the start.
        learning_rate: r, times the learning rate of the network.
    """

    multiplier: float
    std: float
    learning_rate: float


class LayerScales(NamedTuple):
    """The scales of one layer, for its weights and, if it has any, its biases."""

    weight: Scale
    bias: Scale


def layer_scales(
    widths: Sequence[int], *, activation: Activation, parameterization: Parameterization
) -> tuple[LayerScales, ...]:
    """Return the scales of every layer: the table in the module's text, for given widths.

    Args:
        widths: As for `init_mlp`: `(d, m_1, ..., m_L, k)`.
        activation: Settles g = 1 / E[sigma^2].
        parameterization: `NTK`, `STANDARD`, `MEAN_FIELD` or one of your own.

    Raises:
        ValueError: If there are fewer than two widths, or one is not an integer >= 1.

    >>> from ntklib.activations import relu
    >>> last = layer_scales((3, 50, 1), activation=relu, parameterization=STANDARD)[-1]
    >>> last.weight
    Scale(multiplier=1.0, std=0.2, learning_rate=0.04)
    """
    sizes = tuple(_validate.count("every width", width, least=1) for width in widths)
    if len(sizes) < 2:
        raise ValueError(f"widths must hold two or more integers, got {tuple(widths)}")
    gain = 1 / second_moment(activation)
    front = float(sizes[-2] if len(sizes) > 2 else 1) ** -parameterization.output_power
    part = parameterization.in_weights
    layers = []
    for index, width in enumerate(sizes[:-1]):
        share = gain / width if index else 1.0
        outer = front if index == len(sizes) - 2 else 1.0
        weight = Scale(outer * share ** ((1 - part) / 2), share ** (part / 2), share**part)
        layers.append(LayerScales(_faster(weight, front), _faster(Scale(outer, 1.0, 1.0), front)))
    return tuple(layers)


def _faster(scale: Scale, front: float) -> Scale:
    """Return a scale with the learning rate that makes up for a factor before the output."""
    return scale._replace(learning_rate=scale.learning_rate / front**2)


@dataclass(frozen=True)
class Network:
    """A fully connected network as a function of (params, x), for `train` and its kin.

    Equal by value, so that it is compiled once however often it is written down. In the NTK
    parameterisation it is `mlp`.

    Attributes:
        activation: Applied after every layer but the last.
        parameterization: How parameters are read.

    >>> from ntklib.activations import relu
    >>> Network(relu) == Network(relu, NTK)
    True
    """

    activation: Activation
    parameterization: Parameterization = NTK

    def __call__(self, params: Params, x: ArrayLike) -> Float[Array, "n k"]:
        """Return the outputs; arguments and errors are those of `mlp`."""
        if self.parameterization != NTK:
            params = _rescaled(params, self, Network(self.activation))
        return mlp(params, x, activation=self.activation)

    def scales(self, params: Params) -> tuple[LayerScales, ...]:
        """Return the scales of the layers that hold these parameters."""
        widths = (params[0].weight.shape[1], *(layer.weight.shape[0] for layer in params))
        return layer_scales(
            widths, activation=self.activation, parameterization=self.parameterization
        )

    def initial(self, draws: Params) -> Params:
        """Return the parameters of this network that have the given draws in them.

        Args:
            draws: From `init_mlp`; standard normal, or some multiple of it. The same draws
                start NTK and standard networks as the same function.
        """
        scales = self.scales(draws)
        return tuple(
            Dense(scale.weight.std * weight, bias)
            for (weight, bias), scale in zip(draws, scales, strict=True)
        )

    def learning_rates(self, params: Params, learning_rate: float) -> Params:
        """Return the learning rate of every leaf, as `train` takes it: eta r.

        Raises:
            ValueError: If `learning_rate`, eta, is not a positive number.
        """
        rate = _validate.positive("learning_rate", learning_rate)
        return tuple(
            Dense(
                jnp.asarray(rate * scale.weight.learning_rate),
                None if bias is None else jnp.asarray(rate * scale.bias.learning_rate),
            )
            for (_, bias), scale in zip(params, self.scales(params), strict=True)
        )


def reparameterize(params: Params, source: Network, target: Network) -> Params:
    """Return the parameters with which `target` computes what `source` does with these.

    Every matrix is multiplied by c_source / c_target. Between NTK and standard the result has
    the spread of the target's own draws, and gradient descent with each one's
    `learning_rates` goes on computing the same function after every step. Into mean field the
    function can be carried over too, but with output weights that are sqrt(M) times too large
    for a mean-field draw; so that is another network, not another way to write this one.

    Raises:
        ValueError: If the two activations differ.

    >>> from ntklib.activations import relu
    >>> import jax
    >>> from ntklib.networks import init_mlp
    >>> draws = init_mlp(jax.random.key(0), (3, 50, 1))
    >>> standard = Network(relu, STANDARD)
    >>> same = reparameterize(draws, Network(relu), standard)
    >>> bool(abs(same[1].weight / standard.initial(draws)[1].weight - 1).max() < 1e-14)
    True
    """
    if source.activation != target.activation:
        raise ValueError(
            "two networks that compute one function must have one activation, got "
            f"{source.activation.name} and {target.activation.name}"
        )
    return _rescaled(params, source, target)


def _rescaled(params: Params, source: Network, target: Network) -> Params:
    """Return every leaf times the ratio of the multipliers in front of it."""
    layers = zip(params, source.scales(params), target.scales(params), strict=True)
    return tuple(
        Dense(
            old.weight.multiplier / new.weight.multiplier * weight,
            None if bias is None else old.bias.multiplier / new.bias.multiplier * bias,
        )
        for (weight, bias), old, new in layers
    )
