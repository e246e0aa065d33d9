"""Finding what was handed in, without changing it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one assignment; no notebook means there is a `problem`."""

    student: str
    assignment: str
    notebook: Path | None
    problem: str = ""
    extra_files: tuple[Path, ...] = ()


def find_submissions(folder: Path, assignments: Iterable[str]) -> list[Submission]:
    """One entry for every student folder and every assignment that anyone handed in."""
    assignments = list(assignments)
    students = sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
    found = {
        (student.name, name): _look_for(student, name)
        for student in students
        for name in assignments
    }
    handed_in = {name for (_, name), submission in found.items() if submission.notebook}
    return [submission for (_, name), submission in found.items() if name in handed_in]


def _look_for(student: Path, assignment: str) -> Submission:
    in_folder = student / assignment / f"{assignment}.ipynb"
    beside = student / f"{assignment}.ipynb"
    present = [path for path in (beside, in_folder) if path.is_file()]
    if len(present) == 2:
        problem = f"both {assignment}.ipynb and {assignment}/{assignment}.ipynb are there"
        return Submission(student.name, assignment, None, problem)
    if present:
        extra = _files_beside(in_folder) if present == [in_folder] else ()
        return Submission(student.name, assignment, present[0], extra_files=extra)
    others = sorted(path.name for path in student.rglob("*.ipynb") if path.is_file())
    problem = f"no notebook named {assignment}.ipynb"
    if others:
        problem += f"; found {', '.join(repr(name) for name in others[:3])}"
    return Submission(student.name, assignment, None, problem)


def _files_beside(notebook: Path) -> tuple[Path, ...]:
    # Links are left out: they may lead anywhere on the grader's machine.
    return tuple(
        path
        for path in sorted(notebook.parent.iterdir())
        if path.is_file() and not path.is_symlink() and path != notebook
    )
