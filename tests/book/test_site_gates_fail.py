"""The gates see what they are there to see: each finds the fault of a page that has it.

The pages lie in ``fixtures``, one fault each, beside one without a fault.
"""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from static_page import StaticPage, read_page
from visit import WIDTHS, Visit, visit

PAGES = Path(__file__).parent / "fixtures"

STATIC_FAULTS: dict[str, Callable[[StaticPage], list[str]]] = {
    "no_alt": StaticPage.images_without_alt,
    "no_alt_in_widget": StaticPage.images_without_alt,
    "dead_link": StaticPage.dead_links,
    "dead_anchor": StaticPage.dead_links,
    "repeated_id": StaticPage.repeated_ids,
}
DESK, PHONE = WIDTHS
VISIBLE_FAULTS: dict[tuple[str, int], Callable[[Visit], list[str]]] = {
    ("console_error", PHONE): lambda seen: seen.errors,
    ("foreign_request", PHONE): lambda seen: seen.foreign,
    ("missing_file", PHONE): lambda seen: seen.failed,
    ("low_contrast", DESK): lambda seen: seen.violations,
    ("low_contrast_folded", DESK): lambda seen: seen.violations,
    ("low_contrast_handle", DESK): lambda seen: seen.violations,
    ("low_contrast_bar", PHONE): lambda seen: seen.violations,
    ("no_name", PHONE): lambda seen: seen.violations,
    ("too_wide", PHONE): lambda seen: seen.overflow,
    ("clipped", PHONE): lambda seen: seen.overflow,
}


@pytest.fixture(scope="module")
def faulty(browser: Any) -> Iterator[Callable[[str, int], Visit]]:
    """Visit one of the small pages, in a window so wide."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(PAGES))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    yield lambda name, width: visit(browser, f"{address}/{name}.html", width=width)
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", STATIC_FAULTS)
def test_static_gate_finds_the_fault(name: str) -> None:
    assert STATIC_FAULTS[name](read_page(PAGES / f"{name}.html", PAGES))


@pytest.mark.parametrize("gate", STATIC_FAULTS.values())
def test_static_gates_pass_a_good_page(gate: Callable[[StaticPage], list[str]]) -> None:
    assert not gate(read_page(PAGES / "good.html", PAGES))


@pytest.mark.parametrize(("name", "width"), VISIBLE_FAULTS)
def test_browser_gate_finds_the_fault(
    faulty: Callable[[str, int], Visit], name: str, width: int
) -> None:
    assert VISIBLE_FAULTS[name, width](faulty(name, width))


@pytest.mark.parametrize("width", WIDTHS)
def test_browser_gates_pass_a_good_page(faulty: Callable[[str, int], Visit], width: int) -> None:
    assert faulty("good", width) == Visit([], [], [], [], [])


def test_weight_counts_what_a_page_embeds_and_not_what_all_share(tmp_path: Path) -> None:
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "shared.js").write_bytes(b"x" * 500)
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "own.png").write_bytes(b"x" * 300)
    html = '<script src="_static/shared.js"></script><img src="_images/own.png" alt="a">' * 2
    (tmp_path / "page.html").write_text(html)
    assert read_page(tmp_path / "page.html", tmp_path).own_bytes() == len(html) + 300
