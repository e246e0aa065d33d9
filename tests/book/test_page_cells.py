"""Cells that a reader sees fit a screen, and what they claim to check they do check."""

import ast
from collections.abc import Iterator
from pathlib import Path

import jupytext
import pytest
from lowering import pairs
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 15
MOST_COLUMNS = 74
CLOSE = {"isclose", "allclose"}
UNASKED = {"rtol": 1e-8, "atol": 1e-5}
"""Where one tolerance is named, what NumPy and JAX add for the other one."""
PAGES = [f"{name}.md" for name in pairs.pages_with_code(ROOT)]


def long_cells(notebook: NotebookNode) -> Iterator[str]:
    """Visible cells with too many lines, or too wide for the column of text."""
    for cell in code_cells(notebook):
        lines = cell.source.splitlines()
        widest = max(len(line) for line in lines)
        hidden = "hide-input" in cell.metadata.get("tags", [])
        if not hidden and (len(lines) > MOST_LINES or widest > MOST_COLUMNS):
            yield f"{lines[0]!r}: {len(lines)} lines, {widest} columns"


def half_tolerances(notebook: NotebookNode) -> Iterator[str]:
    """Comparisons whose one tolerance is smaller than what is added for the other unasked."""
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", None) in CLOSE:
                named = {str(word.arg): word.value for word in node.keywords}
                if _too_small({name: named[name] for name in UNASKED if name in named}):
                    yield ast.unparse(node)


def _too_small(named: dict[str, ast.expr]) -> bool:
    return len(named) == 1 and all(
        ast.literal_eval(value) < UNASKED[name] for name, value in named.items()
    )


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("source", PAGES)
def test_visible_cells_fit(source: str) -> None:
    assert list(long_cells(jupytext.read(ROOT / source))) == []


@pytest.mark.parametrize("source", PAGES)
def test_comparisons_name_both_tolerances(source: str) -> None:
    assert list(half_tolerances(jupytext.read(ROOT / source))) == []


def test_both_rules_see_their_fault() -> None:
    text = "```{code-cell} ipython3\nassert np.isclose(a, b, rtol=1e-12)\n```\n"
    wide = "```{code-cell} ipython3\n" + "x = 1  # " + 70 * "-" + "\n```\n"
    head = (ROOT / PAGES[0]).read_text("utf-8").split("\n---\n")[0] + "\n---\n\n"
    notebook = jupytext.reads(head + text + "\n" + wide, fmt="md:myst")
    assert list(half_tolerances(notebook)) == ["np.isclose(a, b, rtol=1e-12)"]
    assert len(list(long_cells(notebook))) == 1
