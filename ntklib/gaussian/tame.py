"""What may be averaged: finite, elementwise functions of moderate growth with known kinks."""

from functools import partial

import jax
import numpy as np

from ntklib.activations import Activation, require_activation
from ntklib.caching import remembered
from ntklib.gaussian.evaluation import CHUNK, applied, evaluate
from ntklib.gaussian.resolution import resolved, within

KNOWN = 11.0  # kinks are looked for between plus and minus this


def require_elementwise(activation: object) -> Activation:
    """Return an activation that is a finite, elementwise function of moderate growth.

    Raises:
        ValueError: If it is not; the message says what is wrong.
    """
    known = require_activation(activation)
    _require_tame(known)
    return known


@remembered(512)
def _require_tame(activation: Activation) -> None:
    """Raise unless the function is elementwise, finite and of moderate growth."""
    points = np.random.default_rng(0).uniform(-8, 8, 256)
    shape = _shape(activation, points)
    if shape != points.shape:
        raise ValueError(
            f"{activation.name} must act on each number by itself (elementwise) and keep the "
            f"shape, but for an array of shape {points.shape} it returns shape {shape}"
        )
    values = _try(activation, points)
    if not _same_elsewhere(activation, points, values):
        raise ValueError(
            f"{activation.name} must act on each number by itself (elementwise), but its value at "
            "a point changes with the other points it is given"
        )
    bad = points[~np.isfinite(values)]
    if bad.size:
        value = values[~np.isfinite(values)][0]
        raise ValueError(f"{activation.name} must be finite, got {value} at {bad[0]:.6g}")
    _require_moderate_growth(activation)
    kinks = within(np.array(activation.kinks), KNOWN)
    resolved(activation, 1.0, KNOWN, kinks, np.ones_like)


def _same_elsewhere(activation: Activation, points: np.ndarray, values: np.ndarray) -> bool:
    """Return whether values stay the same among other points, in other places and in fewer."""
    others = np.random.default_rng(1).uniform(-8, 8, CHUNK - len(points))
    with jax.ensure_compile_time_eval():
        few = np.asarray(applied(activation.fn, points[:100], activation.params))
    again = [
        (_try(activation, np.concatenate([points[::-1], others]))[len(points) - 1 :: -1], values),
        (_try(activation, np.concatenate([others, points]))[-len(points) :], values),
        (few, values[:100]),
    ]
    return all(
        new.shape == old.shape and np.allclose(new, old, rtol=1e-12, atol=1e-14, equal_nan=True)
        for new, old in again
    )


def _require_moderate_growth(activation: Activation) -> None:
    """Raise if the function grows like an exponential: its local degree doubles with x."""
    distance = np.array([40.0, 80.0, 160.0, 320.0])
    for side in (-1, 1):
        values = _try(activation, side * distance)
        if np.isnan(values).any():
            raise ValueError(f"{activation.name} must be finite, got {values} at {side * distance}")
        if np.isinf(values).any() or (_doubles(values) and _doubles(np.abs(values) + 1)):
            raise ValueError(
                f"{activation.name} must grow no faster than a polynomial, got |values| "
                f"{np.abs(values).tolist()} at {(side * distance).tolist()}"
            )


def _doubles(values: np.ndarray) -> bool:
    """Return whether the local degree of a function keeps doubling with the distance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = np.diff(np.log2(np.abs(values)))
    return bool(np.all(degrees[1:] > 1.6 * degrees[:-1]) and degrees[-1] > 1.5)


def _shape(activation: Activation, points: np.ndarray) -> tuple[int, ...]:
    """Return the shape of what a function makes of an array; raise if it cannot be applied."""
    try:
        function = partial(applied, activation.fn, params=activation.params)
        return jax.eval_shape(function, points).shape
    except Exception as error:
        raise ValueError(
            f"{activation.name} cannot be applied to an array of numbers: {error}"
        ) from error


def _try(activation: Activation, points: np.ndarray) -> np.ndarray:
    """Apply a function that has a shape, compiled as everywhere else."""
    try:
        return evaluate(activation, points)
    except Exception as error:
        raise ValueError(
            f"{activation.name} must act on each number by itself (elementwise), but an array of "
            f"{CHUNK} numbers is too much for it: {error}"
        ) from error
