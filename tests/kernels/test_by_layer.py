"""The kernel of one trained layer: parts that add up, closed forms, networks, refusals."""

import jax
import numpy as np
import pytest
from numpy.linalg import eigvalsh

from ntklib.activations import gelu, identity, leaky_relu, relu, relu_squared, sign, sine, tanh
from ntklib.kernels import chi, layer_ntk, ntk
from ntklib.networks import empirical_ntk_of, init_mlp, mlp

ROWS = np.random.default_rng(3).standard_normal((7, 4))
UNIT = ROWS / np.linalg.norm(ROWS, axis=1, keepdims=True)
SMOOTH_AND_KINKED = [relu, leaky_relu(0.3), leaky_relu(-0.5), tanh, gelu, sine, relu_squared]


def relu_by_hand(x: np.ndarray, depth: int, layer: int) -> np.ndarray:
    """cos theta_{l-1} times the product of 1 - theta_k / pi, from arccos and nothing else."""
    theta = np.arccos(np.clip(x @ x.T, -1, 1))
    kernel = np.ones_like(theta)
    for k in range(depth + 1):
        if k == layer - 1:
            kernel = np.cos(theta)
        if layer - 1 <= k < depth:
            kernel = kernel * (1 - theta / np.pi)
        bend = (np.sin(theta) - theta * np.cos(theta)) / np.pi
        theta = np.arccos(np.clip(np.cos(theta) + bend, -1, 1))
    return kernel


@pytest.mark.parametrize("activation", [*SMOOTH_AND_KINKED, identity], ids=lambda each: each.name)
@pytest.mark.parametrize("depth", [0, 1, 4])
def test_layers_add_up_to_the_kernel(activation, depth):
    parts = [
        layer_ntk(UNIT, UNIT[:3], activation=activation, depth=depth, layer=layer)
        for layer in range(1, depth + 2)
    ]
    whole = ntk(UNIT, UNIT[:3], activation=activation, depth=depth)
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("depth", "layer"), [(1, 1), (1, 2), (5, 1), (5, 3), (5, 6)])
def test_relu_by_its_printed_product(depth, layer):
    found = layer_ntk(UNIT, activation=relu, depth=depth, layer=layer)
    np.testing.assert_allclose(found, relu_by_hand(UNIT, depth, layer), atol=1e-7)
    np.testing.assert_allclose(np.diag(found), 1, rtol=1e-12)


def test_small_angles_keep_their_digits():
    """1 - K = L theta / pi to first order: the gap itself is what rounding must not touch."""
    theta = 1e-9
    pair = np.array([[1, 0], [np.cos(theta), np.sin(theta)]])
    kernel = layer_ntk(pair, activation=relu, depth=3, layer=1)
    assert 1 - float(kernel[0, 1]) == pytest.approx(3 * theta / np.pi, rel=1e-6)


@pytest.mark.parametrize("activation", [tanh, gelu, relu_squared], ids=lambda each: each.name)
def test_the_diagonal_counts_the_layers_above(activation):
    growth = float(chi(activation=activation))
    for layer in (1, 2, 4):
        found = np.diag(layer_ntk(UNIT, activation=activation, depth=3, layer=layer))
        np.testing.assert_allclose(found, growth ** (4 - layer), rtol=1e-11)


def test_linear_layers_all_have_the_gram_matrix():
    for layer in (1, 2, 3):
        found = layer_ntk(ROWS, activation=identity, depth=2, layer=layer)
        np.testing.assert_allclose(found, ROWS @ ROWS.T, atol=1e-12)


def test_norms_multiply():
    lengths = np.linalg.norm(ROWS, axis=1)
    found = layer_ntk(ROWS, activation=relu, depth=2, layer=2)
    expected = np.outer(lengths, lengths) * layer_ntk(UNIT, activation=relu, depth=2, layer=2)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_finite_networks_agree_on_average(layer):
    """Networks of which one matrix alone is a parameter; four standard errors."""
    width, networks = 256, 150
    pair = np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])

    def entry(key: jax.Array) -> jax.Array:
        weights = init_mlp(key, (2, width, width, 1))

        def output(one, x):
            return mlp([*weights[: layer - 1], one, *weights[layer:]], x, activation=relu)

        return empirical_ntk_of(output, weights[layer - 1], pair)[0, 1]

    entries = np.array(jax.lax.map(entry, jax.random.split(jax.random.key(1), networks)))
    error = entries.std(ddof=1) / np.sqrt(networks)
    expected = float(layer_ntk(pair, activation=relu, depth=2, layer=layer)[0, 1])
    assert abs(entries.mean() - expected) < 4 * error < 0.2 * expected


def test_the_first_layer_narrows_the_spectrum_at_every_depth():
    ends = np.array(
        [
            eigvalsh(layer_ntk(UNIT, activation=relu, depth=depth, layer=1))[[0, -1]]
            for depth in range(8)
        ]
    )
    assert (np.diff(ends[:, 0]) > 0).all()
    assert (np.diff(ends[:, 1]) < 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 2, "layer": 4}, "layer must be at most depth [+] 1 = 3, got 4"),
        ({"depth": 2, "layer": 0}, "layer must be an integer >= 1, got 0"),
        ({"depth": -1, "layer": 1}, "depth must be an integer >= 0, got -1"),
        ({"depth": 2, "layer": 1, "activation": sign}, "sign jumps"),
        ({"depth": 2, "layer": 1, "activation": tanh, "x1": [[2.0, 0.0]]}, "a norm of 2;"),
        ({"depth": 2, "layer": 1, "x1": [[0.0, 0.0]]}, "zero vector"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    given = {"x1": [[1.0, 0.0]], "activation": relu, **arguments}
    with pytest.raises(ValueError, match=message):
        layer_ntk(given.pop("x1"), **given)


def test_the_output_layer_of_a_jumping_activation_is_finite():
    found = layer_ntk(UNIT, activation=sign, depth=1, layer=2)
    np.testing.assert_allclose(
        found, 1 - 2 / np.pi * np.arccos(np.clip(UNIT @ UNIT.T, -1, 1)), atol=1e-7
    )
