"""The built site, made once for all that need it.

    python tests/book/site_once.py

`make test` starts this beside the tests that need no site, so that no worker waits for the build.
"""

import os
import sys
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools")]

import build_book  # noqa: E402


def site(output: Path | None = None) -> Path | None:
    """Return the folder of the HTML, built if need be, or None if it does not build.

    Whoever comes first builds, the others wait. ``BOOK_OUTPUT`` names another folder than the
    repository to hold ``_build``.
    """
    output = output or Path(os.environ.get("BOOK_OUTPUT", ROOT))
    lock = output / "_build" / "lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):
        if not build_book.is_fresh(output) and build_book.build(output) != 0:
            return None
    return build_book.html_folder(output)


if __name__ == "__main__":
    sys.exit(site() is None)
