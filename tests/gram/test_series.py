"""The Gram function as a power series: its coefficients, and what they leave out."""

import numpy as np
import pytest

from ntklib.activations import cubic, tanh
from ntklib.dual import hermite_expansion
from ntklib.gram.series import gram_coefficients, growing_series


def test_coefficients_of_the_gram_function():
    """k a_k^2 are the squared coefficients of the derivative, one degree up."""
    coefficients, tail = gram_coefficients(tanh, 1e-30)
    wanted = np.arange(30) * hermite_expansion(tanh, 29).coefficients ** 2
    np.testing.assert_allclose(coefficients[:30], wanted, rtol=1e-9, atol=1e-20)
    assert tail < 1e-30
    assert coefficients.sum() == pytest.approx(0.4644029024, abs=1e-10)


def test_longer_and_longer():
    """Each leaves out less, and parity makes exact zeros."""
    series = growing_series(tanh)
    first, second = next(series), next(series)
    assert second.rest < 1e-40 < first.rest < 1e-28
    assert not first.coefficients[::2].any()
    np.testing.assert_allclose(
        second.coefficients[: len(first.coefficients)], first.coefficients, rtol=1e-12, atol=1e-30
    )


def test_a_polynomial_is_all_there():
    (only,) = growing_series(cubic)
    np.testing.assert_allclose(only.coefficients, [0, 9, 0, 18], rtol=1e-14)
    assert (only.rest, only.last) == (0.0, True)
