"""The tool behind ``make book``: what it refuses, and when it has nothing to do."""

from pathlib import Path

import build_book
import pytest
import yaml

CONFIG = yaml.safe_load((build_book.ROOT / "_config.yml").read_text("utf-8"))
CELL = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---
# Page

```{{code-cell}} ipython3
{code}
```
"""


@pytest.fixture
def small_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book of one page, executed under the rules of the real one."""
    book = tmp_path / "small"
    (book / "book").mkdir(parents=True)
    config = {"title": "Small", "execute": CONFIG["execute"], "only_build_toc_files": True}
    (book / "_config.yml").write_text(yaml.safe_dump(config))
    (book / "_toc.yml").write_text("format: jb-book\nroot: book/index\n")
    monkeypatch.setattr(build_book, "ROOT", book)
    return book


def _build(book: Path, page: str) -> int:
    (book / "book" / "index.md").write_text(page)
    return build_book.main(["--output", str(book)])


def test_good_book_builds_and_stays_fresh_until_it_changes(
    small_book: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert not build_book.is_fresh(small_book)
    assert _build(small_book, CELL.format(code="1 + 1")) == 0
    page = small_book / "_build" / "html" / "book" / "index.html"
    assert page.as_uri() in capfd.readouterr().out
    assert page.exists()
    assert build_book.is_fresh(small_book)
    (small_book / "book" / "index.md").write_text("# Other\n")
    assert not build_book.is_fresh(small_book)


def test_cell_that_raises_fails_the_build(
    small_book: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _build(small_book, CELL.format(code='raise ValueError("planted")')) != 0
    seen = capfd.readouterr()
    assert "planted" in seen.out + seen.err
    assert "did not build" in seen.err
    assert not build_book.is_fresh(small_book)


def test_warning_fails_the_build_and_the_one_after_it(small_book: Path) -> None:
    page = "# Page\n\n{ref}`nowhere`\n\n```{no-such-directive}\n```\n"
    assert _build(small_book, page) != 0
    assert _build(small_book, page) != 0
