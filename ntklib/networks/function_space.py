"""Gradient descent on a linearised model, solved exactly in function space.

With the loss half the sum of squares, 1/2 |f - y|^2, a model linear in its parameters moves by
f_{t+1} = f_t - eta K (f_t - y), K its NTK. In the eigenbasis of K every component of the error
shrinks on its own, by 1 - eta lambda in a step, or by exp(-lambda t) in continuous time; what
happens meanwhile at points that are not trained on follows through the cross kernel.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float
from numpy.typing import NDArray
from scipy.linalg import eigh

from ntklib import _validate

Rates = Callable[[NDArray, NDArray], NDArray]


class FunctionSpace(NamedTuple):
    """A linearised model while it is trained; the axis of times is missing for one time.

    Attributes:
        outputs: At the training points, shape (times, n) or (times, n, k).
        held_out: At the points of the cross kernel, shape (times, p) or (times, p, k), or None.
        losses: 1/2 |f - y|^2 over the training points, shape (times,).
    """

    outputs: Float[NDArray, "times n ..."]
    held_out: Float[NDArray, "times p ..."] | None
    losses: Float[NDArray, " times"]


def linearized_descent(
    kernel: ArrayLike,
    initial_outputs: ArrayLike,
    targets: ArrayLike,
    *,
    learning_rate: float,
    steps: int | Sequence[int],
    cross_kernel: ArrayLike | None = None,
    initial_held_out: ArrayLike | None = None,
) -> FunctionSpace:
    """Return what full-batch gradient descent makes of a linearised model, step by step.

    f_t = y + (1 - eta K)^t (f_0 - y), and at points z with cross kernel C = K(z, x)
    g_t = g_0 - C [1 - (1 - eta K)^t] K^{-1} (f_0 - y), where a zero eigenvalue contributes its
    limit eta t. One eigendecomposition serves all steps.

    Args:
        kernel: NTK of the training points, shape (n, n), the same for all outputs; or
            (n, n, k, k) for k outputs.
        initial_outputs: f_0, shape (n,) or (n, k).
        targets: y, of the same shape.
        learning_rate: eta > 0, for the loss 1/2 |f - y|^2 (a sum: for a mean over n points
            hand over the rate divided by n). Errors grow if it exceeds 2 / largest eigenvalue.
        steps: Number of steps, or a sequence of them, which adds a leading axis.
        cross_kernel: NTK between p held-out points and the training points, shape (p, n) or
            (p, n, k, k).
        initial_held_out: g_0, shape (p,) or (p, k); zero if None.

    Raises:
        ValueError: If a shape does not fit, an entry is not finite, the kernel is not
            symmetric, the rate is not positive, a step not an integer >= 0, or errors grow
            beyond what a float holds.

    Source: Lee et al. (2019), equations 10 and 11, in discrete time.

    >>> found = linearized_descent([[2.0]], [0.0], [1.0], learning_rate=0.25, steps=[0, 1, 2])
    >>> print(found.outputs[:, 0])
    [0.   0.5  0.75]
    """
    rate = _validate.positive("learning_rate", learning_rate)
    counts = _several("steps", steps)
    if any(count != int(count) for count in counts):
        raise ValueError(f"steps must be integers >= 0, got {steps!r}")

    def left(eigenvalues: NDArray, times: NDArray) -> NDArray:
        return (1 - rate * eigenvalues) ** times

    def gone(eigenvalues: NDArray, times: NDArray) -> NDArray:
        """1 - (1 - z)^t, through the logarithm where the difference would cancel."""
        small = np.minimum(rate * eigenvalues, 0.5)
        accurate = -np.expm1(times * np.log1p(-small))
        return np.where(rate * eigenvalues < 0.5, accurate, 1 - left(eigenvalues, times))

    solution = _Solution(kernel, initial_outputs, targets, cross_kernel, initial_held_out)
    found = solution.at(counts, left, gone, rate)
    if not all(np.isfinite(part).all() for part in found if part is not None):
        raise ValueError(
            f"errors grow beyond all floats: learning_rate {rate:.6g} exceeds 2 / largest "
            f"eigenvalue = {2 / solution.eigenvalues[-1]:.6g}"
        )
    return found if np.ndim(steps) else _first(found)


def linearized_flow(
    kernel: ArrayLike,
    initial_outputs: ArrayLike,
    targets: ArrayLike,
    *,
    times: float | Sequence[float],
    cross_kernel: ArrayLike | None = None,
    initial_held_out: ArrayLike | None = None,
) -> FunctionSpace:
    """Return what gradient flow makes of a linearised model: descent with tiny steps.

    f(t) = y + exp(-K t) (f_0 - y). Time t is `learning_rate * steps` of `linearized_descent`,
    whose other arguments, result and errors these are.

    Args:
        kernel: As for `linearized_descent`.
        initial_outputs: As for `linearized_descent`.
        targets: As for `linearized_descent`.
        times: Time >= 0, or a sequence of them, which adds a leading axis.
        cross_kernel: As for `linearized_descent`.
        initial_held_out: As for `linearized_descent`.

    Raises:
        ValueError: As `linearized_descent`, and if a time is negative.

    Source: Jacot, Gabriel and Hongler (2018); Lee et al. (2019), equations 10 and 11.

    >>> found = linearized_flow([[2.0]], [0.0], [1.0], times=1.0)
    >>> print(f"{found.outputs[0]:.6f}")  # 1 - exp(-2)
    0.864665
    """
    solution = _Solution(kernel, initial_outputs, targets, cross_kernel, initial_held_out)
    found = solution.at(
        _several("times", times),
        lambda eigenvalues, moments: np.exp(-eigenvalues * moments),
        lambda eigenvalues, moments: -np.expm1(-eigenvalues * moments),
        1.0,
    )
    return found if np.ndim(times) else _first(found)


class _Solution:
    """The problem in the eigenbasis of its kernel."""

    def __init__(
        self,
        kernel: ArrayLike,
        initial: ArrayLike,
        targets: ArrayLike,
        cross: ArrayLike | None,
        held_out: ArrayLike | None,
    ) -> None:
        start = _validate.known("initial_outputs", initial)
        self.targets = _validate.known("targets", targets)
        if start.ndim not in (1, 2) or start.shape != self.targets.shape or 0 in start.shape:
            raise ValueError(
                "initial_outputs and targets must have one shape, (n,) or (n, k), got "
                f"{start.shape} and {self.targets.shape}"
            )
        n = len(start)
        matrix, self.shared = _flat("kernel", kernel, start.shape, (n,))
        self.eigenvalues, self.basis = eigh(_validate.square("kernel", matrix))
        error = (start - self.targets).reshape(len(matrix), -1)
        self.components = self.basis.T @ error
        self.cross, self.held_out = self._held_out(cross, held_out, start.shape)

    def _held_out(
        self, cross: ArrayLike | None, held_out: ArrayLike | None, shape: tuple[int, ...]
    ) -> tuple[NDArray | None, NDArray | None]:
        if cross is None:
            if held_out is not None:
                raise ValueError("initial_held_out needs a cross_kernel, got None")
            return None, None
        matrix, shared = _flat("cross_kernel", cross, shape, None)
        if shared != self.shared:
            raise ValueError("kernel and cross_kernel must both have two axes or both have four")
        points = (len(np.asarray(cross)), *shape[1:])
        start = (
            np.zeros(points) if held_out is None else _validate.known("initial_held_out", held_out)
        )
        if start.shape != points:
            raise ValueError(f"initial_held_out must have shape {points}, got {start.shape}")
        return matrix @ self.basis, start

    def at(self, times: tuple[float, ...], left: Rates, gone: Rates, unit: float) -> FunctionSpace:
        """Return the model at given times; `unit` is the time that one of them lasts."""
        moments = np.array(times)[:, None]
        with np.errstate(all="ignore"):
            errors = np.einsum(
                "ij,tj,jc->tic", self.basis, left(self.eigenvalues, moments), self.components
            )
            losses = np.square(errors).sum(axis=(1, 2)) / 2
            outputs = self.targets + errors.reshape(len(times), *self.targets.shape)
            if self.cross is None or self.held_out is None:
                return FunctionSpace(outputs, None, losses)
            nonzero = self.eigenvalues != 0
            safe = np.where(nonzero, self.eigenvalues, 1.0)
            pulled = np.where(nonzero, gone(self.eigenvalues, moments) / safe, unit * moments)
            change = np.einsum("ij,tj,jc->tic", self.cross, pulled, self.components)
        held_out = self.held_out - change.reshape(len(times), *self.held_out.shape)
        return FunctionSpace(outputs, held_out, losses)


def _flat(
    name: str, kernel: ArrayLike, shape: tuple[int, ...], rows: tuple[int] | None
) -> tuple[NDArray, bool]:
    """Return a kernel as a matrix, and whether all outputs share it."""
    array = _validate.known(name, kernel)
    n, outputs = shape[0], shape[1:]
    points = len(array) if rows is None and array.ndim else n
    if array.shape == (points, n):
        return array, True
    if outputs and array.shape == (points, n, *outputs, *outputs):
        return array.transpose(0, 2, 1, 3).reshape(points * outputs[0], n * outputs[0]), False
    first = "p" if rows is None else n
    wide = f" or ({first}, {n}, {outputs[0]}, {outputs[0]})" if outputs else ""
    raise ValueError(f"{name} must have shape ({first}, {n}){wide}, got shape {array.shape}")


def _several(name: str, values: float | Sequence[float]) -> tuple[float, ...]:
    """Return one or several times as a tuple; raise unless they are finite and >= 0."""
    found = np.atleast_1d(_validate.known(name, values))
    if found.ndim != 1 or found.size == 0 or (found < 0).any():
        raise ValueError(f"{name} must be a number >= 0 or a sequence of them, got {values!r}")
    return tuple(found.tolist())


def _first(found: FunctionSpace) -> FunctionSpace:
    held_out = None if found.held_out is None else found.held_out[0]
    return FunctionSpace(found.outputs[0], held_out, found.losses[0])
