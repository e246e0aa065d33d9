"""Open a page in the browser and record what a reader would meet.

Pages are looked at once for each mode and width; the gates share what was seen.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

MODES = ("light", "dark")
WIDTHS = (1280, 390)
DESK = WIDTHS[0]
"""The width at which all colours are judged, which go with the mode and not with the width."""
ARTICLE = "article"
"""What a phone shows in the same colours as a desk; only bars and buttons around it differ."""
CONTRAST = "color-contrast"
HANDLES = ("summary", ".toggle-button", ".admonition-title")
"""What opens a fold: all that looks different while it is closed."""
PATIENCE = 120_000
"""Milliseconds that a page may take to settle on a busy machine."""
SCRIPTS = Path(__file__).parent / "scripts"
SETTLED = (SCRIPTS / "settled.js").read_text("utf-8")
OPEN_FOLDS = (SCRIPTS / "open_folds.js").read_text("utf-8")
OVERFLOW = (SCRIPTS / "overflow.js").read_text("utf-8")


@dataclass(frozen=True)
class Visit:
    """What one visit to a page met."""

    foreign: list[str]
    """Requests to another host."""
    failed: list[str]
    """Requests of the page's own that got no file."""
    errors: list[str]
    """Console errors and uncaught exceptions."""
    violations: list[str]
    """What axe-core found, folds open; on a desk also on what opens them, folds closed."""
    overflow: list[str]
    """Elements that stick out of the window and cannot be scrolled to inside a box."""


def visit(
    browser: Any, address: str, *, mode: str = "light", width: int = 1280, axe: bool = True
) -> Visit:
    """Open an address, wait until it has settled, and record.

    ``axe=False`` leaves axe-core out, which cannot read the style sheets of a page on the disk.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=mode, reduced_motion="reduce"
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    requests: list[str] = []
    failed: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("requestfailed", lambda request: failed.extend(_failure(request)))
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    _open(page, address)
    overflow = page.evaluate(OVERFLOW)
    folds = page.evaluate(OPEN_FOLDS)
    overflow += page.evaluate(OVERFLOW)
    # axe-core makes requests of its own, so what the page did is put away before it runs.
    met = [list(seen) for seen in (requests, failed, errors)]
    violations = _of_open_page(page, width) if axe else []
    if axe and folds and width == DESK:
        _open(page, address)
        violations += _violations(page, {"include": [[each] for each in HANDLES]})
    context.close()
    requests, failed, errors = met
    return Visit(
        foreign=[url for url in requests if is_foreign(url, address)],
        failed=failed,
        errors=errors,
        violations=violations,
        overflow=overflow,
    )


def _failure(request: Any) -> list[str]:
    """The address of a failed request; not of one given up because the page led elsewhere."""
    return [] if request.failure == "net::ERR_ABORTED" else [request.url]


def _open(page: Any, address: str) -> None:
    page.goto(address, wait_until="load")
    page.wait_for_function(SETTLED)


def is_foreign(url: str, address: str) -> bool:
    """Whether a request leaves the host of the page; data and blob addresses stay in it."""
    request, page = urlsplit(url), urlsplit(address)
    if request.scheme in ("data", "blob"):
        return False
    return (request.scheme, request.netloc) != (page.scheme, page.netloc)


def _of_open_page(page: Any, width: int) -> list[str]:
    """What axe-core finds; colour contrast is two thirds of its time."""
    if width == DESK:
        return _violations(page)
    around = _violations(page, {"exclude": [[ARTICLE]]}, runOnly=[CONTRAST])
    return around + _violations(page, rules={CONTRAST: {"enabled": False}})


def _violations(page: Any, context: dict | None = None, **options: Any) -> list[str]:
    """What axe-core finds, by default by all rules: WCAG 2.1 A, AA and best practice."""
    options = {"resultTypes": ["violations"], **options}
    results = Axe().run(page, context=context, options=options)
    return [
        f"{violation['id']}: {node['html'][:200]} -- {node['failureSummary']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
