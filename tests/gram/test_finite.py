"""The factor of a network's Gram matrix: by autodiff, and its singular values."""

import jax
import numpy as np
import pytest

from ntklib.activations import elu, relu, sign, tanh
from ntklib.gram import gram_factor

DRAW = np.random.default_rng(8)
ROWS, WEIGHTS, SIGNS = (
    DRAW.standard_normal((6, 3)),
    DRAW.standard_normal((40, 3)),
    DRAW.choice([-1.0, 1.0], 40),
)


@pytest.mark.parametrize("activation", [relu, elu, tanh], ids=lambda each: each.name)
def test_rows_are_gradients(activation):
    """By reverse-mode differentiation of the network itself."""
    out = DRAW.standard_normal(40)

    def network(weights, x):
        return out @ activation(weights @ x) / np.sqrt(40)

    gradients = np.array([jax.grad(network)(WEIGHTS, x).ravel() for x in ROWS])
    factor = gram_factor(WEIGHTS, ROWS, activation=activation, output_weights=out)
    np.testing.assert_allclose(factor, gradients, atol=1e-14)


def test_signs_do_not_matter_to_the_gram_matrix():
    plain = gram_factor(WEIGHTS, ROWS, activation=tanh)
    signed = gram_factor(WEIGHTS, ROWS, activation=tanh, output_weights=SIGNS)
    np.testing.assert_allclose(plain @ plain.T, signed @ signed.T, atol=1e-14)


def test_smallest_eigenvalue_is_the_square_of_the_smallest_singular_value():
    factor = gram_factor(WEIGHTS, ROWS, activation=relu)
    smallest = np.linalg.svd(factor, compute_uv=False)[-1]
    assert np.linalg.eigvalsh(factor @ factor.T)[0] == pytest.approx(smallest**2, rel=1e-10)


def test_rank_is_at_most_the_number_of_weights():
    factor = gram_factor(WEIGHTS[:1], ROWS, activation=tanh)
    assert factor.shape == (6, 3)
    assert np.linalg.matrix_rank(factor) == 3


@pytest.mark.parametrize(
    ("weights", "x", "options", "message"),
    [
        (WEIGHTS[:, :2], ROWS, {}, r"weights must have shape \(m, 3\).* got shape \(40, 2\)"),
        (WEIGHTS[0], ROWS, {}, r"got shape \(3,\)"),
        (WEIGHTS, ROWS, {"output_weights": np.ones(3)}, r"shape \(40,\), got \(3,\)"),
        (WEIGHTS, ROWS[0], {}, r"x must have shape \(n, d\)"),
        (WEIGHTS * np.nan, ROWS, {}, "weights must be finite"),
        (WEIGHTS, ROWS, {"activation": sign}, "sign jumps"),
    ],
)
def test_what_is_refused(weights, x, options, message):
    with pytest.raises(ValueError, match=message):
        gram_factor(weights, x, **{"activation": relu, **options})
