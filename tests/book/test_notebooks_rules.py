"""The notebooks beside the pages: comparable, text only, plain Markdown, nothing skipped."""

from collections.abc import Callable
from pathlib import Path

import nbformat
import notebook_rules as rules
import pytest
from lowering import pairs
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parents[2]
NAMES = pairs.pages_with_code(ROOT)
RULES = [rules.skipped_cells, rules.long_numbers, rules.rich_outputs, rules.leftovers]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_notebook_keeps_the_rule(name: str, rule: Callable) -> None:
    notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    assert list(rule(notebook)) == []


@pytest.mark.parametrize("name", NAMES)
def test_first_cell_installs_the_book(name: str) -> None:
    notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    first = notebook.cells[0]
    assert first.cell_type == "code"
    assert 'find_spec("ntklib") is None' in first.source
    assert "git+https://" in first.source


def ran(source: str, count: int | None = 1, text: str = "", **metadata: object) -> object:
    outputs = [new_output("display_data", data={"text/plain": text})] if text else []
    return new_code_cell(source, execution_count=count, outputs=outputs, metadata=metadata)


@pytest.mark.parametrize(
    ("rule", "cell"),
    [
        (rules.skipped_cells, ran("1", count=None)),
        (rules.skipped_cells, ran("1", tags=["nbval-skip"])),
        (rules.skipped_cells, ran("1", tags=["nbval-ignore-output"])),
        (rules.skipped_cells, ran("1", tags=["raises-exception"])),
        (rules.skipped_cells, ran("# NBVAL_IGNORE_OUTPUT\n1")),
        (rules.long_numbers, ran("1", text="the angle is 16.718")),
        (rules.long_numbers, ran("1", text="1.2345e-07")),
        (rules.long_numbers, ran("1", text="[0.50, 0.012345]")),
        (rules.leftovers, new_markdown_cell("See {numref}`x`.")),
        (rules.leftovers, new_markdown_cell("```{prf:theorem}\n```")),
        (rules.leftovers, new_markdown_cell("(label)=\n# Title")),
        (rules.leftovers, new_markdown_cell("Claim {claim}`A1`.")),
    ],
)
def test_rule_catches(rule: Callable, cell: object) -> None:
    assert len(list(rule(new_notebook(cells=[cell])))) == 1


def test_rich_output_is_caught() -> None:
    cell = ran("1")
    cell.outputs = [new_output("display_data", data={"image/png": "", "text/plain": "x"})]
    assert list(rules.rich_outputs(new_notebook(cells=[cell]))) == [f"{cell.id} holds image/png"]


@pytest.mark.parametrize(
    "cell",
    [
        ran("1", text="16.72, 0.001234, 1797 and 40000 digits, 1.235e-07, ntklib 0.1.0.2"),
        ran("1", text="16.71779955", tags=[rules.ALLOWED]),
        new_markdown_cell("Plain *Markdown*, $x_{ref}$ and `{a}`."),
    ],
)
def test_rules_leave_good_cells_alone(cell: object) -> None:
    notebook = new_notebook(cells=[cell])
    assert [complaint for rule in RULES for complaint in rule(notebook)] == []
