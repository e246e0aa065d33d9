"""The smallest eigenvalue by the inverse in balls, where the exact one is known."""

import mpmath
import numpy as np
import pytest
from flint import arb, arb_mat, ctx

from ntklib.balls import smallest_eigenvalue


def hilbert(n: int) -> arb_mat:
    return arb_mat([[1 / arb(i + j + 1) for j in range(n)] for i in range(n)])


@pytest.mark.parametrize("n", [2, 10, 20])
def test_hilbert_matrices(n):
    with ctx.workprec(300):
        found = smallest_eigenvalue(hilbert(n), 300)
    with mpmath.workdps(60):
        exact = min(mpmath.eigsy(mpmath.hilbert(n), eigvals_only=True))
    assert found is not None
    assert float(found) == pytest.approx(float(exact), rel=1e-13)
    assert abs(float(found) - float(exact)) <= found.error <= 1e-12 * float(exact)


def test_far_below_what_floats_hold():
    with ctx.workprec(4000):
        size = arb(10) ** -200
        matrix = arb_mat([[1 + size, arb(1)], [arb(1), 1 + size]])
        assert float(smallest_eigenvalue(matrix, 4000)) == pytest.approx(1e-200, rel=1e-13)


def test_too_little_precision_is_none():
    with ctx.workprec(64):
        assert smallest_eigenvalue(hilbert(20), 64) is None


def test_a_singular_matrix_is_none():
    assert smallest_eigenvalue(arb_mat([[1, 1], [1, 1]]), 128) is None


def test_the_error_covers_wide_balls():
    wide = arb(2, 1e-6)
    found = smallest_eigenvalue(arb_mat([[wide, 1], [1, wide]]), 128)
    assert found is not None
    assert 1e-6 < found.error < 1e-5
    np.testing.assert_allclose(float(found), 1.0, atol=found.error)
