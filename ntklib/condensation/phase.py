"""Exponents of the phase diagram, measured: wider and wider networks, trained to the end."""

import warnings
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import ArrayLike, Bool, Float, Int
from numpy.typing import NDArray

from ntklib import _validate
from ntklib.condensation.inputs import checked_seeds, with_bias
from ntklib.condensation.normalized import Network, PhaseRuns, Task, train_all
from ntklib.condensation.regime import exponents
from ntklib.progress import Progress

WIDTHS = (100, 400, 1600)
SEEDS = range(5)
TOLERANCE = 1e-4
MAX_STEPS = 20_000


class PhaseExponent(NamedTuple):
    """A power of the width, fitted to networks of several widths.

    A run that did not reach the error asked for has no end to measure: its seed has no slope.

    Attributes:
        slope: Mean of `slopes` over the seeds that have one; nan if none has.
        standard_error: Of that mean; nan for fewer than two seeds.
        slopes: For each seed, the least-squares slope of log value against log width, or nan.
        widths: The m.
        values: What was measured, also of runs that did not converge.
        mean_squared_error: At the end of each run.
        converged: Whether a run reached the error asked for.
    """

    slope: float
    standard_error: float
    slopes: Float[NDArray, " seeds"]
    widths: Int[NDArray, " widths"]
    values: Float[NDArray, "widths seeds"]
    mean_squared_error: Float[NDArray, "widths seeds"]
    converged: Bool[NDArray, "widths seeds"]


def train_in_phase(
    gamma: float,
    gamma_prime: float,
    *,
    width: int,
    x: ArrayLike,
    y: ArrayLike,
    seeds: Sequence[int] = SEEDS,
    tolerance: float = TOLERANCE,
    max_steps: int = MAX_STEPS,
) -> PhaseRuns:
    """Train two-layer ReLU networks from one point of the phase diagram.

    f(x) = m^-gamma sum_j a_j relu(w_j . (x, 1)), all parameters standard normal at first, by
    a' = -m^gamma' dR/da, w' = -m^-gamma' dR/dw: gradient flow in normalised variables (see
    `ntklib.condensation.normalized`), in steps that adapt.

    Args:
        gamma: Of the scale m^-gamma of the output.
        gamma_prime: Of the ratio m^-gamma' of output to input weights.
        width: m, at least 2.
        x: Inputs, shape (n,) or (n, d).
        y: Targets, shape (n,).
        seeds: One network each, drawn by numpy.random.default_rng([seed, width]): first the a_j,
            then the w_j.
        tolerance: Mean squared error at which to stop.
        max_steps: Number of steps at which to give up.

    Returns:
        What came of it, with a leading axis of seeds; see `converged` before the rest. Far out in
        the corner gamma > 1, gamma' < 1 - gamma a step can turn all neurons off at an input, from
        where the error falls no further.

    Raises:
        ValueError: If shapes do not fit, an entry is not finite, an exponent is outside [-10, 10],
            or another number is out of its range.

    >>> run = train_in_phase(0.5, 0.0, width=100, x=[-1.0, 0.0, 1.0], y=[0.5, -0.5, 0.5])
    >>> bool(run.converged.all()), bool((run.distance < 0.5).all())
    (True, True)
    """
    _validate.require_x64()
    gamma, gamma_prime = exponents(gamma, gamma_prime)
    units = float(_validate.count("width", width, least=2))
    inputs, targets = map(jnp.asarray, with_bias(x, y))
    task = Task(inputs, targets, jnp.asarray(units**-gamma), jnp.asarray(units**-gamma_prime))
    starts = _drawn(width, inputs.shape[1], checked_seeds(seeds))
    enough = jnp.asarray(_validate.positive("tolerance", tolerance))
    return train_all(starts, task, enough, jnp.asarray(_validate.count("max_steps", max_steps, 1)))


def phase_exponent(
    gamma: float,
    gamma_prime: float,
    *,
    x: ArrayLike,
    y: ArrayLike,
    widths: Sequence[int] = WIDTHS,
    seeds: Sequence[int] = SEEDS,
    tolerance: float = TOLERANCE,
    max_steps: int = MAX_STEPS,
    progress: bool | None = None,
) -> PhaseExponent:
    """Return S_w: how the relative distance that input weights travel depends on the width.

    RD = |w_end - w_start| / |w_start| over all input weights, biases among them, and S_w is the
    slope of log RD against log m. It is negative in the linear phase and positive in the
    condensed one. `predicted_exponent` has its limit.

    Args:
        gamma: Of the scale m^-gamma of the output.
        gamma_prime: Of the ratio m^-gamma' of output to input weights.
        x: Inputs, shape (n,) or (n, d).
        y: Targets, shape (n,).
        widths: At least two different m. Each costs a compilation of about a second, once.
        seeds: Networks of each width; see `train_in_phase`.
        tolerance: Mean squared error at which to stop.
        max_steps: Number of steps at which to give up.
        progress: Show a progress bar, or not; if None, when it takes more than 3 seconds.

    Returns:
        The exponent with its standard error over seeds. A `RuntimeWarning` says how many runs
        did not converge.

    Raises:
        ValueError: As `train_in_phase`, or if there are not two widths, or if a network has
            the error asked for before it is trained.

    Source: Luo, Xu, Ma and Zhang (2021); this book, *The phase diagram*.

    >>> x, y = [-1.0, -0.3, 0.4, 1.0], [0.3, -0.5, 0.6, -0.2]
    >>> print([round(phase_exponent(gamma, 0.0, x=x, y=y).slope, 1) for gamma in (0.5, 1.0, 2.0)])
    [-0.5, 0.0, 0.5]
    """
    point, setting = (gamma, gamma_prime), (x, y, seeds, tolerance, max_steps)
    runs = _over_widths(point, widths, setting, progress)
    return _fitted(widths, [np.asarray(run.distance) for run in runs], runs)


def kernel_change(
    gamma: float,
    gamma_prime: float,
    *,
    x: ArrayLike,
    y: ArrayLike,
    widths: Sequence[int] = WIDTHS,
    seeds: Sequence[int] = SEEDS,
    tolerance: float = TOLERANCE,
    max_steps: int = MAX_STEPS,
    progress: bool | None = None,
) -> PhaseExponent:
    """Return how the change of the neural tangent kernel depends on the width.

    The values are |K_end - K_start| / |K_start| of the empirical kernel on the data (Frobenius
    norms), and the slope is that of their logarithm against log m. On gamma' = 0 curves of
    different widths cross at gamma = 1, and beyond it the slope tends to gamma - 1: the kernel is
    of second degree in weights that grow as m^((gamma - 1) / 2).

    Arguments, errors and warnings are those of `phase_exponent`.

    Source: this book, *The phase diagram*.

    >>> x, y = [-1.0, -0.3, 0.4, 1.0], [0.3, -0.5, 0.6, -0.2]
    >>> linear, condensed = (kernel_change(gamma, 0.0, x=x, y=y) for gamma in (0.5, 2.0))
    >>> linear.slope < -0.5, condensed.slope > 0.5
    (True, True)
    """
    point, setting = (gamma, gamma_prime), (x, y, seeds, tolerance, max_steps)
    runs = _over_widths(point, widths, setting, progress)
    return _fitted(widths, [np.asarray(run.kernel_change) for run in runs], runs)


def _over_widths(
    point: tuple[float, float],
    widths: Sequence[int],
    setting: tuple[ArrayLike, ArrayLike, Sequence[int], float, int],
    progress: bool | None,
) -> list[PhaseRuns]:
    """Return what training gives at each width; numbers have come down from the device."""
    if np.ndim(widths) != 1 or len(set(widths)) < 2:
        raise ValueError(f"widths must hold at least two different integers, got {widths!r}")
    x, y, seeds, tolerance, max_steps = setting
    runs = []
    with Progress(len(widths), progress) as bar:
        for done, width in enumerate(widths, 1):
            run = train_in_phase(
                *point, width=width, x=x, y=y, seeds=seeds, tolerance=tolerance, max_steps=max_steps
            )
            runs.append(jax.device_get(run))
            bar.reach(done)
    return runs


def _fitted(widths: Sequence[int], measured: list[NDArray], runs: list[PhaseRuns]) -> PhaseExponent:
    """Return the exponent of what was measured, from the seeds that converged at all widths."""
    values = np.stack(measured)
    if not values.all():
        raise ValueError("tolerance must be below the error before training, got a run of 0 steps")
    converged = np.stack([run.converged for run in runs])
    missing = int(np.sum(~converged))
    if missing:
        text = f"{missing} of {converged.size} runs did not reach the error asked for, and"
        warnings.warn(f"{text} no slope is fitted to their seeds", RuntimeWarning, stacklevel=3)
    log_width = np.log(widths) - np.mean(np.log(widths))
    slopes = log_width @ np.log(values) / (log_width @ log_width)
    slopes = np.where(converged.all(axis=0), slopes, np.nan)
    kept = slopes[converged.all(axis=0)]
    return PhaseExponent(
        slope=float(kept.mean()) if len(kept) else np.nan,
        standard_error=float(kept.std(ddof=1) / len(kept) ** 0.5) if len(kept) > 1 else np.nan,
        slopes=slopes,
        widths=np.array(widths),
        values=values,
        mean_squared_error=np.stack([run.error for run in runs]),
        converged=converged,
    )


def _drawn(width: int, dimension: int, seeds: tuple[int, ...]) -> Network:
    """Return a network a seed: independent ones also for different widths."""
    streams = [np.random.default_rng([seed, width]) for seed in seeds]
    a = np.stack([stream.standard_normal(width) for stream in streams])
    w = np.stack([stream.standard_normal((width, dimension)) for stream in streams])
    return Network(jnp.asarray(a), jnp.asarray(w.swapaxes(1, 2)))
