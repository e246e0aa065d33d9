"""Submissions for the tests, made from the master: one right, some wrong, some badly behaved."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import nbformat
from grading.master import read_master
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
MASTER = ROOT / "assignments" / "warm-up" / "warm-up.md"
STUDENT = MASTER.with_suffix(".ipynb")
WRONG = sorted((Path(__file__).parent / "wrong").glob("*.toml"))


def stub() -> NotebookNode:
    """The notebook that students get."""
    return nbformat.read(STUDENT, as_version=4)


def solution() -> NotebookNode:
    """The student's notebook with every answer right, tests as handed out."""
    notebook = stub()
    answers = {cell.id: cell.source for cell in read_master(MASTER).cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.id]
    return notebook


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell called `name`."""
    return next(cell for cell in notebook.cells if cell.id == name)


def wrong(patch: Path) -> NotebookNode:
    """The solution with one planted mistake."""
    planted = tomllib.loads(patch.read_text(encoding="utf-8"))
    notebook = solution()
    cell = cell_of(notebook, planted["cell"])
    assert cell.source.count(planted["replace"]) == 1, f"{patch.name} does not apply"
    cell.source = cell.source.replace(planted["replace"], planted["by"])
    return notebook


def answering(name: str, source: str) -> NotebookNode:
    """The solution with another answer in the cell `name`."""
    notebook = solution()
    cell_of(notebook, name).source = source
    return notebook


def endless() -> NotebookNode:
    """A function that never returns."""
    return answering("angle", "def angle(u, v):\n    while True:\n        pass")


def crashing() -> NotebookNode:
    """An answer that ends the kernel."""
    return answering("angle", "import os\n\nos._exit(1)")


def cheating() -> NotebookNode:
    """The stub, with test cells that always pass and a function that displays its own mark."""
    notebook = stub()
    for cell in notebook.cells:
        if cell.id.startswith("test-"):
            cell.source = "assert True"
    cell_of(
        notebook, "angle"
    ).source = "def angle(u, v):\n    get_ipython().displayhook(3.0)\n    raise ValueError"
    return notebook


def damaged() -> NotebookNode:
    """The solution in another order of tidiness: cells deleted, turned into text, split."""
    notebook = solution()
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
    notebook = solution()
    cell = cell_of(notebook, "layer")
    cell.source = "import sys\nfrom helper import shout\n\n" + cell.source.replace(
        "    width =", '    shout("one layer", file=sys.stderr)\n    width ='
    )
    return notebook


def old_format() -> NotebookNode:
    """The solution as an older notebook program saves it: no cell ids, other metadata."""
    notebook = solution()
    notebook.nbformat_minor = 4
    for cell in notebook.cells:
        del cell["id"]
    notebook.metadata = nbformat.from_dict({"colab": {"provenance": []}})
    return notebook


GOOD: dict[str, Callable[[], NotebookNode]] = {
    "solution": solution,
    "stub": stub,
    "endless": endless,
    "crashing": crashing,
    "cheating": cheating,
    "damaged": damaged,
    "old format": old_format,
}


def hand_in(folder: Path) -> None:
    """Lay out a folder with everything that students may hand in."""
    for name, make in GOOD.items():
        _write(make(), folder / name / "warm-up.ipynb")
    for patch in WRONG:
        _write(wrong(patch), folder / patch.stem / "warm-up.ipynb")
    in_folder = folder / "Noël O'Brien [7]" / "warm-up"
    _write(noisy(), in_folder / "warm-up.ipynb")
    (in_folder / "helper.py").write_text("shout = print\n", encoding="utf-8")
    (in_folder / "link").symlink_to("/etc/hostname")
    _write_text('{"cells": [', folder / "malformed" / "warm-up.ipynb")
    _write_text('{"cells": 3, "nbformat": 4}', folder / "invalid" / "warm-up.ipynb")
    _write_text(json.dumps(stub()), folder / "misnamed" / "warm-up (1).ipynb")
    (folder / "=absent").mkdir()


def _write(notebook: NotebookNode, path: Path) -> None:
    _write_text(nbformat.writes(notebook), path)


def _write_text(text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
