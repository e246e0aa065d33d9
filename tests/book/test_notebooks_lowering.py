"""A page with everything in it becomes plain Markdown that says the same."""

import functools
import shutil
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

import nbformat
import notebook_rules as rules
import notebooks
import pytest
from docutils import nodes
from lowering import cells
from lowering.inline import inline
from lowering.pieces import Piece, details, joined, pieces
from nbformat.v4 import new_code_cell, new_notebook, new_output

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
BORROWED = ("_ext", "_static", "_templates", "results", "references.bib")
TOC = """\
format: jb-book
root: book/page
chapters:
- file: book/plain
- file: book/claims
- file: book/bibliography
"""


@pytest.fixture(scope="module")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of the page in the fixtures, with the real book's extensions and settings."""
    root = tmp_path_factory.mktemp("small")
    (root / "book").mkdir()
    for name in BORROWED:
        (root / "book" / name).symlink_to(ROOT / "book" / name)
    for name in ("_config.yml", "requirements.txt", "ntklib", "CHANGELOG.md"):
        (root / name).symlink_to(ROOT / name)
    (root / "_toc.yml").write_text(TOC)
    shutil.copy(FIXTURES / "lowering" / "page.md", root / "book" / "page.md")
    (root / "book" / "plain.md").write_text("(elsewhere)=\n# A plain page\n\nWithout code.\n")
    (root / "book" / "claims.md").write_text("# Claims\n\nNone.\n")
    (root / "book" / "bibliography.md").write_text("# Bibliography\n\n```{bibliography}\n```\n")
    return root


def in_a_fresh_process(function: Callable[..., T], *arguments: Path) -> T:
    """Call a function where no other Sphinx has run: what one registers is global."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


@pytest.fixture(scope="module")
def rendered(small_book: Path) -> dict[str, str]:
    return in_a_fresh_process(notebooks.render, small_book, small_book / "_build")


@pytest.fixture(scope="module")
def notebook(rendered: dict[str, str]) -> nbformat.NotebookNode:
    assert list(rendered) == ["book/page"]
    return nbformat.reads(rendered["book/page"], as_version=4)


@pytest.fixture(scope="module")
def text(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize(
    "expected",
    [
        "# Everything a page may hold",
        r"Costs \$5, a \* star, `code`, $a_i^2 < b$, *soft* and **hard**",
        "see (1), Theorem 1, Table 1, Exercise 1, [",
        "[A plain page](plain.md), [A plain page](plain.md)",
        "the top",
        "[site](https://example.org)",
        "> **Objectives**\n>\n> - one\n> - two",
        "1. deeper",
        "<details>\n<summary>Note</summary>\n\nFolded note.\n\n</details>",
        r"$$ x = 1 \tag{1} $$",
        "> **Theorem 1 (Angles)**\n>\n> $$ \\varphi > \\theta $$",
        "By induction.",
        "The angle is 16.7°.",
        "*Table 1. Some table*\n\n| head | other |\n| --- | --- |\n| $\\vert x\\vert $ | 2 |",
        "<details>\n<summary>More</summary>\n\nHidden text\\[1\\].\n\n</details>",
        "- \\[1\\] A footnote.",
        "**Exercise 1 (Predict)**\n\nWhat happens?",
        "<summary>Solution to Exercise 1 (Predict)</summary>\n\nFirst this.\n\n</details>",
        "- **Term**: Its definition",
        "> A quote",
    ],
)
def test_text(text: str, expected: str) -> None:
    assert expected in text


def test_a_citation_names_the_authors_and_links_to_the_bibliography(text: str) -> None:
    assert "Jacot" in text
    assert "](bibliography.md)" in text


def test_a_folded_proof_is_folded(text: str) -> None:
    before = text.partition("By induction.")[0]
    assert before.count("<details>") == before.count("</details>") + 1


def test_code_cells_stay_in_order_and_removed_ones_return(notebook: object) -> None:
    sources = [cell.source.splitlines()[-1] for cell in rules.code_cells(notebook)]
    assert sources[1:3] == ["from ntklib import pages", 'pages.say("angle", 16.71779955, 3)']
    assert sources[3].startswith("pages.show(figure")
    assert sources[4:] == ["1 + 1"]
    assert [cell.execution_count for cell in rules.code_cells(notebook)] == [1, 2, 3, 4, 5]


def test_code_in_a_solution_is_folded_and_stands_between_its_words(notebook: object) -> None:
    place = next(i for i, cell in enumerate(notebook.cells) if cell.source == "1 + 1")
    assert notebook.cells[place].metadata["jupyter"]["source_hidden"]
    assert "First this." in notebook.cells[place - 1].source
    assert "Then that." in notebook.cells[place + 1].source


def test_outputs_are_text_only(notebook: object) -> None:
    assert list(rules.rich_outputs(notebook)) == []
    assert list(rules.leftovers(notebook)) == []
    kept = [text for cell in rules.code_cells(notebook) for text in rules.output_texts(cell)]
    assert any("16.7" in each for each in kept)
    assert any(each.startswith("An empty figure with two axes") for each in kept)


def test_the_same_page_gives_the_same_bytes(small_book: Path, rendered: dict[str, str]) -> None:
    again = in_a_fresh_process(notebooks.render, small_book, small_book / "_again")
    assert again == rendered


def test_writing_twice_changes_nothing(small_book: Path) -> None:
    write = functools.partial(in_a_fresh_process, notebooks.write, small_book)
    assert write(small_book / "_build") == ["book/page.ipynb"]
    assert notebooks.check(small_book) == []
    assert write(small_book / "_build") == []


def test_unknown_nodes_are_refused_by_name() -> None:
    class Strange(nodes.General, nodes.Element):
        pass

    with pytest.raises(NotImplementedError, match="Strange"):
        pieces(Strange())
    with pytest.raises(NotImplementedError, match="Strange"):
        inline(nodes.paragraph("", "", Strange()))


def test_a_code_cell_inside_a_list_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="number 7"):
        joined([Piece(cell=7)])


def test_details_fold_each_run_of_text_by_itself() -> None:
    parts = details("Solution", [Piece("a"), Piece("b"), Piece(cell=1), Piece("c")])
    assert [part.cell for part in parts] == [None, 1, None]
    assert parts[1].folded
    assert "a\n\nb" in parts[0].markdown


def test_printed_text_is_joined_wherever_the_kernel_cut_it() -> None:
    printed = [new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n")]
    picture = new_output("display_data", data={"text/plain": "A picture."})
    outputs = [*printed, picture, printed[0]]
    page = new_notebook(cells=[new_code_cell("1", outputs=outputs)])
    (cell,) = cells.notebook([Piece(cell=0)], page, "").cells[-1:]
    assert [each.get("text") for each in cell.outputs] == ["a\nb\n", None, "a\n"]


@pytest.mark.parametrize(
    ("output", "quoted"),
    [
        (new_output("stream", name="stderr", text="50 %"), "stderr: '50 %'"),
        (new_output("error", ename="KeyError", evalue="'x'", traceback=[]), "KeyError: 'x'"),
        (new_output("display_data", data={"image/svg+xml": "<svg/>"}), "image/svg"),
    ],
)
def test_outputs_that_no_rerun_can_be_compared_with_are_refused(
    output: object, quoted: str
) -> None:
    page = new_notebook(cells=[new_code_cell("1", outputs=[output])])
    with pytest.raises(ValueError, match=quoted):
        cells.notebook([Piece(cell=0)], page, "")
