"""Every page in a real browser: light and dark, on a wide window and on a phone.

Each gate has been seen to fail: ``test_site_gates_fail.py`` runs them on small bad pages.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from visit import MODES, WIDTHS, Visit, visit

Look = Callable[[str, str, int], Visit]


@pytest.fixture(scope="session")
def look(browser: Any, site: str) -> Look:
    """Visit a page of the site; a second question about the same visit costs nothing."""

    @cache
    def look_once(page: str, mode: str, width: int) -> Visit:
        return visit(browser, f"{site}/{page}", mode=mode, width=width)

    return look_once


pytestmark = [
    pytest.mark.parametrize("mode", MODES),
    pytest.mark.parametrize("width", WIDTHS),
]


def test_page_asks_no_other_host(look: Look, page: str, mode: str, width: int) -> None:
    assert not look(page, mode, width).foreign


def test_page_finds_its_files(look: Look, page: str, mode: str, width: int) -> None:
    assert not look(page, mode, width).failed


def test_console_stays_silent(look: Look, page: str, mode: str, width: int) -> None:
    assert not look(page, mode, width).errors


def test_page_is_accessible(look: Look, page: str, mode: str, width: int) -> None:
    """axe-core with every rule that it runs by default, folds open and, at one width, closed."""
    violations = look(page, mode, width).violations
    assert not violations, "\n\n".join(violations)


def test_nothing_sticks_out(look: Look, page: str, mode: str, width: int) -> None:
    assert not look(page, mode, width).overflow
