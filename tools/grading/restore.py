"""Putting a submission back into the shape of the notebook that was handed out.

nbgrader restores the text of test cells, and can re-add missing ones, but it relies on each
cell's metadata and stops at a notebook in which a test is missing together with the cell before
it. Here every cell that was handed out is recognised by its id alone.
"""

import copy
import json
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grading.master import is_prose, is_written_by_student

LARGEST_NOTEBOOK = 20_000_000


class UnreadableError(Exception):
    """A file that is not a notebook; the message says why."""


def read_submission(path: Path) -> NotebookNode:
    """The notebook at `path`, whatever its version, or UnreadableError."""
    size = path.stat().st_size
    if size > LARGEST_NOTEBOOK:
        raise UnreadableError(f"the file has {size / 1e6:.0f} MB; clear the outputs")
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        nbformat.validate(notebook)
    except (json.JSONDecodeError, nbformat.reader.NotJSONError, UnicodeDecodeError) as problem:
        raise UnreadableError("the file is not a notebook: malformed JSON") from problem
    except Exception as problem:
        first_line = str(problem).split("\n")[0][:120]
        raise UnreadableError(f"the file is not a valid notebook: {first_line}") from problem
    return notebook


def restore(submission: NotebookNode, released: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """A copy of `submission` with every released test in place, and notes on what was mended."""
    ours = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if _is_ours(cell)}
    edited: list[str] = []
    cells: list[NotebookNode] = []
    seen: set[str] = set()
    for cell in reversed(submission.cells):  # of copies of a cell the last one counts
        name = _name_of(cell)
        if name not in ours or name in seen:
            cell.metadata.pop("nbgrader", None)
            cells.append(cell)
            continue
        seen.add(name)
        mended = _mended(cell, ours[name])
        if _is_locked(mended) and _differs(cell, mended):
            edited.append(name)
        cells.append(mended)
    cells.reverse()
    missing = _add_missing(cells, ours)
    restored = copy.deepcopy(released)
    restored.cells = _with_unique_ids(cells)
    return restored, [
        f"{what}: {', '.join(name for name in ours if name in names)}"
        for what, names in (
            ("edited, originals used", edited),
            ("deleted, originals put back", [name for name in missing if _is_locked(ours[name])]),
            ("answer cells missing", [name for name in missing if not _is_locked(ours[name])]),
        )
        if names
    ]


def _is_ours(cell: NotebookNode) -> bool:
    return "nbgrader" in cell.metadata


def _name_of(cell: NotebookNode) -> str:
    nbgrader = cell.metadata.get("nbgrader", {})
    name = nbgrader.get("grade_id", "") if isinstance(nbgrader, dict) else ""
    return name if isinstance(name, str) else ""


def _is_locked(cell: NotebookNode) -> bool:
    return not is_written_by_student(cell)


def _mended(cell: NotebookNode, original: NotebookNode) -> NotebookNode:
    mended = copy.deepcopy(original)
    if is_written_by_student(original):
        mended.source = cell.source
    return mended


def _differs(cell: NotebookNode, original: NotebookNode) -> bool:
    return bool(
        cell.source.strip() != original.source.strip() or cell.cell_type != original.cell_type
    )


def _add_missing(cells: list[NotebookNode], ours: dict[str, NotebookNode]) -> list[str]:
    """Put missing cells back in place; return the names of all that were missing.

    A test goes after the nearest earlier cell that is still there, and so does the stub of an
    answer in words, which has its own points. A missing function is not replaced by the stub:
    the student may have written it in a cell of their own.
    """
    missing = []
    position = 0
    for name, original in ours.items():
        places = [place for place, cell in enumerate(cells) if _name_of(cell) == name]
        if places:
            position = places[0] + 1
            continue
        missing.append(name)
        if _is_locked(original) or is_prose(original):
            position = _past_free_code(cells, position)
            cells.insert(position, copy.deepcopy(original))
            position += 1
    return missing


def _past_free_code(cells: list[NotebookNode], position: int) -> int:
    """The next place from `position` on that no cell of the student's own follows."""
    while position < len(cells) and not _name_of(cells[position]):
        position += 1
    return position


def _with_unique_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    used: set[str] = {cell.id for cell in cells if _is_ours(cell)}
    for cell in cells:
        if _is_ours(cell):
            continue
        if "id" not in cell or cell.id in used:
            cell.id = new_code_cell().id
        used.add(cell.id)
    return cells
