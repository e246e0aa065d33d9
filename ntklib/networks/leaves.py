"""Which leaves of a tree of parameters are trained, and which are held fixed.

Arrays of floats are parameters. Everything else that the trees of Flax and Equinox carry is
held: integers, random keys, activation functions, and Python numbers, which in such trees are
settings (the rate of a dropout layer), not weights. This is the convention of Equinox.
"""

from collections.abc import Hashable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PyTree


class Structure(NamedTuple):
    """What is left of a tree when its arrays are taken out; hashable, so static under jit.

    Attributes:
        tree: The tree's shape.
        kinds: For every leaf "trained", "array" (held, but an array) or "static".
        statics: The static leaves, each with its type, lest 1 and True be taken for each other.
    """

    tree: Hashable
    kinds: tuple[str, ...]
    statics: tuple[tuple[type, Hashable], ...]


class Parts(NamedTuple):
    """A tree of parameters taken apart; `join` puts it together again.

    Attributes:
        trained: The same tree with None in the place of every leaf that is held.
        arrays: The held arrays.
        structure: The rest.
    """

    trained: PyTree
    arrays: tuple[Array, ...]
    structure: Structure


def split(params: PyTree, name: str = "params") -> Parts:
    """Return the trained leaves of a tree apart from the rest.

    Raises:
        ValueError: If no leaf is an array of floats, one is an array of complex numbers, or a
            held leaf that is no array cannot be hashed.
    """
    leaves, tree = jax.tree.flatten(params)
    kinds = tuple(_kind(leaf) for leaf in leaves)
    if "complex" in kinds:
        raise ValueError(f"{name} must be real, got an array of complex numbers")
    if "trained" not in kinds:
        raise ValueError(
            f"{name} must hold at least one array of floats, got leaves of type "
            f"{sorted({type(leaf).__name__ for leaf in leaves})}"
        )
    trained = [
        leaf if kind == "trained" else None for leaf, kind in zip(leaves, kinds, strict=True)
    ]
    arrays = tuple(leaf for leaf, kind in zip(leaves, kinds, strict=True) if kind == "array")
    statics = [leaf for leaf, kind in zip(leaves, kinds, strict=True) if kind == "static"]
    _require_hashable(name, statics)
    pairs = tuple((type(leaf), leaf) for leaf in statics)
    return Parts(jax.tree.unflatten(tree, trained), arrays, Structure(tree, kinds, pairs))


def join(trained: PyTree, arrays: tuple[Array, ...], structure: Structure) -> PyTree:
    """Return the whole tree; the inverse of `split`."""
    sources = {
        "trained": iter(jax.tree.leaves(trained)),
        "array": iter(arrays),
        "static": (leaf for _, leaf in structure.statics),
    }
    leaves = [next(sources[kind]) for kind in structure.kinds]
    return jax.tree.unflatten(structure.tree, leaves)


def common_dtype(trained: PyTree) -> jnp.dtype:
    """Return the type in which sums over the parameters are taken: float32 at least."""
    return jnp.result_type(jnp.float32, *(leaf.dtype for leaf in jax.tree.leaves(trained)))


def _kind(leaf: Any) -> str:
    if not isinstance(leaf, jax.Array | np.ndarray | np.generic) or leaf.dtype == object:
        return "static"
    if jnp.issubdtype(leaf.dtype, jnp.floating):
        return "trained"
    return "complex" if jnp.issubdtype(leaf.dtype, jnp.complexfloating) else "array"


def _require_hashable(name: str, statics: list[Any]) -> None:
    for leaf in statics:
        try:
            hash(leaf)
        except TypeError:
            raise ValueError(
                f"{name} holds a {type(leaf).__name__} that is neither an array nor hashable; "
                "keep it out of the tree, in apply_fn"
            ) from None
