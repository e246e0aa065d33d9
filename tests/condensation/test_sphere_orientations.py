"""Orientations for several inputs against eigenvectors, a general optimiser and differences."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

from ntklib.activations import (
    cosine,
    cubic,
    polynomial,
    sigmoid,
    softplus,
    tanh,
    x2tanh,
    xtanh,
)
from ntklib.condensation import leading_form, nearest_angles, predicted_orientations

FOURTH = polynomial(0, 0, 0, 0, 2)


def named(value):
    return f"{value.name}{value.params}" if hasattr(value, "name") else None


def paper_data(seed, d=5, n=80):
    x = np.random.default_rng(seed).uniform(-4, 2, (n, d))
    return x, 3.5 * np.sin(5 * x + 1).sum(axis=1)


def test_tanh_goes_to_the_mean_of_targets_times_inputs():
    x, y = paper_data(0)
    found = predicted_orientations(x, y, activation=tanh)
    pull = np.append(x, np.ones((80, 1)), axis=1).T @ y / 80
    length = np.linalg.norm(pull)
    np.testing.assert_allclose(found.directions, [pull / length, -pull / length], rtol=1e-13)
    np.testing.assert_allclose(found.value, [length, -length])
    np.testing.assert_allclose(found.exponent, 1)
    assert found.output_sign.tolist() == [1, -1]
    assert found.complete


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("d", [1, 2, 5, 30])
def test_multiplicity_two_is_an_eigenvalue_problem(d, seed):
    """At most four orientations in any dimension, and those that grow have the right sign."""
    x, y = paper_data(seed, d)
    rows = np.append(x, np.ones((80, 1)), axis=1)
    values, vectors = np.linalg.eigh(rows.T * y @ rows / 80)
    found = predicted_orientations(x, y, activation=xtanh)
    assert len(found.directions) == 4
    assert found.count == 2 * (values[-1] > 0) + 2 * (values[0] < 0)
    for end, beside, kind in ((-1, -2, 1), (0, 1, -1)):
        chosen = found.output_sign == kind
        np.testing.assert_allclose(found.value[chosen], values[end], rtol=1e-9)
        np.testing.assert_allclose(
            found.exponent[chosen], 1 - values[beside] / values[end], rtol=1e-7
        )
        np.testing.assert_allclose(
            np.abs(found.directions[chosen] @ vectors[:, end]), 1, rtol=1e-12
        )


@pytest.mark.parametrize("activation", [x2tanh, cosine, FOURTH], ids=named)
@pytest.mark.parametrize("seed", [0, 1])
def test_general_optimiser_from_random_starts(activation, seed):
    """Minimising under the constraint |u|^2 = 1 finds nothing else, and all of it."""
    x, y = paper_data(seed, d=3)
    form = leading_form(x, y, activation=activation)
    found = predicted_orientations(x, y, activation=activation)
    rng, size = np.random.default_rng(1), np.abs(found.value).max()
    for kind in (1, -1):
        results = [
            minimize(
                lambda u, kind=kind: -kind * form.value(u / np.linalg.norm(u)) / size,
                u / np.linalg.norm(u),
                method="SLSQP",
                constraints={"type": "eq", "fun": lambda u: u @ u - 1},
                options={"ftol": 1e-13, "maxiter": 500},
            )
            for u in rng.normal(size=(60, 4))
        ]
        ends = np.array([result.x for result in results if result.success])
        chosen = found.directions[found.output_sign == kind]
        assert len(ends) > 50
        assert nearest_angles(ends, chosen).max() < 1e-3
        assert nearest_angles(chosen, ends).max() < 1e-3


def he3(d=5):
    """Inputs on a grid with weights such that averages up to degree 7 are those of Gaussians."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    x = np.array(list(itertools.product(nodes, repeat=d)))
    share = np.prod(list(itertools.product(weights / weights.sum(), repeat=d)), axis=1)
    return x, len(x) * share * (x**3 - 3 * x).sum(axis=1)


def test_more_than_2p_orientations():
    """y = sum_k He3(x_k) with Gaussian x: F = 6 sum_k u_k^3, with 2d orientations, not 2p = 6."""
    x, y = he3()
    found = predicted_orientations(x, y, activation=cubic, starts=200)
    assert found.count == 10
    assert not found.complete
    signed = np.concatenate([np.eye(6)[:5], -np.eye(6)[:5]])
    assert nearest_angles(signed, found.growing).max() < 1e-7
    np.testing.assert_allclose(np.abs(found.value[found.grows]), 6, rtol=1e-12)
    np.testing.assert_allclose(found.exponent[found.grows], 1, rtol=1e-7)


@pytest.mark.parametrize("activation", [tanh, xtanh, x2tanh, FOURTH], ids=named)
@pytest.mark.parametrize("d", [1, 4])
def test_curvature_by_differences(activation, d):
    x, y = paper_data(2, d)
    form = leading_form(x, y, activation=activation)
    found = predicted_orientations(x, y, activation=activation)
    rng, step = np.random.default_rng(0), 1e-4
    for u, kind, curvature in zip(
        found.directions, found.output_sign, found.curvature, strict=True
    ):
        bends = []
        for _ in range(200):
            across = rng.normal(size=len(u))
            across -= across @ u * u
            across /= np.linalg.norm(across)
            beside = np.cos(step) * u + np.multiply.outer([-1, 1], np.sin(step) * across)
            bends.append((form.value(beside).sum() - 2 * form.value(u)) / step**2)
        least = np.max(bends) if kind > 0 else np.min(bends)
        tolerance = 1e-5 if d == 1 else 0.5
        assert least == pytest.approx(curvature, rel=tolerance)
        assert kind * (curvature - least) >= -1e-5 * abs(curvature)


@pytest.mark.parametrize("activation", [sigmoid, softplus], ids=named)
def test_offset_centres_the_targets(activation):
    x, y = paper_data(3)
    found = predicted_orientations(x, y, activation=activation)
    expected = np.append(x.T @ (y - y.mean()), 0)
    assert found.centred
    assert nearest_angles(expected[None], found.directions[:1])[0] < 1e-7
    assert not predicted_orientations(x, y, activation=tanh).centred


def test_several_inputs_have_no_angles():
    found = predicted_orientations(*paper_data(0), activation=tanh)
    with pytest.raises(ValueError, match="got 5 inputs"):
        _ = found.angles


def test_tie_where_nothing_grows_is_left_out():
    """M = diag(2, 2, 10)/5: the whole plane of minima has F > 0, where a < 0 does not grow."""
    found = predicted_orientations(
        [[1.0, 0], [-1, 0], [0, 1], [0, -1], [0, 0]], [1.0, 1, 1, 1, 6], activation=xtanh
    )
    np.testing.assert_allclose(np.abs(found.directions), [[0, 0, 1], [0, 0, 1]], atol=1e-12)
    assert found.output_sign.tolist() == [1, 1]
    np.testing.assert_allclose(found.exponent, 1 - 2 / 10)


def test_many_inputs():
    """Eigenvectors need no table of all squares of 784 inputs."""
    x, y = paper_data(0, d=784, n=50)
    found = predicted_orientations(x, y, activation=xtanh)
    assert found.directions.shape == (4, 785)
    assert found.count == 4
