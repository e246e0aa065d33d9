"""What the tests of the built book share: the built site, a server for it, and a browser.

* ``site_dir``: folder of the built HTML, built once for all workers, reused while nothing changed.
* ``site``: base URL of a loopback server over that folder, without a trailing slash.
* ``browser``: a headless Chromium; the tests that need it skip where there is none,
  and fail instead when the environment variable ``CI`` is set.
* ``pages_of_site``: every page, as paths relative to ``site_dir``.

A test with an argument ``page`` runs once for every page.
"""

import functools
import http.server
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "book" / "_ext"), str(Path(__file__).parent)]

import site_once  # noqa: E402
from chromium import FLAGS, find_chromium  # noqa: E402
from site_pages import page_paths  # noqa: E402


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``page`` once for every page of the book."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", page_paths(ROOT / "_toc.yml"))


@pytest.fixture(scope="session")
def pages_of_site() -> list[str]:
    return page_paths(ROOT / "_toc.yml")


@pytest.fixture(scope="session")
def site_dir() -> Path:
    """The built HTML; see ``site_once``."""
    folder = site_once.site()
    if folder is None:
        pytest.fail("the book does not build: run `make book` to see why", pytrace=False)
    return folder


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line in the log for each."""

    def log_message(self, *_: object) -> None:
        pass


class _QuietServer(http.server.ThreadingHTTPServer):
    """Does not mind a browser that turns the page before it has read all of it."""

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site(site_dir: Path) -> Iterator[str]:
    handler = functools.partial(_QuietHandler, directory=str(site_dir))
    server = _QuietServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    path = find_chromium()
    if path is None:
        message = "no Chromium on the PATH (chromium, chromium-browser or google-chrome)"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
