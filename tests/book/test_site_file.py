"""Every page opened from the disk, as a reader does who ran ``make book``."""

from pathlib import Path
from typing import Any

from visit import visit


def test_page_opens_from_the_disk(browser: Any, site_dir: Path, page: str) -> None:
    seen = visit(browser, (site_dir / page).as_uri(), axe=False)
    assert not seen.errors
    assert not seen.foreign
    assert not seen.failed


def test_search_finds_a_word_from_the_disk(browser: Any, site_dir: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto((site_dir / "search.html").as_uri() + "?q=bibliography")
    page.wait_for_selector("#search-results li a[href*='book/bibliography.html']", timeout=10_000)
    context.close()
