"""Reading an assignment's master: MyST Markdown in, a notebook that nbgrader understands out.

A master says in one line what each code cell is for, and nbgrader's metadata follows from that:

    ```{code-cell} ipython3
    :given: setup            the student reads and runs it
    :write: angle            the student writes it, between the solution markers
    :test: angle             checks the cell ":write: angle"; needs :points: 3
    ```

A part that is answered in words is a text cell, opened by a line of its own:

    +++ {"written": "proof", "points": 4}

Between the solution markers it holds a model answer and, after the line **Marking**, a list
with an item for each thing that earns points: "- 2 points: the eigenvalues".
"""

import re
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode

BEGIN_SOLUTION = "### BEGIN SOLUTION"
END_SOLUTION = "### END SOLUTION"
BEGIN_HIDDEN = "### BEGIN HIDDEN TESTS"
END_HIDDEN = "### END HIDDEN TESTS"
STUB = "# YOUR CODE HERE\nraise NotImplementedError"
TEXT_STUB = "YOUR ANSWER HERE"
MARKING = "**Marking**"
ROLES = ("given", "write", "test")
SCHEMA_VERSION = 3


class AssignmentError(Exception):
    """A master that must not be handed out; the message says what to mend."""


def find_masters(folder: Path) -> list[Path]:
    """Masters below `folder`: <name>/<name>.md, sorted by name."""
    return sorted(path for path in folder.glob("*/*.md") if path.stem == path.parent.name)


def role_of(cell: NotebookNode) -> tuple[str, str]:
    """What a code cell of a master is for, and its name: ("write", "angle")."""
    roles = [role for role in ROLES if role in cell.metadata]
    if len(roles) != 1:
        first_line = cell.source.strip().split("\n")[0]
        raise AssignmentError(
            f"the code cell that starts with {first_line!r} must have exactly one of the lines "
            f":given:, :write:, :test: with a name; it has {len(roles)}"
        )
    return roles[0], str(cell.metadata[roles[0]])


def read_master(path: Path) -> NotebookNode:
    """The master at `path` as a notebook with nbgrader metadata and stable cell ids."""
    notebook = jupytext.read(path, fmt="md:myst")
    notebook.metadata.pop("jupytext", None)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    texts = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _describe(cell)
        elif "written" in cell.metadata:
            _describe_written(cell)
        else:
            texts += 1
            cell.metadata, cell.id = NotebookNode(), f"text-{texts:02d}"
    _refuse_repeated_ids(notebook)
    return notebook


def _describe(cell: NotebookNode) -> None:
    role, name = role_of(cell)
    points = cell.metadata.get("points")
    if (role == "test") != (points is not None):
        raise AssignmentError(f"cell {role}: {name}: test cells, and only those, carry :points:")
    if points is not None:
        _check_points(f"test: {name}", points)
    grade_id = f"test-{name}" if role == "test" else name
    _name(cell, grade_id, grade=role == "test", solution=role == "write", points=points)


def _describe_written(cell: NotebookNode) -> None:
    name, points = str(cell.metadata["written"]), cell.metadata.get("points")
    _check_points(f"written: {name}", points)
    _name(cell, name, grade=True, solution=True, points=points)


def _check_points(cell: str, points: object) -> None:
    if not (isinstance(points, int | float) and points > 0):
        raise AssignmentError(f"cell {cell}: points must be a number above 0, got {points!r}")


def _name(
    cell: NotebookNode, grade_id: str, *, grade: bool, solution: bool, points: float | None
) -> None:
    nbgrader: dict[str, Any] = {
        "cell_type": cell.cell_type,
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": SCHEMA_VERSION,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        nbgrader["points"] = points
    cell.metadata, cell.id = NotebookNode(nbgrader=NotebookNode(nbgrader)), grade_id


def _refuse_repeated_ids(notebook: NotebookNode) -> None:
    seen: set[str] = set()
    for cell in notebook.cells:
        if cell.id in seen:
            raise AssignmentError(f"two cells are named {cell.id!r}; give each its own name")
        seen.add(cell.id)


def is_written_by_student(cell: NotebookNode) -> bool:
    """Whether the student writes in this cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Whether this cell is worth points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def is_test(cell: NotebookNode) -> bool:
    """Whether this cell is worth points that running it decides."""
    return is_graded(cell) and not is_written_by_student(cell)


def is_prose(cell: NotebookNode) -> bool:
    """Whether this cell is worth points that a reader decides."""
    return is_graded(cell) and is_written_by_student(cell)


def solution_of(cell: NotebookNode) -> str:
    """What stands between the solution markers of a master's cell."""
    return str(cell.source).split(BEGIN_SOLUTION)[1].split(END_SOLUTION)[0].strip()


def rubric_points(cell: NotebookNode) -> float:
    """What the items of a written part's marking list come to."""
    marking = solution_of(cell).partition(MARKING)[2]
    return sum(float(n) for n in re.findall(r"^- ([\d.]+) points?: ", marking, flags=re.MULTILINE))
