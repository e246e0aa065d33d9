"""How smooth a function is, found from its values and derivatives beside a point."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

if TYPE_CHECKING:
    from ntklib.activations.activation import Activation

HIGHEST_ORDER = 8  # the highest derivative that is looked at
BESIDE = 1e-7  # distance from a point, relative to it, that stands for "beside"
NEARER = 1e-3  # of that distance
NEGLIGIBLE = 1e-4  # what the next derivative changes over that distance is below this


def jump(activation: Activation, kink: float) -> float:
    """Return by how much a function jumps at a point: 0 where it does not, nan if undefined.

    The function is compared at two points near the kink and at two far from it. A jump does
    not shrink with the distance; what a continuous function does across the kink is a small
    part of its variation from near to far, the cube root included.
    """
    eps = float(jnp.finfo(jnp.result_type(float)).eps)
    near, far = 64 * eps, eps**0.5
    steps = max(1.0, abs(kink)) * np.array([-far, -near, near, far])
    with jax.ensure_compile_time_eval():
        values = np.asarray(activation(kink + steps), np.float64)
    if not np.isfinite(values).all():
        return math.nan
    size = float(values[2] - values[1])
    variation = abs(values[1] - values[0]) + abs(values[3] - values[2])
    rounding = 8 * eps * np.abs(values).max()
    return size if abs(size) > 2 * (near / far) ** (1 / 3) * variation + rounding else 0.0


def first_jump(activation: Activation, kink: float) -> float:
    """Return the order of the first derivative that jumps at a point, `math.inf` if none."""
    if jump(activation, kink) != 0:  # nan, no finite values beside the kink, counts as well
        return 0
    size = _variation(activation, kink)
    for order, (below, above) in _derivatives_beside(activation, kink):
        if not (math.isfinite(below) and math.isfinite(above)):
            return order
        if abs(above - below) > NEGLIGIBLE * max(abs(below), abs(above), size):
            return order
    return math.inf


def jump_between(activation: Activation, low: float, high: float) -> float | None:
    """Return where in an interval the function or a derivative up to order 5 jumps, if it does.

    Most of what a function with one jump varies on a grid, it varies in one step.
    """
    fn: Callable[[Array], Array] = activation
    for _ in range(6):
        left, right = low, high
        while right - left > 1e-7 * max(1.0, abs(left)):
            grid = np.linspace(left, right, 41)
            with jax.ensure_compile_time_eval():
                steps = np.abs(np.diff(np.asarray(fn(jnp.asarray(grid)), np.float64)))
            largest = int(np.argmax(steps))
            if not steps[largest] > 0.5 * steps.sum():
                break
            left, right = grid[largest], grid[largest + 1]
        else:
            return float((left + right) / 2)
        fn = _derivative(fn)
    return None


def multiplicity(activation: Activation) -> int | None:
    """Return the order of the first derivative, from 1 on, that is not zero at the origin."""
    smooth_up_to = first_jump(activation, 0.0) if 0.0 in activation.kinks else math.inf
    size = _variation(activation, 0.0)
    for order, (below, above) in _derivatives_beside(activation, 0.0):
        if order >= smooth_up_to or not math.isfinite(below + above):
            return None
        if abs(below + above) / 2 > NEGLIGIBLE * size:
            return order if _settles(activation, order, above) else None
    return None


def _settles(activation: Activation, order: int, above: float) -> bool:
    """Return whether a derivative right of zero stays what it is nearer to zero: a root's grows."""
    if 0.0 not in activation.kinks:
        return True
    nearer = dict(_derivatives_beside(activation, 0.0, BESIDE * NEARER, order))[order][1]
    return math.isclose(nearer, above, rel_tol=NEGLIGIBLE**0.5)


def homogeneous_degree(activation: Activation) -> float | None:
    """Return p with sigma(a z) = a^p sigma(z) for all a > 0, None if there is none."""
    sizes = np.outer(np.abs(activation.kinks), [0.6, 1.7]).ravel()  # on both sides of a kink
    points = np.concatenate([[-1.0, -0.3, 0.3, 1.0], sizes, -sizes])
    factors = np.array([0.5, 3.0, 7.25])[:, None]
    with jax.ensure_compile_time_eval():
        values = np.asarray(activation(points), np.float64)
        multiplied = np.asarray(activation(factors * points), np.float64)
    if not (values.any() and np.isfinite(values).all() and np.isfinite(multiplied).all()):
        return None
    largest = np.abs(values).argmax()
    ratio = abs(multiplied[1, largest] / values[largest])
    if ratio == 0:
        return None
    degree = math.log(ratio) / math.log(factors[1, 0])
    degree = round(degree, 12)
    expected = factors**degree * values
    agree = np.abs(multiplied - expected) <= 1e-13 * np.abs(expected).max(axis=1, keepdims=True)
    return degree if agree.all() else None


def _variation(activation: Activation, point: float) -> float:
    """Return how much a function varies within 1 of a point: the unit for its derivatives."""
    with jax.ensure_compile_time_eval():
        values = np.asarray(activation(point + np.linspace(-1, 1, 41)), np.float64)
    return float(np.ptp(values)) if np.isfinite(values).all() else 1.0


def _derivatives_beside(
    activation: Activation, point: float, beside: float = BESIDE, highest: int = HIGHEST_ORDER
) -> Iterator[tuple[int, tuple[float, float]]]:
    """Yield (order, (below, above)): derivatives on both sides of a point, orders 1, 2, ..."""
    step = beside * max(1.0, abs(point))
    ends = np.array([point - step, point + step])
    fn: Callable[[Array], Array] = activation
    for order in range(1, highest + 1):
        fn = _derivative(fn)
        with jax.ensure_compile_time_eval():
            below, above = np.asarray(jax.jit(fn)(ends), np.float64)
        yield order, (float(below), float(above))


def _derivative(fn: Callable[[Array], Array]) -> Callable[[Array], Array]:
    def slope(x: Array) -> Array:
        return jax.jvp(fn, (x,), (jnp.ones_like(x),))[1]

    return slope
