"""Pieces of a page and the outputs of its cells to a notebook."""

from collections.abc import Iterator

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lowering.pieces import Piece

DROPPED = {"image/png", "image/jpeg", "application/vnd.jupyter.widget-view+json"}
"""What a test that reruns the notebook does not compare; a reader's own run draws it anew."""

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(parts: list[Piece], executed: NotebookNode, setup: str) -> NotebookNode:
    """Return the notebook: set-up cell, text and code in order, text outputs only.

    Args:
        parts: the page, in order.
        executed: the page's cells with their outputs; code cells that are missing in ``parts``,
            because the site leaves them out, are put back where their source line says.
        setup: source of the first cell.
    """
    result = new_notebook(metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    result.cells = [new_code_cell(setup), *_cells(_with_removed(parts, executed), executed)]
    for place, cell in enumerate(result.cells):
        cell.id = f"{'code' if cell.cell_type == 'code' else 'text'}-{place}"
    for count, cell in enumerate((c for c in result.cells if c.cell_type == "code"), start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    nbformat.validate(result)
    return result


def _with_removed(parts: list[Piece], executed: NotebookNode) -> list[Piece]:
    """Put back the code cells that the site leaves out."""
    lines = executed.metadata.get("source_map", [0] * len(executed.cells))
    present = {part.cell for part in parts}
    complete = list(parts)
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code" and index not in present:
            later = (place for place, part in enumerate(complete) if part.line > lines[index] + 1)
            complete.insert(next(later, len(complete)), Piece(cell=index, line=lines[index] + 1))
    return complete


def _cells(parts: list[Piece], executed: NotebookNode) -> Iterator[NotebookNode]:
    """Text up to the next heading or code cell makes one cell; a code cell makes one."""
    run: list[str] = []
    for part in parts:
        starts_anew = part.cell is not None or part.markdown.startswith("#")
        if starts_anew and run:
            yield new_markdown_cell("\n\n".join(run))
            run = []
        if part.cell is not None:
            yield _code_cell(executed.cells[part.cell], folded=part.folded)
        elif part.markdown:
            run.append(part.markdown)
    if run:
        yield new_markdown_cell("\n\n".join(run))


def _code_cell(source: NotebookNode, *, folded: bool) -> NotebookNode:
    outputs = _joined([_text_only(each) for each in source.outputs])
    cell = new_code_cell(source.source, outputs=outputs)
    if source.metadata.get("tags"):
        cell.metadata["tags"] = list(source.metadata["tags"])
    if folded:
        cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
    return cell


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join printed text that follows on printed text; where a kernel cuts it depends on time."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def _text_only(output: NotebookNode) -> NotebookNode:
    """Strip pictures, widgets and metadata; refuse what a rerun could not be compared with."""
    kept = nbformat.from_dict({key: value for key, value in output.items() if key != "metadata"})
    if output.output_type == "stream":
        if output.name != "stdout":
            raise ValueError(f"a cell writes to {output.name}: {output.text[:200]!r}")
        return kept
    if output.output_type == "error":
        raise ValueError(f"a cell raised {output.ename}: {output.evalue}")
    foreign = [kind for kind in output.data if not kind.startswith("text/") and kind not in DROPPED]
    if foreign:
        raise ValueError(f"a cell publishes {foreign}, which no rerun can be compared with")
    kept.data = {kind: value for kind, value in output.data.items() if kind.startswith("text/")}
    kept.metadata = {}
    return kept
