"""Answers in words, laid out for the one who reads them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from grading.by_hand import COLUMNS, NAME, fingerprint
from grading.marks import Result, as_text, write_table
from grading.master import is_prose, solution_of


def write_written(
    results: Iterable[Result], masters: Mapping[str, NotebookNode], output: Path
) -> Path | None:
    """Write the table of all answers in words and, for each assignment, a notebook to read.

    Return the table's path, or None where nothing was asked in words.
    """
    results = list(results)
    rows = [row for result in results for row in _rows(result)]
    if not rows:
        return None
    write_table(output / NAME, COLUMNS, rows)
    for name in sorted({row[1] for row in rows}):
        folder = output / "written"
        folder.mkdir(parents=True, exist_ok=True)
        mine = [result for result in results if result.submission.assignment == name]
        nbformat.write(notebook_to_read(masters[name], mine), folder / f"{name}.ipynb")
    return output / NAME


def _rows(result: Result) -> list[list[str]]:
    return [
        [
            as_text(result.submission.student),
            result.submission.assignment,
            part.name,
            fingerprint(part.answer),
            f"{part.points:g}",
            "" if part.unread else f"{part.score:g}",
            "" if part.unread else as_text(part.comment),
        ]
        for part in result.marks.parts
        if part.in_words
    ]


def notebook_to_read(master: NotebookNode, results: Iterable[Result]) -> NotebookNode:
    """Part by part: the model answer with its marking, then what each student wrote."""
    results = list(results)
    cells = []
    for question in filter(is_prose, master.cells):
        name, points = question.id, question.metadata.nbgrader.points
        cells.append(f"# {name} ({points:g} points)\n\n{solution_of(question)}")
        for result in results:
            cells += [
                f"## {name}: {result.submission.student}\n\n{part.answer}"
                for part in result.marks.parts
                if part.name == name
            ]
    return new_notebook(cells=[new_markdown_cell(text) for text in cells])
