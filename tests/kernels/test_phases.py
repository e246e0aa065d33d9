"""Fixed points, chi and the edge of chaos against SciPy's integrals and printed values."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from ntklib import activations
from ntklib.activations import (
    Activation,
    cosine,
    elu,
    gelu,
    leaky_relu,
    relu,
    selu,
    sign,
    sine,
    tanh,
)
from ntklib.kernels import (
    chi,
    correlation_fixed_points,
    edge_of_chaos,
    nngp,
    variance_fixed_points,
)


def mean(function, q):
    return quad(
        lambda z: function(math.sqrt(q) * z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi),
        -12, 12, epsabs=1e-14, epsrel=1e-13, limit=200, points=(0.0,),
    )[0]  # fmt: skip


def squared_slope(z):
    return 1 / math.cosh(z) ** 4


def test_printed_values_of_chi():
    assert chi(gelu) == pytest.approx(1.07203160, abs=5e-9)
    assert chi(tanh) == pytest.approx(1.17780723, abs=5e-9)
    assert chi(relu) == chi(leaky_relu(0.3)) == pytest.approx(1, rel=1e-15)
    assert chi(tanh, weight_variance=1.7, variance=0.4) == pytest.approx(
        1.7 * mean(squared_slope, 0.4), rel=1e-12
    )


@pytest.mark.parametrize(("weight", "bias"), [(1.5, 0.1), (2.0, 0.0), (4.0, 0.3), (0.5, 0.2)])
def test_the_fixed_variance_of_tanh(weight, bias):
    points = variance_fixed_points(tanh, weight_variance=weight, bias_variance=bias)

    def excess(q):
        return weight * mean(lambda z: math.tanh(z) ** 2, q) + bias - q

    expected = brentq(excess, 1e-3, 10, xtol=1e-14)
    assert len(points) == 1
    assert points[0].stable
    assert abs(points[0].value.value - expected) <= 1e-11
    step = 1e-4 * expected
    slope = 1 + (excess(expected + step) - excess(expected - step)) / (2 * step)
    assert points[0].slope == pytest.approx(slope, abs=1e-6)


def test_selu_keeps_unit_variance_and_comes_back_to_it():
    near_one = [p for p in variance_fixed_points(selu) if abs(p.value - 1) < 1e-6]
    assert len(near_one) == 1
    assert near_one[0].stable
    assert near_one[0].value.value == pytest.approx(1, abs=1e-9)


def test_every_point_fixed_is_refused_and_none_is_empty():
    with pytest.raises(ValueError, match=r"every variance is fixed: relu .* weight_variance is 2"):
        variance_fixed_points(relu)
    with pytest.raises(ValueError, match="every correlation is fixed: identity is linear"):
        correlation_fixed_points(activations.identity)
    assert variance_fixed_points(relu, weight_variance=2.2, bias_variance=0.1) == []


def test_where_tanh_becomes_chaotic():
    """At bias variance 0.05 the literature gives the weight variance 1.76."""

    def bias(log_q):
        return edge_of_chaos(tanh, variance=math.exp(log_q)).bias_variance - 0.05

    point = edge_of_chaos(tanh, variance=math.exp(brentq(bias, -3, 0.5)))
    assert point.weight_variance == pytest.approx(1.76, abs=5e-3)
    assert point.weight_variance * mean(squared_slope, point.variance) == pytest.approx(1)
    fixed = variance_fixed_points(
        tanh, weight_variance=point.weight_variance, bias_variance=point.bias_variance
    )
    assert fixed[0].value.value == pytest.approx(point.variance, rel=1e-9)


def test_relu_is_at_its_edge_at_two_whatever_the_variance():
    for variance in (0.01, 1.0, 50.0):
        point = edge_of_chaos(relu, variance=variance)
        assert point.weight_variance == pytest.approx(2, rel=1e-14)
        assert point.bias_variance == pytest.approx(0, abs=1e-13 * variance)


@pytest.mark.parametrize(
    ("activation", "settings"),
    [
        (gelu, {}),
        (sine, {"bias_variance": 0.1, "weight_variance": 1 / 0.4323 * 0.9, "variance": 1.0}),
        (Activation("arctan", jnp.arctan), {}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_fixed_correlations_are_kept_by_a_layer(activation, settings):
    """A layer of the NNGP leaves each where it is, and moves neighbours by the slope."""
    variance = settings.get("variance", 1.0)
    shared = {k: v for k, v in settings.items() if k != "variance"}

    def layer(rho):
        # The data are chosen so that biases in the first layer give variance and correlation.
        b = shared.get("bias_variance", 0.0)
        x = np.linalg.cholesky(
            np.array([[variance - b, variance * rho - b], [variance * rho - b, variance - b]])
        )
        return float(nngp(x, activation=activation, depth=1, normalized=True, **shared)[0, 1])

    points = correlation_fixed_points(activation, variance=variance, **shared)
    assert points[0].value.value == 1
    inner = [p for p in points if -0.9 < p.value < 0.999]
    for point in inner:
        rho = point.value.value
        assert layer(rho) == pytest.approx(rho, abs=1e-12)
        change = (layer(rho + 1e-5) - layer(rho - 1e-5)) / 2e-5
        assert point.slope == pytest.approx(change, abs=1e-6)
    assert inner or points[0].stable


def test_jumps_have_an_infinite_slope():
    points = correlation_fixed_points(sign)
    assert [p.value.value for p in points] == pytest.approx([1, 0, -1], abs=1e-12)
    assert points[0].slope == math.inf
    assert points[1].slope == pytest.approx(2 / math.pi, rel=1e-12)
    with pytest.raises(ValueError, match="infinite: sign' has a point mass"):
        chi(sign)
    with pytest.raises(ValueError, match="infinite: sign' has a point mass"):
        edge_of_chaos(sign, variance=1.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chi(tanh, weight_variance=-1.0), r"weight_variance must be positive, got -1\.0"),
        (lambda: chi(tanh, variance=0.0), r"variance must be positive, got 0\.0"),
        (lambda: variance_fixed_points(tanh, bias_variance=-2.0), r"at least 0, got -2\.0"),
        (lambda: correlation_fixed_points(elu, variance=-3.0), r"variance must be .*got -3\.0"),
        (lambda: edge_of_chaos(tanh, variance=np.nan), "variance must be finite, got nan"),
        (
            lambda: edge_of_chaos(cosine, variance=1.0),
            "cosine has no edge of chaos with variance 1",
        ),
        (lambda: chi("tanh"), r"got 'tanh'; take ntklib\.activations\.tanh"),
    ],
)
def test_bad_settings_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
