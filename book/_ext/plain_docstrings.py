"""Show docstrings that were written for a terminal as they are meant.

They hold code in single backticks, norms |x|, formulas as indented blocks, and comments on
constants such as ``A colour: its code``. reStructuredText sees emphasis, substitutions and
quotations in the first three, and napoleon a type in the last. Here they become code, text and
literal blocks before napoleon reads the rest.
"""

import re

from sphinx.application import Sphinx

BEFORE_NAPOLEON = 400
SECTION = re.compile(r"(Args|Attributes|Raises|Returns):$")
CODE = re.compile(r"(``.*?``|(?<![:\w])`[^`]+`)")
DOCTEST = (">>>", "...")
FIELD_OF_TUPLE = "Alias for field number"


def mark_up(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Rewrite the docstring in place."""
    lines[:] = list(marked(lines))
    if what in ("attribute", "data", "property") and lines:
        lines.insert(0, "")  # napoleon looks for "type: text" in the first line only


def marked(lines: list[str]) -> list[str]:
    """The lines as reStructuredText: an indented block outside the sections is a formula."""
    result: list[str] = []
    in_section = in_formula = False
    for line in lines:
        if line.strip() and not line.startswith("    "):
            in_section, in_formula = bool(SECTION.match(line)), False
        elif line.strip() and not in_section and not in_formula:
            result += ["::", ""]
            in_formula = True
        verbatim = in_formula or line.lstrip().startswith(DOCTEST)
        result.append(line if verbatim else mark_up_line(line))
    return result


def mark_up_line(line: str) -> str:
    """Double the backticks around code, and take bars and lone stars elsewhere as text."""
    parts = CODE.split(line)
    parts[::2] = [re.sub(r"(?<!\\)\||(?<= )\*(?= )", r"\\\g<0>", part) for part in parts[::2]]
    parts[1::2] = [f"``{part.strip('`')}``" for part in parts[1::2]]
    return "".join(parts)


def skip_tuple_fields(
    app: Sphinx, what: str, name: str, obj: object, skip: bool, options: object
) -> bool | None:
    """Leave out the fields of named tuples: the class describes them under Attributes."""
    return True if str(getattr(obj, "__doc__", "")).startswith(FIELD_OF_TUPLE) else None


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("autodoc-process-docstring", mark_up, priority=BEFORE_NAPOLEON)
    app.connect("autodoc-skip-member", skip_tuple_fields)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
