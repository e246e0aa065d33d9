"""Many steps of training as one compiled program, however many they are.

The number of steps is data, not shape: a loop runs until a count that is handed in, writes
losses into a buffer of fixed length, and leaves when no loss is finite any more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Int, PyTree

from ntklib.networks.loss import Loss
from ntklib.networks.model import Model

LONGEST = 4096
"""Steps of one call, the length of the buffer of losses."""

Optimizer = optax.GradientTransformation | Callable[..., optax.GradientTransformation]


@dataclass(frozen=True)
class Problem:
    """What is to be trained and how; hashable, so static under jit.

    Attributes:
        model: The model.
        loss: Function of outputs and targets.
        optimizer: None for gradient descent, an optax transformation, or a function of the
            learning rate that returns one.
        batch_size: Rows of a step; None for all.
        ensemble: Whether the parameters have a leading axis of networks.
    """

    model: Model
    loss: Loss
    optimizer: Optimizer | None
    batch_size: int | None
    ensemble: bool

    def value(self, trained: PyTree, data: "Data", rows: Array | None = None) -> Array:
        """Return the loss of one network on the given rows."""
        x, y = (data.x, data.y) if rows is None else (data.x[rows], data.y[rows])
        return self.loss(self.model(trained, data.arrays, x), y)

    def transformation(self, rate: PyTree) -> optax.GradientTransformation:
        """Return the optimiser with its learning rate, if that is not inside already."""
        if self.optimizer is None:
            return _descent(rate)
        if isinstance(self.optimizer, optax.GradientTransformation):
            return self.optimizer
        return self.optimizer(rate)


class Data(NamedTuple):
    """Inputs, targets, what the model holds fixed, and the key of the order of batches."""

    x: Array
    y: Array
    arrays: tuple[Array, ...]
    key: Array


class State(NamedTuple):
    """Parameters and the optimiser's memory of them."""

    trained: PyTree
    memory: PyTree


@partial(jax.jit, static_argnames="problem")
def begin(trained: PyTree, rate: PyTree, *, problem: Problem) -> State:
    """Return the state before the first step."""
    init = problem.transformation(rate).init
    return State(trained, (jax.vmap(init) if problem.ensemble else init)(trained))


@partial(jax.jit, static_argnames="problem")
def advance(
    state: State,
    data: Data,
    rate: PyTree,
    start: Int[Array, ""],
    count: Int[Array, ""],
    limits: Int[Array, "*networks"],
    *,
    problem: Problem,
) -> tuple[State, Array, Array]:
    """Take `count` steps, at most `LONGEST`, from step `start` on.

    Args:
        state: Where to start.
        data: What to train on.
        rate: Learning rate: one number, or a tree of them.
        start: Steps taken so far, which settles the batches.
        count: Steps to take.
        limits: Every network stays as it is from this step on.
        problem: What is trained and how.

    Returns:
        The state; losses before every step, shape (LONGEST, *networks), nan where none was
        taken; the loss at the end, on all rows, shape (*networks).
    """
    if problem.ensemble:
        step = jax.vmap(partial(_step, problem), in_axes=(0, None, None, None))
        value = jax.vmap(problem.value, in_axes=(0, None))
    else:
        step, value = partial(_step, problem), problem.value

    def body(carry: tuple) -> tuple:
        state, losses, order, taken, _ = carry
        at = start + taken
        order, rows = _batch(problem, data, order, at)
        loss, moved = step(state, data, rate, rows)
        going = jnp.isfinite(loss) & (at < limits)
        state = jax.tree.map(partial(_choose, going), moved, state)
        return state, losses.at[taken].set(loss), order, taken + 1, going.any()

    end = jax.eval_shape(value, state.trained, data)
    losses = jnp.full((LONGEST, *end.shape), jnp.nan, end.dtype)
    carry = (state, losses, _order(problem, data, start), jnp.zeros_like(count), jnp.array(True))
    state, losses, *_ = jax.lax.while_loop(lambda c: (c[3] < count) & c[4], body, carry)
    return state, losses, value(state.trained, data)


def _step(
    problem: Problem, state: State, data: Data, rate: PyTree, rows: Array | None
) -> tuple[Array, State]:
    """Return the loss of one network before a step, and the state after it."""
    loss, gradient = jax.value_and_grad(problem.value)(state.trained, data, rows)
    update = problem.transformation(rate).update
    change, memory = update(gradient, state.memory, state.trained)
    return loss, State(optax.apply_updates(state.trained, change), memory)


def _descent(rate: PyTree) -> optax.GradientTransformation:
    """Return plain gradient descent, with a rate for every leaf or one for all."""

    def update(gradient: PyTree, memory: tuple, _: PyTree) -> tuple[PyTree, tuple]:
        rates = jax.tree.broadcast(rate, gradient)
        return jax.tree.map(lambda g, r: -jnp.asarray(r, g.dtype) * g, gradient, rates), memory

    return optax.GradientTransformation(lambda _: (), update)


def _choose(going: Bool[Array, "*networks"], new: Array, old: Array) -> Array:
    """Return the new leaf for the networks that go on, the old one for the others."""
    return jnp.where(going.reshape(going.shape + (1,) * (new.ndim - going.ndim)), new, old)


def _order(problem: Problem, data: Data, step: Array) -> Array | None:
    """Return the order in which the epoch of a step goes through the rows."""
    if problem.batch_size is None:
        return None
    epoch = step // (len(data.x) // problem.batch_size)
    return jax.random.permutation(jax.random.fold_in(data.key, epoch), len(data.x))


def _batch(
    problem: Problem, data: Data, order: Array | None, step: Array
) -> tuple[Array | None, Array | None]:
    """Return the order of the rows, drawn anew if an epoch begins, and the step's own rows."""
    if order is None or problem.batch_size is None:
        return None, None
    place = step % (len(data.x) // problem.batch_size)
    order = jax.lax.cond(place == 0, lambda: _order(problem, data, step), lambda: order)
    size = problem.batch_size
    return order, jax.lax.dynamic_slice(order, (place * size,), (size,))
