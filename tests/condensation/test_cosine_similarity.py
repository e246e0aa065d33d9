"""Cosines, angles and the order of a heat map against closed forms and known groups."""

import numpy as np
import pytest

from ntklib.condensation import cosine_similarity, nearest_angles, similarity_order


def on_circle(degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=-1)


def test_cosines_closed_form():
    angles = np.array([0.0, 30, 90, 180, -60])
    lengths = np.array([1, 1e-200, 5, 1e200, 3])[:, None]
    expected = np.cos(np.radians(angles[:, None] - angles))
    np.testing.assert_allclose(cosine_similarity(lengths * on_circle(angles)), expected, atol=1e-15)


def test_small_angles_keep_their_digits():
    assert nearest_angles([[1.0, 1e-9]], [[0.0, 1.0], [2.0, 0.0]])[0] == pytest.approx(1e-9)


@pytest.mark.parametrize("lines", [1, 2, 3, 5])
def test_order_keeps_groups_together(lines):
    directions = np.random.default_rng(lines).normal(size=(lines, 6))
    directions = np.concatenate([directions, -directions])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    weights = np.resize(directions, (60, 6)) + 0.02 * np.random.default_rng(1).normal(size=(60, 6))
    order = similarity_order(weights)
    assert sorted(order) == list(range(60))
    assert np.count_nonzero(np.diff(order % (2 * lines))) == 2 * lines - 1


def test_order_runs_along_an_arc():
    weights = on_circle(np.cumsum(np.random.default_rng(0).uniform(1, 5, 40)))
    shuffled = np.random.default_rng(1).permutation(40)
    ranks = shuffled[similarity_order(weights[shuffled])]
    assert ranks.tolist() in (list(range(40)), list(range(40))[::-1])


def test_order_of_one_neuron():
    assert similarity_order([[2.0, 1.0]]).tolist() == [0]
