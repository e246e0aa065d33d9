"""Training from small weights, many networks at once, with their weights on record."""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, DTypeLike, Float, Int
from numpy.typing import NDArray

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.condensation.history import Condensation
from ntklib.condensation.inputs import checked_seeds, input_rows
from ntklib.condensation.network import CondensationNetwork, draw_weights
from ntklib.condensation.optimizers import RateTaker
from ntklib.condensation.setting import (
    CondensationSetting,
    checked_residual,
    float_type,
    layer_activations,
    require_held,
    targets_of,
    update_rule,
)
from ntklib.networks import Training, half_squared_error, train
from ntklib.networks.training_setting import checked_marks

RECORDS = 20
"""Records after the one of step 0, unless told otherwise."""


def condense(
    x: ArrayLike,
    y: ArrayLike,
    *,
    activation: Activation | Sequence[Activation],
    width: int,
    init_std: float,
    optimizer: str | RateTaker,
    learning_rate: float,
    steps: int,
    seeds: Sequence[int],
    hidden_layers: int = 1,
    residual: bool = False,
    record: int | Sequence[int] | None = None,
    dtype: DTypeLike = jnp.float64,
    progress: bool | None = None,
) -> Condensation:
    """Train networks from small normal weights on all rows, and record their weights.

    With x[0] = (x, 1), h[l] = sigma(W[l] x[l-1]) (+ h[l-1] if residual and l >= 2) and
    x[l] = (h[l], 1), the network is f(x) = a . h[L], without output bias, and the loss is
    R = 1/(2n) sum_i (f(x_i) - y_i)^2. Every weight starts as an independent N(0, init_std^2).

    All networks are trained side by side by `ntklib.networks.train`, which compiles once for an
    activation, optimiser and set of shapes. Records take seeds * records * (number of weights)
    numbers, a step seeds * n * width * hidden_layers.

    A network whose loss stops being finite has weights of nan from there on, with a
    `RuntimeWarning`; see `diverged_at` of the result.

    Args:
        x: Inputs, shape (n,) or (n, d).
        y: Targets, shape (n,) or (n, 1).
        activation: One for all hidden layers, or a sequence with one for each.
        width: Neurons of every hidden layer.
        init_std: Standard deviation of all weights at the start.
        optimizer: "gradient_descent"; "adam"; "normalized", neuron-wise normalised descent, which
            needs hidden_layers=1; `Adam(eps=...)`; or another function of the learning rate that
            returns an optax transformation.
        learning_rate: A number > 0.
        steps: Number of steps.
        seeds: One a network, for `numpy.random.default_rng`.
        hidden_layers: L.
        residual: Whether a layer from the second on is added to what it is given.
        record: Steps after which to record, besides the start: every so many, with the last, or a
            sequence. If None, about twenty evenly spaced steps, the last among them.
        dtype: float64 or float32.
        progress: Show a progress bar, or not; if None, when it takes more than 3 seconds.

    Raises:
        ValueError: If shapes do not fit, an entry is not finite, a size is out of range, a seed
            comes twice, an optimiser is unknown or does not fit, or init_std is zero in `dtype`.

    Source: the setting is that of Zhou et al., "Towards understanding the condensation of neural
    networks at initial training".

    >>> from ntklib.activations import tanh
    >>> x = np.linspace(-1, 1.5, 40)
    >>> run = condense(x, np.sin(3 * x), activation=tanh, width=30, init_std=1e-4,
    ...                optimizer="adam", learning_rate=1e-3, steps=50, seeds=range(2))
    >>> run.input_weights[0].shape, run.at(50).output_weights.shape
    ((2, 21, 30, 2), (2, 30))
    """
    rows, targets = input_rows(x), targets_of(y)
    layers = _validate.count("hidden_layers", hidden_layers, least=1)
    setting = CondensationSetting(
        network=CondensationNetwork(
            layer_activations(activation, layers), checked_residual(residual, layers)
        ),
        width=_validate.count("width", width, least=1),
        init_std=_validate.positive("init_std", init_std),
        optimizer=optimizer,
        learning_rate=_validate.positive("learning_rate", learning_rate),
        steps=_validate.count("steps", steps),
        seeds=checked_seeds(seeds),
        dtype=float_type(dtype),
    )
    return _run(setting, rows, targets, _marks(record, setting.steps), progress)


def _run(
    setting: CondensationSetting,
    rows: Float[NDArray, "n d"],
    targets: Float[NDArray, " n"],
    marks: Sequence[int],
    progress: bool | None,
) -> Condensation:
    """Draw the weights and train them."""
    layers = len(setting.network.activations)
    rule = update_rule(setting.optimizer, layers)
    require_held(setting, rule)
    trained = train(
        setting.network,
        draw_weights(
            setting.seeds,
            inputs=rows.shape[1],
            width=setting.width,
            hidden_layers=layers,
            std=setting.init_std,
        ),
        rows,
        targets,
        steps=setting.steps,
        learning_rate=setting.learning_rate,
        optimizer=rule,
        loss=half_mean_squared_error,
        record=marks,
        ensemble=True,
        dtype=setting.dtype,
        progress=progress,
    )
    kept = _Records.of(trained, marks)
    return Condensation(
        recorded_at=kept.at,
        input_weights=tuple(kept.without_lost(layer) for layer in trained.recorded.input),
        output_weights=kept.without_lost(trained.recorded.output),
        losses=trained.losses,
        diverged_at=trained.diverged_at,  # type: ignore[arg-type]  # an ensemble has a tuple
        stopped=trained.stopped,
        setting=setting,
    )


class _Records(NamedTuple):
    """Which records there are, and which of them are of networks that had diverged by then."""

    at: Int[NDArray, " records"]
    lost: Bool[NDArray, "seeds records"]

    @classmethod
    def of(cls, trained: Training, marks: Sequence[int]) -> "_Records":
        """Take the records made, and where all networks diverged the others too: all of nan."""
        steps = trained.diverged_at
        ends = np.array([np.inf if each is None else each for each in steps])  # type: ignore[union-attr]
        at = np.array(marks, int) if np.isfinite(ends).all() else trained.recorded_at
        return cls(at, at >= ends[:, None])

    def without_lost(
        self, weights: Float[NDArray, "seeds made *shape"]
    ) -> Float[NDArray, "seeds records *shape"]:
        """Return weights with nan where they are lost: nobody should count their orientations."""
        if not self.lost.any():
            return weights
        made, shape = weights.shape[1], (*self.lost.shape, *weights.shape[2:])
        kept = np.full(shape, np.nan, weights.dtype)
        kept[:, :made] = weights
        kept[self.lost] = np.nan
        return kept


def half_mean_squared_error(
    outputs: Float[Array, " n"], targets: Float[Array, " n"]
) -> Float[Array, ""]:
    """Return 1/(2n) sum (outputs - targets)^2."""
    return half_squared_error(outputs, targets) / len(targets)


def _marks(record: int | Sequence[int] | None, steps: int) -> Sequence[int]:
    """Return when to record; the start is always among it, as growth is measured from there."""
    if record is None:
        return np.unique(np.linspace(0, steps, RECORDS + 1).round().astype(int)).tolist()
    wanted = record if np.ndim(record) == 0 else [0, *record]  # type: ignore[misc]
    return checked_marks(wanted, None, steps)
