"""Extreme eigenvalues and condition numbers of kernel matrices, with what rounding lets one see.

How far to trust a small eigenvalue depends on the type in which the matrix comes: entries
that were rounded to float32 do not tell eigenvalues apart that float64 would. So hand over a
kernel in the type in which it was computed; the eigenvalues are found in float64 either way.
"""

from typing import NamedTuple

from jaxtyping import ArrayLike
from scipy.linalg import eigvalsh

from ntklib import _validate
from ntklib.estimate import Estimate

METHOD = "all eigenvalues (LAPACK), with n roundings of the largest as error"


class ExtremeEigenvalues(NamedTuple):
    """The two ends of a spectrum and how far to trust the lower one.

    Attributes:
        smallest: Smallest eigenvalue as computed, with its error.
        largest: Largest eigenvalue, with the same error.
        rank: Number of eigenvalues above `resolution`.
        resolved: Whether `smallest` is one of them. If not, it is rounding noise.
    """

    smallest: Estimate
    largest: Estimate
    rank: int
    resolved: bool

    @property
    def resolution(self) -> float:
        """Size below which an eigenvalue is noise, `n * eps * largest`.

        By Weyl's theorem an eigenvalue moves by no more than the norm of what rounding adds to
        the matrix. With eps the rounding of the type in which the matrix came (float64 for
        integers), that is at most eps / 2 times its Frobenius norm, so at most
        eps sqrt(n) largest / 2, for entries that are correctly rounded; the rest is left for
        entries that come out of a longer computation, and for LAPACK.
        """
        return self.smallest.error


def extreme_eigenvalues(kernel: ArrayLike) -> ExtremeEigenvalues:
    """Return the smallest and largest eigenvalue of a positive semidefinite matrix.

    All eigenvalues are computed, in time of order n^3, also where n is in the thousands.

    Args:
        kernel: Symmetric matrix, shape (n, n); symmetric to half its digits, and replaced
            by (K + K^T) / 2. Not traceable by `jax.jit`.

    Raises:
        ValueError: If the matrix is not square, symmetric and finite, if it is zero, if it
            has an eigenvalue below -100 times the rounding errors, or if 64-bit mode is off.

    >>> smallest, largest, rank, resolved = extreme_eigenvalues([[2.0, 1.0], [1.0, 2.0]])
    >>> f"{smallest:.3f} {largest:.3f}", rank, resolved, largest.error < 1e-14
    ('1.000 3.000', 2, True, True)
    """
    _validate.require_x64()
    matrix = _validate.square("kernel", kernel)
    eigenvalues = eigvalsh(matrix)
    smallest, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    noise = len(matrix) * _validate.epsilon(kernel) * largest
    if largest <= 0:
        raise ValueError(f"kernel must have a positive eigenvalue, got a largest of {largest:.6g}")
    if smallest < -100 * noise:
        raise ValueError(
            f"kernel must be positive semidefinite, got an eigenvalue of {smallest:.6g} "
            f"beside a largest of {largest:.6g}"
        )
    rank = int((eigenvalues > noise).sum())
    ends = Estimate(smallest, noise, METHOD), Estimate(largest, noise, METHOD)
    return ExtremeEigenvalues(*ends, rank, rank == len(matrix))


def condition_number(kernel: ArrayLike) -> Estimate:
    """Return kappa = largest / smallest eigenvalue of a positive semidefinite matrix.

    Infinite, and so is its error, where the smallest eigenvalue is zero to rounding: the
    quotient of a number and noise is not a condition number. Otherwise the error is what the
    quotient can gain if both eigenvalues are off by their own error; relative to kappa, it is
    about kappa n eps as long as that is small.

    Args:
        kernel: As for `extreme_eigenvalues`.

    Raises:
        ValueError: As `extreme_eigenvalues`.

    >>> float(condition_number([[1.0, 1.0], [1.0, 1.0]]))
    inf
    """
    smallest, largest, _, resolved = extremes = extreme_eigenvalues(kernel)
    if not resolved:
        return Estimate(float("inf"), float("inf"), "smallest eigenvalue not resolved")
    kappa, noise = largest / smallest, extremes.resolution
    highest = (largest + noise) / (smallest - noise)
    return Estimate(kappa, highest - kappa, "quotient of the extreme eigenvalues")
