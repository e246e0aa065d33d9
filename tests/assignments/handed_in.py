"""Submissions for the tests, made from the masters: right, wrong, and badly behaved."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
from masters import ASSIGNMENTS, WARM_UP, Assignment, cell_of, planted
from nbformat import NotebookNode

# One mistake of each assignment goes through the whole command; tests run the others in process.
GRADED_MISTAKES = ("in-place", "lost-root-two")


def endless() -> NotebookNode:
    """A function that never returns."""
    return WARM_UP.answering("angle", "def angle(u, v):\n    while True:\n        pass")


def crashing() -> NotebookNode:
    """An answer that ends the kernel."""
    return WARM_UP.answering("angle", "import os\n\nos._exit(1)")


def cheating() -> NotebookNode:
    """The stub, with test cells that always pass and a function that displays its own mark."""
    notebook = WARM_UP.stub()
    for cell in notebook.cells:
        if cell.id.startswith("test-"):
            cell.source = "assert True"
    cell_of(
        notebook, "angle"
    ).source = "def angle(u, v):\n    get_ipython().displayhook(3.0)\n    raise ValueError"
    return notebook


def damaged() -> NotebookNode:
    """The solution in another order of tidiness: cells deleted, turned into text, split."""
    notebook = WARM_UP.solution()
    gone = {"setup", "angle", "test-angle", "test-ntk"}
    notebook.cells = [cell for cell in notebook.cells if cell.id not in gone]
    test = cell_of(notebook, "test-dual")
    test.cell_type = "markdown"
    del test["outputs"], test["execution_count"]
    answer = cell_of(notebook, "layer")
    copy = nbformat.from_dict(answer)
    copy.id = "layer-copy"
    notebook.cells.insert(notebook.cells.index(answer), copy)
    cell_of(notebook, "test-layer").metadata["nbgrader"] = {"grade_id": "test-layer"}
    return notebook


def noisy() -> NotebookNode:
    """A right answer that writes to stderr, as progress bars do, and has a helper file."""
    notebook = WARM_UP.solution()
    cell = cell_of(notebook, "layer")
    cell.source = "import sys\nfrom helper import shout\n\n" + cell.source.replace(
        "    width =", '    shout("one layer", file=sys.stderr)\n    width ='
    )
    return notebook


def old_format() -> NotebookNode:
    """The solution as an older notebook program saves it: no cell ids, other metadata."""
    notebook = WARM_UP.solution()
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    notebook.metadata = nbformat.from_dict({"colab": {"provenance": []}})
    return notebook


BEHAVIOURS: dict[str, Callable[[], NotebookNode]] = {
    "endless": endless,
    "crashing": crashing,
    "cheating": cheating,
    "damaged": damaged,
    "old format": old_format,
}


def hand_in(folder: Path) -> None:
    """Lay out a folder with everything that students may hand in."""
    for assignment in ASSIGNMENTS:
        _hand_in_answers(assignment, folder)
    for name, make in BEHAVIOURS.items():
        _write(make(), folder / name / "warm-up.ipynb")
    in_folder = folder / "Noël O'Brien [7]" / "warm-up"
    _write(noisy(), in_folder / "warm-up.ipynb")
    (in_folder / "helper.py").write_text("shout = print\n", encoding="utf-8")
    (in_folder / "link").symlink_to("/etc/hostname")
    _write_text('{"cells": [', folder / "malformed" / "warm-up.ipynb")
    _write_text('{"cells": 3, "nbformat": 4}', folder / "invalid" / "warm-up.ipynb")
    _write_text(json.dumps(WARM_UP.stub()), folder / "misnamed" / "warm-up (1).ipynb")
    (folder / "=absent").mkdir()


def _hand_in_answers(assignment: Assignment, folder: Path) -> None:
    answers = {"solution": assignment.solution(), "stub": assignment.stub()} | {
        mistake.name: planted(mistake, assignment.solution())
        for mistake in assignment.mistakes()
        if mistake.name in GRADED_MISTAKES
    }
    for name, notebook in answers.items():
        _write(notebook, folder / name / f"{assignment.name}.ipynb")


def _write(notebook: NotebookNode, path: Path) -> None:
    _write_text(nbformat.writes(notebook), path)


def _write_text(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
