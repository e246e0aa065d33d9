"""Hermite coefficients far below 1e-16: closed forms, mpmath, and the 64-bit ones above it."""

import math

import mpmath
import numpy as np
import pytest
from flint import ctx

from ntklib.activations import Activation, cubic, erf, gelu, relu, sine, swish, tanh
from ntklib.balls import ball_series, resolved_series
from ntklib.dual import hermite_expansion


def test_sine_in_closed_form():
    """The dual of sine is e^-1 sinh(rho), so a_k^2 = e^-1 / k! for odd k."""
    squares = ball_series(sine, 61, 256).squares
    for k in (1, 31, 61):
        assert float(squares[k]) == pytest.approx(math.exp(-1) / math.factorial(k), rel=1e-13)
    assert all(float(square.abs_upper()) < 1e-150 for square in squares[::2])


def test_erf_in_closed_form():
    """The dual is (2 / pi) arcsin(2 rho / 3)."""
    squares = ball_series(erf, 201, 256).squares
    for k in (1, 101, 201):
        m = (k - 1) // 2
        series = math.comb(2 * m, m) / 4**m / k * (2 / 3) ** k * 2 / math.pi
        assert float(squares[k]) == pytest.approx(series, rel=1e-12)


@pytest.mark.parametrize("degree", [20, 60])
def test_tanh_by_mpmath(degree):
    """By tanh-sinh quadrature at 50 digits, of the polynomial in its explicit form."""
    with mpmath.workdps(50):
        coefficients = [mpmath.mpf(0)] * (degree + 1)
        for i in range(degree // 2 + 1):
            size = mpmath.factorial(i) * mpmath.factorial(degree - 2 * i) * mpmath.mpf(2) ** i
            coefficients[2 * i] = (-1) ** i * mpmath.sqrt(mpmath.factorial(degree)) / size

        def powers(x):
            return [x**i for i in range(degree, -1, -1)]

        def integrand(x):
            return mpmath.sech(x) ** 2 * mpmath.fdot(coefficients, powers(x)) * mpmath.npdf(x)

        exact = 2 * mpmath.quad(integrand, mpmath.linspace(0, 24, 25))
    found = ball_series(tanh.derivative, degree, 160).coefficients[degree]
    with ctx.workprec(300), mpmath.workdps(50):
        assert abs(mpmath.mpf(found.str(40, radius=False)) - exact) < 1e-38


@pytest.mark.parametrize("activation", [tanh, swish, gelu, cubic], ids=lambda each: each.name)
def test_agrees_with_floats_where_they_see(activation):
    found = ball_series(activation, 40, 128)
    floats = hermite_expansion(activation, 40)
    values = [float(each) for each in found.coefficients]
    np.testing.assert_allclose(values, floats.coefficients, atol=1e-13)
    assert found.tail == pytest.approx(floats.tail, abs=1e-13)


def test_a_steeper_function_is_as_precise():
    """sigma(beta z) of sine: the dual is e^(-beta^2) sinh(beta^2 rho)."""
    beta = 4.0
    square = ball_series(sine.scaled(beta), 81, 256).squares[81]
    exact = math.exp(-(beta**2) + 81 * math.log(beta**2) - math.lgamma(82))
    assert float(square) == pytest.approx(exact, rel=1e-12)


def test_the_tail_is_what_is_left():
    assert resolved_series(gelu.derivative, 100).tail < 256 * 2.0**-100
    short, long = (ball_series(tanh, degree, 128) for degree in (20, 100))
    between = sum(float(square) for square in long.squares[21:])
    assert short.tail == pytest.approx(between + long.tail, rel=1e-10)


def test_kinks_are_refused():
    with pytest.raises(ValueError, match=r"relu has kinks at \(0.0,\)"):
        ball_series(relu, 10, 64)


def test_what_does_not_settle_is_refused():
    with pytest.raises(ValueError, match="so steep, or so close to a kink"):
        ball_series(tanh.scaled(1e4), 4, 64)
    with pytest.raises(ValueError, match=r"too long: 0\.\d+ of its energy is beyond degree 4096"):
        resolved_series(Activation("wave", sine.scaled(80.0).fn, params=(80.0,)), 64)
