"""Extreme eigenvalues against matrices whose spectrum is known."""

import numpy as np
import pytest
from scipy.linalg import hilbert

from ntklib.spectrum import condition_number, extreme_eigenvalues


def test_a_matrix_with_a_chosen_spectrum():
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.standard_normal((30, 30)))
    spectrum = np.geomspace(1e-6, 10, 30)
    smallest, largest, rank, resolved = extreme_eigenvalues((basis * spectrum) @ basis.T)
    assert largest == pytest.approx(10, rel=1e-13)
    assert smallest == pytest.approx(1e-6, rel=1e-7)
    assert (rank, resolved) == (30, True)


def test_low_rank_has_infinite_condition_number():
    factor = np.random.default_rng(0).standard_normal((12, 5))
    extremes = extreme_eigenvalues(factor @ factor.T)
    assert (extremes.rank, extremes.resolved) == (5, False)
    assert condition_number(factor @ factor.T) == np.inf


def test_condition_number_of_the_hilbert_matrix():
    """Known to be 1.6025e13 / 4.7661e5 at n = 10 / 5; the larger still resolves 3 digits."""
    assert condition_number(hilbert(5)) == pytest.approx(4.766072502e5, rel=1e-8)
    assert condition_number(hilbert(10)) == pytest.approx(1.602502816e13, rel=1e-1)
    assert condition_number(hilbert(20)) == np.inf


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (np.ones((2, 3)), r"shape \(n, n\).*got shape \(2, 3\)"),
        ([[1.0, 0.5], [0.4, 1.0]], r"symmetric, but \|K - K\^T\| reaches 0\.1"),
        ([[1.0, np.nan], [np.nan, 1.0]], "must be finite, got nan"),
        (np.zeros((3, 3)), "positive eigenvalue, got a largest of 0"),
        ([[1.0, 2.0], [2.0, 1.0]], "got an eigenvalue of -1 beside a largest of 3"),
    ],
)
def test_bad_matrices_are_refused(kernel, message):
    with pytest.raises(ValueError, match=message):
        condition_number(kernel)
