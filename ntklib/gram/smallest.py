"""The smallest eigenvalue of a Gram matrix, with its digits, however small it is.

Three ways, the first that serves: a reason why it is zero; 64-bit floats, where the eigenvalue
stands far above their rounding; and the inverse in ball arithmetic, with as many bits as it takes.
"""

from collections.abc import Callable

import numpy as np
from flint import arb_mat
from jaxtyping import ArrayLike, Float
from scipy.linalg import eigh

from ntklib.activations import Activation
from ntklib.balls import UnknownOperationError, smallest_eigenvalue
from ntklib.estimate import Estimate
from ntklib.gaussian import EPSILON
from ntklib.gram.function import GramFunction
from ntklib.gram.matrix import UnitGram, unit_gram
from ntklib.gram.precise import ball_gram
from ntklib.gram.structure import singular_because
from ntklib.progress import Progress

SHARP = 1e-7  # relative error up to which 64-bit floats will do
PRECISE = 1e-9  # relative error that ball arithmetic goes on for
ROUGH = 1e-2  # relative error beyond which a number would be noise
STAGES = (128, 256, 512, 1024)  # bits
LOWEST = 6  # eigenvectors that are found again within their span
LARGEST = 400  # rows that ball arithmetic inverts in seconds

Kernel = Callable[[UnitGram, int], tuple[arb_mat, float]]


def min_eigenvalue(x: ArrayLike, *, activation: Activation) -> Estimate:
    """Return the smallest eigenvalue of the Gram matrix of an activation.

    Relative accuracy 1e-6 or better, also where it is 1e-30 of the largest eigenvalue and
    64-bit eigenvalue routines return rounding noise. `.method` says how it was found, or, for an
    exact zero, why it is zero: repeated rows, opposite rows with an odd or even Gram function, or
    more rows than a polynomial part of it has room for. Rows within 1e-15 radians of one line are
    taken to lie on it. Otherwise rows count as exactly what their floats say.

    Args:
        x: Data, shape (n, d), as for `gram_matrix`. Up to 400 rows where 64-bit floats do not
            resolve the eigenvalue, which takes seconds there.
        activation: As for `gram_matrix`. Beyond 64 bits it must be without kinks and made of
            operations that are known in ball arithmetic (see `ntklib.balls.ball_function`), or
            of the leaky family, or ReLU squared.

    Returns:
        The eigenvalue with a bound on its error, which for the series of smooth activations
        rests on how fast a trapezoidal rule settles.

    Raises:
        ValueError: As `gram_matrix`; or if the eigenvalue is out of reach: too many rows, a
            kinked or unknown activation, or below 1e-300.

    Source: this book, "Smoothness".

    >>> import numpy as np
    >>> from ntklib.activations import relu, tanh
    >>> angles = 2 * np.pi * np.arange(41) / 41
    >>> circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    >>> print(f"{min_eigenvalue(circle, activation=relu):.6g}")
    0.00618827
    >>> found = min_eigenvalue(circle, activation=tanh)
    >>> print(f"{found:.6e}, {found.method}")
    2.446656e-13, inverse in ball arithmetic, 128 bits
    """
    data = unit_gram(x, activation)
    reason = singular_because(data)
    if reason is not None:
        return Estimate(0.0, 0.0, reason)
    rough = _of_a_pair(data)
    if rough is None:
        rough = in_floats(data.kernel(), data.kernel_error())
    if rough.error <= SHARP * rough:
        return rough
    return resolved(rough, data, ball_gram, f"Gram matrix of {activation.name}")


def _of_a_pair(data: UnitGram) -> Estimate | None:
    """Return Gamma(1) - |Gamma(rho)| for two rows of one length, from a difference without loss."""
    if len(data.rows) != 2 or data.lengths[0] != data.lengths[1]:
        return None
    try:
        gap, error = GramFunction(data.activation).pair_gap(float(data.angles[0, 1]))
    except UnknownOperationError:
        return None
    size = float(data.lengths[0]) ** 2
    return Estimate(size * gap, size * error, "difference at the angle of two rows")


def resolved(rough: Estimate, data: UnitGram, kernel: Kernel, what: str) -> Estimate:
    """Return the smallest eigenvalue that floats do not resolve, by ball arithmetic.

    Args:
        rough: The eigenvalue in floats, for want of anything better.
        data: The rows.
        kernel: Returns the matrix of rows at a number of bits, and how much larger its
            eigenvalues may be.
        what: Name of the matrix, for error messages.

    Raises:
        ValueError: If it is out of reach, or set by the rounding of the rows.
    """
    try:
        if len(data.rows) > LARGEST:
            raise ValueError(f"ball arithmetic takes up to {LARGEST} rows, got {len(data.rows)}")
        found, bits = _in_balls(data, kernel, what)
    except (UnknownOperationError, ValueError, ArithmeticError) as error:
        if rough.error <= ROUGH * rough:
            return rough
        raise ValueError(
            f"the smallest eigenvalue of the {what} is out of reach: 64-bit floats find "
            f"{rough:.2g}, with an error of up to {rough.error:.1g}, and {error}"
        ) from error
    _require_steady(found, smallest_eigenvalue(kernel(_moved(data), bits)[0], bits + 32), what)
    return found


def in_floats(kernel: Float[np.ndarray, "n n"], error: Float[np.ndarray, "n n"]) -> Estimate:
    """Return the smallest eigenvalue of a matrix whose entries have errors up to those given.

    LAPACK's is off by rounding of the largest. Its eigenvectors are good to first order, and
    the smallest eigenvalue on the span of the lowest few is therefore good to second order: it
    is found from products in extended precision, where the machine has it.
    """
    last = min(LOWEST, len(kernel)) - 1
    vectors = eigh(kernel, subset_by_index=(0, last))[1]
    exact, basis = kernel.astype(np.longdouble), vectors.astype(np.longdouble)
    images = exact @ basis
    within, gram = (basis.T @ each for each in (images, basis))
    ritz, mixed = eigh(within.astype(float), gram.astype(float))
    vector = vectors @ mixed[:, 0]
    size = float(vector @ vector)
    left = images @ mixed[:, 0] - ritz[0] * (basis @ mixed[:, 0])
    residual = float(np.sqrt((left @ left) / size))
    gap = float(ritz[-1] - ritz[0])
    missed = residual * min(1.0, residual / gap) if last and gap > 0 else residual
    parts = np.abs(vector)
    rounding = 4 * len(kernel) * float(np.finfo(np.longdouble).eps) * (parts @ abs(kernel) @ parts)
    off = missed + float(parts @ error @ parts + rounding) / size
    return Estimate(float(ritz[0]), off, "lowest eigenvectors in 64-bit floats (LAPACK)")


def _in_balls(data: UnitGram, kernel: Kernel, what: str) -> tuple[Estimate, int]:
    """Return the smallest eigenvalue at the first precision that is enough, and that precision."""
    with Progress(len(STAGES)) as bar:
        for stage, bits in enumerate(STAGES, 1):
            matrix, missing = kernel(data, bits)
            found = smallest_eigenvalue(matrix, bits + 32)
            if found is not None and found.error + missing <= PRECISE * found:
                method = f"{found.method}, {bits} bits"
                return Estimate(found, found.error + missing, method), bits
            bar.reach(stage)
    raise ValueError(f"the {what} is singular to {STAGES[-1]} bits: zero, or below 1e-300")


def _moved(data: UnitGram) -> UnitGram:
    """Return the data with each entry moved by a rounding or so."""
    noise = np.random.default_rng(0).choice([-EPSILON, EPSILON], data.rows.shape)
    return data._replace(rows=data.rows * (1 + noise))


def _require_steady(found: Estimate, moved: Estimate | None, what: str) -> None:
    """Raise if moving the rows by their rounding makes another number of an eigenvalue.

    Rows that lie in a special way, such as on a cone where a polynomial vanishes, do so only up
    to rounding. What their floats leave of the eigenvalue then means nothing.
    """
    if moved is None or abs(moved - found) > ROUGH * found:
        raise ValueError(
            f"the smallest eigenvalue of the {what} is {found:.1g} only because the rows are "
            f"rounded (moved by one rounding they have {moved or 0.0:.1g}): it is zero, or out of "
            "reach"
        )
