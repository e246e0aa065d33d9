"""Where the recursion of layers leads: fixed points, chi, and the edge of chaos.

In the parameterisation of `ntklib.kernels.ntk`, the variance q of a pre-activation and the
correlation rho of two of them, at equal variances, become

    q' = w E[sigma(sqrt(q) z)^2] + b,        rho' = (w E[sigma(u) sigma(v)] + b) / q'

in one layer. At a fixed variance q the derivative of the second map at rho = 1 is
chi = w E[sigma'(sqrt(q) z)^2]: below 1 nearby inputs fall together with depth (order), above 1
they are torn apart (chaos).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq

from ntklib import _validate
from ntklib.activations import Activation, require_activation
from ntklib.dual import dual, second_moment
from ntklib.estimate import Estimate
from ntklib.kernels.infinite import scaling_of
from ntklib.kernels.layer_map import layer_map
from ntklib.kernels.propagation import Scaling

SMALLEST, LARGEST = 1e-6, 1e4  # variances that are searched
GRID = np.linspace(math.log(SMALLEST), math.log(LARGEST), 200)
ANGLES = np.concatenate([np.geomspace(1e-6, 0.1, 60), np.linspace(0.1, math.pi, 200)[1:]])
FLAT = 1e-12


class FixedPoint(NamedTuple):
    """A point that a layer leaves where it is.

    Attributes:
        value: The point, with its error.
        slope: Derivative of the layer's map there; the point attracts if it is below 1 in
            absolute value.
    """

    value: Estimate
    slope: float

    @property
    def stable(self) -> bool:
        """Whether nearby points move towards it."""
        return abs(self.slope) < 1


class EdgePoint(NamedTuple):
    """A point of the edge of chaos, where chi = 1.

    Attributes:
        weight_variance: w.
        bias_variance: b.
        variance: The fixed variance q.
    """

    weight_variance: float
    bias_variance: float
    variance: float


def chi(
    activation: Activation, *, weight_variance: float | None = None, variance: float = 1.0
) -> float:
    """Return chi = w E[sigma'(u)^2] for a normal u of the given variance.

    With the default scaling w = 1 / E[sigma(z)^2] and variance 1 it is E[sigma'^2] / E[sigma^2]:
    1 for the leaky family, and what the diagonal of the NTK grows by in a layer.

    Raises:
        ValueError: If a variance is not positive, the activation jumps (chi is infinite), is
            zero or no tame function.

    >>> from ntklib.activations import gelu, tanh
    >>> print(f"{chi(tanh):.8f} {chi(gelu):.8f}")
    1.17780723 1.07203160
    """
    scaling = scaling_of(require_activation(activation), weight_variance, 0.0)
    return scaling.weight * second_moment(activation.derivative, variance=variance)


def variance_fixed_points(
    activation: Activation, *, weight_variance: float | None = None, bias_variance: float = 0.0
) -> list[FixedPoint]:
    """Return the variances between 1e-6 and 1e4 that a layer leaves unchanged, in order.

    Empty if there is none (the variance then grows or falls for ever). The slope is that of
    q -> w E[sigma(sqrt(q) z)^2] + b.

    Raises:
        ValueError: If a variance is out of range, the activation is no tame function, or every
            variance is fixed (ReLU with w = 2 and no bias).

    >>> from ntklib.activations import tanh
    >>> (point,) = variance_fixed_points(tanh, weight_variance=2.0, bias_variance=0.1)
    >>> print(f"{point.value:.6f} {point.stable}")
    0.814644 True
    """
    scaling = scaling_of(require_activation(activation), weight_variance, bias_variance)

    def excess(log_variance: float) -> float:
        q = math.exp(log_variance)
        return _next_variance(activation, scaling, q) / q - 1

    excesses = np.array([excess(each) for each in GRID])
    if np.abs(excesses).max() < FLAT:
        raise ValueError(
            f"every variance is fixed: {activation.name} is homogeneous and weight_variance is "
            f"{scaling.weight:.6g}"
        )
    points = []
    for root, error in _roots(excess, GRID, excesses):
        q = math.exp(root)
        step = 1e-4
        slope = 1 + (excess(root + step) - excess(root - step)) / (2 * step)
        points.append(FixedPoint(Estimate(q, q * error, "bracketed root (Brent)"), slope))
    return points


def correlation_fixed_points(
    activation: Activation,
    *,
    weight_variance: float | None = None,
    bias_variance: float = 0.0,
    variance: float = 1.0,
) -> list[FixedPoint]:
    """Return the correlations in [-1, 1] that a layer leaves unchanged, the largest first.

    Args:
        activation: Any activation.
        weight_variance: w; the default scaling if None.
        bias_variance: b.
        variance: A fixed variance; 1 is one under the default scaling without biases. The
            correlation 1 is always among the points, and its slope is chi (infinite if
            sigma jumps).

    Raises:
        ValueError: If a variance is out of range, the activation is no tame function, or every
            correlation is fixed (the identity).

    >>> from ntklib.activations import gelu
    >>> for point in correlation_fixed_points(gelu):
    ...     print(f"{point.value:.6f} {point.slope:.6f}")
    1.000000 1.072032
    0.760402 0.932729
    """
    scaling = scaling_of(require_activation(activation), weight_variance, bias_variance)
    new_variance = _next_variance(activation, scaling, _validate.positive("variance", variance))
    gap = layer_map(activation, variance).gap
    kept = 1 - scaling.bias / new_variance

    def excess(theta: Float[np.ndarray, "..."]) -> np.ndarray:
        """Return (rho' - rho) / (1 - rho), which keeps its digits as rho goes to 1."""
        return 1 - kept * gap(np.asarray(theta, float)) / (2 * np.sin(theta / 2) ** 2)

    def slope(rho: float) -> float:
        average = float(dual(activation.derivative, rho, variances=(variance, variance)))
        return scaling.weight * variance * average / new_variance

    excesses = excess(ANGLES)
    if np.abs(excesses).max() < FLAT:
        raise ValueError(f"every correlation is fixed: {activation.name} is linear")
    points = [FixedPoint(Estimate(1.0, 0.0, "exact"), slope(1.0))]
    for theta, error in _roots(lambda t: float(excess(np.array(t))), ANGLES, excesses):
        rho = math.cos(theta)
        estimate = Estimate(rho, error * math.sin(theta) + 1e-15, "bracketed root (Brent)")
        points.append(FixedPoint(estimate, slope(rho)))
    if abs(excesses[-1]) < FLAT:
        points.append(FixedPoint(Estimate(-1.0, 0.0, "exact"), slope(-1.0)))
    return points


def edge_of_chaos(activation: Activation, *, variance: float) -> EdgePoint:
    """Return the weights and biases with chi = 1 whose fixed variance is the one given.

    w = 1 / E[sigma'(sqrt(q) z)^2] and b = q - w E[sigma(sqrt(q) z)^2]: the curve of these
    points, drawn over q, is the edge of chaos.

    Raises:
        ValueError: If the variance is not positive, the activation jumps or is no tame
            function, or b would be negative: there is no such point at this variance.

    Source: Poole et al. (2016), Schoenholz et al. (2017).

    >>> from ntklib.activations import tanh
    >>> point = edge_of_chaos(tanh, variance=0.5)
    >>> print(f"{point.weight_variance:.4f} {point.bias_variance:.4f}")
    1.6880 0.0380
    """
    q = _validate.positive("variance", variance)
    weight = 1 / second_moment(require_activation(activation).derivative, variance=q)
    energy = weight * second_moment(activation, variance=q)
    bias = q - energy
    if bias < -4 * FLAT * q:
        raise ValueError(
            f"{activation.name} has no edge of chaos with variance {q:.6g}: chi = 1 needs the "
            f"bias variance {bias:.6g}"
        )
    return EdgePoint(weight, max(bias, 0.0), q)


def _next_variance(activation: Activation, scaling: Scaling, q: float) -> float:
    return scaling.weight * second_moment(activation, variance=q) + scaling.bias


def _roots(
    function: Callable[[float], float], grid: np.ndarray, values: np.ndarray
) -> list[tuple[float, float]]:
    """Return the sign changes between grid points, found to rounding, with their errors."""
    found = []
    for i in np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0):
        root = brentq(function, grid[i], grid[i + 1], xtol=1e-14, rtol=1e-14)
        found.append((float(root), 2e-14 * max(1.0, abs(root))))
    found += [(float(grid[i]), 0.0) for i in np.flatnonzero(values == 0)]
    return sorted(found)
