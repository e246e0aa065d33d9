"""Emit each inline script once.

Under Sphinx 7.4 a script that an extension adds while a page is written, such as the state of the
page's widgets, reaches the page twice. The state is most of a page's weight.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def unique_scripts(scripts: list[Any]) -> list[Any]:
    """``scripts`` without those whose file and attributes came before."""
    seen: list[tuple[str, dict[str, str]]] = []
    kept = []
    for script in scripts:
        # An inline script has no file: "" if it was added early, None if it was added late.
        identity = (str(script.filename or ""), script.attributes)
        if identity not in seen:
            seen.append(identity)
            kept.append(script)
    return kept


def drop_repeats(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    context["script_files"][:] = unique_scripts(context["script_files"])


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", drop_repeats, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
