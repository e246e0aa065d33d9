"""One submission, one process, one home folder: started, waited for, cleared away."""

import os
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing import forkserver, get_all_start_methods, get_context
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from grading.by_hand import WrittenMark
from grading.submissions import Submission
from grading.worker import Job, Marks, run_job

TOOLS = str(Path(__file__).resolve().parents[1])
_STARTING = threading.Lock()


@dataclass(frozen=True)
class Limits:
    """What one submission may use before it is stopped."""

    cell_seconds: int = 30
    submission_seconds: int = 300
    memory_bytes: int = 8 * 2**30


def grade_in_process(
    entry: Submission,
    course: Path,
    cache: Path,
    limits: Limits,
    by_hand: dict[str, WrittenMark] | None = None,
) -> Marks:
    """Marks of one submission, or the reason why there are none.

    `by_hand` has what a reader gave for the parts answered in words.
    """
    if entry.notebook is None:
        return Marks(reason=entry.problem)
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as home:
        job = Job(
            entry,
            course,
            Path(home),
            cache,
            limits.cell_seconds,
            limits.memory_bytes,
            by_hand or {},
        )
        return _run(job, limits.submission_seconds)


def _run(job: Job, seconds: int) -> Marks:
    context = _context()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run_job, args=(job, theirs), daemon=False)
    process.start()
    theirs.close()
    patience = 5
    try:
        if not ours.poll(seconds):
            patience = 0
            return Marks(reason=f"not finished after {seconds} s, stopped")
        marks: Marks = ours.recv()
        return marks
    except EOFError:
        return Marks(reason="the grading process died: out of memory, or stopped from outside")
    finally:
        ours.close()
        _end(process, patience)


def _context() -> ForkServerContext | SpawnContext:
    # A fork server has the slow imports behind it; forking this process would copy its threads.
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["grading.worker"])
    with _STARTING:
        _start_fork_server()
    return context


def _start_fork_server() -> None:
    """Start the server where it finds our modules: it does not take over this process's path."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in (TOOLS, before) if path)
    try:
        forkserver.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _end(process: BaseProcess, patience: float) -> None:
    """End the process with its kernel, which has a session of its own and may ignore signals."""
    process.join(timeout=patience)
    if process.is_alive() and process.pid is not None:
        kernels = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for kernel in kernels:
            if kernel.is_running():
                kernel.kill()
    process.join()
