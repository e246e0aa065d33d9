"""Replica symmetry at finite load, against integrals by SciPy and against enumeration's limits."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfcx, log_ndtr
from scipy.stats import norm

from ntklib.activations import (
    cubic,
    erf,
    gelu,
    identity,
    leaky_relu,
    polynomial,
    quadratic,
    relu,
    sign,
    xtanh,
)
from ntklib.capacity import (
    almeida_thouless,
    binary_capacity,
    binary_curve,
    binary_entropy,
    overlap,
    spherical_curve,
)

LOADS = np.array([0.05, 0.2, 0.5, 0.8])
ENTROPIES = {  # nats per weight at loads .2, .4, .6, .8
    identity: (0.550120107, 0.396455051, 0.227784959, 0.035305721),
    sign: (0.552886046, 0.409376309, 0.262595045, 0.112478333),
    relu: (0.552179649, 0.405770952, 0.252370576, 0.089580658),
}


def average(g):
    """Return E[g(z)] by adaptive quadrature."""
    return quad(lambda z: g(z) * norm.pdf(z), -12, 12, points=[0], limit=200, epsabs=1e-13)[0]


def squared_mills(t):
    return average(lambda z: 2 / math.pi / erfcx(t * z / math.sqrt(2)) ** 2)


def binary_overlap(field):
    return average(lambda z: math.tanh(field * z) ** 2)


@pytest.mark.parametrize("activation", [identity, relu, gelu, sign], ids=lambda a: a.name)
@pytest.mark.parametrize("alpha", [0.3, 1.2])
def test_spherical_saddle_by_another_quadrature(activation, alpha):
    (q,) = spherical_curve(activation, alpha).overlap
    effective, slope = float(overlap(activation, q)), float(overlap(activation, q, order=1))
    right = alpha * slope / (1 - effective)
    right *= squared_mills(math.sqrt(effective / (1 - effective)))
    assert q / (1 - q) ** 2 == pytest.approx(right, rel=1e-9)


@pytest.mark.parametrize("activation", [identity, relu, sign], ids=lambda a: a.name)
def test_binary_saddle_by_another_quadrature(activation):
    alpha = 0.55
    curve = binary_curve(activation, alpha)
    q, conjugate = curve.overlap[0], curve.conjugate[0]
    assert q == pytest.approx(binary_overlap(math.sqrt(conjugate)), rel=1e-10)
    effective, slope = float(overlap(activation, q)), float(overlap(activation, q, order=1))
    t = math.sqrt(effective / (1 - effective))
    assert conjugate == pytest.approx(alpha * slope / (1 - effective) * squared_mills(t), rel=1e-9)
    root = math.sqrt(conjugate)
    entropy = -conjugate * (1 - q) / 2 + average(lambda z: np.logaddexp(root * z, -root * z))
    entropy += alpha * average(lambda z: log_ndtr(-t * z))
    assert curve.entropy[0] == pytest.approx(entropy, abs=1e-10)


@pytest.mark.parametrize("activation", ENTROPIES, ids=lambda a: a.name)
def test_binary_entropy_values(activation):
    found = binary_curve(activation, [0.2, 0.4, 0.6, 0.8]).entropy
    np.testing.assert_allclose(found, ENTROPIES[activation], atol=1e-9)
    assert binary_entropy(activation, 0.6) == pytest.approx(ENTROPIES[activation][2], abs=1e-9)


@pytest.mark.parametrize("curve", [spherical_curve, binary_curve])
@pytest.mark.parametrize(
    "activation", [identity, relu, sign, gelu, cubic, xtanh], ids=lambda a: a.name
)
def test_slope_in_the_load_is_the_energy(curve, activation):
    """At a saddle ds/dalpha = E[ln Phi(-t z)]: q itself does not contribute."""
    loads = np.array([0.3, 0.6, 0.95])
    h = 1e-4
    rise = (curve(activation, loads + h).entropy - curve(activation, loads - h).entropy) / (2 * h)
    for load, slope in zip(loads, rise, strict=True):
        effective = float(overlap(activation, curve(activation, load).overlap[0]))
        t = math.sqrt(max(effective, 0) / (1 - effective))
        assert slope == pytest.approx(average(lambda z, t=t: log_ndtr(-t * z)), abs=1e-7)


@pytest.mark.parametrize("curve", [spherical_curve, binary_curve])
def test_less_overlap_leaves_more_room(curve):
    """Q_sign <= Q_relu <= Q_linear, and the entropies stand the other way round."""
    rows = [curve(activation, LOADS).entropy for activation in (identity, relu, sign)]
    assert (rows[0] < rows[1]).all()
    assert (rows[1] < rows[2]).all()


def test_small_load_is_annealed():
    loads = np.array([1e-6, 1e-4])
    found = binary_curve(relu, loads)
    np.testing.assert_allclose(found.entropy, math.log(2) * (1 - loads), atol=1e-8)
    np.testing.assert_allclose(
        found.overlap, 2 / math.pi * float(overlap(relu, 0, order=1)) * loads, rtol=1e-3
    )


def test_many_loads_are_single_loads():
    loads = np.linspace(0.01, 1.2, 77)
    together = binary_curve(relu, loads.reshape(7, 11))
    np.testing.assert_array_equal(together.alpha, loads)
    for i in (0, 33, 76):
        assert binary_entropy(relu, loads[i]) == pytest.approx(together.entropy[i], abs=1e-12)


@pytest.mark.parametrize("activation", [quadratic, xtanh], ids=lambda a: a.name)
def test_even_activations_start_at_overlap_zero(activation):
    """Up to pi / (2 Q''(0)) nothing tells the replicas apart from each other; then q grows."""
    onset = math.pi / (2 * float(overlap(activation, 0, order=2)))
    below, above = binary_curve(activation, [0.99 * onset, 1.02 * onset])._asdict()["overlap"]
    assert below == 0
    assert 0 < above < 0.2
    assert float(almeida_thouless(activation)) == pytest.approx(onset, rel=1e-8)
    annealed = math.log(2) * (1 - 0.5 * onset)
    assert binary_entropy(activation, 0.5 * onset) == pytest.approx(annealed, abs=1e-12)


def test_first_order_transition_takes_the_lower_saddle():
    """For a pure He_3 the saddle at zero is always stable; another one becomes lower later."""
    third = polynomial(0, -3, 0, 1)
    loads = np.linspace(0.5, 5.0, 200)
    curve = spherical_curve(third, loads)
    jump = int(np.argmax(curve.overlap > 0))
    assert jump > 0
    assert curve.overlap[jump] > 0.2
    assert (np.diff(curve.entropy) < 0).all()
    assert (curve.entropy <= -math.log(2) * loads + 1e-12).all()  # the annealed value


@pytest.mark.parametrize(
    ("activation", "capacity"),
    [(identity, 0.8330785997), (sign, 0.9469524269), (relu, 0.9039862813)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_binary_capacity(activation, capacity):
    found = binary_capacity(activation)
    assert found == pytest.approx(capacity, abs=1e-10)
    assert abs(found - capacity) < found.error + 1e-10


@pytest.mark.parametrize(
    "activation", [identity, gelu, leaky_relu(0.3), quadratic, erf.scaled(4)], ids=lambda a: a.name
)
def test_binary_capacity_is_where_the_entropy_is_zero(activation):
    root = brentq(lambda alpha: float(binary_entropy(activation, alpha)), 0.7, 1.0 + 1e-9)
    assert binary_capacity(activation) == pytest.approx(root, abs=1e-9)


def test_no_activation_stores_more_than_one_pattern_a_weight():
    fourth = polynomial(3, 0, -6, 0, 1)
    assert binary_capacity(fourth) == 1
    assert 0.999 < binary_capacity(quadratic) < 1  # the saddle at zero would give 1: see above


def one_step_free_entropy(alpha, q0, q1, x):
    """The spherical 1RSB free entropy of the perceptron with Q = overlap(relu), at any load."""
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / w.sum()
    big0, big1 = (float(overlap(relu, q)) for q in (q0, q1))
    room = 1 - q1 + x * (q1 - q0)
    entropy = math.log(1 - q1) + math.log(room / (1 - q1)) / x + q0 / room
    field = math.sqrt(big0) * z[:, None] + math.sqrt(big1 - big0) * z
    inner = np.exp(x * log_ndtr(-field / math.sqrt(1 - big1))) @ w
    return entropy / 2 + alpha / x * float(np.log(inner) @ w)


def test_instability_is_that_of_one_step():
    """Split q into q +- d/2 at x = 1/2: 1RSB bends one way below the load, the other above."""
    load = float(almeida_thouless(relu))
    bends = []
    for alpha in (0.93 * load, 1.07 * load):
        (q,) = spherical_curve(relu, alpha).overlap
        split = [one_step_free_entropy(alpha, q - d / 2, q + d / 2, 0.5) for d in (1e-9, 0.02)]
        bends.append(split[1] - split[0])
    assert bends[0] * bends[1] < 0


@pytest.mark.parametrize("weights", ["spherical", "binary"])
def test_stability_turns_where_it_says(weights):
    curve = spherical_curve if weights == "spherical" else binary_curve
    load = float(almeida_thouless(relu, weights=weights))
    below, above = curve(relu, [load * (1 - 1e-6), load * (1 + 1e-6)]).replicon
    assert below < 1 < above


def test_linear_machine_is_stable_to_its_capacity():
    assert almeida_thouless(identity) == math.inf
    assert spherical_curve(identity, 1.999999).replicon[0] == pytest.approx(1, abs=1e-3)
    assert almeida_thouless(identity, weights="binary") > binary_capacity(identity)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spherical_curve(relu, 0.0), "alpha must be > 0, got 0.0"),
        (lambda: binary_entropy(relu, -1.0), "alpha must be > 0, got -1.0"),
        (lambda: spherical_curve(identity, [1.0, 2.0]), r"alpha must be below 2, .* got 2.0"),
        (lambda: binary_entropy(identity, 1.3), r"alpha must be below 1.27323, .* got 1.3"),
        (lambda: binary_entropy(relu, math.nan), "alpha must be finite|got nan"),
        (lambda: almeida_thouless(relu, weights="real"), "weights must be one of .*, got 'real'"),
        (lambda: binary_capacity(polynomial(1.0)), "must not be constant"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
