"""Duals by other means: pure NumPy on a grid, pure mpmath in 25 digits. None uses the library."""

import math

import mpmath
import numpy as np
from mpmath import mpf
from scipy import special

SMOOTH = {
    "tanh": np.tanh,
    "sigmoid": special.expit,
    "softplus": lambda z: np.logaddexp(0, z),
    "swish": lambda z: z * special.expit(z),
    "gelu": lambda z: z * special.ndtr(z),
    "xtanh": lambda z: z * np.tanh(z),
    "x2tanh": lambda z: z * z * np.tanh(z),
    "tanh'": lambda z: np.cosh(z) ** -2.0,
    "sigmoid'": lambda z: special.expit(z) * special.expit(-z),
    "softplus'": special.expit,
    "swish'": lambda z: special.expit(z) * (1 + z * special.expit(-z)),
    "gelu'": lambda z: special.ndtr(z) + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi),
    "xtanh'": lambda z: np.tanh(z) + z * np.cosh(z) ** -2.0,
    "x2tanh'": lambda z: 2 * z * np.tanh(z) + z * z * np.cosh(z) ** -2.0,
}
IN_DIGITS = {
    "tanh": mpmath.tanh,
    "gelu": lambda z: z * mpmath.ncdf(z),
    "swish": lambda z: z / (1 + mpmath.exp(-z)),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
}


def by_trapezoid(function, rho, variances=(1.0, 1.0), step=0.08):
    """E[f(u) f(v)] of a function analytic in a strip, by the trapezoid rule in the plane.

    With u = c x + s y, v = c x - s y for c^2, s^2 = (1 +- rho) / 2 and x, y independent. Its
    error falls like exp(-2 pi d / step) with the distance d of the nearest pole.
    """
    x = np.arange(-9.6, 9.6, step)
    weights = np.exp(-x * x / 2) * step / math.sqrt(2 * math.pi)
    c, s = math.sqrt((1 + rho) / 2), math.sqrt((1 - rho) / 2)
    first, second = (math.sqrt(variance) for variance in variances)
    u, v = c * x[:, None] + s * x, c * x[:, None] - s * x
    return float(weights @ (function(first * u) * function(second * v)) @ weights)


def in_digits(function, rho):
    """The same in 25 digits; with step 1/4 the poles of tanh leave an error of 1e-17."""
    with mpmath.workdps(25):
        step, rho = mpf(1) / 4, mpf(rho)
        c, s = mpmath.sqrt((1 + rho) / 2), mpmath.sqrt((1 - rho) / 2)
        points = [step * i for i in range(-36, 37)]
        weights = [mpmath.npdf(x) * step for x in points]
        total = sum(
            wx * wy * function(c * x + s * y) * function(c * x - s * y)
            for x, wx in zip(points, weights, strict=True)
            for y, wy in zip(points, weights, strict=True)
            if x * x + y * y < 81
        )
        return float(total)


def truncated_powers(kinks, orders, heights, rho, deviations=(1.0, 1.0)):
    """E[f(u) f(v)] for f(z) = sum_i heights_i (z - kinks_i)_+^orders_i, by one integral.

    Given u, v is normal with mean m and standard deviation r, and E[(v - k)_+^n | u] is known:
    J_0 = Phi(t), J_1 = t Phi(t) + phi(t), n J_{n-2} (n - 1) ... in t = (m - k) / r.
    """
    with mpmath.workdps(20):
        s1, s2 = (mpf(s) for s in deviations)
        rho = mpf(rho)
        r = s2 * mpmath.sqrt((1 - rho) * (1 + rho))
        terms = list(zip(map(mpf, kinks), orders, map(mpf, heights), strict=True))

        def partial_moment(n, t):
            before, now = mpmath.npdf(t), mpmath.ncdf(t)  # J_{-1}, J_0
            for k in range(1, n + 1):
                before, now = now, t * now + max(k - 1, 1) * before
            return now

        def given(u):
            mean = rho * s2 * u
            if r == 0:
                return sum(h * (mean - k) ** n for k, n, h in terms if mean > k)
            return sum(h * r**n * partial_moment(n, (mean - k) / r) for k, n, h in terms)

        def integrand(u):
            return (
                mpmath.npdf(u)
                * given(u)
                * sum(h * (s1 * u - k) ** n for k, n, h in terms if s1 * u > k)
            )

        places = {k / s1 for k, _, _ in terms}
        places |= {k / (rho * s2) + j * r for k, _, _ in terms for j in (-5, 0, 5) if rho}
        ends = [mpf(-11), *sorted(p for p in places if abs(p) < 11), mpf(11)]
        return float(mpmath.quad(integrand, ends, maxdegree=5))
