"""The kernels' textbook recursion, with every Gaussian average taken by another method.

A layer needs E[f^2] and E[(f(u) - f(v))^2] / 2 for f = sigma, sigma' and normal u, v of variance
q at angle theta. The library tabulates them from Hermite series and double integrals between
kinks; here they are

- `Smooth`: a trapezoid sum over u = sqrt(q) (c x + s y), v = sqrt(q) (c x - s y), which converges
  geometrically where sigma is analytic in a strip;
- `Bent`: polar coordinates in the plane, in which a kink at 0 is a ray;
- `Broken`: one integral over the angle, by Price's theorem, for piecewise linear functions;
- `Homogeneous`: closed forms in 40 digits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

import mpmath
import numpy as np
from numpy.polynomial.legendre import leggauss

Function = Callable[[np.ndarray], np.ndarray]
NODES, WEIGHTS = leggauss(40)
GRADED = np.append(0.0, 2.0 ** np.arange(-10, 1))


class Kernels(NamedTuple):
    """Diagonals of NNGP and NTK, and how far the kernels lie below them at the angle."""

    nngp: float
    nngp_drop: float
    ntk: float
    ntk_drop: float

    @property
    def cosine_gaps(self) -> tuple[float, float]:
        """1 - cosine of both kernels."""
        return float(self.nngp_drop / self.nngp), float(self.ntk_drop / self.ntk)


def kernels(duals, theta, depth, *, weight=None, bias=0.0, square=1.0) -> Kernels:
    """Both kernels of two inputs of one norm, layer by layer; the drops are positive sums."""
    xp = mpmath if isinstance(theta, mpmath.mpf) else np
    weight = 1 / duals.pair(1.0, 0.0)[0] if weight is None else weight
    nngp, nngp_drop = square + bias, square * 2 * xp.sin(theta / 2) ** 2
    ntk, ntk_drop = nngp, nngp_drop
    for _ in range(depth):
        angle = 2 * xp.asin(xp.sqrt(nngp_drop / nngp / 2))
        energy, drop = duals.pair(nngp, angle)
        slope_energy, slope_drop = duals.slope_pair(nngp, angle)
        ntk_drop = weight * (drop + slope_energy * ntk_drop + slope_drop * (ntk - ntk_drop))
        nngp, nngp_drop = weight * energy + bias, weight * drop
        ntk = nngp + weight * slope_energy * ntk
    return Kernels(nngp, nngp_drop, ntk, ntk_drop)


@dataclass(frozen=True)
class Smooth:
    """A function and its derivative, analytic for |Im z| < 1 or more, of moderate growth."""

    function: Function
    slope: Function
    step: float = 0.1

    def pair(self, q, theta):
        return self._pair(self.function, q, theta)

    def slope_pair(self, q, theta):
        return self._pair(self.slope, q, theta)

    def _pair(self, f, q, theta):
        count = round(12 / self.step)
        x = self.step * np.arange(-count, count + 1).astype(np.longdouble)
        y = x[count:, None]
        root, half = np.sqrt(np.longdouble(q)), np.longdouble(theta) / 2
        density = np.exp(-(x**2) / 2) * self.step / np.sqrt(2 * np.longdouble(math.pi))
        u = root * (np.cos(half) * x + np.sin(half) * y)
        v = root * (np.cos(half) * x - np.sin(half) * y)
        across = np.exp(-(y[:, 0] ** 2) / 2) * self.step / np.sqrt(2 * np.longdouble(math.pi))
        across[1:] *= 2
        return density @ f(root * x) ** 2, across @ ((f(u) - f(v)) ** 2 @ density) / 2


@dataclass(frozen=True)
class Bent:
    """A function and its derivative, both smooth on either side of 0."""

    function: Function
    slope: Function

    def pair(self, q, theta):
        return self._pair(self.function, q, theta)

    def slope_pair(self, q, theta):
        return self._pair(self.slope, q, theta)

    def _pair(self, f, q, theta):
        radius, measure = panels([0.0, 2.0, 5.0, 9.0, 13.0])
        measure = measure * radius * np.exp(-(radius**2) / 2) / (2 * math.pi)
        half, quarter = float(theta) / 2, math.pi / 2
        rays = [-quarter - half, -quarter + half, quarter - half, quarter + half]
        phi, step = panels([*rays, 2 * math.pi + rays[0]])
        r = math.sqrt(q) * radius[:, None]
        u, v = f(r * np.cos(phi - half)), f(r * np.cos(phi + half))
        return measure @ (u**2 @ step), measure @ ((u - v) ** 2 @ step) / 2


@dataclass(frozen=True)
class Broken:
    """A piecewise linear function: its value and slope at -infinity's side, kinks and jumps."""

    function: Function
    slope: Function
    jumps: dict[float, float]

    def pair(self, q, theta):
        """E[sigma sigma] falls by q sin t E[sigma' sigma'] a unit of the angle t."""
        t, step = panels(float(theta) * GRADED)
        lever = 2 * np.sin((theta + t) / 2) * np.sin((theta - t) / 2)  # cos t - cos theta
        energy = self._energy(self.slope, q)
        drop = energy * 2 * np.sin(theta / 2) ** 2 - (step * lever) @ self._bend(q, t)
        return self._energy(self.function, q), q * drop

    def slope_pair(self, q, theta):
        t, step = panels(float(theta) * GRADED)
        return self._energy(self.slope, q), step @ self._bend(q, t)

    def _bend(self, q, t):
        """q sin t E[sigma'' sigma''], where sigma'' is point masses at the kinks."""
        total = np.zeros_like(t)
        for (k, jump), (m, leap) in product(self.jumps.items(), repeat=2):
            apart = 0.0 if k == m else ((k - m) / np.maximum(np.sin(t), 1e-9)) ** 2 / 2
            exponent = apart + k * m / (2 * np.cos(t / 2) ** 2)
            total += jump * leap * np.exp(-exponent / q) / (2 * math.pi)
        return total

    def _energy(self, f, q):
        root = math.sqrt(q)
        inner = [k / root for k in self.jumps if abs(k) < 12 * root]
        z, step = panels(np.unique([*np.linspace(-12, 12, 13), *inner]))
        return (step * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)) @ f(root * z) ** 2


class Homogeneous(NamedTuple):
    """A homogeneous function by its degree and duals as functions of the angle, in mpmath."""

    degree: int
    dual: Callable
    slope_dual: Callable | None

    def matrices(self, covariance, depth, *, weight, bias):
        """NNGP and NTK of two inputs of any norms, 2 by 2 matrices of mpmath numbers."""
        nngp = covariance + bias * mpmath.ones(2)
        ntk = nngp.copy()
        for _ in range(depth):
            new, grown = mpmath.zeros(2), mpmath.zeros(2)
            for i, j in product(range(2), repeat=2):
                size = mpmath.sqrt(nngp[i, i] * nngp[j, j])
                theta = mpmath.acos(min(mpmath.mpf(1), nngp[i, j] / size)) if i != j else 0
                new[i, j] = weight * size**self.degree * self.dual(theta) + bias
                if self.slope_dual is not None:
                    slopes = weight * size ** (self.degree - 1) * self.slope_dual(theta)
                    grown[i, j] = new[i, j] + slopes * ntk[i, j]
            nngp, ntk = new, grown
        return nngp, ntk


def panels(edges) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights between consecutive edges."""
    pairs = [((b + a) / 2, (b - a) / 2) for a, b in pairwise(np.asarray(edges, float))]
    nodes = np.concatenate([centre + half * NODES for centre, half in pairs])
    return nodes, np.concatenate([half * WEIGHTS for _, half in pairs])


def tanh_drops(q, theta, step=0.2, reach=9.6):
    """E[f^2] and E[(f(u) - f(v))^2] / 2 for f = tanh and tanh', as mpmath numbers.

    By the trapezoid sum of `Smooth` and the addition theorem of tanh: only one-dimensional
    tables of tanh are computed. The error of the sum is exp(-pi^2 / (step sqrt(q))).
    """
    root, half = mpmath.sqrt(q), mpmath.mpf(theta) / 2
    grid = [mpmath.mpf(step) * k for k in range(round(reach / step) + 1)]
    p = [
        mpmath.exp(-(x**2) / 2) * step / mpmath.sqrt(2 * mpmath.pi) * (2 if x else 1) for x in grid
    ]
    a = np.array([mpmath.tanh(root * mpmath.cos(half) * x) for x in grid])[:, None]
    b = np.array([mpmath.tanh(root * mpmath.sin(half) * x) for x in grid])
    plain = np.array([mpmath.tanh(root * x) for x in grid])
    density = np.array(p)
    difference = 2 * b * (1 - a * a) / (1 - a * a * b * b)  # tanh u - tanh v
    total = 2 * a * (1 - b * b) / (1 - a * a * b * b)  # tanh u + tanh v
    squares = difference**2
    drop = density @ squares @ density / 2
    slope_drop = density @ (squares * total**2) @ density / 2
    return density @ plain**2, drop, density @ (1 - plain**2) ** 2, slope_drop


class TanhInFullPrecision:
    """The averages of tanh for `kernels`, in mpmath."""

    def pair(self, q, theta):
        return tanh_drops(q, theta)[:2]

    def slope_pair(self, q, theta):
        return tanh_drops(q, theta)[2:]
