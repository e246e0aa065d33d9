"""Training: the one loop of the library."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import ArrayLike, DTypeLike, Float, Int, PyTree
from numpy.typing import NDArray

from ntklib import _validate
from ntklib.networks.leaves import common_dtype, join
from ntklib.networks.loss import Loss, half_squared_error
from ntklib.networks.model import ApplyFn, open_model, rows_of
from ntklib.networks.progress import Progress
from ntklib.networks.training_loop import Data, Optimizer, Problem
from ntklib.networks.training_run import NEVER, Observe, Run, Setting, finish, start


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

    >>> def line(slope, x):
    ...     return x @ slope
    >>> found = train(line, jnp.zeros(1), [[1.0], [2.0]], [3.0, 6.0], steps=3, learning_rate=0.1)
    >>> print(found.params, found.losses)
    [2.625] [22.5        5.625      1.40625    0.3515625]
    """
    setting, trained = _setting(
        apply_fn,
        params,
        x,
        y,
        optimizer,
        learning_rate,
        loss,
        batch_size,
        batch_seed,
        ensemble,
        dtype,
    )
    total = _validate.count("steps", steps)
    setting = setting._replace(marks=_marks(record, observe, total), observe=observe)
    with Progress(total, progress) as bar:
        run, interrupted = finish(setting, start(setting, trained), total, bar)
    stopped = _reason(run, interrupted, total, learning_rate)
    if stopped is not None:
        warnings.warn(stopped, RuntimeWarning, stacklevel=2)
    return _result(setting, run, stopped)


def _setting(
    apply_fn: ApplyFn,
    params: PyTree,
    x: ArrayLike,
    y: ArrayLike,
    optimizer: Optimizer | None,
    learning_rate: float | PyTree | None,
    loss: Loss,
    batch_size: int | None,
    batch_seed: int,
    ensemble: bool,
    dtype: DTypeLike | None,
) -> tuple[Setting, PyTree]:
    """Return the checked problem and the parameters to start from."""
    model, trained, arrays = open_model(apply_fn, params)
    trained = jax.tree.map(lambda leaf: jnp.asarray(leaf, _float(dtype or leaf.dtype)), trained)
    common = common_dtype(trained)
    rows, targets = rows_of("x", x, common), rows_of("y", y, common)
    if len(rows) != len(targets):
        raise ValueError(f"x and y must have one length, got {len(rows)} and {len(targets)}")
    size = None if batch_size is None else _validate.count("batch_size", batch_size, least=1)
    if size is not None and size > len(rows):
        raise ValueError(f"batch_size must be at most the {len(rows)} rows, got {size}")
    seed = _validate.count("batch_seed", batch_seed)
    data = Data(rows, targets, arrays, jax.random.key(seed))
    problem = Problem(model, loss, optimizer, size, bool(ensemble))
    rate = _rate(learning_rate, optimizer, trained, common)
    _require_scalar_loss(problem, trained, data)
    return Setting(problem, data, rate, (), None), trained


def _float(dtype: DTypeLike) -> jnp.dtype:
    if not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(f"dtype must be a floating-point type, got {dtype!r}")
    return jnp.dtype(dtype)


def _rate(
    learning_rate: float | PyTree | None,
    optimizer: Optimizer | None,
    trained: PyTree,
    dtype: jnp.dtype,
) -> PyTree:
    """Return the learning rate as arrays; None if the optimiser has its own."""
    if isinstance(optimizer, optax.GradientTransformation):
        if learning_rate is not None:
            raise ValueError(
                f"this optimizer has its own learning rate; leave out learning_rate={learning_rate}"
            )
        return None
    if optimizer is not None and not callable(optimizer):
        raise ValueError(f"optimizer must come from optax, got {optimizer!r}")
    if learning_rate is None:
        raise ValueError("learning_rate must be given, got None")
    if optimizer is not None or jax.tree_util.all_leaves([learning_rate]):
        return jnp.asarray(_validate.positive("learning_rate", learning_rate), dtype)
    if any(_validate.number("learning_rate", rate) < 0 for rate in jax.tree.leaves(learning_rate)):
        raise ValueError(f"every learning_rate must be >= 0, got {learning_rate}")
    try:
        jax.tree.broadcast(learning_rate, trained)
    except ValueError:
        raise ValueError(
            f"learning_rate must be one number or a tree that params begins like, got "
            f"{learning_rate}"
        ) from None
    return jax.tree.map(lambda rate: jnp.asarray(rate, dtype), learning_rate)


def _require_scalar_loss(problem: Problem, trained: PyTree, data: Data) -> None:
    """Raise unless the loss of one network is a real number; and an ensemble is one."""
    if problem.ensemble:
        lengths = {leaf.shape[:1] for leaf in jax.tree.leaves(trained)}
        if len(lengths) != 1 or lengths & {(), (0,)}:
            raise ValueError(
                "params of an ensemble must have one leading axis of networks, got lengths "
                f"{sorted(lengths)}"
            )
        trained = jax.tree.map(lambda leaf: leaf[0], trained)
    found = jax.eval_shape(problem.value, trained, data)
    number = isinstance(found, jax.ShapeDtypeStruct) and found.shape == ()
    if not (number and jnp.issubdtype(found.dtype, jnp.floating)):
        raise ValueError(f"loss must return one real number, got {found}")


def _marks(
    record: int | Sequence[int] | None, observe: Observe | None, steps: int
) -> tuple[int, ...]:
    """Return the steps after which to record, in order."""
    if record is None:
        if observe is not None:
            raise ValueError("record must say after which steps to observe, got None")
        return ()
    if np.ndim(record) == 0:
        every = _validate.count("record", record, least=1)  # type: ignore[arg-type]
        return tuple(sorted({*range(0, steps, every), steps}))
    marks = sorted({_validate.count("record", mark) for mark in record})  # type: ignore[union-attr]
    if marks and marks[-1] > steps:
        raise ValueError(f"record must hold steps up to {steps}, got {marks[-1]}")
    return tuple(marks)


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
