"""The minimum over the order parameters, found from many starts.

The optimiser moves on the host, in coordinates that keep the order parameters in their range; the
functions and their slopes come from `breaking`. Q(q) and Q'(q) are numbers from the activation's
dual, so no activation is compiled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import OptimizeResult, minimize

from ntklib.capacity import breaking
from ntklib.capacity.overlap import CentredDual

Vector = Float[np.ndarray, " k"]
CLOSEST = 12.0  # -ln(1 - q) of an outer overlap
FARTHEST = 1e-6  # and its least: the slope at zero is a quotient of zeros
TRIED = 3  # starts, those with the lowest loads
WALK = 1.0  # in each of these logarithms, before the next walk sets out
WALKS = 25
RESOLVED = 1e-8  # part of a load that averages may miss
SCALE = (-7.0, 14.0)  # ln omega
APART = 1e-3  # of two steps, in these logarithms
BOUNDS = {
    1: [(FARTHEST, CLOSEST), SCALE],
    2: [(FARTHEST, CLOSEST), (APART, CLOSEST), SCALE, (APART, SCALE[1])],
}
FIRST = [(p, w) for p in (0.05, 0.7, 2.0) for w in (0.0, 2.0, 4.0)]
FIRST += [(4.5, 5.5), (6.5, 7.0), (8.5, 8.0)]  # where almost linear activations end


@dataclass(frozen=True)
class Problem:
    """A load as a function of coordinates, one or two steps of replica symmetry breaking.

    Coordinates are -ln(1 - q_0) and ln omega; with two steps the distances to the next ones,
    ln((1 - q_0) / (1 - q_1)) and ln(omega_2 / omega_1), come after either.

    Attributes:
        centred: The centred dual.
        margin: In standard deviations of the output.
        steps: 1 or 2.
    """

    centred: CentredDual
    margin: float
    steps: int

    def point(self, coordinates: Vector) -> breaking.Point:
        """Return the order parameters at some coordinates."""
        first, second = np.cumsum(coordinates.reshape(2, self.steps), axis=1)
        gaps = np.exp(-first)
        return breaking.Point(gaps, self.centred.gap(np.sqrt(gaps / 2)), np.exp(second))

    def load(self, coordinates: Vector) -> tuple[float, Vector]:
        """Return the load and its slopes."""
        point = self.point(coordinates)
        value, slopes = breaking.value_and_slopes[self.steps](point, *self._numbers)
        along = slopes.gaps + slopes.missing * self.centred.slope(1 - np.asarray(point.gaps))
        parts = np.stack([-along * point.gaps, slopes.scales * point.scales])
        sums = np.cumsum(parts[:, ::-1], axis=1)[:, ::-1]  # a distance moves all that follow
        return float(value), sums.ravel()

    def minimum(self, starts: Sequence[tuple[float, ...]]) -> OptimizeResult:
        """Return the lowest of the minima that the best starts lead to.

        Raises:
            ValueError: If the averages resolve none of them.
        """
        lowest = sorted(np.array(starts), key=lambda start: self.load(start)[0])[:TRIED]
        found = [self._descend(start) for start in lowest]
        resolved = [each for each in found if self.misfit(each.x) < RESOLVED * each.fun]
        if not resolved:
            raise ValueError(
                f"{self.centred.activation.name} with margin {self.margin} has no minimum with "
                f"{self.steps} steps of replica symmetry breaking that the averages resolve"
            )
        return min(resolved, key=lambda each: each.fun)

    def _descend(self, start: Vector) -> OptimizeResult:
        """Return the minimum below a start, by short walks: averages do not resolve far corners."""
        floor, ceiling = np.array(BOUNDS[self.steps]).T
        for _ in range(WALKS):
            low, high = np.maximum(start - WALK, floor), np.minimum(start + WALK, ceiling)
            found = minimize(
                self.load,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=np.stack([low, high], axis=1),
                options={"ftol": 1e-15, "gtol": 1e-11, "maxiter": 500},
            )
            at_edge = ((found.x <= low) & (low > floor)) | ((found.x >= high) & (high < ceiling))
            if not at_edge.any():
                break
            start = found.x
        return found

    def misfit(self, coordinates: Vector) -> float:
        """Return by how much the load changes with twice as many nodes in each average."""
        fine = breaking.finer[self.steps](self.point(coordinates), *self._numbers)
        return abs(float(fine) - self.load(coordinates)[0])

    @property
    def _numbers(self) -> tuple[jnp.ndarray, jnp.ndarray]:
        return jnp.asarray(self.centred.slope_at_one), jnp.asarray(self.margin)
