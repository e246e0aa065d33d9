"""Smallest eigenvalues with their digits: circulant sums, mpmath, reasons for zero, refusals."""

import math
import re

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from inputs import circle, sphere
from scipy.special import gammaln

from ntklib.activations import (
    Activation,
    cubic,
    elu,
    erf,
    gelu,
    hard_tanh,
    leaky_relu,
    polynomial,
    quadratic,
    relu,
    relu_squared,
    selu,
    sigmoid,
    softplus,
    swish,
    tanh,
)  # fmt: skip
from ntklib.gram import min_eigenvalue
from ntklib.gram.degrees import gram_degrees


def erf_coefficients(degree):
    """Return k a_k^2 of erf, from (2 / pi) arcsin(2 rho / 3)."""
    k = np.arange(1, degree, 2)
    m = (k - 1) // 2
    logs = gammaln(2 * m + 1) - 2 * gammaln(m + 1) - m * math.log(4) + k * math.log(2 / 3)
    found = np.zeros(degree + 1)
    found[k] = 2 / math.pi * np.exp(logs)
    return found


def circulant(coefficients, n):
    """Return the eigenvalues of n points on the circle as sums of positive terms."""
    values = np.zeros(n)
    for k in np.flatnonzero(coefficients):
        j = np.arange(-k, k + 1, 2)
        logs = gammaln(k + 1) - gammaln((k - j) / 2 + 1) - gammaln((k + j) / 2 + 1)
        np.add.at(values, j % n, n * coefficients[k] * np.exp(logs - k * math.log(2)))
    return values


@pytest.mark.parametrize("n", [5, 21, 41, 75])
def test_circulant_sums(n):
    exact = circulant(erf_coefficients(700), n).min()
    found = min_eigenvalue(circle(n), activation=erf)
    assert float(found) == pytest.approx(exact, rel=1e-10)
    assert found.error <= 1e-6 * found


def test_random_points_by_mpmath():
    """GELU by its closed form, at 80 digits: 30 points on a circle."""
    x = sphere(30, 2)
    with mpmath.workdps(80):
        rows = mpmath.matrix(x.tolist())
        norms = [mpmath.sqrt(rows[i, 0] ** 2 + rows[i, 1] ** 2) for i in range(30)]

        def entry(i, j):
            rho = (rows[i, 0] * rows[j, 0] + rows[i, 1] * rows[j, 1]) / norms[i] / norms[j]
            rest = 4 - rho**2
            inner = mpmath.asin(rho / 2) + (rho / mpmath.sqrt(rest)) * (1 + 1 / rest)
            return rho * (mpmath.mpf(1) / 4 + inner / (2 * mpmath.pi))

        kernel = mpmath.matrix(30, 30)
        for i in range(30):
            for j in range(30):
                kernel[i, j] = entry(i, j)
        exact = min(mpmath.eigsy(kernel, eigvals_only=True))
    assert 0 < exact < 1e-20
    assert float(min_eigenvalue(x, activation=gelu)) == pytest.approx(float(exact), rel=1e-6)


@pytest.mark.parametrize(
    ("activation", "values"),
    [
        (relu, {5: 0.3, 9: 0.0393967, 15: 0.0186951, 21: 0.0126063, 41: 0.00618827}),
        (elu, {5: 0.101687, 9: 0.00565353, 15: 8.44096e-4, 21: 2.38236e-4, 41: 2.1503e-5}),
        (tanh, {5: 1.370278374e-2, 9: 4.690575152e-4, 15: 4.476487345e-6, 21: 6.293847212e-8}),
    ],
)
def test_full_circles(activation, values):
    for n, value in values.items():
        assert float(min_eigenvalue(circle(n), activation=activation)) == pytest.approx(
            value, rel=2e-5 if activation is not tanh else 1e-9
        )


@pytest.mark.parametrize(
    ("activation", "slope", "off"),
    [(relu, -1, 1e-3), (leaky_relu(0.1), -1, 1e-3), (selu, -1, 1e-3), (elu, -3, 2e-3)],
)
def test_kinks_on_half_circles(activation, slope, off):
    found = [float(min_eigenvalue(circle(n, 1), activation=activation)) for n in (201, 401, 801)]
    slopes = np.diff(np.log(found)) / np.diff(np.log([201, 401, 801]))
    np.testing.assert_allclose(slopes, slope, atol=off)


@pytest.mark.parametrize("theta", [1e-3, 1e-6, 1e-9])
def test_a_close_pair(theta):
    """lambda_min = Gamma(1) - Gamma(cos theta), which ends as a power of theta."""
    pair = np.array([[1.0, 0.0], [math.cos(theta), math.sin(theta)]])
    exact = 0.5 - math.cos(theta) * (0.5 - theta / (2 * math.pi))
    exact = theta / (2 * math.pi) + theta**2 / 4 if theta < 1e-5 else exact
    assert float(min_eigenvalue(pair, activation=relu)) == pytest.approx(exact, rel=1e-6)
    found = float(min_eigenvalue(pair, activation=relu_squared))
    assert found == pytest.approx(2 * theta**2, rel=1e-3)
    # tanh: Gamma'(1) theta^2 / 2, with Gamma'(1) = E[sigma'^2] + E[sigma''^2]
    z = np.linspace(-12, 12, 4801)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    slope = density @ (np.cosh(z) ** -4 + (2 * np.tanh(z) * np.cosh(z) ** -2) ** 2)
    found = float(min_eigenvalue(pair, activation=tanh))
    assert found == pytest.approx(slope * theta**2 / 2, rel=1e-5)


@pytest.mark.parametrize("theta", [1e-5, 1e-8])
def test_a_close_pair_of_elu(theta):
    """Gamma'(1) theta^2 / 2, as elu'' is e^z below 0 and 0 above: E[elu''^2] = e^2 Phi(-2)."""
    pair = np.array([[1.0, 0.0], [math.cos(theta), math.sin(theta)]])
    slope = 0.6681020012 + math.exp(2) * math.erfc(2 / math.sqrt(2)) / 2
    found = float(min_eigenvalue(pair, activation=elu))
    assert found == pytest.approx(slope * theta**2 / 2, rel=3 * theta + 1e-8)


def test_homogeneous_rows_of_any_norm_below_rounding():
    """A small row makes an eigenvalue of its own."""
    x = np.array([[1e-12, 0.0], [0.6, 0.8], [0.0, 1.0]])
    found = min_eigenvalue(x, activation=relu)
    rho = np.array([[1, 0.6, 0], [0.6, 1, 0.8], [0, 0.8, 1]])
    kernel = rho * (0.25 + np.arcsin(rho) / (2 * np.pi))
    exact = 1e-24 / np.linalg.inv(kernel)[0, 0]
    assert float(found) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    ("x", "activation", "reason"),
    [
        (np.array([[1.0, 2.0], [3.0, 1.0], [2.0, 4.0]]), relu, "rows 0 and 2 point the same way"),
        (circle(4), tanh, "rows 0 and 2 are opposite and the Gram function is odd"),
        (circle(4), sigmoid, "Gram function is odd"),
        (circle(4), quadratic, "Gram function is even"),
        (circle(8), hard_tanh, "Gram function is odd"),
        (circle(6), relu, "3 pairs of opposite rows, and the odd part .* room for 2"),
        (circle(10), leaky_relu(0.3), "5 pairs of opposite rows"),
        (circle(10), swish, "5 pairs of opposite rows"),
        (circle(10), gelu, "5 pairs of opposite rows"),
        (circle(10), softplus, "5 pairs of opposite rows"),
        (circle(10), relu_squared, "5 pairs .* the even part .* room for 3"),
        (sphere(4, 2), quadratic, "4 rows, and the Gram function has room for 3"),
        (sphere(11, 3), cubic, "11 rows, and the Gram function has room for 10"),
        (sphere(8, 2), polynomial(0, 1, 1, 1), "8 rows, and the Gram function has room for 7"),
    ],
)
def test_exact_zeros(x, activation, reason):
    found = min_eigenvalue(x, activation=activation)
    assert (float(found), found.error) == (0.0, 0.0)
    assert re.search(reason, found.method)


@pytest.mark.parametrize(
    ("x", "activation"),
    [
        (circle(4), relu), (circle(6), elu), (circle(12), selu), (circle(4), gelu),
        (circle(6, 1), relu), (sphere(3, 2), quadratic), (sphere(10, 3), cubic),
        (sphere(20, 4), cubic), (sphere(7, 2), polynomial(0, 1, 1, 1)),
    ],
)  # fmt: skip
def test_no_zero_is_invented(x, activation):
    assert min_eigenvalue(x, activation=activation) > 1e-9


def test_degrees_of_gram_functions():
    assert gram_degrees(tanh) == (-1, None)
    assert gram_degrees(elu) == (None, None)
    assert gram_degrees(polynomial(5, 0, 1, 0, 2)) == (4, -1)
    nearly = Activation("nearly", lambda x: x + 1e-6 * jnp.exp(-x * x))
    assert gram_degrees(nearly) == (None, 1)


def test_a_readers_own_smooth_activation():
    mish = Activation("mish", lambda x: x * jnp.tanh(jax.nn.softplus(x)))
    found = min_eigenvalue(circle(31), activation=mish)
    assert found.method.startswith("inverse in ball arithmetic")
    assert 1e-9 < found < 1e-7


def test_kinks_that_floats_cannot_resolve_are_refused():
    near = np.array([[1, 0], [1, 1e-7], [1, 2e-7], [0, 1]])
    with pytest.raises(ValueError, match=r"Gram matrix of elu is out of reach.*kinks"):
        min_eigenvalue(near / np.linalg.norm(near, axis=1, keepdims=True), activation=elu)


def test_unknown_operations_are_refused_where_they_matter():
    bessel = Activation("bessel", lambda x: x * jax.scipy.special.i0e(x), kinks=(0.0,))
    assert min_eigenvalue(circle(5), activation=bessel) > 0
    smooth = Activation("lookup", lambda x: jnp.tanh(x) + 0 * jax.scipy.special.i1e(x))
    assert float(min_eigenvalue(circle(2, 1), activation=smooth)) == pytest.approx(
        float(min_eigenvalue(circle(2, 1), activation=tanh)), rel=1e-9
    )
    with pytest.raises(ValueError, match=r"out of reach.*'bessel_i1e'"):
        min_eigenvalue(circle(41), activation=smooth)


def test_too_many_rows_are_refused():
    with pytest.raises(ValueError, match="up to 400 rows, got 401"):
        min_eigenvalue(circle(401), activation=tanh)


def test_special_rows_that_no_rule_counts_are_refused():
    """Six points on a conic: homogeneous quadratics vanish on them."""
    angles = 2 * np.pi * np.arange(6) / 6 + 0.1
    cone = np.stack([np.cos(angles), np.sin(angles), np.ones(6)], axis=1) / math.sqrt(2)
    with pytest.raises(ValueError, match="only because the rows are rounded"):
        min_eigenvalue(cone, activation=quadratic)
