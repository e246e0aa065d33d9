"""Reading an assignment's master: MyST Markdown in, a notebook that nbgrader understands out.

A master says in one line what each code cell is for, and nbgrader's metadata follows from that:

    ```{code-cell} ipython3
    :given: setup            the student reads and runs it
    :write: angle            the student writes it, between the solution markers
    :test: angle             checks the cell ":write: angle"; needs :points: 3
    ```
"""

from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode

BEGIN_SOLUTION = "### BEGIN SOLUTION"
END_SOLUTION = "### END SOLUTION"
BEGIN_HIDDEN = "### BEGIN HIDDEN TESTS"
END_HIDDEN = "### END HIDDEN TESTS"
STUB = "# YOUR CODE HERE\nraise NotImplementedError"
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
    if points is not None and not (isinstance(points, int | float) and points > 0):
        raise AssignmentError(f"cell test: {name}: points must be a number above 0, got {points!r}")
    grade_id = f"test-{name}" if role == "test" else name
    nbgrader: dict[str, Any] = {
        "cell_type": "code",
        "grade": role == "test",
        "grade_id": grade_id,
        "locked": role != "write",
        "schema_version": SCHEMA_VERSION,
        "solution": role == "write",
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


def is_test(cell: NotebookNode) -> bool:
    """Whether this cell is worth points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))
