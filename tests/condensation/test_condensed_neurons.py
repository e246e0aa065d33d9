"""Where the neurons of condensing networks end up, against data-only predictions."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage

from ntklib.activations import relu, sigmoid, softplus, tanh, x2tanh, xtanh
from ntklib.condensation import Adam, condense

X = np.linspace(-1, 1.5, 40)
Y = np.sin(3 * X) + np.sin(6 * X) / 2
SMOOTH = {tanh: 1, xtanh: 2, x2tanh: 3}


def name(value):
    return getattr(value, "name", None)


def rows(count, dimensions, seed=0):
    """The paper's inputs and targets in several dimensions."""
    x = np.random.default_rng(seed).uniform(-4, 2, (count, dimensions))
    return x, 3.5 * np.sin(5 * x + 1).sum(axis=1)


def angles_of(weights):
    return np.arctan2(weights[..., 1], weights[..., 0])


def groups(vectors, degrees=15.0):
    """How many directions are left when vectors nearer than an angle count as one.

    Short ones and stragglers are dropped.
    """
    lengths = np.linalg.norm(vectors, axis=1)
    units = (vectors / lengths[:, None])[lengths > 0.1 * np.quantile(lengths, 0.9)]
    upper = np.triu_indices(len(units), 1)
    apart = np.arccos(np.clip(units @ units.T, -1, 1))[upper]
    sizes = np.bincount(fcluster(linkage(apart, "average"), np.deg2rad(degrees), "distance"))
    return int((sizes >= max(2, 0.04 * len(units))).sum())


@pytest.mark.parametrize(
    ("activation", "std", "steps", "expected"),
    [(tanh, 5e-4, 150, 2), (xtanh, 0.005, 100, 4), (x2tanh, 0.005, 150, 6), (relu, 0.005, 300, 3)],
    ids=name,
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_orientations_in_one_dimension(activation, std, steps, expected, dtype):
    """Adam: twice the multiplicity for these data; three for ReLU. At the start, many."""
    options = {"optimizer": "adam", "learning_rate": 5e-4, "width": 100, "init_std": std}
    run = condense(X, Y, activation=activation, steps=steps, seeds=range(3), dtype=dtype, **options)
    assert run.input_weights[0].dtype == dtype
    assert [groups(w) for w in run.at(steps).input_weights[0]] == [expected] * 3
    assert min(groups(w) for w in run.at(0).input_weights[0]) > 6


def growing(activation):
    """Angles where neurons can grow and the signs of their output weights, from data alone."""
    angles = np.linspace(-np.pi, np.pi, 200_001)[1:]
    power = SMOOTH.get(activation, 1)
    drive = np.zeros_like(angles)
    for x, y in zip(X, Y, strict=True):
        field = np.cos(angles) * x + np.sin(angles)
        drive += y * (np.maximum(field, 0) if activation == relu else field**power)
    before, after = np.roll(drive, 1), np.roll(drive, -1)
    top = (drive > before) & (drive >= after) & (drive > 0)
    bottom = (drive < before) & (drive <= after) & (drive < 0)
    return angles[top | bottom], np.where(top, 1, -1)[top | bottom]


@pytest.mark.parametrize(
    ("activation", "expected", "degrees"),
    [(tanh, 2, 0.5), (xtanh, 4, 0.5), (x2tanh, 6, 0.5), (relu, 3, 1.0)],
    ids=name,
)
def test_normalized_descent_goes_where_data_say(activation, expected, degrees):
    """Every neuron that grew, within a degree, and with the sign that goes with the angle."""
    options = {"optimizer": "normalized", "learning_rate": 0.02, "width": 200, "init_std": 1e-8}
    run = condense(X, Y, activation=activation, steps=1000, record=20, seeds=range(3), **options)
    stage = run.initial_stage()
    assert 600 < stage < 1000
    angles, signs = growing(activation)
    assert len(angles) == expected
    start, end = run.at(0), run.at(stage)
    lengths = [np.linalg.norm(each.input_weights[0], axis=-1) for each in (start, end)]
    grown = lengths[1] > 10 * lengths[0]
    assert grown.mean() > (0.5 if activation == relu else 0.9)
    for w, a, which in zip(end.input_weights[0], end.output_weights, grown, strict=True):
        apart = np.abs(np.angle(np.exp(1j * (angles_of(w[which])[:, None] - angles))))
        nearest = apart.argmin(axis=1)
        assert set(nearest) == set(range(expected))
        at_centre = [np.median(apart[nearest == place, place]) for place in range(expected)]
        assert max(at_centre) < np.deg2rad(degrees)
        assert np.mean(apart.min(axis=1) < np.deg2rad(10)) > 0.98
        np.testing.assert_array_equal(np.sign(a[which]), signs[nearest])


def test_five_dimensions_condense_on_a_line():
    x, y = rows(80, 5)
    options = {"optimizer": "adam", "learning_rate": 1e-4, "width": 50, "init_std": 5e-4}
    run = condense(x, y, activation=tanh, steps=250, seeds=range(4), **options)
    assert [groups(w) for w in run.at(250).input_weights[0]] == [2] * 4
    assert max(groups(w, degrees=60) for w in run.at(0).input_weights[0]) > 2


def test_every_layer_of_a_deep_network_condenses_on_a_line():
    x, y = rows(80, 5)
    options = {"optimizer": "adam", "learning_rate": 1e-4, "width": 50, "init_std": 5e-4}
    options |= {"hidden_layers": 5, "residual": True, "steps": 400, "record": [400]}
    run = condense(x, y, activation=tanh, dtype=np.float32, seeds=range(2), **options)
    assert [layer.shape for layer in run.input_weights] == [(2, 2, 50, 6)] + [(2, 2, 50, 51)] * 4
    assert [[groups(w) for w in layer] for layer in run.at(400).input_weights] == [[2] * 2] * 5


def test_layers_of_different_activations():
    """Lines up to the multiplicity of a layer, so directions up to twice that: 6, 4, 2, 2, 2."""
    x = np.random.default_rng(0).uniform(-4, 2, (80, 3))
    y = 4 * np.sin(12 * x + 1).sum(axis=1)
    layers = (x2tanh, xtanh, sigmoid, tanh, softplus)
    options = {"optimizer": "adam", "learning_rate": 4e-5, "width": 18, "init_std": 1e-3}
    options |= {"hidden_layers": 5, "residual": True, "steps": 700, "record": [700]}
    run = condense(x, y, activation=layers, seeds=range(4), progress=False, **options)
    for weights, activation in zip(run.at(700).input_weights, layers, strict=True):
        assert all(0 < groups(w) <= 2 * activation.multiplicity for w in weights)


@pytest.mark.parametrize(("eps", "moves"), [(1e-8, False), (1e-20, True)])
def test_adam_stands_still_where_gradients_are_below_its_eps(eps, moves):
    """Multiplicity 3 and weights of 5e-5: gradients of the order 1e-13."""
    options = {"learning_rate": 5e-4, "width": 100, "init_std": 5e-5, "steps": 150}
    run = condense(X, Y, activation=x2tanh, optimizer=Adam(eps), seeds=[0], **options)
    start, end = (np.linalg.norm(run.at(step).input_weights[0]) for step in (0, 150))
    assert (end > 10 * start) == moves
    assert moves or end / start < 1.01
