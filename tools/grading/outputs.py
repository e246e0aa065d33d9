"""Preprocessors that nbgrader runs between executing a submission, marking it and showing it."""

import re

from latex2mathml.converter import convert
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from grading.master import BEGIN_HIDDEN, END_HIDDEN, is_test

Resources = dict[str, object]


class OnlyErrorsCount(NbGraderPreprocessor):
    """Make an error the only thing that costs points in a test cell.

    nbgrader takes away all points for a line on stderr, such as a progress bar, and reads a
    displayed value as the mark itself, which a student's function could display.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, index: int
    ) -> tuple[NotebookNode, Resources]:
        """Rename stderr and drop displayed values in a test cell."""
        if is_test(cell):
            cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources


class HideTests(NbGraderPreprocessor):
    """Keep hidden tests out of the feedback: their lines, and the error frames that show them."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, index: int
    ) -> tuple[NotebookNode, Resources]:
        """Blank the hidden region of a test cell and shorten its errors."""
        if is_test(cell):
            pattern = rf"{re.escape(BEGIN_HIDDEN)}.*{re.escape(END_HIDDEN)}"
            cell.source = re.sub(pattern, "# further tests ran here", cell.source, flags=re.DOTALL)
            own_frame = f"Cell In[{cell.execution_count}]"
            for output in cell.outputs:
                if output.output_type == "error":
                    output.traceback = [
                        frame
                        for frame in output.traceback
                        if not strip_ansi(frame).lstrip().startswith(own_frame)
                    ]
        return cell, resources


class FormulasAsMathML(NbGraderPreprocessor):
    """Turn TeX into MathML, which a browser draws without a script from elsewhere."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, index: int
    ) -> tuple[NotebookNode, Resources]:
        """Convert the formulas of a Markdown cell, and of a reader's comment on any cell."""
        if cell.cell_type == "markdown":
            cell.source = with_formulas(cell.source)
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("comment"):
            nbgrader["comment"] = with_formulas(nbgrader["comment"])
        return cell, resources


def with_formulas(text: str) -> str:
    """The text with its TeX turned into MathML."""
    text = re.sub(r"\$\$(.+?)\$\$", _displayed, text, flags=re.DOTALL)
    return re.sub(r"\$([^$\n]+?)\$", _inline, text)


def _displayed(formula: re.Match[str]) -> str:
    return _mathml(formula, "block")


def _inline(formula: re.Match[str]) -> str:
    return _mathml(formula, "inline")


def _mathml(formula: re.Match[str], display: str) -> str:
    try:
        return convert(" ".join(formula[1].split()), display=display)
    except Exception:  # a student's text may hold anything between two dollar signs
        return formula[0]
