"""The Gram function of an activation with kinks or without, at an angle and near its ends."""

import math
from functools import cached_property

import numpy as np
from jaxtyping import Float

from ntklib.activations import Activation, require_activation
from ntklib.dual import dual_table, hermite_expansion
from ntklib.dual.closed_forms import closed_form
from ntklib.gaussian import EPSILON
from ntklib.gram.series import series_of

NEAR = 0.02  # angle below which a difference to Gamma(1) has lost digits
ROUNDING = 8 * EPSILON  # error of a closed form, relative to Gamma(1)
TABULATED = 1e-11  # error of a dual without one, and of a small difference relative to itself
DEGREE = 500  # of the series


class GramFunction:
    """Gamma(cos theta) = cos(theta) E[sigma'(u) sigma'(v)] as a function of theta in [0, pi].

    Attributes:
        activation: sigma.
        at_one: Gamma(1) = E[sigma'(u)^2].
        error: Bound on the error of a value.
    """

    def __init__(self, activation: Activation) -> None:
        slope = require_continuous(activation).derivative
        self.activation, self._slope, self._table = activation, slope, dual_table(slope, (1.0, 1.0))
        form = closed_form(slope)
        self._form = form if form is not None and form.covers((1.0, 1.0)) else None
        self.at_one = self._table.size
        self.error = (TABULATED if self._form is None else ROUNDING) * self.at_one

    def __call__(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return Gamma(cos theta)."""
        return self.at_one - self.drop(theta)

    def drop(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Return Gamma(1) - Gamma(cos theta), which near 0 has its digits relative to itself."""
        theta = np.asarray(theta, float)
        gap, near = np.empty(theta.shape), theta <= NEAR
        gap[near] = self._near(theta[near])
        if self._form is not None:
            gap[~near] = 1 - self._form(np.cos(theta[~near]), (1.0, 1.0)) / self.at_one
        else:
            gap[~near] = self._table.gap(theta[~near])
        return self.at_one * (gap + (1 - gap) * 2 * np.sin(theta / 2) ** 2)

    def _near(self, theta: Float[np.ndarray, " m"]) -> Float[np.ndarray, " m"]:
        """Return what is missing to 1 of the dual of sigma', normalised, at small angles."""
        table = self._table
        if table.near_one is None or table.reach > math.cos(NEAR):
            return table.gap(theta)
        half = np.sin(theta / 2)
        return half**table.power * table.near_one(half)

    def drop_error(
        self, theta: Float[np.ndarray, "..."], drop: Float[np.ndarray, "..."]
    ) -> Float[np.ndarray, "..."]:
        """Return a bound on the error of `drop`.

        A kink of order 1 makes the function as steep near both ends as the angle is in terms of
        its cosine, which is rounded.
        """
        far = np.full(np.shape(theta), self.error)
        if self.activation.jump_order < 2:
            sine = np.maximum(np.sin(theta), ROUNDING)
            far += self.at_one * np.minimum(ROUNDING / sine, 2 * sine)
        return np.where(theta > NEAR, far, TABULATED * drop)

    @cached_property
    def series(self) -> tuple[Float[np.ndarray, " m"], Float[np.ndarray, " m"]]:
        """Coefficients k a_k^2 for k = 0..500 and bounds on their errors, absolute."""
        slopes = hermite_expansion(self._slope, DEGREE - 1)
        sizes = np.abs(slopes.coefficients)
        errors = slopes.error * (2 * sizes + slopes.error) + ROUNDING * sizes**2
        return np.append(0.0, sizes**2), np.append(0.0, errors)

    def pair_gap(self, theta: float) -> tuple[float, float]:
        """Return Gamma(1) - |Gamma(cos theta)| and a bound on its error.

        It is the smallest eigenvalue of two rows. Without kinks it is a sum of positive terms,
        k a_k^2 (1 - |rho|^k) or k a_k^2 (1 + |rho|^k).
        """
        if theta == 0:
            return 0.0, 0.0
        if self.activation.kinks:
            angle = np.array(theta)
            drop = self.drop(angle)
            error = float(self.drop_error(angle, drop))
            return float(np.minimum(drop, 2 * self.at_one - drop)), error
        coefficients, rest, _ = series_of(self.activation)
        gaps = _series_gaps(coefficients, theta)
        return min(gaps), TABULATED * min(gaps) + 2 * rest


def _series_gaps(coefficients: np.ndarray, theta: float) -> tuple[float, float]:
    """Return Gamma(1) - Gamma(rho) and Gamma(1) + Gamma(rho), each as a sum of positive terms."""
    k = np.flatnonzero(coefficients)
    sharp = min(theta, math.pi - theta)
    powers = k * np.log1p(-2 * math.sin(sharp / 2) ** 2)
    falls, rises = -np.expm1(powers), 1 + np.exp(powers)
    negative = (theta > math.pi / 2) & (k % 2 == 1)  # where rho^k < 0
    minus, plus = np.where(negative, rises, falls), np.where(negative, falls, rises)
    return float(coefficients[k] @ minus), float(coefficients[k] @ plus)


def require_continuous(activation: Activation) -> Activation:
    """Return an activation that does not jump.

    Raises:
        ValueError: If it jumps: E[sigma'^2] is infinite then.
    """
    if require_activation(activation).point_masses or activation.jump_order == 0:
        raise ValueError(
            f"{activation.name} jumps, so E[sigma'^2] and its Gram matrix are infinite; take an "
            "activation that is continuous"
        )
    return activation
