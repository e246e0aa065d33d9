"""What a notebook of the book must not hold, as functions that return complaints."""

import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbval.plugin import find_comment_markers, find_metadata_tags

MOST_DIGITS = 4
ALLOWED = "quoted-digits"
"""Tag of a cell whose text quotes a value to more digits than a rerun usually should."""

# A number with a decimal point or an exponent; whole numbers are exact.
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)")
_LEFTOVERS = re.compile(
    r"\{prf:|:::|\{glue|\{numref\}|\{claim\}|(?<!`)\{[a-z][a-z:-]*\}`|```\{|^\(.+\)=$",
    re.MULTILINE,
)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def skipped_cells(notebook: NotebookNode) -> Iterator[str]:
    """Cells that a rerun would not compare: never run, or marked for nbval to leave alone."""
    for cell in code_cells(notebook):
        if cell.execution_count is None:
            yield f"{cell.id} has no execution count"
        with_markers = [*find_metadata_tags(cell.metadata), *find_comment_markers(cell.source)]
        if with_markers:
            yield f"{cell.id} is marked {with_markers}"


def long_numbers(notebook: NotebookNode) -> Iterator[str]:
    """Outputs with more digits than two machines agree on."""
    for cell in code_cells(notebook):
        if ALLOWED in cell.metadata.get("tags", []):
            continue
        for text in output_texts(cell):
            for number in _NUMBER.findall(text):
                if significant_digits(number) > MOST_DIGITS:
                    yield f"{cell.id} prints {number}"


def significant_digits(number: str) -> int:
    """Digits of a number as written, leading zeros aside."""
    mantissa = re.split("[eE]", number)[0]
    return len(mantissa.replace(".", "").lstrip("0"))


def output_texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        yield output.get("text", "")
        yield from output.get("data", {}).values()


def rich_outputs(notebook: NotebookNode) -> Iterator[str]:
    """Outputs that are not text."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            for kind in output.get("data", {}):
                if not kind.startswith("text/"):
                    yield f"{cell.id} holds {kind}"


def leftovers(notebook: NotebookNode) -> Iterator[str]:
    """MyST syntax that no Markdown renderer of a notebook front end knows."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for found in _LEFTOVERS.findall(cell.source):
                yield f"{cell.id} still says {found}"
