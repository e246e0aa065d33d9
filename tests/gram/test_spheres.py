"""Harmonics on spheres: counts, energies in closed form, and energies far below rounding."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial.legendre import leggauss
from scipy.special import eval_gegenbauer, ivp, roots_gegenbauer

from ntklib import activations
from ntklib.activations import elu, hard_tanh, leaky_relu, polynomial, relu, sign, sine, tanh
from ntklib.gram.harmonics import harmonics
from ntklib.gram.matrix import gram_matrix
from ntklib.gram.spheres import (
    gegenbauer,
    harmonic_dimension,
    harmonic_energies,
    polynomial_dimension,
    smooth_energies,
)

dimensions, degrees = st.integers(1, 12), st.integers(0, 30)


def circle_of_relu(degree):
    """cos t (pi - t) / (2 pi) as a cosine series."""
    energies, j = np.zeros(degree + 1), np.arange(2.0, degree + 1, 2)
    energies[2::2] = (1 / (j - 1) ** 2 + 1 / (j + 1) ** 2) / math.pi**2
    energies[:2] = 1 / math.pi**2, 0.25
    return energies


def monomials_on_a_circle(k):
    """cos^k t as a cosine series, by the binomial theorem."""
    series = np.zeros(k + 1)
    for i in range(k + 1):
        series[abs(k - 2 * i)] += math.comb(k, i) / 2**k
    return series


@given(dimensions, degrees)
def test_harmonics_are_counted(d, p):
    counts = [harmonic_dimension(d, j) for j in range(p + 1)]
    assert sum(counts) == polynomial_dimension(d, p)
    if d == 2:
        assert counts == [1, *[2] * p]
    if d == 3:
        assert counts == [2 * j + 1 for j in range(p + 1)]


@pytest.mark.parametrize("d", [1, 2, 3, 4, 6])
def test_harmonics_are_orthonormal_and_add_up_to_gegenbauer(d):
    x = np.random.default_rng(d).standard_normal((8, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    basis = harmonics(x, 7)
    assert [each.shape for each in basis] == [(8, harmonic_dimension(d, j)) for j in range(8)]
    for j, each in enumerate(basis):
        cosines = np.clip(x @ x.T, -1, 1)
        if d > 2:
            kernel = eval_gegenbauer(j, d / 2 - 1, cosines) / eval_gegenbauer(j, d / 2 - 1, 1.0)
        else:
            kernel = np.cos(j * np.arccos(cosines)) * (d == 2 or j < 2)
        np.testing.assert_allclose(
            each @ each.T, each.shape[1] * kernel, atol=1e-6 * (d < 3) + 1e-9
        )


@pytest.mark.parametrize("d", [2, 3, 5, 9])
def test_gegenbauer_polynomials_have_their_recursion(d):
    t = np.linspace(-1, 1, 41)
    for j, row in enumerate(gegenbauer(d, 12, t)):
        expected = (
            np.cos(j * np.arccos(t))
            if d == 2
            else eval_gegenbauer(j, d / 2 - 1, t) / eval_gegenbauer(j, d / 2 - 1, 1.0)
        )
        np.testing.assert_allclose(row, expected, atol=1e-12)


@pytest.mark.parametrize("k", [0, 1, 2, 7, 30, 61])
def test_powers_on_a_circle_are_binomials(k):
    one = np.zeros(k + 1)
    one[k] = 1.0
    np.testing.assert_allclose(smooth_energies(one, 2, k), monomials_on_a_circle(k), rtol=1e-13)


@pytest.mark.parametrize("d", [3, 4, 7, 10])
@pytest.mark.parametrize("k", [0, 1, 5, 12])
def test_powers_on_a_sphere_by_gauss_quadrature(d, k):
    nodes, weights = roots_gegenbauer(20, d / 2 - 1)
    one = np.zeros(k + 1)
    one[k] = 1.0
    rows = list(gegenbauer(d, k, nodes))
    expected = [
        harmonic_dimension(d, j) * (weights @ (nodes**k * rows[j])) / weights.sum()
        for j in range(k + 1)
    ]
    np.testing.assert_allclose(smooth_energies(one, d, k), expected, rtol=1e-9, atol=1e-12)


def test_relu_on_a_circle_in_closed_form():
    found = harmonic_energies(relu, 2, 400)
    np.testing.assert_allclose(found, circle_of_relu(400), rtol=0, atol=5e-15)
    assert not found[3::2].any()


@pytest.mark.parametrize("d", [3, 4, 8])
def test_relu_on_spheres_by_another_quadrature(d):
    """In t = sin(phi) the arc in the Gram function is no singularity."""
    nodes, weights = leggauss(120)
    phi = nodes * math.pi / 2
    t, measure = np.sin(phi), weights * np.cos(phi) ** (d - 2)
    gamma = t * (math.pi / 2 + phi) / (2 * math.pi)
    for j, found in enumerate(harmonic_energies(relu, d, 9)):
        harmonic = eval_gegenbauer(j, d / 2 - 1, t) / eval_gegenbauer(j, d / 2 - 1, 1.0)
        count = harmonic_dimension(d, j)
        expected = count * (measure @ (gamma * harmonic)) / measure.sum()
        assert found == pytest.approx(expected, abs=1e-14 * math.sqrt(count))


def test_hard_tanh_on_a_circle_by_mpmath():
    """E[sigma' sigma'] = P(|u| < 1, |v| < 1), one integral over u."""

    def both(t):
        c, s = mpmath.cos(t), mpmath.sin(t)
        return mpmath.quad(
            lambda u: (
                mpmath.npdf(u) * (mpmath.ncdf((1 - c * u) / s) - mpmath.ncdf((-1 - c * u) / s))
            ),
            [-1, 0, 1],
        )

    nodes, weights = leggauss(50)
    theta = (nodes + 1) * math.pi / 2
    gamma = np.cos(theta) * np.array([float(both(t)) for t in theta])
    found = harmonic_energies(hard_tanh, 2, 12)
    expected = [float(weights @ (gamma * np.cos(j * theta))) for j in (1, 3, 11)]
    np.testing.assert_allclose(found[[1, 3, 11]], expected, rtol=0, atol=1e-12)
    assert not found[::2].any()


def test_sine_keeps_its_digits_far_below_rounding():
    """Gamma(rho) = rho cosh(rho) / e, whose cosine series are derivatives of Bessel functions."""
    found = harmonic_energies(sine, 2, 101)
    odd = np.arange(1, 102, 2)
    np.testing.assert_allclose(found[odd], 2 / math.e * ivp(odd, 1.0), rtol=1e-11)
    assert 0 < found[101] < 1e-180
    assert not found[::2].any()


def test_tanh_from_eigenvalues_of_circles():
    """On n = 21, 41 points of a full circle the smallest is n (Gamma_n + Gamma_3n + ...)."""
    found = harmonic_energies(tanh, 2, 123)
    for n, eigenvalue in ((21, 6.293847212e-8), (41, 2.446656198e-13)):
        assert n * (found[n] + found[3 * n]) == pytest.approx(eigenvalue, rel=2e-10)


@pytest.mark.parametrize("name", ["tanh", "gelu", "swish", "sigmoid", "elu", "selu", "hard_tanh"])
@pytest.mark.parametrize("d", [1, 2, 3, 6])
def test_energies_add_up_to_the_gram_function(name, d):
    sigma = getattr(activations, name)
    theta = np.array([0.7, 1.4, 2.3]) if d > 1 else np.array([0.0, math.pi])
    energies = harmonic_energies(sigma, d, 60)
    if d > 1:
        total = sum(
            e * row for e, row in zip(energies, gegenbauer(d, 60, np.cos(theta)), strict=True)
        )
    else:
        total = energies[0] + energies[1] * np.cos(theta)
    rows = np.column_stack([np.cos(theta), np.sin(theta)])
    expected = gram_matrix(np.vstack([[1.0, 0.0], rows]), activation=sigma)[0, 1:]
    missing = expected.max() - energies.sum() if d == 1 else 0
    np.testing.assert_allclose(total, expected, atol=2e-3 if sigma.kinks else 1e-12)
    assert abs(missing) < 1e-9
    assert (energies >= 0).all()


def test_polynomials_end():
    """(z^2 has Gamma = 4 rho^2.)"""
    np.testing.assert_allclose(
        harmonic_energies(activations.quadratic, 3, 5), [4 / 3, 0, 8 / 3, 0, 0, 0], rtol=1e-14
    )
    assert not harmonic_energies(polynomial(0, 1, 0, 1), 4, 9)[[0, 2, 4, 5, 7, 9]].any()
    np.testing.assert_allclose(harmonic_energies(leaky_relu(1.0), 5, 3), [0, 1, 0, 0], atol=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: harmonic_dimension(0, 1), "dimension must be an integer >= 1, got 0"),
        (lambda: polynomial_dimension(2, -1), "degree must be an integer >= 0, got -1"),
        (lambda: harmonic_energies(relu, 2, 1.5), "degree must be an integer"),
        (lambda: harmonic_energies(sign, 2, 3), "sign jumps"),
        (lambda: harmonic_energies("elu", 2, 3), "elu"),
        (lambda: harmonic_energies(elu, 2.0, 3), "dimension must be an integer"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
