"""Extreme eigenvalues against matrices whose spectrum is known."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy.linalg import hilbert

from ntklib.spectrum import condition_number, extreme_eigenvalues

FLOATS = [np.float32, np.float64]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [4, 9, 12])
def test_errors_bound_the_distance_to_the_exact_eigenvalues(n, dtype):
    """The Hilbert matrix, rounded; against the eigenvalues of the matrix before rounding."""
    with mpmath.workdps(60):
        lowest, highest = exact_extremes_of_hilbert(n)
        found = extreme_eigenvalues(hilbert(n).astype(dtype))
        assert abs(found.smallest.value - lowest) < found.smallest.error
        assert abs(found.largest.value - highest) < found.largest.error
        kappa = condition_number(hilbert(n).astype(dtype))
        assert abs(kappa.value - highest / lowest) < kappa.error or not found.resolved
    assert found.resolution == found.smallest.error == found.largest.error
    assert found.resolution == n * np.finfo(dtype).eps * found.largest


def exact_extremes_of_hilbert(n):
    found = mpmath.eigsy(mpmath.hilbert(n), eigvals_only=True)
    return min(found), max(found)


def test_the_error_of_a_condition_number():
    """With eigenvalues a and b and noise d it is (b + d) / (a - d) - b / a."""
    noise = 2 * np.finfo(float).eps * 3
    kappa = condition_number(np.diag([2.5 * noise, 3.0]))
    assert kappa == pytest.approx(3 / (2.5 * noise), rel=1e-12)
    assert kappa.error == pytest.approx(3 / (1.5 * noise) - 3 / (2.5 * noise), rel=1e-9)
    unresolved = condition_number(np.diag([0.5 * noise, 3.0]))
    assert (unresolved.value, unresolved.error) == (np.inf, np.inf)
    assert condition_number([[2.0, 1.0], [1.0, 2.0]]).error < 1e-14


def test_a_matrix_with_a_chosen_spectrum():
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.standard_normal((30, 30)))
    spectrum = np.geomspace(1e-6, 10, 30)
    smallest, largest, rank, resolved = extreme_eigenvalues((basis * spectrum) @ basis.T)
    assert largest == pytest.approx(10, rel=1e-13)
    assert smallest == pytest.approx(1e-6, rel=1e-7)
    assert (rank, resolved) == (30, True)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("array", [np.asarray, jnp.asarray])
def test_low_rank_has_infinite_condition_number(dtype, array):
    factor = np.random.default_rng(0).standard_normal((50, 10)).astype(dtype)
    kernel = array(factor @ factor.T)
    assert kernel.dtype == dtype
    extremes = extreme_eigenvalues(kernel)
    assert (extremes.rank, extremes.resolved) == (10, False)
    assert condition_number(kernel) == np.inf


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("n", [3, 300])
def test_the_noise_is_n_roundings_of_the_type_that_came_in(dtype, n):
    """A diagonal matrix has exactly the eigenvalues that it shows."""
    noise = 2 * n * np.finfo(dtype).eps
    for factor, rank in [(1.001, n), (0.999, n - 1), (-0.999, n - 1), (-99, n - 1)]:
        diagonal = np.full(n, 2, dtype)
        diagonal[1] = factor * noise
        extremes = extreme_eigenvalues(np.diag(diagonal))
        assert (extremes.rank, extremes.resolved) == (rank, rank == n)
        assert (condition_number(np.diag(diagonal)) == np.inf) == (rank < n)
    diagonal[1] = -101 * noise
    with pytest.raises(ValueError, match="must be positive semidefinite, got an eigenvalue of -"):
        extreme_eigenvalues(np.diag(diagonal))


def test_the_same_numbers_in_float64_resolve_more():
    kernel = np.diag(np.array([1.0, 1e-7], np.float32))
    assert condition_number(kernel) == np.inf
    assert condition_number(kernel.astype(np.float64)) == pytest.approx(1e7, rel=1e-6)


def test_condition_number_of_the_hilbert_matrix():
    """Known to be 1.6025e13 / 4.7661e5 at n = 10 / 5; the larger still resolves 3 digits."""
    assert condition_number(hilbert(5)) == pytest.approx(4.766072502e5, rel=1e-8)
    assert condition_number(hilbert(10)) == pytest.approx(1.602502816e13, rel=1e-1)
    assert condition_number(hilbert(20)) == np.inf


def test_a_kernel_and_its_transpose_have_one_condition_number():
    kernel = hilbert(6)
    kernel[np.tril_indices(6, -1)] *= 1 + 1e-9
    assert condition_number(kernel) == condition_number(kernel.T)
    np.testing.assert_equal(extreme_eigenvalues(kernel), extreme_eigenvalues(kernel.T))


def test_32_bit_mode_is_refused():
    with jax.enable_x64(False):
        for function in (condition_number, extreme_eigenvalues):
            with pytest.raises(ValueError, match="jax_enable_x64 is False"):
                function(np.eye(2))


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        (np.ones((2, 3)), r"shape \(n, n\).*got shape \(2, 3\)"),
        (np.ones((0, 0)), r"shape \(n, n\).*got shape \(0, 0\)"),
        ([[1.0, 0.5], [0.4, 1.0]], r"symmetric, but \|K - K\^T\| reaches 0\.1"),
        ([[1.0, np.nan], [np.nan, 1.0]], "must be finite, got nan"),
        (np.eye(2, dtype=complex), "must be real numbers"),
        (np.zeros((3, 3)), "positive eigenvalue, got a largest of 0"),
        ([[1.0, 2.0], [2.0, 1.0]], "got an eigenvalue of -1 beside a largest of 3"),
    ],
)
def test_bad_matrices_are_refused(kernel, message):
    with pytest.raises(ValueError, match=message):
        condition_number(kernel)


def test_tracing_is_refused_by_name():
    with pytest.raises(ValueError, match=r"kernel must be known here, outside jax\.jit"):
        jax.jit(condition_number)(jnp.eye(2))
