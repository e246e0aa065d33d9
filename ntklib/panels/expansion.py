"""Functions of one variable as Legendre expansions on adjacent panels."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial import legendre

ORDER = 20
NODES, _ = legendre.leggauss(ORDER)
TO_COEFFICIENTS = np.linalg.inv(legendre.legvander(NODES, ORDER - 1))
WEIGHTS = 2 * TO_COEFFICIENTS[0]  # to rounding; those of leggauss are off by 7e-14
END = 1 - 1e-9  # a kink beyond the last node shows at the ends alone
BETWEEN = np.array([-END, -0.98, -0.7143, -0.3931, -0.0412, 0.3518, 0.6879, 0.9655, END])
AT_BETWEEN = legendre.legvander(BETWEEN, ORDER - 1).T
CHUNK = 1 << 15
MANY = 1 << 9  # points a panel from which panels are taken up one by one


class Panels(NamedTuple):
    """A function as Legendre expansions on adjacent panels, from left to right.

    Attributes:
        edges: Ends of the panels, ascending, shape (m + 1,).
        coefficients: Legendre coefficients on each panel, shape (m, ORDER).
        values: Values at the nodes of each panel, shape (m, ORDER).
        residuals: By how much the expansion misses the function on each panel, about, shape
            (m,).
    """

    edges: Float[np.ndarray, " m_plus_1"]
    coefficients: Float[np.ndarray, "m order"]
    values: Float[np.ndarray, "m order"]
    residuals: Float[np.ndarray, " m"]

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
        if len(points) < MANY * len(self.values):
            return legendre.legval(inside, self.coefficients.T[:, panel], tensor=False)
        result = np.empty_like(points)
        for each in np.unique(panel):  # without gathered coefficients: three times as fast
            here = np.flatnonzero(panel == each)
            result[here] = legendre.legval(inside[here], self.coefficients[each])
        return result


def rule(edges: Float[np.ndarray, "... m_plus_1"]) -> tuple[np.ndarray, np.ndarray]:
    """Return Gauss-Legendre nodes and weights on the panels between consecutive edges.

    Both of shape (..., m, ORDER); panels of width zero are allowed.
    """
    half = np.diff(edges)[..., None] / 2
    centre = (edges[..., 1:, None] + edges[..., :-1, None]) / 2
    return centre + half * NODES, half * WEIGHTS
