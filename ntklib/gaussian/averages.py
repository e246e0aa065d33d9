"""Tables of an activation that integrate it against the Gaussian density."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ntklib import _validate
from ntklib.activations import Activation
from ntklib.caching import remembered
from ntklib.estimate import Estimate
from ntklib.gaussian.resolution import resolved, within
from ntklib.gaussian.tame import require_elementwise
from ntklib.panels import Panels, rule

REACH = 16.0  # standard deviations; the density there is 1e-56
CLOSEST = 1e-12  # to a kink: nearer, sums of two numbers no longer tell points apart
LARGEST_ERROR = 2e-9  # of an average, before it is refused
EPSILON = float(np.finfo(float).eps)
ROUNDING = 16 * EPSILON  # of a sum of products of values and weights


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
    return _table(activation, size)


def energy(tabulated: Table) -> float:
    """Return E[sigma^2] of a tabulated function."""
    return float(tabulated.weights @ tabulated.values**2)


@remembered(512)
def _table(activation: Activation, variance: float) -> Table:
    root = math.sqrt(variance)
    kinks = np.array([kink / root for kink in activation.kinks])
    kinks = within(kinks, REACH)
    panels = resolved(activation, root, REACH, kinks, lambda x: np.exp(-(x**2) / 4))
    return _integrate(panels, kinks, activation.name)


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
