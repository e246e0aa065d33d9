"""How panels are cut until a function fits them, and how a kink is told from a steep place.

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
from jaxtyping import Bool, Float

from ntklib.panels.expansion import AT_BETWEEN, BETWEEN, NODES, ORDER, TO_COEFFICIENTS, Panels

TOLERANCE = 1e-13
NOISE = 1e-11  # an error below this that cuts do not reduce is rounding in the function itself
ROUNDING = 64 * float(np.finfo(float).eps)  # of a function, relative to its values nearby
ARGUMENT = 8 * float(np.finfo(float).eps)  # of a point, relative to it
MOST_CUTS = 200
SLOW_CUTS, SLOW_GAIN = 3, 2.0**16  # less than this gain over so many cuts means a kink
NARROWEST = 2.0**-22  # width below which what does not fit is a kink, too
SINGULAR = 1e-12  # relative width at which a panel beside a declared singularity is left as it is

Function = Callable[[np.ndarray], np.ndarray]
Which = Bool[np.ndarray, " m"]


class KinkError(ValueError):
    """A function has a kink where none was declared, or needs more cuts than allowed.

    Attributes:
        point: Where, about.
        panel: A panel that it is on.
    """

    def __init__(self, point: float, panel: tuple[float, float]) -> None:
        self.point, self.panel = point, panel
        super().__init__(f"a kink, a jump or a singularity near {point:.6g} was not declared")


def resolve(
    function: Function,
    edges: Sequence[float] | np.ndarray,
    *,
    importance: Function = np.ones_like,
    graded: Sequence[float] = (),
    tolerance: float = TOLERANCE,
    size: float = 0.0,
    local: bool = False,
    in_the_mean: bool = False,
    ends: bool = False,
    refuse_kinks: bool = True,
    most_cuts: int = MOST_CUTS,
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
        in_the_mean: Whether errors and values count times the root of a panel's width, as they
            do in a mean square; for functions that are infinite at a graded edge.
        ends: Whether the very ends of a panel are looked at as well: a jump beyond its last node
            shows only there. Not for functions that lose their digits at an edge.
        refuse_kinks: If not, panels shrink onto a kink until they are very narrow.
        most_cuts: How often a first panel may be halved. If kinks are not refused, what does
            not fit then is left as it is.

    Raises:
        KinkError: If the function has a kink inside a panel, unless told otherwise, or does not
            fit after so many cuts.
        ValueError: If a value is not finite.
    """
    judge = _Judge(np.asarray(graded, float), tolerance, local, in_the_mean)
    panels, kept = _Open.first(edges), []
    scale: float | np.ndarray = size
    for cuts in range(most_cuts + 1):
        sampled = _sample(function, panels, importance, ends)
        scale = judge.scale(panels, sampled, scale)
        done = judge.done(panels, sampled, scale)
        narrow = ~done & panels.narrow(0.0 if local else 1.0)
        if refuse_kinks:
            _refuse(function, panels, narrow | (done & panels.slow(sampled.error)), judge.graded)
        else:
            done |= narrow | (cuts == most_cuts)
        kept.append((panels, sampled, done))
        if done.all():
            return _joined(kept)
        panels = panels.cut(~done, sampled.error, judge.graded)
    raise KinkError(float(panels.left[0]), (float(panels.left[0]), float(panels.right[0])))


class _Sampled(NamedTuple):
    """What is known of a function on each panel.

    Attributes:
        values: At the nodes.
        residual: By how much the expansion misses the function.
        error: The same, times the importance of the panel.
        largest: The largest value, times the importance.
    """

    values: Float[np.ndarray, "m order"]
    residual: Float[np.ndarray, " m"]
    error: Float[np.ndarray, " m"]
    largest: Float[np.ndarray, " m"]


class _Open(NamedTuple):
    """Panels that are not yet known to be fine enough.

    Attributes:
        left: Where they start.
        right: Where they end.
        history: Errors of the panels they were cut from, the widest first.
    """

    left: Float[np.ndarray, " m"]
    right: Float[np.ndarray, " m"]
    history: Float[np.ndarray, "m cuts"]

    @classmethod
    def first(cls, edges: Sequence[float] | np.ndarray) -> "_Open":
        ends = np.asarray(edges, dtype=float)
        return cls(ends[:-1], ends[1:], np.empty((len(ends) - 1, 0)))

    @property
    def width(self) -> np.ndarray:
        return self.right - self.left

    def touching(self, graded: np.ndarray) -> Which:
        return np.isin(self.left, graded) | np.isin(self.right, graded)

    def narrow(self, least: float) -> Which:
        return self.width < NARROWEST * np.maximum(least, np.abs(self.left))

    def slow(self, error: np.ndarray) -> Which:
        """Return which panels came to fit only by being small, as they do around a kink."""
        if self.history.shape[1] < SLOW_CUTS:
            return np.zeros(len(error), dtype=bool)
        return self.history[:, -SLOW_CUTS] < SLOW_GAIN * error

    def cut(self, which: Which, error: np.ndarray, graded: np.ndarray) -> "_Open":
        left, right = self.left[which], self.right[which]
        middle = (left + right) / 2
        past = np.concatenate([self.history, error[:, None]], axis=1)[which]
        halves = _Open(
            np.append(left, middle), np.append(middle, right), np.concatenate([past, past])
        )
        left_behind = np.tile(self.touching(graded)[which], 2) & ~halves.touching(graded)
        halves.history[left_behind] = np.inf  # a singularity nearby says nothing about these
        return halves


class _Judge(NamedTuple):
    """What is good enough. The fields are arguments of `resolve`."""

    graded: Float[np.ndarray, " j"]
    tolerance: float
    local: bool
    in_the_mean: bool

    def scale(
        self, panels: _Open, sampled: _Sampled, before: float | np.ndarray
    ) -> float | np.ndarray:
        """Return what errors are relative to."""
        largest = sampled.largest * self._share(panels)
        return largest if self.local else max(float(np.max(before)), float(largest.max()))

    def done(self, panels: _Open, sampled: _Sampled, scale: float | np.ndarray) -> Which:
        """Return which panels need no further cut."""
        error = sampled.error * self._share(panels)
        fits = error <= self.tolerance * scale
        if panels.history.shape[1]:
            fits |= (error <= NOISE * scale) & (sampled.error > panels.history[:, -1] / 2)
        fits |= sampled.error <= ARGUMENT * np.abs(panels.left) / panels.width * sampled.largest
        return fits | (panels.touching(self.graded) & self._lost(panels, sampled, scale))

    def _lost(self, panels: _Open, sampled: _Sampled, scale: float | np.ndarray) -> Which:
        """Return which panels are so narrow that what happens on them is of no account."""
        tiny = panels.width < SINGULAR * np.maximum(np.abs(panels.left), np.abs(panels.right))
        if not self.in_the_mean:
            return tiny | (panels.width < SINGULAR)
        return tiny | (panels.width * sampled.largest**2 < SINGULAR / 100 * np.square(scale))

    def _share(self, panels: _Open) -> np.ndarray:
        return np.sqrt(np.minimum(panels.width, 1)) if self.in_the_mean else np.array(1.0)


def _sample(function: Function, panels: _Open, importance: Function, ends: bool) -> _Sampled:
    centre, half = ((panels.right + panels.left) / 2)[:, None], (panels.width / 2)[:, None]
    points = centre + half * np.concatenate([NODES, BETWEEN if ends else BETWEEN[1:-1]])
    low, high = panels.left[:, None], panels.right[:, None]
    points = np.clip(points, low + 8 * np.spacing(abs(low)), high - 8 * np.spacing(abs(high)))
    sampled = function(points.ravel()).reshape(points.shape)
    if not np.isfinite(sampled).all():  # nothing would ever fit
        raise ValueError(f"a function is not finite at {points[~np.isfinite(sampled)][0]:.6g}")
    values, between = sampled[:, :ORDER], sampled[:, ORDER:]
    coefficients = values @ TO_COEFFICIENTS.T
    weight = importance(np.clip(0.0, panels.left, panels.right))
    tail = np.abs(coefficients[:, -2:]).max(axis=1)
    misfit = np.abs(coefficients @ (AT_BETWEEN if ends else AT_BETWEEN[:, 1:-1]) - between).max(
        axis=1
    )
    residual = np.maximum(tail, misfit / 4)
    return _Sampled(values, residual, weight * residual, weight * np.abs(values).max(axis=1))


def _joined(kept: list[tuple[_Open, _Sampled, Which]]) -> Panels:
    """Return the panels that were good enough, from left to right."""
    left, right, residuals = (
        np.concatenate(parts)
        for parts in zip(
            *((p.left[done], p.right[done], s.residual[done]) for p, s, done in kept), strict=True
        )
    )
    order = np.argsort(left)
    values = np.concatenate([s.values[done] for _, s, done in kept])[order]
    edges = np.append(left[order], right.max())
    return Panels(edges, values @ TO_COEFFICIENTS.T, values, residuals[order])


def _refuse(function: Function, panels: _Open, where: Which, graded: np.ndarray) -> None:
    """Raise if there is such a panel away from the graded edges, and say where the kink is."""
    suspects = np.flatnonzero(where & ~panels.touching(graded))
    if suspects.size:
        panel = float(panels.left[suspects[0]]), float(panels.right[suspects[0]])
        raise KinkError(_locate(function, *panel), panel)


def _locate(function: Function, low: float, high: float) -> float:
    """Return where a kink is, by halving towards the larger error while there is any."""
    while high - low > 1e-9 * max(1.0, abs(low)):
        middle = (low + high) / 2
        halves = _Open.first([low, middle, high])
        sampled = _sample(function, halves, np.ones_like, True)
        if sampled.residual.max() <= ROUNDING * sampled.largest.max():
            break
        low, high = (low, middle) if sampled.residual.argmax() == 0 else (middle, high)
    return float((low + high) / 2)
