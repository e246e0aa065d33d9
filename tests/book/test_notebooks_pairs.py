"""Every page with code has a notebook made from the page as it is, and nothing else does."""

import json
import shutil
from pathlib import Path

import notebooks
import pytest
from lowering import pairs

ROOT = Path(__file__).resolve().parents[2]
NAME = "book/wing/page"


def test_no_pair_is_stale() -> None:
    assert notebooks.check(ROOT) == []


def test_the_book_has_a_page_with_code() -> None:
    assert pairs.pages_with_code(ROOT)


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """A book of one page with code and one without, whose pair is up to date."""
    for name in pairs.SHARED:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "_toc.yml").write_text(f"root: book/index\nparts:\n- chapters:\n  - file: {NAME}\n")
    (tmp_path / "book" / "index.md").write_text("# No code\n")
    (tmp_path / "book" / "wing").mkdir()
    (tmp_path / f"{NAME}.md").write_text("# Page\n\n```{code-cell} ipython3\n1 + 1\n```\n")
    recorded = pairs.source_hash(tmp_path, NAME)
    (tmp_path / f"{NAME}.ipynb").write_text(f'{{"metadata": {{"book": {{"hash": "{recorded}"}}}}}}')
    return tmp_path


def test_a_fresh_pair_passes(small_book: Path) -> None:
    assert notebooks.check(small_book) == []


@pytest.mark.parametrize("changed", [f"{NAME}.md", "requirements.txt", "_config.yml", "_toc.yml"])
def test_a_change_makes_the_pair_stale(small_book: Path, changed: str) -> None:
    path = small_book / changed
    path.write_text(path.read_text() + "\n# a change\n")
    (complaint,) = notebooks.check(small_book)
    assert complaint.startswith(f"{NAME}.ipynb was made from another")


def test_a_quoted_result_makes_the_pair_stale(small_book: Path) -> None:
    results = small_book / "book" / "results"
    results.mkdir()
    cost = {"page": NAME, "seconds": 9, "megabytes": 400}
    (results / "status.json").write_text(json.dumps({"pages": [{**cost, "page": "another"}]}))
    (results / "claims.json").write_text('{"claims": []}')
    assert notebooks.check(small_book) == []
    (results / "status.json").write_text(json.dumps({"pages": [cost]}))
    assert len(notebooks.check(small_book)) == 1
    (results / "status.json").unlink()
    (results / "claims.json").write_text('{"claims": [{"id": "A1", "verdict": "holds"}]}')
    assert len(notebooks.check(small_book)) == 1


def test_a_missing_notebook_is_named(small_book: Path) -> None:
    (small_book / f"{NAME}.ipynb").unlink()
    assert notebooks.check(small_book) == [f"{NAME}.ipynb is missing"]


def test_a_notebook_without_a_page_is_named(small_book: Path) -> None:
    shutil.copy(small_book / f"{NAME}.ipynb", small_book / "book" / "stray.ipynb")
    assert notebooks.check(small_book) == ["book/stray.ipynb belongs to no page"]


def test_a_foreign_notebook_is_stale(small_book: Path) -> None:
    (small_book / f"{NAME}.ipynb").write_text('{"metadata": {}}')
    assert len(notebooks.check(small_book)) == 1


def test_the_command_says_what_to_run(
    small_book: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(notebooks, "ROOT", small_book)
    assert notebooks.main(["--check"]) == 0
    (small_book / f"{NAME}.ipynb").unlink()
    assert notebooks.main(["--check"]) == 1
    assert "is missing: run `make notebooks`" in capsys.readouterr().err
