"""Networks of width 512 on the digits as in the paper's experiments: SGD and cross-entropy.

For each depth, one network tries every learning rate of a grid for a few epochs; five others
are then trained with the rate of the lowest training loss.
"""

import math
import warnings
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from long_runs.digits_task import (
    CLASSES,
    DEPTHS,
    SEEDS,
    TRAINING_ROWS,
    WIDTH,
    cross_entropy,
    network,
    outputs,
    share_right,
    split,
)
from long_runs.digits_task import DEPENDS as SHARED
from ntklib.networks import Params, train

DEPENDS = SHARED
BATCH = 100
STEPS_OF_EPOCH = TRAINING_ROWS // BATCH
RATES = tuple(2.0**power for power in range(10))
TRIAL_EPOCHS, TRIAL_SEED = 8, 100
EPOCHS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 21, 30)
SETTINGS = {
    "width": WIDTH,
    "depths": DEPTHS,
    "seeds": SEEDS,
    "training_rows": TRAINING_ROWS,
    "batch": BATCH,
    "rates": RATES,
    "trial_epochs": TRIAL_EPOCHS,
    "trial_seed": TRIAL_SEED,
    "epochs": EPOCHS,
    "dtype": "float32",
}
IMAGES, LABELS, UNSEEN, UNSEEN_LABELS = split()
TARGETS = np.eye(CLASSES)[LABELS]


def observe(params: Params) -> dict[str, jax.Array]:
    """Return the loss and the percentages of right answers."""
    found = outputs(params, jnp.asarray(IMAGES, jnp.float32))
    unseen = outputs(params, jnp.asarray(UNSEEN, jnp.float32))
    return {
        "loss": cross_entropy(found, jnp.asarray(TARGETS, jnp.float32)),
        "training": share_right(found, LABELS),
        "held_out": share_right(unseen, UNSEEN_LABELS),
    }


def descend(start: Params, rate: float, epochs: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Train an ensemble; return what was observed, shape (networks, epochs)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a rate may be too large
        return train(
            outputs,
            start,
            IMAGES,
            TARGETS,
            steps=STEPS_OF_EPOCH * epochs[-1],
            learning_rate=rate,
            loss=cross_entropy,
            batch_size=BATCH,
            ensemble=True,
            dtype=jnp.float32,
            record=[STEPS_OF_EPOCH * epoch for epoch in epochs],
            observe=observe,
            progress=False,
        ).recorded


def ensemble(seeds: tuple[int, ...], depth: int) -> Params:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *[network(s, depth) for s in seeds])


def trial(depth: int, rate: float) -> float | None:
    """Return the training loss of one network after the trial, or None if it was lost."""
    found = descend(ensemble((TRIAL_SEED,), depth), rate, (0, TRIAL_EPOCHS))["loss"]
    lost = found.shape[1] < 2 or not math.isfinite(found[0, -1])
    return None if lost else float(found[0, -1])


def measure(depth: int) -> dict[str, Any]:
    """Choose the rate, train five networks; all lists run over networks, then epochs."""
    trials = [trial(depth, rate) for rate in RATES]
    best = min((loss, rate) for loss, rate in zip(trials, RATES, strict=True) if loss is not None)
    found = descend(ensemble(SEEDS, depth), best[1], EPOCHS)
    jax.clear_caches()
    return {"trials": trials, "rate": best[1], **found}


PARTS = {f"depth {depth}": partial(measure, depth) for depth in DEPTHS}
