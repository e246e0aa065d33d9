"""A run of training, call by call: what was reached is never lost."""

import time
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, PyTree
from numpy.typing import NDArray

from ntklib.networks.leaves import Structure, join
from ntklib.networks.training_loop import LONGEST, State, advance, begin
from ntklib.networks.training_setting import Observe, Setting
from ntklib.progress import Progress

SECONDS = 0.2
"""Length of a call, after which one can interrupt and the progress bar moves."""
NEVER = 2**53


class Run(NamedTuple):
    """What was reached; replaced as a whole, so that an interruption finds it consistent.

    Attributes:
        state: Parameters and the optimiser's memory.
        done: Steps taken.
        losses: Losses before every step, call by call, shapes (steps, *networks).
        end: Loss now, shape (*networks).
        diverged: Steps after which a network's loss was not finite, else `NEVER`.
        records: What was recorded, with its steps.
    """

    state: State
    done: int
    losses: tuple[NDArray, ...]
    end: NDArray
    diverged: NDArray
    records: tuple[tuple[int, PyTree], ...]

    @property
    def going(self) -> bool:
        """Whether a network is left whose loss is finite."""
        return bool((self.diverged == NEVER).any())


def start(setting: Setting, trained: PyTree) -> Run:
    """Return the run before its first step.

    Raises:
        ValueError: If the loss at the given parameters is not finite.
    """
    problem, data, rate = setting[:3]
    state = begin(trained, rate, problem=problem)
    networks = len(jax.tree.leaves(trained)[0]) if problem.ensemble else None
    diverged = np.full(() if networks is None else (networks,), NEVER)
    end = np.asarray(advance(state, data, rate, 0, 0, diverged, problem=problem)[2])
    if not np.isfinite(end).all():
        raise ValueError(f"the loss at the given parameters must be finite, got {end}")
    return _record(setting, Run(state, 0, (), end, diverged, ()))


def finish(setting: Setting, run: Run, steps: int, progress: Progress) -> tuple[Run, bool]:
    """Take the steps that are left; return what was reached, and whether it was interrupted."""
    pace = 16.0
    try:
        while run.done < steps and run.going:
            following = [mark for mark in setting.marks if mark > run.done][:1]
            count = min(int(pace), LONGEST, min([steps, *following]) - run.done)
            began = time.monotonic()
            run = _record(setting, _take(setting, run, count))
            seconds = max(time.monotonic() - began, 1e-6)
            pace = min(max(count * SECONDS / seconds, 1), 4 * pace)
            progress.reach(run.done)
    except KeyboardInterrupt:
        return run, True
    return run, False


def _take(setting: Setting, run: Run, count: int) -> Run:
    """Take some steps. Networks that diverge are brought back to their last finite loss.

    That is done by taking the steps again, up to there: no second copy of the parameters has
    to be carried along for a case that is rare.
    """
    problem, data, rate = setting[:3]
    go = partial(advance, run.state, data, rate, run.done, count, problem=problem)
    state, losses, end = go(_limits(run.diverged))
    found = np.concatenate([np.asarray(losses)[:count], np.asarray(end)[None]])
    finite = np.isfinite(found)
    new = ~finite.all(axis=0) & (run.diverged == NEVER)
    diverged = np.where(new, run.done + finite.argmin(axis=0), run.diverged)
    if new.any():
        state, _, end = go(_limits(diverged))
    losses_so_far = (*run.losses, found[:-1])
    return Run(state, run.done + count, losses_so_far, np.asarray(end), diverged, run.records)


def _limits(diverged: NDArray) -> NDArray:
    """Return the step from which a network stays as it is: the one that spoilt its loss."""
    return np.where(diverged == NEVER, NEVER, diverged - 1)


def _record(setting: Setting, run: Run) -> Run:
    if run.done not in setting.marks or not run.going:
        return run
    found = _observed(
        run.state.trained,
        setting.data.arrays,
        observe=setting.observe,
        structure=setting.problem.model.structure,
        ensemble=setting.problem.ensemble,
    )
    return run._replace(records=(*run.records, (run.done, jax.tree.map(np.asarray, found))))


@partial(jax.jit, static_argnames=("observe", "structure", "ensemble"))
def _observed(
    trained: PyTree,
    arrays: tuple[Array, ...],
    *,
    observe: Observe | None,
    structure: Structure,
    ensemble: bool,
) -> Any:
    def one(leaves: PyTree) -> PyTree:
        return leaves if observe is None else observe(join(leaves, arrays, structure))

    return jax.vmap(one)(trained) if ensemble else one(trained)
