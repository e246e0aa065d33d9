"""The linearisation of a model in its parameters."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, PyTree

from ntklib.networks.leaves import common_dtype, split
from ntklib.networks.model import ApplyFn, open_model, rows_of


def linearize(apply_fn: ApplyFn, params: PyTree) -> ApplyFn:
    """Return the first-order Taylor expansion of a model in its parameters.

    f_lin(new, x) = f(params, x) + J(x) (new - params), with J the Jacobian of f at `params`,
    by one forward-mode product: J is never formed. In x it is as nonlinear as f. Its NTK is
    that of f at `params`, and stays it while it is trained.

    Args:
        apply_fn: Called as `apply_fn(params, x)`.
        params: Where to expand; its leaves that are no arrays of floats stay as they are here.

    Returns:
        A function of (new, x), with `new` a tree like `params`. It can be compiled, mapped,
        differentiated and trained.

    Raises:
        ValueError: If `apply_fn` is no function or `params` holds no array of floats; the
            function that comes back, if its tree has another shape, or x is not finite.

    Source: Lee et al. (2019), equation 5.

    >>> f_lin = linearize(lambda w, x: (x @ w) ** 2, jnp.array([2.0]))
    >>> print(f_lin(jnp.array([2.5]), jnp.array([[1.0]])))  # 4 + 2 * 2 * 0.5
    [6.]
    """
    model, start, arrays = open_model(apply_fn, params)
    dtype, shapes = common_dtype(start), _shapes(start)

    def linear(new: PyTree, x: ArrayLike) -> Array:
        moved = split(new).trained
        if _shapes(moved) != shapes:
            raise ValueError(
                f"parameters must be a tree like the one expanded at, {_shapes(start)}, "
                f"got {_shapes(moved)}"
            )
        rows = rows_of("x", x, dtype)
        change = jax.tree.map(lambda a, b: jnp.asarray(a, b.dtype) - b, moved, start)
        value, tangent = jax.jvp(lambda at: model(at, arrays, rows), (start,), (change,))
        return value + tangent

    return linear


def _shapes(tree: PyTree) -> PyTree:
    return jax.tree.map(lambda leaf: leaf.shape, tree)
