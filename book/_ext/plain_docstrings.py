"""Let autodoc read docstrings that were written for a terminal.

The library's docstrings hold formulas such as ``|z| <= pi``, in which reStructuredText sees a
substitution, and comments on constants such as ``A colour: its code``, in which napoleon sees a
type. Both are told to take the text as it stands.
"""

import re

from sphinx.application import Sphinx

BEFORE_NAPOLEON = 400
CODE = re.compile(r"(``.*?``)")


def take_as_text(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    lines[:] = [escape_bars(line) for line in lines]
    if what in ("attribute", "data") and lines:
        lines.insert(0, "")  # napoleon looks for "type: text" in the first line only


def escape_bars(line: str) -> str:
    """Escape ``|``, except in literals."""
    parts = CODE.split(line)
    return "".join(
        part if CODE.fullmatch(part) else re.sub(r"(?<!\\)\|", r"\|", part) for part in parts
    )


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", take_as_text, priority=BEFORE_NAPOLEON)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
