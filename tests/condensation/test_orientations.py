"""The count of orientations against known groups, another library, and all that can fool it."""

import numpy as np
import pytest

from ntklib.activations import relu, tanh, x2tanh, xtanh
from ntklib.condensation import (
    cosine_similarity,
    count_orientations,
    nearest_angles,
    predicted_orientations,
    similarity_order,
)
from ntklib.condensation.clusters import group

SLOPES = {
    relu: lambda z: (z > 0) * 1.0,
    tanh: lambda z: 1 / np.cosh(z) ** 2,
    xtanh: lambda z: np.tanh(z) + z / np.cosh(z) ** 2,
    x2tanh: lambda z: 2 * z * np.tanh(z) + z**2 / np.cosh(z) ** 2,
}
VALUES = {
    relu: lambda z: np.maximum(z, 0),
    tanh: np.tanh,
    xtanh: lambda z: z * np.tanh(z),
    x2tanh: lambda z: z**2 * np.tanh(z),
}


def on_circle(degrees):
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], axis=-1)


def start(neurons, dimension=2, seed=0, std=1e-3):
    return std * np.random.default_rng(seed).normal(size=(neurons, dimension))


def condensed_on(directions, neurons=100, degrees=1.0, seed=1):
    """Neurons of various lengths around 1, a degree or so from directions taken in turn."""
    rng = np.random.default_rng(seed)
    chosen = np.resize(np.arange(len(directions)), neurons)
    rows = directions[chosen] + np.radians(degrees) * rng.normal(
        size=(neurons, directions.shape[1])
    )
    return rng.uniform(0.5, 2, (neurons, 1)) * rows


@pytest.mark.parametrize("dimension", [2, 6, 51])
@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_known_groups_are_found(dimension, count):
    plane = on_circle(np.arange(count) * 60.0 + 7)
    directions = np.pad(plane, ((0, 0), (0, dimension - 2)))
    weights = condensed_on(directions, degrees=2 / np.sqrt(dimension))
    found = count_orientations(
        weights, initial=start(100, dimension), earlier=0.5 * weights, cut=np.radians(15)
    )
    assert found.condensed, found.reason
    assert (found.count, found.coverage) == (count, 1)
    assert nearest_angles(found.directions, directions).max() < np.radians(2)
    assert (found.persistence < 1e-7).all()
    assert len({(a, b) for a, b in enumerate(found.members % count)}) == 100
    truth = np.resize(np.arange(count), 100)
    assert len(set(zip(truth.tolist(), found.members.tolist(), strict=True))) == count


def test_groups_against_another_library():
    cluster = pytest.importorskip("sklearn.cluster")
    units = start(80, 3)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    cut = np.radians(25)
    found = group(units, cut=cut, min_share=0, within=cut)
    angles = np.arccos(np.clip(units @ units.T, -1, 1))
    other = cluster.AgglomerativeClustering(
        None, metric="precomputed", linkage="average", distance_threshold=cut
    ).fit(angles)
    sizes = np.bincount(other.labels_)
    assert len(found.directions) == (sizes >= 2).sum()
    assert sorted(np.bincount(found.members[found.members >= 0])) == sorted(sizes[sizes >= 2])
    apart = (found.members[:, None] != found.members) & (found.members >= 0)
    core = (found.members >= 0) & (apart.any(axis=0))
    assert found.gap == pytest.approx(angles[np.ix_(core, core)][apart[np.ix_(core, core)]].min())


def test_random_weights_are_not_condensed():
    first = start(100)
    spurious = count_orientations(first)
    assert spurious.count >= 8
    assert not spurious.condensed
    found = count_orientations(1.5 * first, initial=first)
    assert (found.count, found.condensed) == (0, False)
    assert "0 of 100 neurons have grown" in found.reason


def test_one_neuron_that_takes_all_is_no_condensation():
    first = start(100)
    later = first.copy()
    later[:4] = condensed_on(on_circle(np.array([20.0])), 4)
    found = count_orientations(later, initial=first)
    assert found.kept.tolist() == [True] * 4 + [False] * 96
    assert (found.count, found.condensed) == (1, False)
    assert "only 4 of 100" in found.reason


def test_dead_neurons_are_dropped():
    first = start(100)
    later = condensed_on(on_circle(np.array([-28.0, 26, 155])))
    later[::3] = first[::3]
    found = count_orientations(later, initial=first)
    assert found.condensed
    assert set(found.members[::3]) == {-1}
    assert found.count == 2  # the third direction had just these


def test_neurons_far_behind_are_dropped():
    later = condensed_on(on_circle(np.array([-28.0, 155])))
    later[:30] = 20 * start(30)  # grown, but not on their way for long
    found = count_orientations(later, initial=start(100))
    assert found.kept.tolist() == [False] * 30 + [True] * 70
    assert (found.count, found.condensed) == (2, True)


def test_stray_neurons_are_no_condensation():
    later = condensed_on(np.eye(20)[:2])
    later[:15] = start(15, 20, std=1.0)
    found = count_orientations(later, initial=start(100, 20))
    assert (found.count, found.condensed) == (2, False)
    assert found.reason == "only 85% of the neurons are within 10 degrees of a direction"
    assert set(found.members[:15]) == {-1}


def test_close_directions_need_a_finer_cut():
    later = condensed_on(on_circle(np.array([-28.0, 131.2, 141.2])), degrees=0.3)
    coarse = count_orientations(later, initial=start(100))
    fine = count_orientations(later, initial=start(100), cut=np.radians(5))
    assert (coarse.count, fine.count) == (2, 3)
    assert fine.condensed
    assert np.degrees(coarse.radius.max()) > 4  # that of the two in one
    assert np.degrees(fine.radius.max()) < 2


def test_rare_directions_need_a_smaller_share():
    later = condensed_on(on_circle(np.array([0.0])), 200)
    later[:5] = condensed_on(on_circle(np.array([90.0])), 5)
    usual, rare = (
        count_orientations(later, initial=start(200), min_share=share) for share in (0.04, 0.02)
    )
    assert (usual.count, rare.count) == (1, 2)
    assert usual.coverage == pytest.approx(195 / 200)


@pytest.mark.parametrize("turn", [0.0, 11.0])
def test_fan_is_not_condensed(turn):
    fan = on_circle(np.linspace(0, 110, 100))
    found = count_orientations(fan, initial=start(100), earlier=fan @ _rotation(turn))
    assert found.count > 3
    assert not found.condensed
    assert "fan" in found.reason


def test_directions_that_move_are_noticed():
    later = condensed_on(on_circle(np.array([10.0, 190.0])))
    found = count_orientations(later, initial=start(100), earlier=later @ _rotation(25))
    np.testing.assert_allclose(np.degrees(found.persistence), 25, atol=0.01)
    assert "2 of 2 directions were not there before" in found.reason
    assert not count_orientations(later, initial=start(100), earlier=start(100)).condensed


def test_zero_weights_are_dropped():
    later = condensed_on(on_circle(np.array([10.0, 190.0])))
    later[[3, 50]] = 0
    found = count_orientations(later, initial=start(100))
    assert (found.count, found.kept.sum()) == (2, 98)
    nothing = count_orientations(0 * later, initial=start(100))
    assert (nothing.count, nothing.condensed, nothing.directions.shape) == (0, False, (0, 2))
    assert count_orientations(0 * later).count == 0


def test_many_inputs_have_no_angles():
    found = count_orientations(condensed_on(np.eye(3)), initial=start(100, 3))
    with pytest.raises(ValueError, match="one input only, got 2 inputs"):
        _ = found.angles


def _rotation(degrees):
    cosine, sine = on_circle(float(degrees))
    return np.array([[cosine, sine], [-sine, cosine]])


def adam(activation, std, steps, seed, width=100, rate=5e-4):
    """Input weights of a two-layer network at all steps: plain full-batch Adam, by hand."""
    x = np.linspace(-1, 1.5, 40)
    y, rows = np.sin(3 * x) + np.sin(6 * x) / 2, np.stack([x, np.ones(40)], axis=1)
    theta = std * np.random.default_rng(seed).normal(size=(width, 3))
    mean, square, path = np.zeros_like(theta), np.zeros_like(theta), [theta]
    for step in range(1, steps + 1):
        z = rows @ theta[:, :2].T
        error = (VALUES[activation](z) @ theta[:, 2] - y) / 40
        through = (SLOPES[activation](z) * error[:, None] * theta[:, 2]).T @ rows
        gradient = np.hstack([through, (VALUES[activation](z).T @ error)[:, None]])
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        move = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        theta = theta - rate * move
        path.append(theta)
    return np.array(path)[:, :, :2], x, y


@pytest.mark.parametrize(
    ("activation", "std", "steps", "count"),
    [(tanh, 5e-4, 150, 2), (xtanh, 5e-3, 100, 4), (x2tanh, 5e-3, 150, 6), (relu, 5e-3, 300, 3)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_trained_networks_condense_where_predicted(activation, std, steps, count):
    """Adam is no gradient flow, so it is near the predicted directions and not at them."""
    for seed in range(3):
        path, x, y = adam(activation, std, steps, seed)
        found = count_orientations(path[-1], initial=path[0], earlier=path[steps * 4 // 5])
        predicted = predicted_orientations(x, y, activation=activation)
        assert found.condensed, found.reason
        assert found.count == predicted.count == count
        assert nearest_angles(predicted.growing, found.directions).max() < np.radians(10)
        assert not count_orientations(path[2], initial=path[0]).condensed


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cosine_similarity([[1.0, 0], [0, 0]]), "zero vector .* row 1"),
        (lambda: cosine_similarity([1.0, 0]), r"got shape \(2,\)"),
        (lambda: similarity_order([[np.nan, 1.0]]), "weights must be finite, got nan"),
        (lambda: nearest_angles([[1.0, 0]], [[1.0, 0, 0]]), r"\(1, 2\) and \(1, 3\)"),
        (lambda: count_orientations([[np.inf, 1.0]]), r"got inf at index \(0, 0\)"),
        (lambda: count_orientations(np.ones((2, 0))), r"got shape \(2, 0\)"),
        (lambda: count_orientations(np.eye(2), initial=np.eye(3)), r"got \(3, 3\)"),
        (lambda: count_orientations(np.eye(2), initial=np.zeros((2, 2))), "initial must not be"),
        (lambda: count_orientations(np.eye(2), cut=15.0), "cut must be .* got 15.0"),
        (lambda: count_orientations(np.eye(2), cut=0), "cut must be positive, got 0"),
        (lambda: count_orientations(np.eye(2), min_share=1), "min_share must .* got 1.0"),
        (lambda: count_orientations(np.eye(2), min_growth=1), "min_growth must be > 1, got 1"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
