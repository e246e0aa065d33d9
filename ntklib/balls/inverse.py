"""The smallest eigenvalue of a matrix, from its inverse.

The smallest eigenvalue is the one that rounding hides: it is small beside the entries. In the
inverse it is the largest, and 64 bits hold the largest eigenvalue of a symmetric matrix to all
their digits. So only the inverse needs more.
"""

import numpy as np
from flint import arb, arb_mat, ctx
from scipy.linalg import eigvalsh

from ntklib.estimate import Estimate
from ntklib.gaussian import EPSILON


def smallest_eigenvalue(kernel: arb_mat, bits: int) -> Estimate | None:
    """Return the smallest eigenvalue of a positive definite matrix of balls, shape (n, n).

    It is 1 / lambda_max(K^-1). The error covers the radii of the entries, by the radii of the
    inverse, and 64-bit rounding: n eps of the value, and more where balls are wide.

    Args:
        kernel: Symmetric.
        bits: Precision that the matrix is inverted at.

    Returns:
        The eigenvalue, or None if at this precision the matrix may be singular.
    """
    with ctx.workprec(bits):
        try:
            inverse = kernel.inv()
        except ZeroDivisionError:
            return None
        entries = inverse.entries()
        size = max(abs(each.mid()) for each in entries)
        if not (size > 0 and size.is_finite()):
            return None
        scaled = np.array([float(each.mid() / size) for each in entries])
        radius = np.array([float((each.rad() / size).abs_upper()) for each in entries])
        n = kernel.nrows()
        scaled, radius = scaled.reshape(n, n), radius.reshape(n, n)
        largest = float(eigvalsh((scaled + scaled.T) / 2)[-1])
        off = float(radius.sum(axis=1).max()) + n * EPSILON * largest
        if not off < largest / 2:
            return None
        value = float(1 / (size * arb(largest)))
    return Estimate(value, value * off / (largest - off), "inverse in ball arithmetic")
