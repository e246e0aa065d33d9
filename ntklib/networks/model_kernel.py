"""The empirical NTK of any model that JAX can differentiate."""

from functools import partial, reduce

import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float, PyTree

from ntklib import _validate
from ntklib.networks.leaves import common_dtype
from ntklib.networks.model import (
    ApplyFn,
    Model,
    open_model,
    output_shape,
    require_separate_rows,
    rows_of,
)


def empirical_ntk_of(
    apply_fn: ApplyFn,
    params: PyTree,
    x1: ArrayLike,
    x2: ArrayLike | None = None,
    *,
    memory: int = 2**28,
) -> Float[Array, "n1 n2 ..."]:
    """Return the NTK of any JAX model, <grad f_a(x), grad f_b(z)> over its parameters.

    Parameters are the leaves of `params` that are arrays of floats. Anything else in the tree
    (integers, random keys, functions, Python numbers) is held fixed, as in Equinox; so put
    running averages, which are floats but not trained, into `apply_fn`.

    Gradients are written out for as many pairs of an example and an output as fit, on either
    side, into half of `memory`; their inner products are taken block by block, in one compiled
    program. It is compiled anew for another function object, so define `apply_fn` once. For a
    fully connected network `empirical_ntk` needs no gradients at all.

    Args:
        apply_fn: Called as `apply_fn(params, x)`; returns shape (n,), (n, 1) or (n, k). Each
            row of the result may depend on its own row of x alone.
        params: Any tree: of Flax, an Equinox module, nested dictionaries.
        x1: Data, shape (n1, ...). Floats are converted to the type of the parameters.
        x2: Data, shape (n2, ...); `x1` again if None, and the kernel is then symmetric.
        memory: Bytes for gradients, by default 256 MiB. The peak adds what one forward and
            backward pass holds for the examples of a block, and the kernel. At least one
            gradient a side is held.

    Returns:
        Shape (n1, n2) for one output, (n1, n2, k, k) for k; in the type of the parameters,
        float32 at least.

    Raises:
        ValueError: If a shape does not fit, an entry or an output is not finite, there is no
            array of floats in `params`, or the rows of a batch interact, as under batch
            normalisation in training mode. (Numbers are not checked under `jax.jit`.)

    Source: Jacot, Gabriel and Hongler (2018) for the kernel.

    >>> def line(params, x):
    ...     return x @ params["slope"] + params["offset"]
    >>> params = {"slope": jnp.array([2.0, 1.0]), "offset": jnp.array(0.0)}
    >>> print(empirical_ntk_of(line, params, jnp.eye(2)))  # <x, z> + 1
    [[2. 1.]
     [1. 2.]]
    """
    model, trained, arrays = open_model(apply_fn, params)
    dtype = common_dtype(trained)
    rows1 = rows_of("x1", x1, dtype)
    rows2 = rows1 if x2 is None else rows_of("x2", x2, dtype)
    if rows1.shape[1:] != rows2.shape[1:]:
        raise ValueError(
            f"x1 and x2 must have rows of one shape, got shapes {rows1.shape} and {rows2.shape}"
        )
    outputs = output_shape(model, trained, arrays, rows1)
    require_separate_rows(model, trained, arrays, "x1", rows1)
    if x2 is not None:
        require_separate_rows(model, trained, arrays, "x2", rows2)
    block = _block(trained, dtype, _validate.count("memory", memory, least=1))
    many = outputs[0] if outputs else 1
    sides = (rows1,) if x2 is None else (rows1, rows2)
    flat = _kernel(trained, arrays, sides, model=model, many=many, block=block)
    if many == 1:
        return flat
    return flat.reshape(len(rows1), many, len(rows2), many).transpose(0, 2, 1, 3)


def _block(trained: PyTree, dtype: jnp.dtype, memory: int) -> int:
    """Return how many gradients fit into half the memory, at least one."""
    size = sum(leaf.size for leaf in jax.tree.leaves(trained))
    return max(1, memory // (2 * size * dtype.itemsize))


@partial(jax.jit, static_argnames=("model", "many", "block"))
def _kernel(
    trained: PyTree,
    arrays: tuple[Array, ...],
    sides: tuple[Array, ...],
    *,
    model: Model,
    many: int,
    block: int,
) -> Array:
    """Return the kernel between all pairs (example, output), shape (n1 many, n2 many).

    Blocks of rows are mapped over; inside, blocks of columns are filled in one after another.
    With one side only those below the diagonal are, and the rest is their mirror image.
    """
    dtype = common_dtype(trained)

    def gradients(x: Array, pairs: Array) -> list[Array]:
        """Return every leaf's gradients at pairs `example * many + output`, (block, size)."""

        def output(leaves: PyTree, pair: Array) -> Array:
            row = jax.lax.dynamic_index_in_dim(x, pair // many, keepdims=True)
            return model(leaves, arrays, row).reshape(-1)[pair % many]

        found = jax.vmap(jax.grad(output), in_axes=(None, 0))(trained, pairs)
        return [leaf.reshape(len(pairs), -1).astype(dtype) for leaf in jax.tree.leaves(found)]

    rows, columns = _pairs(sides[0], many, block), _pairs(sides[-1], many, block)
    size, width = rows.shape[1], columns.shape[1]

    def row_of_blocks(index: Array) -> Array:
        left = gradients(sides[0], rows[index])

        def fill(at: Array, filled: Array) -> Array:
            found = _products(left, gradients(sides[-1], columns[at]))
            return jax.lax.dynamic_update_slice(filled, found, (0, at * width))

        filled = jnp.zeros((size, columns.size), dtype)
        if len(sides) == 2:
            return jax.lax.fori_loop(0, len(columns), fill, filled)
        filled = jax.lax.fori_loop(0, index, fill, filled)
        return jax.lax.dynamic_update_slice(filled, _products(left, left), (0, index * width))

    kernel = jax.lax.map(row_of_blocks, jnp.arange(len(rows))).reshape(rows.size, columns.size)
    kernel = kernel[: len(sides[0]) * many, : len(sides[-1]) * many]
    return kernel if len(sides) == 2 else jnp.tril(kernel) + jnp.tril(kernel, -1).T


def _pairs(x: Array, many: int, block: int) -> Array:
    """Return all pairs (example, output) in blocks of one size, the last padded with its end."""
    total = len(x) * many
    blocks = -(-total // block)
    size = -(-total // blocks)
    return jnp.minimum(jnp.arange(blocks * size), total - 1).reshape(blocks, size)


def _products(left: list[Array], right: list[Array]) -> Array:
    """Return inner products of gradients, summed over the leaves."""
    highest = jax.lax.Precision.HIGHEST
    products = [jnp.matmul(a, b.T, precision=highest) for a, b in zip(left, right, strict=True)]
    return reduce(jnp.add, products)
