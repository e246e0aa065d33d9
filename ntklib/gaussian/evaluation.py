"""The function of an activation, applied to many numbers at a time on the host."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from ntklib.activations import Activation, Function
from ntklib.caching import hashable

CHUNK = 1 << 14  # points that a function is evaluated at at once: one compilation


def evaluate(activation: Activation, x: np.ndarray) -> np.ndarray:
    """Return the function of an activation at points of any shape, point masses left out."""
    flat = np.ravel(np.asarray(x, np.float64))
    padded = np.zeros(-(-max(flat.size, 1) // CHUNK) * CHUNK)
    padded[: flat.size] = flat
    apply = _compiled if hashable(activation.fn) else applied
    with jax.ensure_compile_time_eval():
        parts = [
            np.asarray(apply(activation.fn, padded[i : i + CHUNK], activation.params))
            for i in range(0, padded.size, CHUNK)
        ]
    return np.concatenate(parts)[: flat.size].reshape(np.shape(x))


def applied(fn: Function, x: np.ndarray, params: tuple[float, ...]) -> Array:
    """Apply a function to an array; raise unless it returns real floating-point numbers."""
    values = jnp.asarray(fn(jnp.asarray(x), *params))
    if not jnp.issubdtype(values.dtype, jnp.floating):
        raise ValueError(
            f"it returns {values.dtype}, not real floating-point numbers; a step is "
            "jnp.where(x > 0, 1.0, 0.0)"
        )
    return values.astype(float)


_compiled = partial(jax.jit, static_argnums=0)(applied)
