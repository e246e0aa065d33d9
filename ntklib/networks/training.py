"""Training: the one loop of the library."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import ArrayLike, DTypeLike, Float, Int, PyTree
from numpy.typing import NDArray

from ntklib import _validate
from ntklib.networks.leaves import common_dtype, join
from ntklib.networks.loss import Loss, half_squared_error
from ntklib.networks.model import ApplyFn, open_model
from ntklib.networks.training_loop import Optimizer, Problem
from ntklib.networks.training_run import NEVER, Run, finish, start
from ntklib.networks.training_setting import (
    Observe,
    Setting,
    check_problem,
    checked_data,
    checked_marks,
    checked_rate,
    in_type,
)
from ntklib.progress import Progress


class Training(NamedTuple):
    """What came of training. For an ensemble, arrays have a leading axis of networks.

    Attributes:
        params: The parameters at the end; of a network that diverged, the last at which its
            loss was finite.
        losses: Loss after 0, 1, 2, ... steps: each on the rows of the step that follows, the
            last on all rows. It ends where training did; in an ensemble, nan from where a
            network diverged.
        recorded_at: Steps after which something was recorded, shape (records,).
        recorded: What `observe` returned there, its leaves with an axis of records; parameters
            if there was no `observe`; None if nothing was recorded.
        diverged_at: Number of steps after which the loss was not finite, or None; a tuple of
            these for an ensemble.
        stopped: Why training ended early, or None.
    """

    params: PyTree
    losses: Float[NDArray, "*networks steps"]
    recorded_at: Int[NDArray, " records"]
    recorded: PyTree
    diverged_at: int | tuple[int | None, ...] | None
    stopped: str | None


def train(
    apply_fn: ApplyFn,
    params: PyTree,
    x: ArrayLike,
    y: ArrayLike,
    *,
    steps: int,
    learning_rate: float | PyTree | None = None,
    optimizer: Optimizer | None = None,
    loss: Loss = half_squared_error,
    record: int | Sequence[int] | None = None,
    observe: Observe | None = None,
    batch_size: int | None = None,
    batch_seed: int = 0,
    ensemble: bool = False,
    dtype: DTypeLike | None = None,
    progress: bool | None = None,
) -> Training:
    """Train any JAX model, by gradient descent or an optimiser of optax.

    By default a step takes the parameters down the gradient of 1/2 sum (f(x) - y)^2 over all
    rows. All steps run in one compiled program, which serves any number of steps and any
    learning rate; it is compiled anew for another function object, so define `apply_fn`,
    `loss`, `observe` and `optimizer` once.

    Nothing is lost: a loss that is not finite, or a keyboard interrupt, ends training with a
    `RuntimeWarning`, and what was reached is returned.

    Args:
        apply_fn: Called as `apply_fn(params, x)`.
        params: Any tree; arrays of floats are trained, the rest is held as it is.
        x: Inputs, shape (n, ...).
        y: Targets, n rows of whatever the loss takes.
        steps: Number of steps.
        learning_rate: A number > 0. Or, for gradient descent, a tree of numbers >= 0 that
            `params` begins like: for `init_mlp`, a tuple with one number a layer.
        optimizer: None for gradient descent; a function that takes the learning rate, such as
            `optax.adam`; or an optax transformation that has its own, such as
            `optax.adam(1e-3)` (then leave `learning_rate` out).
        loss: Function of (outputs, targets) that returns a number.
        record: Steps after which to record: every so many, with the last, or a sequence.
        observe: Function of the parameters whose result is recorded, compiled by JAX.
        batch_size: Rows of a step, drawn without replacement, epoch by epoch; what is left of
            an epoch at its end is dropped. All rows if None.
        batch_seed: Seed of the order of the rows; an ensemble shares one order.
        ensemble: Whether every array of floats in `params` has a leading axis of networks,
            which are trained side by side, as if one by one.
        dtype: Floating-point type to train in; that of the parameters if None.
        progress: Show a progress bar, or not; if None, when it takes more than 3 seconds.

    Raises:
        ValueError: If lengths or shapes do not fit, an entry or the first loss is not finite,
            the loss is not a number, a step or size is out of range, or the learning rate is
            missing, not positive, or given twice.

    >>> import jax.numpy as jnp
    >>> def line(slope, x):
    ...     return x @ slope
    >>> found = train(line, jnp.zeros(1), [[1.0], [2.0]], [3.0, 6.0], steps=3, learning_rate=0.1)
    >>> print(found.params, found.losses)
    [2.625] [22.5        5.625      1.40625    0.3515625]
    """
    total = _validate.count("steps", steps)
    model, leaves, arrays = open_model(apply_fn, params)
    trained = in_type(leaves, dtype)
    data = checked_data(x, y, arrays, common_dtype(trained), batch_seed)
    problem = Problem(model, loss, optimizer, batch_size, bool(ensemble))
    check_problem(problem, trained, data)
    rate = checked_rate(learning_rate, optimizer, trained)
    setting = Setting(problem, data, rate, checked_marks(record, observe, total), observe)
    with Progress(total, progress) as bar:
        run, interrupted = finish(setting, start(setting, trained), total, bar)
    stopped = _reason(run, interrupted, total, learning_rate)
    if stopped is not None:
        warnings.warn(stopped, RuntimeWarning, stacklevel=2)
    return _result(setting, run, stopped)


def _reason(run: Run, interrupted: bool, steps: int, learning_rate: PyTree) -> str | None:
    """Return in words why training ended early or lost a network, or None."""
    if interrupted:
        return f"interrupted after {run.done} of {steps} steps"
    lost = np.flatnonzero(run.diverged != NEVER)
    if not lost.size:
        return None
    first = int(np.min(run.diverged))
    rates = [float(rate) for rate in jax.tree.leaves(learning_rate)]
    rate = f" with learning_rate {max(rates):.6g}" if rates else ""
    who = f" of {lost.size} of {run.diverged.size} networks" if run.diverged.ndim else ""
    return f"the loss{who} was no longer finite after {first} steps{rate}; try a smaller one"


def _result(setting: Setting, run: Run, stopped: str | None) -> Training:
    """Return what was reached, cut where networks diverged."""
    structure = setting.problem.model.structure
    losses = np.concatenate([*run.losses, run.end[None]])
    at = np.array([step for step, _ in run.records], int)
    recorded = _stacked([found for _, found in run.records], axis=run.end.ndim)
    if recorded is not None and setting.observe is None:
        recorded = join(recorded, setting.data.arrays, structure)
    params = join(run.state.trained, setting.data.arrays, structure)
    diverged = [None if step == NEVER else int(step) for step in run.diverged.ravel()]
    if not setting.problem.ensemble:
        return Training(params, losses[: diverged[0]], at, recorded, diverged[0], stopped)
    lost = np.arange(len(losses))[:, None] >= run.diverged
    losses = np.where(lost, np.nan, losses).T
    return Training(params, losses, at, recorded, tuple(diverged), stopped)


def _stacked(records: list[PyTree], axis: int) -> PyTree:
    """Return records as one tree whose leaves have an axis of records."""
    if not records:
        return None
    return jax.tree.map(lambda *leaves: np.stack(leaves, axis=axis), *records)
