"""Activations on panels, cut at the kinks that are declared; a kink that is not is refused."""

from collections.abc import Callable

import numpy as np

from ntklib.activations import Activation
from ntklib.activations.smoothness import jump_between
from ntklib.gaussian.evaluation import evaluate
from ntklib.panels import KinkError, Panels, resolve

WIDEST = 0.5  # of a panel: it then also resolves Hermite polynomials up to degree 1000
STEEP = 1000.0  # a gain from which panels are graded towards 0
OFFSET = 0.1871  # moves the edges off round numbers, where a kink would go unnoticed


def resolved(
    activation: Activation, root: float, reach: float, kinks: np.ndarray, importance: Callable
) -> Panels:
    """Return x -> sigma(root x) on panels; raise if it has a kink that was not declared."""
    edges = np.union1d(_edges(reach, root), kinks)
    try:
        return resolve(
            lambda x: _finite(activation, root * x),
            edges,
            importance=importance,
            graded=tuple(kinks),
            in_the_mean=True,
            ends=True,
        )
    except KinkError as error:
        raise _undeclared(activation, root * error.point, error.panel, root) from None


def within(kinks: np.ndarray, reach: float) -> np.ndarray:
    """Return the kinks that lie on the panels."""
    return kinks[(kinks > -reach) & (kinks < reach + OFFSET)]


def _edges(reach: float, root: float) -> np.ndarray:
    """Return the ends of the first panels.

    Behind a large gain all that a function does may happen within a few panels, or between the
    nodes of one. So the panels of gain 1 are shrunk along, and doubled from there outwards.
    """
    steps = round(2 * reach / WIDEST)
    even = np.linspace(-reach, reach + OFFSET, steps + 2)
    if root <= STEEP:
        return even
    outwards = reach / root * 2.0 ** np.arange(1, np.log2(root))
    return np.concatenate([even, even / root, outwards, -outwards])


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
