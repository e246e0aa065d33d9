"""Extreme eigenvalues and condition numbers of kernel matrices, with what rounding lets one see.

How far to trust a small eigenvalue depends on the type in which the matrix comes: entries
that were rounded to float32 do not tell eigenvalues apart that float64 would. So hand over a
kernel in the type in which it was computed; the eigenvalues are found in float64 either way.
"""

from typing import NamedTuple

from jaxtyping import ArrayLike
from scipy.linalg import eigvalsh

from ntklib import _validate


class ExtremeEigenvalues(NamedTuple):
    """The two ends of a spectrum and how far to trust the lower one.

    Attributes:
        smallest: Smallest eigenvalue as computed.
        largest: Largest eigenvalue.
        rank: Number of eigenvalues above `n * eps * largest`, the size of rounding errors,
            eps being that of the type in which the matrix came (float64 for integers).
        resolved: Whether `smallest` is one of them. If not, it is rounding noise.
    """

    smallest: float
    largest: float
    rank: int
    resolved: bool


def extreme_eigenvalues(kernel: ArrayLike) -> ExtremeEigenvalues:
    """Return the smallest and largest eigenvalue of a positive semidefinite matrix.

    Args:
        kernel: Symmetric matrix, shape (n, n); symmetric to half its digits, and replaced
            by (K + K^T) / 2. Not traceable by `jax.jit`.

    Raises:
        ValueError: If the matrix is not square, symmetric and finite, if it is zero, if it
            has an eigenvalue below -100 times the rounding errors, or if 64-bit mode is off.

    >>> extreme_eigenvalues([[2.0, 1.0], [1.0, 2.0]])
    ExtremeEigenvalues(smallest=1.0, largest=3.0, rank=2, resolved=True)
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
    return ExtremeEigenvalues(smallest, largest, rank, rank == len(matrix))


def condition_number(kernel: ArrayLike) -> float:
    """Return kappa = largest / smallest eigenvalue of a positive semidefinite matrix.

    Infinite where the smallest eigenvalue is zero to rounding: the quotient of a number and
    noise is not a condition number. Its relative error is about kappa * n * eps, with eps the
    rounding of the type in which the matrix came.

    Args:
        kernel: As for `extreme_eigenvalues`.

    Raises:
        ValueError: As `extreme_eigenvalues`.

    >>> condition_number([[1.0, 1.0], [1.0, 1.0]])
    inf
    """
    extremes = extreme_eigenvalues(kernel)
    return extremes.largest / extremes.smallest if extremes.resolved else float("inf")
