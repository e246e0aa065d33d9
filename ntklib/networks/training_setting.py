"""What is to be trained, on what and how, checked at the door."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, ArrayLike, DTypeLike, PyTree

from ntklib import _validate
from ntklib.networks.leaves import common_dtype
from ntklib.networks.model import rows_of
from ntklib.networks.training_loop import Data, Optimizer, Problem

Observe = Callable[[PyTree], PyTree]


class Setting(NamedTuple):
    """What stays the same during a run.

    Attributes:
        problem: What is trained and how.
        data: What it is trained on.
        rate: Learning rate: one number, or a tree of them.
        marks: Increasing steps after which to record.
        observe: What to record; the parameters if None.
    """

    problem: Problem
    data: Data
    rate: PyTree
    marks: tuple[int, ...]
    observe: Observe | None


def in_type(trained: PyTree, dtype: DTypeLike | None) -> PyTree:
    """Return parameters as arrays of the type to train in; of their own if it is None."""
    if dtype is not None and not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(f"dtype must be a floating-point type, got {dtype!r}")
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype or leaf.dtype), trained)


def checked_data(
    x: ArrayLike, y: ArrayLike, arrays: tuple[Array, ...], dtype: jnp.dtype, batch_seed: int
) -> Data:
    """Return what to train on; raise unless x and y are finite and have one length."""
    rows, targets = rows_of("x", x, dtype), rows_of("y", y, dtype)
    if len(rows) != len(targets):
        raise ValueError(f"x and y must have one length, got {len(rows)} and {len(targets)}")
    key = jax.random.key(_validate.count("batch_seed", batch_seed))
    return Data(rows, targets, arrays, key)


def check_problem(problem: Problem, trained: PyTree, data: Data) -> None:
    """Raise unless batches fit, an ensemble is one, and the loss is a real number."""
    if problem.batch_size is not None:
        size = _validate.count("batch_size", problem.batch_size, least=1)
        if size > len(data.x):
            raise ValueError(f"batch_size must be at most the {len(data.x)} rows, got {size}")
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


def checked_rate(
    learning_rate: float | PyTree | None, optimizer: Optimizer | None, trained: PyTree
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
    dtype = common_dtype(trained)
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


def checked_marks(
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
