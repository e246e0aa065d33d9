"""Many layers: the tabulated profile, 10 000 of them, and digits that chaos would take."""

import math

import mpmath
import numpy as np
import pytest
from reference import TanhInFullPrecision, kernels

from ntklib import activations
from ntklib.dual import second_moment
from ntklib.kernels import map_source, nngp, ntk
from ntklib.kernels.energies import Energies
from ntklib.kernels.folding import parity
from ntklib.kernels.infinite import scaling_of
from ntklib.kernels.layer_map import layer_map
from ntklib.kernels.leaky import MANY, cosine_gap
from ntklib.kernels.map_source import MapSource
from ntklib.kernels.profile import profile
from ntklib.kernels.propagation import propagate, start

THETA = np.r_[0, np.geomspace(1e-10, 0.1, 40), np.linspace(0.1, np.pi, 60)]
X = np.random.default_rng(0).standard_normal((4, 3))
X /= np.linalg.norm(X, axis=1, keepdims=True)
PHASES = {
    "unit length": (None, 0.0),
    "ordered": (1.5, 0.1),
    "critical": (1.0, 0.0),
    "edge": (1.7603, 0.05),
    "chaotic": (4.0, 0.1),
}


def gaps(activation, depth, weight, bias, with_ntk):
    """The profile's and the plain recursion's gaps at angles that inputs may have."""
    scaling, one = scaling_of(activation, weight, bias), np.ones(())
    largest = math.pi / 2 if bias == 0 and parity(activation) else math.pi
    theta = THETA[largest >= THETA]
    tabulated = profile(activation, depth, one, scaling, with_ntk=with_ntk, largest=largest)
    state = start(theta, (one, one), scaling, with_ntk=with_ntk)
    state = propagate(state, activation, scaling, depth)
    return tabulated(theta), state.ntk_gap if with_ntk else state.gap


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("depth", [1, 10, 100])
@pytest.mark.parametrize("with_ntk", [False, True])
def test_the_profile_is_the_recursion(phase, depth, with_ntk):
    read, plain = gaps(activations.tanh, depth, *PHASES[phase], with_ntk)
    np.testing.assert_allclose(read, plain, rtol=1e-12, atol=1e-14)
    assert read[0] == 0


@pytest.mark.parametrize("phase", ["unit length", "ordered", "chaotic"])
def test_the_profile_is_the_recursion_a_thousand_layers_deep(phase):
    read, plain = gaps(activations.tanh, 1000, *PHASES[phase], True)
    np.testing.assert_allclose(read, plain, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["gelu", "sine", "cosine", "relu_squared", "selu"])
@pytest.mark.parametrize("depth", [1, 30])
def test_profiles_of_other_activations(name, depth):
    read, plain = gaps(getattr(activations, name), depth, None, 0.0, True)
    np.testing.assert_allclose(read, plain, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("slope", [0.0, 0.3, -1.0])
@pytest.mark.parametrize("depth", [1, 10, 1000])
@pytest.mark.parametrize("with_ntk", [False, True])
def test_the_leaky_family_read_from_a_profile(slope, depth, with_ntk):
    activation = activations.leaky_relu(slope)
    many = np.tile(THETA, MANY // len(THETA) + 1)
    plain = [cosine_gap(activation, depth, np.array([t]), with_ntk=with_ntk)[0] for t in THETA[::9]]
    read = cosine_gap(activation, depth, many, with_ntk=with_ntk)[: len(THETA) : 9]
    np.testing.assert_allclose(read, plain, rtol=1e-13, atol=2e-15)


def test_tanh_against_25_digits():
    """chi^20 = 26: a small gap that had lost digits on the way would show it."""
    theta = 1e-2
    rows = np.array([[1.0, 0.0], [np.cos(theta), np.sin(theta)]])
    with mpmath.workdps(25):
        exact = kernels(TanhInFullPrecision(), mpmath.mpf(theta), 20, square=mpmath.mpf(1))
    gap = 1 - float(ntk(rows, activation=activations.tanh, depth=20, normalized=True)[0, 1])
    assert gap == pytest.approx(exact.cosine_gaps[1], rel=1e-12)


@pytest.mark.parametrize("name", ["gelu", "relu", "tanh", "sine"])
@pytest.mark.parametrize("kernel", [ntk, nngp])
def test_ten_thousand_layers_have_a_cosine(name, kernel):
    found = np.array(
        kernel(X, activation=getattr(activations, name), depth=10_000, normalized=True)
    )
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(np.diag(found), 1)
    assert np.linalg.eigvalsh(found)[0] > -1e-14


def test_what_ten_thousand_layers_overflow_is_named():
    with pytest.raises(ValueError, match=r"the kernel overflows.*normalized=True"):
        ntk(X, activation=activations.tanh, depth=10_000)
    grown = np.diag(ntk(X, activation=activations.gelu, depth=1000))
    chi = 1.0720315975
    np.testing.assert_allclose(grown, (chi**1001 - 1) / (chi - 1), rtol=1e-6)


@pytest.mark.parametrize("normalized", [True, False])
def test_a_variance_that_grows_for_ever_is_named_before_any_table(normalized, monkeypatch):
    monkeypatch.setattr(map_source, "layer_map", None)
    with pytest.raises(ValueError, match=r"variance of pre-activations is 1\.\d+e\+08 .* of gelu"):
        ntk(X, activation=activations.gelu, depth=1000, weight_variance=3, normalized=normalized)


def test_a_variance_that_dies_out_is_named():
    with pytest.raises(ValueError, match=r"is \d\.\d+e-281 after layer \d+ of tanh"):
        nngp(X, activation=activations.tanh, depth=1000, weight_variance=0.5, normalized=True)


@pytest.mark.parametrize("norm", [1e-20, 1e-80, 1e-120])
@pytest.mark.parametrize("name", ["tanh", "gelu", "elu", "hard_tanh"])
def test_tiny_inputs_see_the_slope_at_the_origin(name, norm):
    """Up to terms of the size of the norm the network is linear, or leaky where it bends."""
    slope = float(activations.gelu.derivative(0.0)) if name == "gelu" else 1.0
    for kernel, layers in ((nngp, 1), (ntk, 4)):
        settings = {"activation": getattr(activations, name), "depth": 3}
        found = kernel(norm * X, weight_variance=1 / slope**2, **settings) / norm / norm
        np.testing.assert_allclose(found, layers * X @ X.T, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("norm", [1e-170, 1e170])
def test_a_length_that_float64_cannot_square_is_named(norm):
    with pytest.raises(ValueError, match=r"is (0|inf) after layer 0 of tanh, outside 1e-280"):
        nngp(norm * X, activation=activations.tanh, depth=2)


def test_rows_of_unit_length_in_32_bits_count_as_such():
    single = (X.astype(np.float32), X)
    found, expected = (ntk(x, activation=activations.tanh, depth=3) for x in single)
    np.testing.assert_allclose(found, expected, atol=2e-6)
    np.testing.assert_array_equal(np.diag(found), np.diag(expected))


def test_the_smallest_eigenvalue_of_a_circle_comes_back_with_depth():
    turn = 2 * np.pi * np.arange(21) / 21
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    expected = {
        "tanh": [7.54611e-8, 4.19342e-6, 7.08266e-5, 5.98053e-3, 0.267142],
        "relu": [0.0126607, 0.0746461, 0.122174, 0.227088, 0.372414],
    }
    for name, values in expected.items():
        for depth, value in zip([1, 3, 5, 10, 20], values, strict=True):
            kernel = ntk(
                circle, activation=getattr(activations, name), depth=depth, normalized=True
            )
            assert np.linalg.eigvalsh(kernel)[0] == pytest.approx(value, rel=1e-5)


def test_sign_has_an_nngp_and_no_ntk():
    expected = X @ X.T
    for _ in range(50):
        expected = 2 / np.pi * np.arcsin(np.clip(expected, -1, 1))
        np.fill_diagonal(expected, 1)
    np.testing.assert_allclose(nngp(X, activation=activations.sign, depth=50), expected, atol=1e-12)
    with pytest.raises(ValueError, match=r"the NTK is infinite.*sign jumps"):
        ntk(X, activation=activations.sign, depth=1)
    np.testing.assert_allclose(ntk(X, activation=activations.sign, depth=0), X @ X.T, atol=1e-15)


def test_a_critical_variance_falls_like_one_over_the_depth():
    """tanh with w = 1, b = 0: q' = q - 2 q^2 + ..., so 1 / q grows by 2 a layer."""
    depths = np.array([1000, 2000])
    inverse = [
        1 / float(nngp(X, activation=activations.tanh, depth=int(d), weight_variance=1)[0, 0])
        for d in depths
    ]
    assert np.diff(inverse)[0] / 1000 == pytest.approx(2, rel=0.01)


def test_maps_between_crowded_variances_are_those_computed_there():
    met = [0.9 * 0.99**k for k in range(60)]
    activation = activations.tanh
    source = MapSource(activation, Energies(activation), met)
    theta = THETA[1:]
    for variance in (met[3], met[31], met[55]):
        found, exact = source(variance), layer_map(activation, variance)
        assert found is not exact
        np.testing.assert_allclose(found.gap(theta), exact.gap(theta), rtol=2e-13, atol=1e-15)
        np.testing.assert_allclose(
            found.slope_gap(theta), exact.slope_gap(theta), rtol=2e-12, atol=5e-15
        )
        assert found.energy == pytest.approx(exact.energy, rel=1e-14)
        assert found.slope_energy == pytest.approx(exact.slope_energy, rel=1e-14)


@pytest.mark.parametrize("name", ["tanh", "cosine", "hard_tanh"])
def test_energies_between_nodes_are_those_computed_there(name):
    activation = getattr(activations, name)
    energies = Energies(activation)
    for variance in np.linspace(0.5, 0.99, 40):
        found = energies(variance)
        exact = [second_moment(f, variance=variance) for f in (activation, activation.derivative)]
        np.testing.assert_allclose(found, exact, rtol=2e-14)
