"""Smallest gradient angle and condition number of NTK matrices, width 512, depth 0 to 10.

Two sets of 512 rows, a batch of the paper's size: Gaussian rows in five dimensions, as they come,
and digits. For ReLU the condition number as well; a linear network has no finite one here, since
there are more rows than dimensions.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from ntklib import pages
from ntklib.activations import Activation, identity, relu
from ntklib.kernels import ntk
from ntklib.networks import empirical_ntk, init_mlp
from ntklib.separation import kernel_angles
from ntklib.spectrum import condition_number

WIDTH = 512
ROWS = 512
DEPTHS = tuple(range(11))
SEEDS = (0, 1, 2, 3, 4)
DEPENDS = (
    "ntklib/networks/fully_connected.py",
    "ntklib/networks/layered_kernel.py",
    "ntklib/pages/data.py",
    "ntklib/spectrum.py",
)
SETTINGS = {
    "width": WIDTH,
    "rows": ROWS,
    "depths": DEPTHS,
    "seeds": SEEDS,
    "data": {
        "gauss": "default_rng(0).standard_normal((2000, 5))[:512]",
        "digits": "the first 512, scaled to norm 1",
    },
    "dtype": "float64",
}
DATA = {
    "gauss": np.random.default_rng(0).standard_normal((2000, 5))[:ROWS],
    "digits": pages.data.digits(ROWS),
}


def smallest_angle(kernel: NDArray) -> float:
    """Return the smallest angle between two gradients, in degrees."""
    return float(np.degrees(kernel_angles(kernel)[np.triu_indices(len(kernel), 1)].min()))


def numbers(kernels: Sequence[NDArray], activation: Activation) -> dict[str, list[float]]:
    """Return what is asked of each matrix."""
    found = {"angle": [smallest_angle(kernel) for kernel in kernels]}
    if activation == relu:
        kappas = [float(condition_number(kernel)) for kernel in kernels]
        found["kappa"] = [kappa if np.isfinite(kappa) else None for kappa in kappas]
    return found


def measure(name: str, depth: int) -> dict[str, Any]:
    """Return the numbers of five networks of each kind, and of infinite width."""
    x, found = DATA[name], {}
    for activation in (identity, relu):
        drawn = [
            np.asarray(empirical_ntk(params, x, activation=activation))
            for seed in SEEDS
            for params in [init_mlp(jax.random.key(seed), (x.shape[1], *[WIDTH] * depth, 1))]
        ]
        limit = np.asarray(ntk(x, activation=activation, depth=depth))
        found[activation.name] = {
            "networks": numbers(drawn, activation),
            "infinite": {key: each[0] for key, each in numbers([limit], activation).items()},
        }
    jax.clear_caches()
    return found


PARTS = {f"{name}, depth {d}": partial(measure, name, d) for name in DATA for d in DEPTHS}
