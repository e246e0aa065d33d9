"""Block nodes to a sequence of Markdown blocks and code cells."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import singledispatch
from textwrap import indent

from docutils import nodes
from sphinx import addnodes
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node, solution_node
from sphinx_proof.nodes import NODE_TYPES, proof_node, unenumerable_node

from lowering.inline import inline, quoted_alt


@dataclass(frozen=True)
class Piece:
    """A Markdown block, or a code cell of the page by its index.

    ``line`` is where it stands in the source, 0 where that is unknown; ``folded`` says that a
    reader should find it closed.
    """

    markdown: str = ""
    cell: int | None = None
    line: int = 0
    folded: bool = False


def pieces(node: nodes.Node) -> list[Piece]:
    """What the node becomes, in order."""
    return [replace(each, line=each.line or _line(node)) for each in _lower(node)]


def of_children(node: nodes.Element, skip: int = 0) -> list[Piece]:
    """What the children become, leaving out the first ``skip``."""
    return [piece for child in node.children[skip:] for piece in pieces(child)]


def joined(parts: Iterable[Piece]) -> str:
    """The Markdown of parts none of which is a code cell."""
    blocks = []
    for part in parts:
        if part.cell is not None:
            raise NotImplementedError(f"a code cell (number {part.cell}) inside a list or table")
        blocks.append(part.markdown)
    return "\n\n".join(block for block in blocks if block)


def quote(text: str) -> str:
    """The text as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def details(title: str, parts: list[Piece]) -> list[Piece]:
    """The parts folded behind a title: each run of text by itself, code cells between them."""
    folded: list[Piece] = []
    run: list[Piece] = []
    for part in [*parts, None]:
        if part is not None and part.cell is None:
            run.append(part)
            continue
        if run:
            body = f"<details>\n<summary>{title}</summary>\n\n{joined(run)}\n\n</details>"
            folded.append(Piece(body, line=run[0].line))
            run = []
        if part is not None:
            folded.append(replace(part, folded=True))
    return folded


@singledispatch
def _lower(node: nodes.Node) -> list[Piece]:
    raise NotImplementedError(
        f"no plain Markdown for the node {type(node).__name__}: {node.astext()[:60]!r}"
    )


def _text(markdown: str) -> list[Piece]:
    return [Piece(markdown)]


def _line(node: nodes.Node) -> int:
    """The first source line of a node, from the node itself or from one below it."""
    return next((each.line for each in node.findall() if getattr(each, "line", None)), 0)


@_lower.register(nodes.document)
@_lower.register(nodes.section)
@_lower.register(nodes.compound)
@_lower.register(nodes.figure)
def _(node: nodes.Element) -> list[Piece]:
    return [] if "toctree-wrapper" in node.get("classes", []) else of_children(node)


@_lower.register
def _(node: nodes.title) -> list[Piece]:
    if isinstance(node.parent, nodes.sidebar | nodes.topic):
        return _text(f"**{inline(node)}**") if node.children else []
    depth, parent = 0, node.parent
    while parent is not None:
        depth += isinstance(parent, nodes.section)
        parent = parent.parent
    return _text(f"{'#' * max(depth, 1)} {inline(node)}")


@_lower.register
def _(node: nodes.paragraph) -> list[Piece]:
    return _text(inline(node))


@_lower.register
def _(node: nodes.rubric) -> list[Piece]:
    return _text(f"**{inline(node)}**")


@_lower.register
def _(node: nodes.container) -> list[Piece]:
    if node.get("nb_element") == "cell_code":
        return [Piece(cell=node["cell_index"], line=node.line or 0)]
    if node.get("design_component") == "dropdown":
        titled = isinstance(node.children[0], nodes.rubric)
        title = inline(node.children[0]) if titled else "Details"
        return details(title, of_children(node, skip=int(titled)))
    if {"toggle", "dropdown"} & set(node["classes"]):
        return details("Details", of_children(node))
    return of_children(node)


@_lower.register
def _(node: nodes.bullet_list) -> list[Piece]:
    return _text("\n".join(_item(item, "-") for item in node.children))


@_lower.register
def _(node: nodes.enumerated_list) -> list[Piece]:
    start = node.get("start", 1)
    items = enumerate(node.children, start)
    return _text("\n".join(_item(item, f"{number}.") for number, item in items))


def _item(node: nodes.Element, marker: str) -> str:
    body = indent(joined(of_children(node)), " " * (len(marker) + 1))
    return f"{marker} {body.lstrip()}"


@_lower.register
def _(node: nodes.definition_list) -> list[Piece]:
    entries = []
    for entry in node.children:
        term = " ".join(inline(each) for each in entry.findall(nodes.term))
        text = joined(
            piece for each in entry.findall(nodes.definition) for piece in of_children(each)
        )
        entries.append(f"- **{term}**: {indent(text, '  ').lstrip()}")
    return _text("\n".join(entries))


@_lower.register
def _(node: nodes.field_list) -> list[Piece]:
    pairs = [(inline(field[0]), joined(of_children(field[1]))) for field in node.children]
    return _text("\n".join(f"- **{name}**: {indent(body, '  ').lstrip()}" for name, body in pairs))


@_lower.register
def _(node: nodes.block_quote) -> list[Piece]:
    return _text(quote(joined(of_children(node))))


@_lower.register
def _(node: nodes.attribution) -> list[Piece]:
    return _text(f"— {inline(node)}")


@_lower.register
def _(node: nodes.literal_block) -> list[Piece]:
    language = node.get("language", "")
    known = "" if language in {"none", "default"} else language
    return _text(f"```{known}\n{node.astext()}\n```")


@_lower.register
def _(node: nodes.math_block) -> list[Piece]:
    # One line, so that the dollars survive inside a quote or a list.
    formula = " ".join(node.astext().split())
    number = node.get("shown_number") or node.get("number")
    if number and r"\tag" not in formula and not node.get("nowrap"):
        formula += rf" \tag{{{number}}}"
    return _text(f"$$ {formula} $$")


@_lower.register
def _(node: nodes.image) -> list[Piece]:
    return _text(f"![{quoted_alt(node)}]({node['uri']})")


@_lower.register
def _(node: nodes.caption) -> list[Piece]:
    number = node.parent.get("shown_number", "")
    return _text(f"*{f'{number}. ' if number else ''}{inline(node)}*")


@_lower.register
def _(node: nodes.table) -> list[Piece]:
    title = node.next_node(nodes.title, descend=True)
    head = node.next_node(nodes.thead)
    rows = [row for body in node.findall(nodes.tbody) for row in body.findall(nodes.row)]
    header = head.next_node(nodes.row) if head else rows.pop(0)
    columns = len(header.children)
    lines = [_row(header), "|" + " --- |" * columns, *[_row(row) for row in rows]]
    number = node.get("shown_number", "")
    caption = [f"*{f'{number}. ' if number else ''}{inline(title)}*", ""] if title else []
    return _text("\n".join([*caption, *lines]))


def _row(row: nodes.Element) -> str:
    cells = [joined(of_children(entry)).replace("\n\n", "<br>") for entry in row.children]
    # A bar would end the cell; inside mathematics it has a name.
    bare = [cell.replace("\n", " ").replace("|", r"\vert ") for cell in cells]
    return "| " + " | ".join(bare) + " |"


@_lower.register
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
    heading = Piece(f"**{title}**", line=_line(node))
    if any(part.cell is not None for part in parts):
        return [heading, *parts]
    return _text(quote(joined([heading, *parts])))


def _numbered(node: nodes.Element) -> list[Piece]:
    """A theorem, definition or the like: its kind and number, then its own title."""
    own = inline(node.children[0]).strip()
    title = f"{node.get('shown_number') or node['realtype'].capitalize()} {own}".strip()
    return _boxed(node, title, of_children(node, skip=1))


for _kind in (*NODE_TYPES.values(), unenumerable_node):
    _lower.register(_kind)(_numbered)


@_lower.register
def _(node: proof_node) -> list[Piece]:
    box = node.children[0]
    parts = of_children(box)
    if "dropdown" not in box["classes"]:
        return parts
    opening = parts[0].markdown.removeprefix("Proof. ")  # the summary says it
    return details("Proof", [replace(parts[0], markdown=opening), *parts[1:]])


@_lower.register(exercise_node)
@_lower.register(exercise_enumerable_node)
def _(node: nodes.Element) -> list[Piece]:
    own = inline(node.children[0]).strip()
    number = node.get("shown_number")
    title = f"{number} {own}".strip() if number else own
    return [Piece(f"**{title}**", line=_line(node)), *of_children(node, skip=1)]


@_lower.register
def _(node: solution_node) -> list[Piece]:
    return details(node.children[0].astext(), of_children(node, skip=1))


@_lower.register(nodes.footnote)
@_lower.register(nodes.citation)
def _(node: nodes.Element) -> list[Piece]:
    label = node.next_node(nodes.label).astext()
    body = [
        piece
        for child in node.children
        if not isinstance(child, nodes.label)
        for piece in pieces(child)
    ]
    return _text(f"- \\[{label}\\] {indent(joined(body), '  ').lstrip()}")


@_lower.register
def _(node: nodes.transition) -> list[Piece]:
    return _text("---")


@_lower.register
def _(node: nodes.line_block) -> list[Piece]:
    return _text("  \n".join(inline(line) for line in node.findall(nodes.line)))


@_lower.register
def _(node: nodes.raw) -> list[Piece]:
    return _text(node.astext()) if "html" in node.get("format", "") else []


@_lower.register(nodes.topic)
@_lower.register(nodes.sidebar)
@_lower.register(nodes.legend)
def _(node: nodes.Element) -> list[Piece]:
    return _text(quote(joined(of_children(node))))


@_lower.register(nodes.comment)
@_lower.register(nodes.target)
@_lower.register(addnodes.index)
@_lower.register(nodes.substitution_definition)
def _(node: nodes.Node) -> list[Piece]:
    return []
