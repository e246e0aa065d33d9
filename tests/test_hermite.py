"""Hermite coefficients to degree 400: closed forms, Parseval, and errors that bound."""

import math

import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from mpmath import mpf

from ntklib.activations import (
    Activation,
    cosine,
    cubic,
    elu,
    erf,
    gelu,
    hard_tanh,
    named,
    relu,
    relu_squared,
    sign,
    sine,
    tanh,
)
from ntklib.dual import hermite_coefficients, hermite_expansion, second_moment

DEGREE = 400


def values_at(point, degree):
    """h_k(point) phi(point) for k = -1..degree - 1, shifted by one, in mpmath."""
    rows = [mpmath.npdf(point), point * mpmath.npdf(point)]
    for k in range(1, degree):
        rows.append((point * rows[k] - mpmath.sqrt(k) * rows[k - 1]) / mpmath.sqrt(k + 1))
    return rows


def of_a_step(point, degree):
    """E[1(z > b) h_k] = h_{k-1}(b) phi(b) / sqrt(k)."""
    rows = values_at(point, degree)
    first = [mpmath.ncdf(-point)]
    return first + [rows[k - 1] / mpmath.sqrt(k) for k in range(1, degree + 1)]


def of_an_integral(start, slopes):
    """From the coefficients of sigma' to those of sigma: a_k = c_{k-1} / sqrt(k)."""
    return [start] + [slopes[k - 1] / mpmath.sqrt(k) for k in range(1, len(slopes))]


def of_sine(degree, phase):
    """sin z = e^(-1/2) sum (-1)^j h_{2j+1} / sqrt((2j+1)!), cos with the even ones."""
    signs = [0, 1, 0, -1] if phase else [1, 0, -1, 0]
    return [
        mpmath.exp(mpf(-1) / 2) * signs[k % 4] / mpmath.sqrt(mpmath.factorial(k))
        for k in range(degree + 1)
    ]


def of_exponential_below_zero(degree):
    """c_k = E[e^z h_k; z < 0] = (c_{k-1} - h_{k-1}(0) phi(0)) / sqrt(k), by parts."""
    rows = values_at(mpf(0), degree)
    c = [mpmath.exp(0.5) * mpmath.ncdf(-1)]
    for k in range(1, degree + 1):
        c.append((c[-1] - rows[k - 1]) / mpmath.sqrt(k))
    return c


def closed_forms():
    """Coefficients of degree 0..400 from formulas, in 60 digits."""
    with mpmath.workdps(60):
        step = of_a_step(mpf(0), DEGREE + 2)
        ramp = of_an_integral(1 / mpmath.sqrt(2 * mpmath.pi), step)
        square = of_an_integral(mpf(1) / 2, [2 * a for a in ramp])
        clamp = [
            a - b for a, b in zip(of_a_step(mpf(-1), 402), of_a_step(mpf(1), 402), strict=True)
        ]
        below = of_exponential_below_zero(DEGREE)
        forms = {
            sign: [2 * a - (k == 0) for k, a in enumerate(step)],
            relu: ramp,
            relu_squared: square,
            hard_tanh: of_an_integral(mpf(0), clamp),
            elu: [
                r + b - ((k == 0) - s)
                for k, (r, b, s) in enumerate(zip(ramp, below, step, strict=False))
            ],
            sine: of_sine(DEGREE, 1),
            cosine: of_sine(DEGREE, 0),
            erf: of_error_function(DEGREE),
            cubic: [mpf(0), mpf(3), mpf(0), mpmath.sqrt(6)] + [mpf(0)] * (DEGREE - 3),
        }
        return {a: np.array([float(c) for c in form[: DEGREE + 1]]) for a, form in forms.items()}


def of_error_function(degree):
    """a_k^2 are the coefficients of (2/pi) arcsin(2 rho / 3); the signs alternate."""
    c = [mpf(0)] * (degree + 1)
    for j in range((degree + 1) // 2):
        k = 2 * j + 1
        arcsine = mpmath.binomial(2 * j, j) / (mpf(4) ** j * k)
        c[k] = (-1) ** j * mpmath.sqrt(2 / mpmath.pi * arcsine * (mpf(2) / 3) ** k)
    return c


CLOSED_FORMS = closed_forms()


@pytest.mark.parametrize("activation", CLOSED_FORMS, ids=lambda a: a.name)
def test_coefficients_to_degree_400_within_the_stated_error(activation):
    expansion = hermite_expansion(activation, DEGREE)
    missed = np.abs(expansion.coefficients - CLOSED_FORMS[activation])
    assert missed.max() <= expansion.error
    assert missed.max() <= 2e-15 * math.sqrt(second_moment(activation))
    assert expansion.error <= 1e-12 * math.sqrt(second_moment(activation))


@pytest.mark.parametrize(
    ("activation", "in_digits"),
    [
        (tanh, mpmath.tanh),
        (gelu, lambda z: z * mpmath.ncdf(z)),
        (Activation("arctan", jnp.arctan), mpmath.atan),
    ],
    ids=lambda a: getattr(a, "name", ""),
)
def test_smooth_ones_equal_the_trapezoid_rule_in_40_digits(activation, in_digits):
    """Its step is 1/16, so poles at +-i leave exp(-2 pi 16) = 1e-44."""
    with mpmath.workdps(40):
        step = mpf(1) / 16
        points = [step * i for i in range(-210, 211)]
        rows = np.array([mpmath.npdf(x) * in_digits(x) * step for x in points])
        x, before, now = np.array(points), np.zeros(len(points), int), np.array([mpf(1)] * 421)
        expected = []
        for k in range(151):
            expected.append(float((rows * now).sum()))
            before, now = now, (x * now - mpmath.sqrt(k) * before) / mpmath.sqrt(k + 1)
    expansion = hermite_expansion(activation, 150)
    missed = np.abs(expansion.coefficients - np.array(expected))
    assert missed.max() <= min(expansion.error, 2e-15)


@pytest.mark.parametrize("variance", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("activation", named(), ids=lambda a: a.name)
def test_parseval(activation, variance):
    expansion = hermite_expansion(activation, 1000, variance=variance)
    total = float(expansion.coefficients @ expansion.coefficients)
    moment = second_moment(activation, variance=variance)
    assert expansion.tail >= 0
    assert total + expansion.tail == pytest.approx(moment, rel=1e-13)
    bound = {0: 0.03, 1: 1e-4, 2: 1e-7, math.inf: 1e-13}[activation.jump_order]  # k^(1/2 - r)
    assert expansion.tail <= bound * moment


@pytest.mark.parametrize("activation", [a for a in named() if a != sign], ids=lambda a: a.name)
def test_the_derivative_lowers_the_degree(activation):
    """sqrt(k + 1) a_{k+1} of sigma is a_k of sigma'."""
    k = np.arange(300)
    whole, slope = (
        hermite_coefficients(activation, 300),
        hermite_coefficients(activation.derivative, 299),
    )
    np.testing.assert_allclose(np.sqrt(k + 1) * whole[1:], slope, atol=1e-13)


def test_point_masses_are_included():
    """sign' = 2 delta, so a_k = 2 h_k(0) phi(0); the energy is infinite."""
    expansion = hermite_expansion(sign.derivative, 40, variance=4.0)
    with mpmath.workdps(30):
        expected = [float(v) for v in values_at(mpf(0), 40)]  # 2 / sqrt(4) = 1
    np.testing.assert_allclose(expansion.coefficients, expected[:41], atol=1e-15)
    assert expansion.tail == math.inf


@pytest.mark.parametrize("degree", [-1, 1.5, 1001, "3", True])
def test_bad_degrees_are_refused(degree):
    with pytest.raises(ValueError, match=f"degree must be .*got '?{degree}"):
        hermite_coefficients(relu, degree)
