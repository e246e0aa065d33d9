"""The centred dual against closed forms, series, simulation and what holds for every activation."""

import math

import numpy as np
import pytest

from ntklib import activations
from ntklib.activations import (
    Activation,
    elu,
    erf,
    gelu,
    identity,
    leaky_relu,
    named,
    polynomial,
    quadratic,
    relu,
    sign,
    tanh,
)
from ntklib.capacity import overlap
from ntklib.capacity.overlap import centred_dual
from ntklib.dual import hermite_coefficients

Q = np.linspace(-1, 1, 41)
RIGHT = np.linspace(0, 1, 21)


def of_relu(q):
    return (np.sqrt(1 - q**2) + q * (math.pi / 2 + np.arcsin(q)) - 1) / (math.pi - 1)


def of_erf(q, gain=1.0):
    b = 2 * gain**2 / (1 + 2 * gain**2)
    return np.arcsin(b * q) / np.arcsin(b)


def of_leaky(q, slope):
    """From Cho and Saul's kernel of ReLU: sigma = slope * z + (1 - slope) * relu."""
    kernel = (np.sqrt(1 - q**2) + q * (math.pi / 2 + np.arcsin(q))) / (2 * math.pi)
    dual = (slope**2 + slope * (1 - slope)) * q + (1 - slope) ** 2 * kernel
    at_zero = (1 - slope) ** 2 / (2 * math.pi)
    return (dual - at_zero) / ((1 + slope**2) / 2 - at_zero)


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        (identity, lambda q: q),
        (sign, lambda q: 2 / math.pi * np.arcsin(q)),
        (relu, of_relu),
        (quadratic, lambda q: q**2),
        (erf, of_erf),
        (erf.scaled(3), lambda q: of_erf(q, 3.0)),
        (leaky_relu(0.1), lambda q: of_leaky(q, 0.1)),
        (polynomial(5, 2, 1), lambda q: (4 * q + 2 * q**2) / 6),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_closed_form(activation, expected):
    np.testing.assert_allclose(overlap(activation, Q), expected(Q), atol=2e-14)


@pytest.mark.parametrize("activation", [tanh, gelu, activations.sine], ids=lambda a: a.name)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_series_of_hermite_coefficients(activation, order):
    q = np.linspace(-0.8, 0.8, 9)
    weights = hermite_coefficients(activation, 200)[1:] ** 2
    series = np.polynomial.Polynomial([0, *(weights / weights.sum())])
    np.testing.assert_allclose(
        overlap(activation, q, order=order), series.deriv(order)(q), atol=1e-11
    )


@pytest.mark.parametrize("activation", named(), ids=lambda a: a.name)
def test_what_holds_for_every_activation(activation):
    value, slope = overlap(activation, RIGHT), overlap(activation, RIGHT[:-1], order=1)
    curvature = overlap(activation, RIGHT[:-1], order=2)
    assert value[0] == pytest.approx(0, abs=1e-15)
    assert value[-1] == pytest.approx(1, rel=1e-14)
    assert (value <= RIGHT + 1e-14).all()  # the linear machine has the largest overlaps
    assert (np.diff(value) >= -1e-14).all()
    assert (slope >= -1e-12).all()
    assert (curvature >= -1e-8).all()
    assert float(overlap(activation, 1.0, order=1)) >= 1 - 1e-12  # a mean degree is at least 1


@pytest.mark.parametrize(
    "activation", [relu, elu, sign, tanh, activations.hard_tanh], ids=lambda a: a.name
)
def test_derivatives_are_derivatives(activation):
    q, h = np.array([-0.5, 0.05, 0.4, 0.9]), 1e-5
    for order in (0, 1):
        rise = overlap(activation, q + h, order=order) - overlap(activation, q - h, order=order)
        np.testing.assert_allclose(
            overlap(activation, q, order=order + 1), rise / (2 * h), rtol=1e-7, atol=1e-8
        )


@pytest.mark.parametrize(
    "activation", [relu, sign, elu, tanh, gelu, identity], ids=lambda a: a.name
)
def test_gap_keeps_its_digits(activation):
    half = np.array([1e-7, 1e-4, 0.3])
    centred = centred_dual(activation)
    gap = centred.gap(half)
    np.testing.assert_allclose(gap[2], 1 - centred.value(1 - 2 * half[2] ** 2), rtol=1e-13)
    if activation == sign:
        expected = 2 / math.pi * 2 * np.arcsin(half)
    else:
        expected = centred.slope_at_one * 2 * half**2  # up to the next power
    np.testing.assert_allclose(gap[:2], expected[:2], rtol=1e-3)


def test_simulated_machine():
    """The covariance of two machines' outputs is Q at any number of units."""
    rng = np.random.default_rng(0)
    q, units, draws = 0.6, 8, 100_000
    first = rng.standard_normal((draws, units))
    second = q * first + math.sqrt(1 - q**2) * rng.standard_normal((draws, units))
    signs = np.repeat([1.0, -1.0], units // 2)
    spread = math.sqrt(units * (1 - 1 / math.pi) / 2)
    products = (np.maximum(first, 0) @ signs) * (np.maximum(second, 0) @ signs) / spread**2
    error = products.std() / math.sqrt(draws)
    assert abs(products.mean() - float(overlap(relu, q))) < 4 * error


def test_mean_degree_is_infinite_for_jumps_only():
    assert float(overlap(sign, 1.0, order=1)) == math.inf
    assert float(overlap(relu, 1.0, order=1)) == pytest.approx(math.pi / (math.pi - 1), rel=1e-14)
    assert float(overlap(relu, 1.0, order=2)) == math.inf
    assert float(overlap(elu, 1.0, order=2)) < math.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: overlap(polynomial(2.0), 0.5), "polynomial must not be constant"),
        (lambda: overlap(relu, 1.5), r"q must lie in \[-1.0, 1.0\], got 1.5"),
        (lambda: overlap(relu, math.nan), "q must be finite, got nan"),
        (lambda: overlap(relu, 0.5, order=3), "order must be 0, 1 or 2, got 3"),
        (lambda: overlap("relu", 0.5), "take ntklib.activations.relu"),
        (lambda: overlap(Activation("bad", lambda x: x + np.nan), 0.5), "bad must be finite"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
