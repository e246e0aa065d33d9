"""Grading one submission, in a process of its own that may be killed at any time."""

import re
import shutil
import sys
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import nbformat
from nbgrader.api import Grade, Gradebook
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import (
    CheckCellMetadata,
    Execute,
    GetGrades,
    LimitOutput,
    SaveAutoGrades,
)
from traitlets.config import Config

from grading.by_hand import WrittenMark, fingerprint
from grading.course import StepFailedError, config_for, run_step
from grading.master import is_graded, is_prose
from grading.outputs import FormulasAsMathML, HideTests, OnlyErrorsCount
from grading.restore import UnreadableError, read_submission, restore
from grading.running import be_bare, error_of, kernel_config, limit_memory
from grading.submissions import Submission

UNREAD = "Not read yet: these points are not in the score."
STUDENT = "submission"  # whoever it is: each submission gets a course of its own


@dataclass(frozen=True)
class Part:
    """Marks of one part, and the message that its test ended with if it failed.

    A part answered in words has its text for an answer, and is unread until someone marks it.
    """

    name: str
    score: float
    points: float
    message: str = ""
    answer: str = ""
    comment: str = ""
    in_words: bool = False
    unread: bool = False


@dataclass(frozen=True)
class Marks:
    """What grading one submission came to; `reason` says why there are no marks."""

    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One submission with all that grading it needs; `by_hand` are marks for parts in words."""

    submission: Submission
    course: Path
    home: Path
    cache: Path
    cell_timeout: int
    memory_bytes: int
    by_hand: dict[str, WrittenMark] = field(default_factory=dict)


def run_job(job: Job, answer: Connection) -> None:
    """Grade `job.submission` and send its Marks; the entry point of the process."""
    log = (job.home / "log.txt").open("w")
    sys.stdout = sys.stderr = log
    be_bare(job.home, job.cache)
    limit_memory(job.memory_bytes)
    try:
        marks = grade(job)
    except UnreadableError as problem:
        marks = Marks(reason=str(problem))
    except StepFailedError as problem:
        marks = Marks(reason=explain(str(problem)))
    answer.send(marks)
    answer.close()


def explain(log: str) -> str:
    """One line for a log of nbgrader's that ends in a failure."""
    if "DeadKernelError" in log:
        return "the kernel died: out of memory, or the code ended its own process"
    if "UnresponsiveKernelError" in log:
        return "the kernel could not be interrupted"
    errors = re.findall(r"^\s*([\w.]*(?:Error|Exception)\b.*)$", log, flags=re.MULTILINE)
    return f"grading failed: {errors[0][:200]}" if errors else "grading failed"


def grade(job: Job) -> Marks:
    """Restore, run, mark and describe one submission."""
    name = job.submission.assignment
    assert job.submission.notebook is not None
    released = nbformat.read(job.course / "release" / name / f"{name}.ipynb", as_version=4)
    notebook, notes = restore(read_submission(job.submission.notebook), released)
    root = job.home / "course"
    _lay_out(job, root, notebook)
    config = _config(job, root)
    run_step(Autograde, config, name)
    graded_path = root / "autograded" / STUDENT / name / f"{name}.ipynb"
    graded = nbformat.read(graded_path, as_version=4)
    notes += _enter_marks(job, config, graded)
    run_step(GenerateFeedback, config, name)
    feedback = root / "feedback" / STUDENT / name / f"{name}.html"
    return Marks(
        parts=_parts(config, name, graded),
        notes=(*notes, *_timeouts(graded)),
        files={"ipynb": graded_path.read_bytes(), "html": feedback.read_bytes()},
    )


def _lay_out(job: Job, root: Path, notebook: nbformat.NotebookNode) -> None:
    name = job.submission.assignment
    submitted = root / "submitted" / STUDENT / name
    submitted.mkdir(parents=True)
    shutil.copyfile(job.course / "gradebook.db", root / "gradebook.db")
    for path in job.submission.extra_files:
        shutil.copyfile(path, submitted / path.name)
    nbformat.write(notebook, submitted / f"{name}.ipynb")


def _config(job: Job, root: Path) -> Config:
    config = config_for(root)
    config.merge(kernel_config(job.home))
    config.CourseDirectory.student_id = STUDENT
    config.Execute.timeout = job.cell_timeout
    config.Execute.raise_on_iopub_timeout = False
    config.Autograde.autograde_preprocessors = [
        Execute,
        OnlyErrorsCount,
        LimitOutput,
        SaveAutoGrades,
        CheckCellMetadata,
    ]
    config.GenerateFeedback.preprocessors = [GetGrades, HideTests, FormulasAsMathML]
    return config


def _enter_marks(job: Job, config: Config, graded: nbformat.NotebookNode) -> list[str]:
    """Put marks given by hand where the feedback finds them; return notes on those it cannot use.

    nbgrader itself gives 0 for an untouched answer, which needs no reader.
    """
    stale = []
    name = job.submission.assignment
    with Gradebook(config.CourseDirectory.db_url) as gradebook:
        for cell in filter(is_prose, graded.cells):
            where = (cell.metadata.nbgrader.grade_id, name, name, STUDENT)
            grade, comment = gradebook.find_grade(*where), gradebook.find_comment(*where)
            mark = job.by_hand.get(where[0])
            if mark and mark.answer not in ("", fingerprint(cell.source)):
                stale.append(where[0])
                mark = None
            if mark:
                grade.manual_score, comment.manual_comment = mark.score, mark.comment
            elif grade.auto_score is None:
                comment.manual_comment = UNREAD
        gradebook.db.commit()
    return [f"changed since it was marked: {', '.join(stale)}"] if stale else []


def _parts(config: Config, assignment: str, graded: nbformat.NotebookNode) -> tuple[Part, ...]:
    with Gradebook(config.CourseDirectory.db_url) as gradebook:
        notebook = gradebook.find_submission_notebook(assignment, assignment, STUDENT)
        grades = {grade.name: grade for grade in notebook.grades}
        comments = {comment.name: comment.comment or "" for comment in notebook.comments}
        return tuple(_part(cell, grades, comments) for cell in filter(is_graded, graded.cells))


def _part(cell: nbformat.NotebookNode, grades: dict[str, Grade], comments: dict[str, str]) -> Part:
    name = cell.metadata.nbgrader.grade_id
    grade = grades[name]
    score, points = float(grade.score), float(grade.max_score)
    if not is_prose(cell):
        return Part(name, score, points, _message(cell))
    return Part(
        name,
        score,
        points,
        answer=cell.source,
        comment=comments[name],
        in_words=True,
        unread=grade.auto_score is None and grade.manual_score is None,
    )


def _message(cell: nbformat.NotebookNode) -> str:
    error = error_of(cell)
    return f"{error[0]}: {error[1]}".rstrip(": ").split("\n")[0] if error else ""


def _timeouts(graded: nbformat.NotebookNode) -> list[str]:
    late = [cell for cell in graded.cells if (error_of(cell) or ("",))[0] == "CellTimeoutError"]
    return [f"cell {_label(cell)} ran out of time and was stopped" for cell in late]


def _label(cell: nbformat.NotebookNode) -> str:
    name = cell.metadata.get("nbgrader", {}).get("grade_id")
    return str(name or f"starting {cell.source.strip()[:30]!r}")
