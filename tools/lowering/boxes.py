"""Admonitions, theorems, proofs, exercises and solutions."""

from dataclasses import replace

from docutils import nodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_proof.nodes import NODE_TYPES, proof_node, unenumerable_node

from lowering.inline import inline
from lowering.pieces import Piece, details, joined, line_of, lower, markdown, of_children, quote


@lower.register
def _(node: nodes.Admonition) -> list[Piece]:
    titled = bool(node.children) and isinstance(node.children[0], nodes.title)
    if not titled and "proof" in node["classes"]:
        return of_children(node)
    title = inline(node.children[0]) if titled else node.tagname.capitalize()
    return _boxed(node, title, of_children(node, skip=int(titled)))


def _boxed(node: nodes.Element, title: str, parts: list[Piece]) -> list[Piece]:
    """A titled box: folded where the page folds it, open where it holds code, else a quote."""
    if "dropdown" in node["classes"]:
        return details(title, parts)
    heading = Piece(f"**{title}**", line=line_of(node))
    if any(part.cell is not None for part in parts):
        return [heading, *parts]
    return markdown(quote(joined([heading, *parts])))


def _numbered(node: nodes.Element) -> list[Piece]:
    """A theorem, definition or the like: its kind and number, then its own title."""
    own = inline(node.children[0]).strip()
    title = f"{node.get('shown_number') or node['realtype'].capitalize()} {own}".strip()
    return _boxed(node, title, of_children(node, skip=1))


for _kind in (*NODE_TYPES.values(), unenumerable_node):
    lower.register(_kind)(_numbered)


@lower.register
def _(node: proof_node) -> list[Piece]:
    box = node.children[0]
    parts = of_children(box)
    if "dropdown" not in box["classes"]:
        return parts
    opening = parts[0].markdown.removeprefix("Proof. ")  # the summary says it
    return details("Proof", [replace(parts[0], markdown=opening), *parts[1:]])


@lower.register(exercise_node)
@lower.register(exercise_enumerable_node)
def _(node: nodes.Element) -> list[Piece]:
    own = inline(node.children[0]).strip()
    number = node.get("shown_number")
    title = f"{number} {own}".strip() if number else own
    return [Piece(f"**{title}**", line=line_of(node)), *of_children(node, skip=1)]


@lower.register
def _(node: solution_node) -> list[Piece]:
    return details(node.children[0].astext(), of_children(node, skip=1))
