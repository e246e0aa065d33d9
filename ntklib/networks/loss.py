"""The loss of the theory: half the sum of squared errors."""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float

Loss = Callable[[Array, Array], Array]


def half_squared_error(
    outputs: Float[Array, "n ..."], targets: Float[Array, "n ..."]
) -> Float[Array, ""]:
    """Return 1/2 sum (outputs - targets)^2, a sum over examples and outputs.

    A sum and not a mean, so that one step of gradient descent takes errors e to e - eta K e,
    with K the NTK. An axis of length 1 may be missing on either side.

    Raises:
        ValueError: If the shapes differ in more than that: broadcasting would compare every
            output with every target.

    >>> print(half_squared_error(jnp.array([[1.0], [3.0]]), jnp.array([0.0, 1.0])))
    2.5
    """
    if _without_single_axis(outputs) != _without_single_axis(targets):
        raise ValueError(
            f"outputs and targets must have one shape, got {outputs.shape} and {targets.shape}"
        )
    return jnp.sum((outputs.reshape(targets.shape) - targets) ** 2) / 2


def _without_single_axis(array: Array) -> tuple[int, ...]:
    """Return the shape, (n,) instead of (n, 1)."""
    return array.shape[:1] if array.shape[1:] == (1,) else array.shape
