"""Dual activations in closed form.

Each function below returns E[sigma(u) sigma(v)] for normal u, v of mean zero, standard
deviations s1, s2 and correlation rho. They are written with operations that NumPy and
`jax.numpy` share, so that they go through JAX; those that need Owen's T function run in NumPy
alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np

from ntklib.activations import Activation, Derivative, Scaled, functions, two_slopes
from ntklib.dual import exponential_unit

TWO_OVER_PI = 2 / math.pi  # E|u| |v| = 2/pi for independent standard normals
Formula = Callable[..., Any]  # (xp, rho, s1, s2, *params) -> array


@dataclass(frozen=True)
class ClosedForm:
    """A formula for a dual and the gain it is reached with.

    Attributes:
        formula: Takes the array module, rho, s1, s2 and the parameters.
        params: Parameters of the activation.
        gain: The formula is evaluated at standard deviations gain * s.
        factor: What its value is multiplied by.
        traceable: Whether `jax.numpy` can stand in for NumPy.
        smallest_deviation: Standard deviation from which on the formula is accurate.
        largest_deviation: Standard deviation up to which it is.
    """

    formula: Formula
    params: tuple[float, ...]
    gain: float
    factor: float
    traceable: bool
    smallest_deviation: float = 0.0
    largest_deviation: float = math.inf

    def __call__(self, rho: Any, deviations: tuple[float, float], xp: ModuleType = np) -> Any:
        """Return the dual at correlations `rho`."""
        s1, s2 = (abs(self.gain) * s for s in deviations)
        return self.factor * self.formula(xp, rho, s1, s2, *self.params)

    def covers(self, deviations: tuple[float, float]) -> bool:
        """Return whether the formula is accurate for these standard deviations."""
        smallest, largest = (abs(self.gain) * pick(deviations) for pick in (min, max))
        return self.smallest_deviation <= smallest and largest <= self.largest_deviation


def closed_form(activation: Activation) -> ClosedForm | None:
    """Return the closed form of an activation's dual, None if none is known."""
    fn, params, orders = activation.fn, activation.params, 0
    gain = factor = 1.0
    while isinstance(fn, Derivative):
        fn, orders = fn.fn, orders + 1
    if isinstance(fn, Scaled):
        *rest, gain = params
        fn, params, factor = fn.fn, tuple(rest), gain ** (2 * orders)
    try:
        formula = _FORMULAS.get((fn, orders))
    except TypeError:  # a function that cannot be hashed
        return None
    if formula is not None and len(params) != _PARAMETERS.get(fn, 0):
        return None
    if formula is None:
        return (
            _polynomial_derivative(params, gain, factor, orders) if fn is functions.horner else None
        )
    unit = fn is functions.exponential_unit
    if not unit:
        return ClosedForm(formula, params, gain, factor, traceable=True)
    least = 0.0 if orders else exponential_unit.SMALLEST_DEVIATION
    most = exponential_unit.LARGEST_DEVIATION
    return ClosedForm(formula, params, gain, factor, False, least, most)


def arc(xp: ModuleType, rho: Any) -> Any:
    """Return sqrt(1 - rho^2) + rho arcsin rho, which is (pi/2) E[|u| |v|]."""
    return xp.sqrt((1 - rho) * (1 + rho)) + rho * xp.arcsin(rho)


def _leaky(xp: ModuleType, rho: Any, s1: float, s2: float, slope: float) -> Any:
    linear, kinked = (1 + slope) / 2, (1 - slope) / 2
    return s1 * s2 * (linear * linear * rho + kinked * kinked * TWO_OVER_PI * arc(xp, rho))


def _leaky_slope(xp: ModuleType, rho: Any, s1: float, s2: float, slope: float) -> Any:
    linear, kinked = (1 + slope) / 2, (1 - slope) / 2
    return linear * linear + kinked * kinked * TWO_OVER_PI * xp.arcsin(rho)


def _positive_square(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    sine = xp.sqrt((1 - rho) * (1 + rho))
    angle = math.pi / 2 + xp.arcsin(rho)  # pi minus the angle
    return (s1 * s2) ** 2 * (3 * sine * rho + angle * (1 + 2 * rho * rho)) / (2 * math.pi)


def _positive_square_slope(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    return 4 * _leaky(xp, rho, s1, s2, 0.0)


def _sign(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    return TWO_OVER_PI * xp.arcsin(rho)


def _sign_slope(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    with np.errstate(divide="ignore"):
        return TWO_OVER_PI / (s1 * s2 * xp.sqrt((1 - rho) * (1 + rho)))


def _erf(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    t1, t2 = (2 * s * s / (1 + 2 * s * s) for s in (s1, s2))
    return TWO_OVER_PI * xp.arcsin(math.sqrt(t1 * t2) * rho)


def _erf_slope(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    product = (1 + 2 * s1 * s1) * (1 + 2 * s2 * s2)
    return (4 / math.pi) / xp.sqrt(product - (2 * s1 * s2 * rho) ** 2)


def _sine(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    mean, product = -(s1 * s1 + s2 * s2) / 2, s1 * s2 * rho  # e^mean sinh(product), in range
    return -xp.sign(rho) * xp.exp(mean + abs(product)) * xp.expm1(-2 * abs(product)) / 2


def _cosine(xp: ModuleType, rho: Any, s1: float, s2: float) -> Any:
    mean, product = -(s1 * s1 + s2 * s2) / 2, s1 * s2 * rho
    return (xp.exp(mean + product) + xp.exp(mean - product)) / 2


def _polynomial(xp: ModuleType, rho: Any, s1: float, s2: float, *coefficients: float) -> Any:
    first, second = (_hermite_of_polynomial(coefficients, s) for s in (s1, s2))
    total = xp.zeros_like(rho)
    for product in reversed(first * second):
        total = total * rho + product
    return total


def _hermite_of_polynomial(coefficients: tuple[float, ...], deviation: float) -> np.ndarray:
    """Return orthonormal Hermite coefficients of z -> sum_k c_k (deviation z)^k."""
    powers = np.asarray(coefficients) * deviation ** np.arange(len(coefficients))
    plain = np.polynomial.hermite_e.poly2herme(powers)
    return plain * np.sqrt([math.factorial(k) for k in range(len(plain))])


def _polynomial_derivative(
    params: tuple[float, ...], gain: float, factor: float, orders: int
) -> ClosedForm:
    coefficients = np.polynomial.polynomial.polyder(np.asarray(params), orders)
    return ClosedForm(_polynomial, tuple(coefficients), gain, factor, traceable=True)


# (function, how often it is differentiated) -> formula
_FORMULAS: dict[tuple[Callable, int], Formula] = {
    (two_slopes, 0): _leaky,
    (two_slopes, 1): _leaky_slope,
    (functions.positive_square, 0): _positive_square,
    (functions.positive_square, 1): _positive_square_slope,
    (functions.exponential_unit, 0): exponential_unit.dual,
    (functions.exponential_unit, 1): exponential_unit.dual_of_slope,
    (jnp.sign, 0): _sign,
    (jnp.sign, 1): _sign_slope,
    (functions.error_function, 0): _erf,
    (functions.error_function, 1): _erf_slope,
    (jnp.sin, 0): _sine,
    (jnp.sin, 1): _cosine,
    (jnp.sin, 2): _sine,
    (jnp.cos, 0): _cosine,
    (jnp.cos, 1): _sine,
    (jnp.cos, 2): _cosine,
}

# function -> how many parameters it takes, where that is not zero
_PARAMETERS: dict[Callable, int] = {two_slopes: 1, functions.exponential_unit: 2}
