"""Functions of one variable as polynomials on panels, cut finer until they fit.

On each panel the function is sampled at Gauss-Legendre nodes, which is a quadrature rule and an
expansion in Legendre polynomials at once. A panel is cut in half until the last coefficients of
the expansion are negligible and it agrees with the function at points in between.

A function that is smooth on a panel converges geometrically: once a cut helps, three cuts take
the error from visible to rounding. At a kink that sits inside a panel, cuts gain the same small
factor for ever. That difference is how undeclared kinks are found.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial import legendre

ORDER = 20
NODES, WEIGHTS = legendre.leggauss(ORDER)
TO_COEFFICIENTS = (legendre.legvander(NODES, ORDER - 1) * WEIGHTS[:, None]).T * (
    np.arange(ORDER)[:, None] + 0.5
)
BETWEEN = np.array([-0.98, -0.7143, -0.3931, -0.0412, 0.3518, 0.6879, 0.9655])
AT_BETWEEN = legendre.legvander(BETWEEN, ORDER - 1).T

TOLERANCE = 1e-13
NOISE = 1e-11  # an error below this that cuts do not reduce is rounding in the function itself
MOST_CUTS = 60
SLOW_CUTS, SLOW_GAIN = 3, 2.0**16  # less than this gain over so many cuts means a kink
NARROWEST = 2.0**-22  # width below which what does not fit is a kink, too
SINGULAR = 1e-13  # width at which a panel beside a declared singularity is left as it is
CHUNK = 1 << 16

Function = Callable[[np.ndarray], np.ndarray]


class KinkError(ValueError):
    """A function has a kink where none was declared.

    Attributes:
        point: Where, about.
    """

    def __init__(self, point: float) -> None:
        self.point = point
        super().__init__(f"a kink, a jump or a singularity near {point:.6g} was not declared")


class Panels(NamedTuple):
    """A function as Legendre expansions on adjacent panels, from left to right.

    Attributes:
        edges: Ends of the panels, ascending, shape (m + 1,).
        coefficients: Legendre coefficients on each panel, shape (m, ORDER).
        values: Values at the nodes of each panel, shape (m, ORDER).
    """

    edges: Float[np.ndarray, " m_plus_1"]
    coefficients: Float[np.ndarray, "m order"]
    values: Float[np.ndarray, "m order"]

    def __call__(self, points: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Evaluate at points between the outermost edges."""
        flat = np.ravel(points)
        result = np.empty_like(flat)
        for start in range(0, flat.size, CHUNK):  # the gathered coefficients stay in cache
            result[start : start + CHUNK] = self._evaluate(flat[start : start + CHUNK])
        return result.reshape(np.shape(points))

    def _evaluate(self, points: np.ndarray) -> np.ndarray:
        panel = np.clip(
            np.searchsorted(self.edges, points, side="right") - 1, 0, len(self.values) - 1
        )
        left, right = self.edges[panel], self.edges[panel + 1]
        inside = np.clip((2 * points - left - right) / (right - left), -1, 1)
        return legendre.legval(inside, self.coefficients.T[:, panel], tensor=False)


def rule(edges: Float[np.ndarray, "... m_plus_1"]) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes and weights on the panels between consecutive edges.

    Both of shape (..., m, ORDER); panels of width zero are allowed.
    """
    half = np.diff(edges)[..., None] / 2
    centre = (edges[..., 1:, None] + edges[..., :-1, None]) / 2
    return centre + half * NODES, half * WEIGHTS


def resolve(
    function: Function,
    edges: Sequence[float] | np.ndarray,
    *,
    importance: Function = np.ones_like,
    graded: Sequence[float] = (),
    tolerance: float = TOLERANCE,
    size: float = 0.0,
    local: bool = False,
    refuse_kinks: bool = True,
) -> Panels:
    """Return a function as panels fine enough for it.

    Args:
        function: Takes and returns an array of shape (k,); smooth inside every panel.
        edges: Ends of the first panels, ascending.
        importance: By how much an error counts at a point, positive.
        graded: Edges at which the function may be singular (but integrable). Panels that end
            there may shrink as far as they need.
        tolerance: Largest importance * error, relative to the largest importance * |function|.
        size: What the error is relative to, if it is larger.
        local: Whether the error is relative to the largest value on the panel itself instead;
            for functions that change by orders of magnitude, on panels graded towards 0.
        refuse_kinks: If not, panels shrink onto a kink until they are very narrow.

    Raises:
        KinkError: If the function has a kink inside a panel, unless told otherwise.
    """
    first = np.asarray(edges, dtype=float)
    left, right = first[:-1], first[1:]
    history = np.empty((len(left), 0))
    kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    scale: float | np.ndarray = size
    for _ in range(MOST_CUTS):
        values, error, largest = _sample(function, left, right, importance)
        scale = largest if local else max(scale, largest.max())
        touches = np.isin(left, graded) | np.isin(right, graded)
        done = _good_enough(error, history, scale, tolerance)
        done |= touches & (right - left < SINGULAR * np.maximum(1, np.abs(left)))
        narrow = ~done & _narrow(left, right, 0.0 if local else 1.0)
        if refuse_kinks:
            doubtful = _slow(history, error, done) | narrow
            _refuse(function, left, right, doubtful & ~touches)
        else:
            done |= narrow
        kept.append((left[done], right[done], values[done]))
        if done.all():
            break
        past = np.concatenate([history, error[:, None]], axis=1)[~done]
        middle = (left[~done] + right[~done]) / 2
        left, right = np.append(left[~done], middle), np.append(middle, right[~done])
        history = np.concatenate([past, past])
        leaves = np.concatenate([touches[~done]] * 2) & ~(
            np.isin(left, graded) | np.isin(right, graded)
        )
        history[leaves] = np.inf  # what a neighbour of the singularity suffered says nothing
    lefts, rights, sampled = (np.concatenate(parts) for parts in zip(*kept, strict=True))
    order = np.argsort(lefts)
    values = sampled[order]
    return Panels(np.append(lefts[order], rights.max()), values @ TO_COEFFICIENTS.T, values)


def _sample(
    function: Function, left: np.ndarray, right: np.ndarray, importance: Function
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return values at the nodes, and the error and largest weighted value of each panel."""
    centre, half = ((right + left) / 2)[:, None], ((right - left) / 2)[:, None]
    points = centre + half * np.concatenate([NODES, BETWEEN])
    sampled = function(points.ravel()).reshape(points.shape)
    values, between = sampled[:, :ORDER], sampled[:, ORDER:]
    coefficients = values @ TO_COEFFICIENTS.T
    weight = importance(np.clip(0.0, left, right))
    tail = np.abs(coefficients[:, -2:]).max(axis=1)
    misfit = np.abs(coefficients @ AT_BETWEEN - between).max(axis=1)
    error = weight * np.maximum(tail, misfit / 4)
    return values, error, weight * np.abs(values).max(axis=1)


def _good_enough(
    error: np.ndarray, history: np.ndarray, scale: float | np.ndarray, tolerance: float
) -> np.ndarray:
    """Return which panels need no further cut."""
    fits = error <= tolerance * scale
    if history.shape[1]:
        fits |= (error <= NOISE * scale) & (error > history[:, -1] / 2)
    return fits


def _slow(history: np.ndarray, error: np.ndarray, done: np.ndarray) -> np.ndarray:
    """Return which panels came to fit only by being small, as they do around a kink."""
    if history.shape[1] < SLOW_CUTS:
        return np.zeros(len(error), dtype=bool)
    return done & (history[:, -SLOW_CUTS] < SLOW_GAIN * error)


def _narrow(left: np.ndarray, right: np.ndarray, least: float) -> np.ndarray:
    return right - left < NARROWEST * np.maximum(least, np.abs(left))


def _refuse(function: Function, left: np.ndarray, right: np.ndarray, where: np.ndarray) -> None:
    """Raise if there is such a panel, and find the kink by halving towards the larger error."""
    for low, high in zip(left[where], right[where], strict=True):
        while high - low > 1e-9 * max(1.0, abs(low)):
            middle = (low + high) / 2
            halves = np.array([low, middle]), np.array([middle, high])
            error = _sample(function, *halves, np.ones_like)[1]
            low, high = (low, middle) if error[0] > error[1] else (middle, high)
        raise KinkError(float(low))
