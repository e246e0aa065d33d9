"""Drop the ids that sphinx-proof and sphinx-exercise give to every one of their boxes.

An id may occur once on a page. The boxes' own labels, which references use, stay.
"""

from docutils import nodes
from sphinx.application import Sphinx

REPEATED = {"proof-content", "exercise-content", "solution-content"}


def drop_repeated_ids(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for section in doctree.findall(nodes.section):
        section["ids"] = [name for name in section["ids"] if name not in REPEATED]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", drop_repeated_ids)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
