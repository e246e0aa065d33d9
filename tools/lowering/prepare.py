"""Write onto a document tree what lowering needs and only Sphinx knows."""

import posixpath
from collections.abc import Callable, Mapping

from docutils import nodes

Numbers = Mapping[str, Mapping[str, tuple[int, ...]]]


def number(doctree: nodes.document, numbers: Numbers, formats: Mapping[str, str]) -> None:
    """Give every numbered node its ``shown_number``, such as “Theorem 1.2”.

    Args:
        doctree: the page.
        numbers: kind to identifier to number, as Sphinx counts them on this page.
        formats: kind to a text with ``%s`` for the number.
    """
    shown = {
        identifier: (kind, ".".join(map(str, place)))
        for kind, places in numbers.items()
        for identifier, place in places.items()
    }
    for node in doctree.findall(nodes.Element):
        for identifier in set(node["ids"]) & shown.keys():
            kind, place = shown[identifier]
            node["shown_number"] = _pattern(node, kind, formats) % place


def _pattern(node: nodes.Element, kind: str, formats: Mapping[str, str]) -> str:
    """How the number of a node is written; an equation shows its number alone."""
    if "realtype" in node:  # theorems, lemmas and their like may share one count
        return node["realtype"].capitalize() + " %s"
    return "%s" if isinstance(node, nodes.math_block) else formats[kind]


def localise(
    doctree: nodes.document, docname: str, address_of: Callable[[str], str | None]
) -> None:
    """Point links between pages at files of the repository, and drop those within the page.

    Args:
        doctree: the page.
        docname: its name, such as ``book/gram/kinks``.
        address_of: from a page's name to the file a reader of notebooks should open, or None.
    """
    here = posixpath.dirname(docname)
    for node in doctree.findall(nodes.reference):
        address = node.get("refuri", "")
        if not address or not node.get("internal"):
            continue
        path = address.partition("#")[0]
        page = posixpath.normpath(posixpath.join(here, posixpath.splitext(path)[0]))
        target = address_of(page) if path and page != docname else None
        node["refuri"] = posixpath.relpath(target, here) if target else ""


def relocate_images(doctree: nodes.document, docname: str) -> None:
    """Make the paths of images, which Sphinx counts from the root, relative to the notebook."""
    here = posixpath.dirname(docname)
    for node in doctree.findall(nodes.image):
        if "://" not in node["uri"]:
            node["uri"] = posixpath.relpath(node["uri"], here)
