"""Gaussian averages of activations: what is right, what is refused, and what is not."""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from ntklib.activations import Activation, named, relu, tanh
from ntklib.dual import dual, second_moment
from ntklib.gaussian import energy, expectation, table


@pytest.mark.parametrize("variance", [1e-6, 0.3, 1.0, 100.0, 1e4])
def test_expectations_in_closed_form(variance):
    root = math.sqrt(variance)
    expected = {
        "relu": root / math.sqrt(2 * math.pi),
        "relu_squared": variance / 2,
        "sign": 0.0,
        "erf": 0.0,
        "cosine": math.exp(-variance / 2),
        "sigmoid": 0.5,
        "quadratic": variance,
        "cubic": 0.0,
        "gelu": variance / math.sqrt(2 * math.pi * (1 + variance)),  # Stein: v E[phi(u)]
    }
    for activation in named():
        if activation.name in expected:
            estimate = expectation(activation, variance=variance)
            error = abs(float(estimate) - expected[activation.name])
            assert error <= estimate.error, activation.name
            assert estimate.error <= 1e-12 * math.sqrt(second_moment(activation, variance=variance))


@pytest.mark.parametrize("power", [0.5, 0.25, -0.05])
@pytest.mark.parametrize("kink", [0.0, 1.0])
def test_the_stated_error_bounds_that_of_a_singular_average(power, kink):
    mine = Activation("root", lambda z: jnp.abs(z - kink) ** power, kinks=(kink,))
    tabulated = table(mine)
    if kink:  # E |z - k|^2p is a Kummer function
        from scipy.special import hyp1f1

        series = hyp1f1(-power, 0.5, -(kink**2) / 2)
    else:
        series = 1.0
    exact = 2**power * math.gamma(power + 0.5) / math.sqrt(math.pi) * series
    assert abs(energy(tabulated) - exact) <= tabulated.error * exact
    assert tabulated.error < 1e-9


def test_averages_equal_a_simulation():
    draws = np.random.default_rng(1).standard_normal(400_000)
    for activation in named():
        values = np.asarray(activation(1.7 * draws))
        z = (values.mean() - float(expectation(activation, variance=1.7**2))) / values.std()
        assert abs(z) * math.sqrt(draws.size) < 4.5, activation.name


RAMPS = {
    0: lambda z: jnp.where(z > 0, 1.0, 0.0),
    1: lambda z: jnp.where(z > 0, z, 0.0),
    2: lambda z: jnp.where(z > 0, z, 0.0) ** 2,
}
PLACES = [-10.0, -9.328288493890714, -4.03, -0.18999, 0.0, 0.5, 1.0, 2.5821, 6.0, 9.9, 10.0]


@pytest.mark.parametrize("order", RAMPS)
@pytest.mark.parametrize("smooth", [jnp.zeros_like, lambda z: jnp.tanh(z) - z], ids=["0", "tanh"])
def test_undeclared_kinks_are_found_and_placed(order, smooth):
    """-9.328 is so near the end of a panel that it lies beyond the last node."""
    for place in PLACES:
        mine = Activation("mine", lambda z, k=place: smooth(z) + RAMPS[order](z - k))
        with pytest.raises(ValueError, match=r"not declared .* make it Activation") as refusal:
            second_moment(mine)
        found = float(re.search(r"kink near (\S+) that", str(refusal.value))[1])
        assert abs(found - place) < 1e-3


@pytest.mark.parametrize("order", [3, 4])
@pytest.mark.parametrize("place", [-1.37, 0.53, 2.41])
def test_weak_undeclared_kinks_are_found_where_they_matter(order, place):
    def weak(z):
        return jnp.tanh(z) + jnp.where(z > place, jnp.tanh(z - place), 0) ** order

    mine = Activation("mine", weak)
    with pytest.raises(ValueError, match="seems to have a kink near") as refusal:
        dual(mine, 0.5)
    found = float(re.search(r"kink near (\S+) that", str(refusal.value))[1])
    assert abs(found - place) < 1e-3


def test_one_kink_declared_does_not_hide_another():
    mine = Activation("mine", lambda z: jnp.clip(z, -1, 1), kinks=(-1.0,))
    with pytest.raises(ValueError, match=r"kink near 1\.0 that .* got kinks=\(-1\.0,\)"):
        dual(mine, 0.5)


DROPPED = np.random.default_rng(0).random(10_000) < 0.5
REFUSED = {
    "nan": (jnp.log, r"must be finite, got nan at -"),
    "infinite": (lambda z: jnp.where(z > 2, jnp.inf, z), r"must be finite, got inf at [2-7]\."),
    "nan far out": (lambda z: jnp.arcsin(z / 12), r"must be finite, got \[nan.* at \[ *-40"),
    "nan between": (
        lambda z: jnp.where(jnp.abs(z - 9) < 0.5, jnp.nan, z),
        r"must be finite, got nan at [89]\.",
    ),
    "softmax": (jax.nn.softmax, "must act on each number by itself"),
    "cumsum": (jnp.cumsum, "must act on each number by itself"),
    "centred": (lambda z: z - z.mean(), "must act on each number by itself"),
    "sorted": (jnp.sort, "must act on each number by itself"),
    "largest": (lambda z: z / jnp.max(z), "must act on each number by itself"),
    "unit": (lambda z: z / jnp.linalg.norm(z), "must act on each number by itself"),
    "rolled": (lambda z: z * jnp.roll(z, 1), "must act on each number by itself"),
    "dropped": (
        lambda z: jnp.where(jnp.asarray(DROPPED[: z.size]), z, 0),
        "must act on each number by itself",
    ),
    "summed": (jnp.sum, r"of shape \(256,\) it returns shape \(\)"),
    "doubled": (lambda z: jnp.stack([z, z]), r"of shape \(256,\) it returns shape \(2, 256\)"),
    "gated": (jax.nn.glu, r"it returns shape \(128,\)"),
    "exp": (jnp.exp, r"no faster than a polynomial, got \|values\| \[2\.35.*at \[40\.0"),
    "exp down": (lambda z: jnp.exp(-z), r"no faster than a polynomial.* at \[-40\.0"),
    "sinh": (jnp.sinh, "no faster than a polynomial"),
    "cosh": (jnp.cosh, "no faster than a polynomial"),
    "slow exp": (lambda z: jnp.exp(0.1 * z), "no faster than a polynomial"),
    "bell upside down": (lambda z: jnp.exp(z * z / 8), r"no faster than a polynomial.*inf"),
    "numpy": (np.tanh, "cannot be applied to an array of numbers.*traced"),
    "complex": (lambda z: jnp.exp(1j * z), "it returns complex128, not real"),
    "whole": (lambda z: jnp.round(z).astype(int), "it returns int64, not real floating-point"),
    "truth": (lambda z: z > 0, r"returns bool.* a step is jnp\.where\(x > 0, 1\.0, 0\.0\)"),
    "plain if": (lambda z: z if z > 0 else 0.0, "cannot be applied to an array"),
    "two arguments": (lambda z, a: a * z, "cannot be applied.*missing 1 required"),
    "32 bits": (lambda z: jnp.tanh(z.astype(jnp.float32)), "or is computed in 32 bits"),
    "pole": (lambda z: 1 / z, r"kink near -?0\.0 that was not declared"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_activation_is_refused_by_name(name):
    function, message = REFUSED[name]
    for use in (second_moment, lambda a: dual(a, 0.3)):
        with pytest.raises(ValueError, match=f"(?s)^{name} .*{message}"):
            use(Activation(name, function))


@pytest.mark.parametrize("function", [lambda z: 1 / z, lambda z: jnp.abs(z) ** -0.5])
def test_infinite_moments_are_refused(function):
    mine = Activation("mine", function, kinks=(0.0,))
    with pytest.raises(ValueError, match=r"so large beside its kink at 0\.0 that E\[sigma\^2\]"):
        second_moment(mine)


LEGITIMATE = {
    "softplus 50": lambda z: jax.nn.softplus(50 * z) / 50,
    "softplus 1000": lambda z: jax.nn.softplus(1000 * z) / 1000,
    "tanh 1000": lambda z: jnp.tanh(1000 * z),
    "tanh 100000": lambda z: jnp.tanh(1e5 * z),
    "mish": lambda z: z * jnp.tanh(jnp.log(1 + jnp.exp(z))),
    "softsign": (lambda z: z / (1 + jnp.abs(z)), (0.0,)),
    "sinc, nan at 0": lambda z: jnp.sin(z) / z,
    "bump": lambda z: jnp.exp(-(z**2)),
    "spike": lambda z: jnp.exp(-1000 * z**2),
    "bump far out": lambda z: jnp.exp(-10 * (z - 7) ** 2),
    "logistic": lambda z: 1 / (1 + jnp.exp(-z)),
    "logistic by a ratio": lambda z: jnp.exp(z) / (1 + jnp.exp(z)),
    "tanh by a ratio": lambda z: (jnp.exp(z) - jnp.exp(-z)) / (jnp.exp(z) + jnp.exp(-z)),
    "softplus by a logarithm": lambda z: jnp.log(1 + jnp.exp(z)),
    "log cosh": lambda z: jnp.log(jnp.cosh(z)),
    "arctan": jnp.arctan,
    "arcsinh": jnp.arcsinh,
    "celu": (jax.nn.celu, (0.0,)),
    "Huber": (lambda z: jnp.where(jnp.abs(z) < 1, z**2 / 2, jnp.abs(z) - 0.5), (-1.0, 1.0)),
    "relu6": (jax.nn.relu6, (0.0, 6.0)),
    "hard swish": (jax.nn.hard_swish, (-3.0, 3.0)),
    "hard sigmoid": (jax.nn.hard_sigmoid, (-3.0, 3.0)),
    "squareplus": jax.nn.squareplus,
    "soft shrink": (lambda z: jnp.sign(z) * jnp.maximum(jnp.abs(z) - 0.5, 0), (-0.5, 0.5)),
    "snake": lambda z: z + jnp.sin(5 * z) ** 2 / 5,
    "Lorentz": lambda z: 1 / (1 + (z - 1) ** 2),
    "degree 12": lambda z: z**12,
    "degree 8, small": lambda z: z**8 / 3e19,
    "square root": lambda z: jnp.sqrt(1 + z * z),
    "slow": lambda z: jnp.log1p(jnp.log1p(z * z)),
    "normal cdf": jax.scipy.stats.norm.cdf,
    "chirp": lambda z: jnp.sin(z**2 / 2),
    "sin 50": lambda z: jnp.sin(50 * z),
    "staircase": (lambda z: jnp.round(jnp.clip(z, -2, 2)), (-2.0, -1.5, -0.5, 0.5, 1.5, 2.0)),
    "cube root": (jnp.cbrt, (0.0,)),
    "far ramp": (lambda z: jnp.maximum(z - 100, 0) + jnp.tanh(z), (100.0,)),
    "constant": jnp.ones_like,
    "kinks too many": (jnp.abs, (0.0, 1.0, 2.0)),
    "small": lambda z: 1e-8 * jnp.sin(z),
    "offset": lambda z: 1e6 + jnp.tanh(z),
    "Mexican hat": lambda z: (1 - z**2) * jnp.exp(-(z**2) / 2),
    "Planck": lambda z: z / jnp.expm1(z),
    "swish 20": lambda z: z * jax.nn.sigmoid(20 * z),
}


@pytest.mark.parametrize("name", LEGITIMATE)
def test_no_false_alarm(name):
    entry = LEGITIMATE[name]
    function, kinks = entry if isinstance(entry, tuple) else (entry, ())
    mine = Activation(name, function, kinks)
    z = np.linspace(-16, 16, 800_000) + 1.23e-6  # a plain sum: wrong by its step at a jump
    squares = np.asarray(mine(z)) ** 2 * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    assert second_moment(mine) == pytest.approx(squares.sum() * (z[1] - z[0]), rel=3e-5)
    slope = mine.derivative
    if name != "cube root" and not slope.point_masses:  # the slope |z|^(-2/3) / 3 has no energy
        assert math.isfinite(second_moment(slope))


def test_an_overflow_of_a_naive_formula_is_refused_where_it_matters():
    naive = Activation("naive", lambda z: jnp.exp(z) / (1 + jnp.exp(z)))
    assert second_moment(naive, variance=100.0) > 0
    with pytest.raises(ValueError, match=r"naive must be finite, got nan at \d{3}"):
        second_moment(naive, variance=1e4)


@pytest.mark.parametrize("variance", [0.0, -1.0, np.nan, np.inf, "1", [1.0, 2.0]])
def test_bad_variances_are_refused(variance):
    for function in (table, lambda a, v: expectation(a, variance=v)):
        with pytest.raises(ValueError, match="variance must be"):
            function(tanh, variance)


def test_what_is_not_an_activation_is_refused():
    with pytest.raises(ValueError, match="got 'relu'; take"):
        expectation("relu")
    assert float(expectation(relu)) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-15)


@pytest.mark.parametrize("place", [11.0, 11.1, 16.0, 16.1, 30.0])
def test_a_kink_far_out_is_taken_wherever_the_panels_end(place):
    far = Activation("far", lambda z: jnp.maximum(z - place, 0.0) + z, (place,))
    assert float(expectation(far)) == pytest.approx(0, abs=1e-15)
