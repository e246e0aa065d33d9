"""What came of a condensing ensemble, step by step."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Float, Int
from numpy.typing import NDArray

from ntklib import _validate
from ntklib.condensation.inputs import input_rows
from ntklib.condensation.network import Weights
from ntklib.condensation.setting import CondensationSetting


class Snapshot(NamedTuple):
    """The networks after one step.

    Attributes:
        step: Steps taken.
        input_weights: For every hidden layer, shape (seeds, width, inputs + 1), the bias last.
        output_weights: Shape (seeds, width).
    """

    step: int
    input_weights: tuple[Float[NDArray, "seeds width inputs_and_one"], ...]
    output_weights: Float[NDArray, "seeds width"]


class Condensation(NamedTuple):
    """Weights and losses of an ensemble on its way.

    Attributes:
        recorded_at: Steps after which weights were recorded, shape (records,).
        input_weights: For every hidden layer, shape (seeds, records, width, inputs + 1), a
            neuron's bias as its last entry.
        output_weights: Shape (seeds, records, width).
        losses: Loss after 0, 1, 2, ... steps, shape (seeds, steps + 1); nan from where a network
            diverged.
        diverged_at: For every network the steps after which its loss was not finite, or None.
            Its weights are nan in records from there on.
        stopped: Why training ended early or lost a network, or None.
        setting: With what it was trained.
    """

    recorded_at: Int[NDArray, " records"]
    input_weights: tuple[Float[NDArray, "seeds records width inputs_and_one"], ...]
    output_weights: Float[NDArray, "seeds records width"]
    losses: Float[NDArray, "seeds steps_and_one"]
    diverged_at: tuple[int | None, ...]
    stopped: str | None
    setting: CondensationSetting

    def at(self, step: int) -> Snapshot:
        """Return the weights after a recorded step; -1 stands for the last one recorded.

        Raises:
            ValueError: If that step was not recorded.
        """
        wanted = _validate.count("step", step, least=-1)
        if wanted == -1:
            wanted = int(self.recorded_at[-1])
        (places,) = np.nonzero(self.recorded_at == wanted)
        if not places.size:
            raise ValueError(
                f"step must be one of the recorded {self.recorded_at.tolist()}, got {step}"
            )
        at = places[0]
        layers = tuple(layer[:, at] for layer in self.input_weights)
        return Snapshot(wanted, layers, self.output_weights[:, at])

    def initial_stage(self, fraction: float = 0.99) -> int:
        """Return the last recorded step before any network's loss fell below a fraction.

        That is a fraction of its loss at step 0. Up to there the errors are -y to about that
        accuracy, so that data alone say where neurons turn.

        Raises:
            ValueError: If the fraction is not in [0, 1], or no step before was recorded.
        """
        least = float(_validate.between("fraction", fraction, 0, 1))
        late = ~np.all(self.losses >= least * self.losses[:, :1], axis=0)
        end = int(late.argmax()) if late.any() else len(late)
        steps = self.recorded_at[self.recorded_at < end]
        if not steps.size:
            raise ValueError(
                f"no step before the loss fell below fraction={fraction} was recorded; that "
                f"happened at step {end}, and the first record is of step {self.recorded_at[0]}"
            )
        return int(steps[-1])

    def outputs(self, x: ArrayLike, *, step: int) -> Float[NDArray, "seeds n"]:
        """Return every network's outputs after a recorded step.

        Args:
            x: Inputs, shape (n,) or (n, d).
            step: As for `at`.

        Raises:
            ValueError: If the step was not recorded, or the inputs do not fit.
        """
        found = self.at(step)
        rows = input_rows(x)
        width = self.input_weights[0].shape[-1] - 1
        if rows.shape[1] != width:
            raise ValueError(f"x must have rows of {width} numbers, got shape {np.shape(x)}")
        weights = Weights(found.input_weights, found.output_weights)
        network = jax.vmap(self.setting.network, in_axes=(0, None))
        return np.asarray(network(weights, jnp.asarray(rows, self.setting.dtype)))
