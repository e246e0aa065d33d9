"""Gaussian averages of activations, taken piece by piece between the kinks.

Gauss-Hermite quadrature, the usual choice, is built for polynomials: at a kink its error falls
like a power of the number of nodes, and 180 nodes leave the second digit of a smallest
eigenvalue wrong. Here the line is cut at the kinks, and further until the activation is a
polynomial on each panel; Gauss-Legendre quadrature on the panels is then exact to rounding.
"""

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ntklib import _validate
from ntklib.activations import Activation, Function, require_activation
from ntklib.activations.smoothness import jump_between
from ntklib.estimate import Estimate
from ntklib.panels import KinkError, Panels, resolve, rule

REACH = 16.0  # standard deviations; the density there is 1e-56
WIDEST = 0.5  # of a panel: it then also resolves Hermite polynomials up to degree 1000
OFFSET = 0.1871  # moves the edges off round numbers, where a kink would go unnoticed
CHUNK = 1 << 14  # points that a function is evaluated at at once: one compilation
KNOWN = 11.0  # kinks are looked for between plus and minus this
CLOSEST = 1e-12  # to a kink: nearer, sums of two numbers no longer tell points apart
LARGEST_ERROR = 2e-9  # of an average, before it is refused
ROUNDING = 16 * float(np.finfo(float).eps)  # of a sum of products of values and weights
EPSILON = float(np.finfo(float).eps)


class Table(NamedTuple):
    """An activation on nodes that integrate it against the standard normal density.

    The function tabulated is x -> sigma(sqrt(variance) x).

    Attributes:
        nodes: Points x, ascending, shape (m,).
        weights: E[g(z)] is the sum of `weights` * g(`nodes`), shape (m,).
        values: The function at the nodes, shape (m,).
        edges: Ends of the panels.
        kinks: Where the function or a derivative jumps, within the panels.
        error: Bound on the error of E[sigma^2], relative to it, as the misfit of the panels
            shows it. Averages E[sigma g] have it too, relative to sqrt(E[sigma^2] E[g^2]), if
            g is a polynomial of degree up to 1000 or as smooth.
    """

    nodes: Float[np.ndarray, " m"]
    weights: Float[np.ndarray, " m"]
    values: Float[np.ndarray, " m"]
    edges: Float[np.ndarray, " k"]
    kinks: Float[np.ndarray, " j"]
    error: float


def expectation(activation: Activation, *, variance: float = 1.0) -> Estimate:
    """Return E[sigma(u)] for a normal u of mean zero and the given variance.

    Raises:
        ValueError: If the variance is not positive, or as `table`.

    >>> from ntklib.activations import relu
    >>> print(f"{expectation(relu):.12f}")  # 1 / sqrt(2 pi)
    0.398942280401
    """
    tabulated = table(activation, variance)
    value = float(tabulated.weights @ tabulated.values)
    size = math.sqrt(float(tabulated.weights @ tabulated.values**2))
    return Estimate(value, tabulated.error * size, "Gauss-Legendre panels between the kinks")


def table(activation: Activation, variance: float = 1.0) -> Table:
    """Return an activation tabulated for Gaussian integration.

    Args:
        activation: Any activation; point masses are left out.
        variance: Of the normal variable it is applied to, > 0.

    Raises:
        ValueError: If the function is not elementwise, not finite, grows exponentially, or has
            a kink that was not declared; the message says which and where.
    """
    require_elementwise(activation)
    size = _validate.positive("variance", variance)
    try:
        return _table(activation, size)
    except TypeError:  # a function that cannot be hashed
        return _table.__wrapped__(activation, size)


def energy(tabulated: Table) -> float:
    """Return E[sigma^2] of a tabulated function."""
    return float(tabulated.weights @ tabulated.values**2)


def evaluate(activation: Activation, x: np.ndarray) -> np.ndarray:
    """Return the function of an activation at points of any shape, point masses left out."""
    flat = np.ravel(np.asarray(x, np.float64))
    padded = np.zeros(-(-max(flat.size, 1) // CHUNK) * CHUNK)
    padded[: flat.size] = flat
    apply = _compiled if _hashable(activation.fn) else _applied
    with jax.ensure_compile_time_eval():
        parts = [
            np.asarray(apply(activation.fn, padded[i : i + CHUNK], activation.params))
            for i in range(0, padded.size, CHUNK)
        ]
    return np.concatenate(parts)[: flat.size].reshape(np.shape(x))


def require_elementwise(activation: object) -> Activation:
    """Return an activation that is a finite, elementwise function of moderate growth.

    Raises:
        ValueError: If it is not; the message says what is wrong.
    """
    known = require_activation(activation)
    try:
        _tame(known)
    except TypeError:
        _tame.__wrapped__(known)
    return known


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _applied(fn: Function, x: np.ndarray, params: tuple[float, ...]) -> Array:
    values = jnp.asarray(fn(jnp.asarray(x), *params))
    if not jnp.issubdtype(values.dtype, jnp.floating):
        raise ValueError(
            f"it returns {values.dtype}, not real floating-point numbers; a step is "
            "jnp.where(x > 0, 1.0, 0.0)"
        )
    return values.astype(float)


_compiled = partial(jax.jit, static_argnums=0)(_applied)


@lru_cache(maxsize=512)
def _table(activation: Activation, variance: float) -> Table:
    root = math.sqrt(variance)
    kinks = np.array([kink / root for kink in activation.kinks])
    kinks = kinks[np.abs(kinks) < REACH]
    panels = _resolved(activation, root, REACH, kinks, lambda x: np.exp(-(x**2) / 4))
    return _integrate(panels, kinks, activation.name)


def _resolved(
    activation: Activation, root: float, reach: float, kinks: np.ndarray, importance: Callable
) -> Panels:
    """Return x -> sigma(root x) on panels; raise if it has a kink that was not declared."""
    steps = round(2 * reach / WIDEST)
    edges = np.union1d(np.linspace(-reach, reach + OFFSET, steps + 2), kinks)
    try:
        return resolve(
            lambda x: _finite(activation, root * x),
            edges,
            importance=importance,
            graded=tuple(kinks),
            in_the_mean=True,
        )
    except KinkError as error:
        raise _undeclared(activation, root * error.point, error.panel, root) from None


def _undeclared(
    activation: Activation, point: float, panel: tuple[float, float], root: float
) -> ValueError:
    """Return the error that says where a function does not fit its declared kinks."""
    for kink in activation.kinks:
        if abs(point - kink) < 1e-6 * max(1.0, abs(kink)):
            return ValueError(
                f"{activation.name} is so large beside its kink at {kink} that E[sigma^2] cannot "
                "be computed (it must stay below |z|^-0.1)"
            )
    left, right = root * panel[0], root * panel[1]
    found = jump_between(activation, 2 * left - right, 2 * right - left)  # or just beside it
    place = round(point if found is None else found, 6) + 0.0
    return ValueError(
        f"{activation.name} seems to have a kink near {place} that was not declared "
        "(or is computed in 32 bits): two quadratures disagree there; "
        f"make it Activation(name, function, kinks=(...)), got kinks={activation.kinks}"
    )


def _finite(activation: Activation, x: np.ndarray) -> np.ndarray:
    """Return values of the function; raise if one is not finite."""
    values = evaluate(activation, x)
    bad = ~np.isfinite(values)
    if bad.any():
        raise ValueError(
            f"{activation.name} must be finite, got {values[bad][0]} at {x[bad][0]:.6g}"
        )
    return values


def _integrate(panels: Panels, kinks: np.ndarray, name: str) -> Table:
    nodes, weights = rule(panels.edges)
    weights = weights * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)
    energy = weights * panels.values**2
    total = float(energy.sum())
    if not math.isfinite(total) or energy[[0, -1], [0, -1]].max() > 1e-20 * total:
        raise ValueError(f"{name} grows so fast that E[sigma^2] cannot be computed")
    missed = weights.sum(axis=1) * panels.residuals
    largest = np.abs(panels.values).max(axis=1) + math.sqrt(total)
    error = ROUNDING + (2 * float(missed @ largest) / total if total else 0.0)
    hidden = sum(float(energy[np.abs(nodes - kink) < CLOSEST].sum()) for kink in kinks)
    if max(error * total, hidden) > LARGEST_ERROR * total:
        raise ValueError(
            f"{name} is so large beside its kinks that E[sigma^2] cannot be computed: "
            f"{max(error, hidden / total):.1g} of it is out of reach (|z|^-0.1 is within)"
        )
    return Table(nodes.ravel(), weights.ravel(), panels.values.ravel(), panels.edges, kinks, error)


@lru_cache(maxsize=512)
def _tame(activation: Activation) -> None:
    """Raise unless the function is elementwise, finite and of moderate growth."""
    points = np.random.default_rng(0).uniform(-8, 8, 256)
    values = _try(activation, points)
    if values.shape != points.shape:
        raise ValueError(
            f"{activation.name} must act on each number by itself (elementwise) and keep the "
            f"shape, but for an array of shape {points.shape} it returns shape {values.shape}"
        )
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
    kinks = np.array(activation.kinks)
    _resolved(activation, 1.0, KNOWN, kinks[np.abs(kinks) < KNOWN], np.ones_like)


def _same_elsewhere(activation: Activation, points: np.ndarray, values: np.ndarray) -> bool:
    """Return whether values stay the same among other points and in other places."""
    again = [
        (_try(activation, points[::-1])[::-1], values),
        (_try(activation, points[:100]), values[:100]),
        (_try(activation, points[100:]), values[100:]),
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


def _try(activation: Activation, points: np.ndarray) -> np.ndarray:
    """Apply the function; raise a readable error if it cannot be applied."""
    try:
        with jax.ensure_compile_time_eval():
            function = partial(_applied, activation.fn, params=activation.params)
            jax.eval_shape(function, points)  # NumPy functions pass below, and fail later
            values = np.asarray(function(points))
    except Exception as error:
        raise ValueError(
            f"{activation.name} cannot be applied to an array of numbers: {error}"
        ) from error
    return values
