"""A submission that cannot be interrupted is ended, and its kernel with it."""

import time
from pathlib import Path

import nbformat
import psutil
from grading.course import release
from grading.process import Limits, grade_in_process
from grading.submissions import Submission
from masters import WARM_UP

STUBBORN = """
import os, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
open({path!r}, "w").write(str(os.getpid()))
time.sleep(1000)
"""


def test_stubborn_submission_is_ended_with_its_kernel(tmp_path: Path) -> None:
    note = tmp_path / "kernel"
    notebook = WARM_UP.answering("angle", STUBBORN.format(path=str(note)))
    # In the very first cell, so that the kernel is there long before the limit.
    notebook.cells.insert(0, notebook.cells.pop([c.id for c in notebook.cells].index("angle")))
    nbformat.write(notebook, tmp_path / "warm-up.ipynb")
    release(WARM_UP.master, tmp_path / "course")
    entry = Submission("stubborn", "warm-up", tmp_path / "warm-up.ipynb")
    marks = grade_in_process(entry, tmp_path / "course", tmp_path, Limits(1000, 15))
    assert marks.reason == "not finished after 15 s, stopped"
    kernel = int(note.read_text())
    deadline = time.monotonic() + 5
    while psutil.pid_exists(kernel) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not psutil.pid_exists(kernel)
