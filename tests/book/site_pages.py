"""Which pages the built book must have."""

from pathlib import Path

import yaml

EXTRA = ["index.html", "search.html"]
"""Pages that no source file stands behind: the way in, and the search results."""


def page_paths(toc: Path) -> list[str]:
    """Every page that the table of contents names, and the ``EXTRA`` ones."""
    contents = yaml.safe_load(toc.read_text(encoding="utf-8"))
    return [*(f"{name}.html" for name in _names(contents)), *EXTRA]


def _names(entry: dict) -> list[str]:
    """Document names of an entry and of everything below it, in reading order."""
    own = [entry[key] for key in ("root", "file") if key in entry]
    below = [
        name
        for key in ("parts", "chapters", "sections")
        for child in entry.get(key, [])
        for name in _names(child)
    ]
    return own + below
