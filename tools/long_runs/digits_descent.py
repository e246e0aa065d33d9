"""Networks of width 512 on 200 digits as in the theory: full-batch gradient descent.

Squared error of ten outputs, and steps of one over the largest eigenvalue that the network's own
NTK has at the start.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from long_runs.digits_task import (
    CLASSES,
    DEPTHS,
    SEEDS,
    WIDTH,
    largest_eigenvalue,
    network,
    outputs,
    share_right,
    split,
)
from long_runs.digits_task import DEPENDS as SHARED
from ntklib.activations import relu
from ntklib.networks import Dense, Params, empirical_ntk, train
from ntklib.spectrum import condition_number

DEPENDS = (*SHARED, "ntklib/networks/layered_kernel.py", "ntklib/spectrum.py")
ROWS = 200
STEPS = (0, 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 130, 200, 300)
SETTINGS = {
    "width": WIDTH,
    "depths": DEPTHS,
    "seeds": SEEDS,
    "rows": ROWS,
    "steps": STEPS,
    "targets": "one for the digit, less 0.1",
    "dtype": "float32; condition numbers float64",
}
IMAGES, LABELS, UNSEEN, UNSEEN_LABELS = split()
IMAGES, LABELS = IMAGES[:ROWS], LABELS[:ROWS]
TARGETS = np.eye(CLASSES)[LABELS] - 1 / CLASSES


def kernel_of_one_output(params: Params) -> np.ndarray:
    """Return the NTK matrix of the first output, in float64."""
    *hidden, last = params
    first = (*hidden, Dense(last.weight[:1], None))
    wide = jax.tree.map(lambda weight: jnp.asarray(weight, jnp.float64), first)
    return np.asarray(empirical_ntk(wide, IMAGES, activation=relu))


def descend(seed: int, depth: int) -> dict[str, Any]:
    """Train one network and compare its kernel before and after."""
    start = network(seed, depth)
    top = float(largest_eigenvalue(start, IMAGES))
    run = train(
        outputs,
        start,
        IMAGES,
        TARGETS,
        steps=STEPS[-1],
        learning_rate=1 / top,
        dtype=jnp.float32,
        progress=False,
    )
    before, after = (kernel_of_one_output(params) for params in (start, run.params))
    unseen = outputs(run.params, jnp.asarray(UNSEEN, jnp.float32))
    return {
        "largest": top,
        "largest_after": float(largest_eigenvalue(run.params, IMAGES)),
        "loss": run.losses[list(STEPS)] / ROWS,
        "kappa": float(condition_number(before)),
        "kappa_after": float(condition_number(after)),
        "moved": np.linalg.norm(after - before) / np.linalg.norm(before),
        "held_out": float(share_right(unseen, UNSEEN_LABELS)),
    }


def measure(depth: int) -> dict[str, Any]:
    """Train the networks of one depth; all lists run over them."""
    found = [descend(seed, depth) for seed in SEEDS]
    jax.clear_caches()
    return {name: [one[name] for one in found] for name in found[0]}


PARTS = {f"depth {depth}": partial(measure, depth) for depth in DEPTHS}
