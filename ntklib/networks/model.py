"""A model at the door: any function apply_fn(params, x) whose rows do not see each other."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, PyTree

from ntklib import _validate
from ntklib.networks.leaves import Structure, join, split

ApplyFn = Callable[[PyTree, Array], Array]

ROWS_COMPARED = 8
MOVE = 2**-4  # relative, and exact in every type of float


@dataclass(frozen=True)
class Model:
    """A function of (params, x) for parameters that were taken apart by `leaves.split`.

    Two are equal, and hash alike, if function and structure are; so it is static under jit.
    """

    apply_fn: ApplyFn
    structure: Structure

    def __call__(self, trained: PyTree, arrays: tuple[Array, ...], x: Array) -> Array:
        """Return the outputs at the rows of x."""
        return self.apply_fn(join(trained, arrays, self.structure), x)


def open_model(apply_fn: ApplyFn, params: PyTree) -> tuple[Model, PyTree, tuple[Array, ...]]:
    """Return a model, its trained leaves and the arrays that it holds fixed.

    Raises:
        ValueError: If `apply_fn` is no function, or as `leaves.split`.
    """
    if not callable(apply_fn):
        raise ValueError(f"apply_fn must be a function of (params, x), got {apply_fn!r}")
    trained, arrays, structure = split(params)
    return Model(apply_fn, structure), trained, arrays


def rows_of(name: str, x: ArrayLike, dtype: jnp.dtype) -> Array:
    """Return data with a leading axis of examples; floats in the type of the parameters.

    Integers keep their type: they may be indices that the model looks up.

    Raises:
        ValueError: If there is no example, or an entry is not finite (not checked if traced).
    """
    array = jnp.asarray(x) if isinstance(x, jax.Array) else np.asarray(x)
    if array.ndim == 0 or array.size == 0:
        raise ValueError(f"{name} must have shape (n, ...) with n >= 1, got shape {array.shape}")
    if jnp.issubdtype(array.dtype, jnp.integer) or array.dtype == bool:
        return jnp.asarray(array)
    _validate.finite(name, x)
    return jnp.asarray(array, dtype)


def output_shape(
    model: Model, trained: PyTree, arrays: tuple[Array, ...], x: Array
) -> tuple[int, ...]:
    """Return what a model makes of one example: `()`, `(1,)` or `(k,)`.

    Raises:
        ValueError: If it does not return one real array of shape (n,), (n, 1) or (n, k) for n
            rows.
    """
    found = jax.eval_shape(model, trained, arrays, x)
    if not isinstance(found, jax.ShapeDtypeStruct):
        raise ValueError(f"apply_fn must return one array, got a {type(found).__name__}")
    if found.ndim not in (1, 2) or found.shape[0] != len(x) or 0 in found.shape:
        raise ValueError(
            f"apply_fn must return shape (n,), (n, 1) or (n, k) for n rows, got shape "
            f"{found.shape} for {len(x)} rows"
        )
    if not jnp.issubdtype(found.dtype, jnp.floating):
        raise ValueError(f"apply_fn must return real floats, got {found.dtype}")
    return found.shape[1:]


def require_separate_rows(
    model: Model, trained: PyTree, arrays: tuple[Array, ...], name: str, x: Array
) -> None:
    """Raise unless a model is finite and gives a row alone what it gives it in a batch.

    Up to eight rows are compared, to half the digits. Nothing is checked while JAX traces, and
    a single row has no others to depend on.

    Raises:
        ValueError: If an output is not finite, or a row's output depends on the other rows.
    """
    if _validate.traced((trained, arrays, x)):
        return
    sample = x[np.unique(np.linspace(0, len(x) - 1, ROWS_COMPARED).astype(int))]
    found = _evaluations(trained, arrays, sample, model=model)
    half_the_digits = float(jnp.finfo(found[0].dtype).eps) ** 0.5
    together, alone, moved = (np.asarray(each, np.float64) for each in found)
    if not np.isfinite(together).all():
        raise ValueError(f"apply_fn must return finite numbers, got {together.ravel()} on {name}")
    difference = float(np.abs(together - alone).max())
    size = np.abs(together).max() + np.abs(moved - together).max() / MOVE
    if not difference <= half_the_digits * size:
        raise ValueError(
            f"the output at a row of {name} must not depend on the other rows, but alone and in a "
            f"batch it differs by {difference:.3g}; is there batch normalisation in training "
            "mode, or dropout?"
        )


@partial(jax.jit, static_argnames="model")
def _evaluations(
    trained: PyTree, arrays: tuple[Array, ...], x: Array, *, model: Model
) -> tuple[Array, Array, Array]:
    """Return the outputs in a batch, one by one, and in a batch after the parameters moved.

    The last tells the size of the terms that cancel in a model such as f(x) - f_0(x).
    """
    alone = jax.vmap(lambda row: model(trained, arrays, row[None])[0])(x)
    moved = jax.tree.map(lambda leaf: leaf + jnp.asarray(MOVE, leaf.dtype) * leaf, trained)
    return model(trained, arrays, x), alone, model(moved, arrays, x)
