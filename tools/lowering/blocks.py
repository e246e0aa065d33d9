"""Paragraphs, lists, tables, figures, formulas and code cells."""

from textwrap import indent

from docutils import nodes
from sphinx import addnodes

from lowering.inline import inline, quoted_alt
from lowering.pieces import Piece, details, joined, lower, markdown, of_children, pieces, quote


@lower.register(nodes.document)
@lower.register(nodes.section)
@lower.register(nodes.compound)
@lower.register(nodes.figure)
def _(node: nodes.Element) -> list[Piece]:
    return [] if "toctree-wrapper" in node.get("classes", []) else of_children(node)


@lower.register
def _(node: nodes.title) -> list[Piece]:
    if isinstance(node.parent, nodes.sidebar | nodes.topic):
        return markdown(f"**{inline(node)}**") if node.children else []
    depth, parent = 0, node.parent
    while parent is not None:
        depth += isinstance(parent, nodes.section)
        parent = parent.parent
    return markdown(f"{'#' * max(depth, 1)} {inline(node)}")


@lower.register
def _(node: nodes.paragraph) -> list[Piece]:
    return markdown(inline(node))


@lower.register
def _(node: nodes.rubric) -> list[Piece]:
    return markdown(f"**{inline(node)}**")


@lower.register
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


@lower.register
def _(node: nodes.bullet_list) -> list[Piece]:
    return markdown("\n".join(_item(item, "-") for item in node.children))


@lower.register
def _(node: nodes.enumerated_list) -> list[Piece]:
    start = node.get("start", 1)
    items = enumerate(node.children, start)
    return markdown("\n".join(_item(item, f"{number}.") for number, item in items))


def _item(node: nodes.Element, marker: str) -> str:
    body = indent(joined(of_children(node)), " " * (len(marker) + 1))
    return f"{marker} {body.lstrip()}"


@lower.register
def _(node: nodes.definition_list) -> list[Piece]:
    entries = []
    for entry in node.children:
        term = " ".join(inline(each) for each in entry.findall(nodes.term))
        text = joined(
            piece for each in entry.findall(nodes.definition) for piece in of_children(each)
        )
        entries.append(f"- **{term}**: {indent(text, '  ').lstrip()}")
    return markdown("\n".join(entries))


@lower.register
def _(node: nodes.field_list) -> list[Piece]:
    pairs = [(inline(field[0]), joined(of_children(field[1]))) for field in node.children]
    return markdown(
        "\n".join(f"- **{name}**: {indent(body, '  ').lstrip()}" for name, body in pairs)
    )


@lower.register
def _(node: nodes.block_quote) -> list[Piece]:
    return markdown(quote(joined(of_children(node))))


@lower.register
def _(node: nodes.attribution) -> list[Piece]:
    return markdown(f"— {inline(node)}")


@lower.register
def _(node: nodes.literal_block) -> list[Piece]:
    language = node.get("language", "")
    known = "" if language in {"none", "default"} else language
    return markdown(f"```{known}\n{node.astext()}\n```")


@lower.register
def _(node: nodes.math_block) -> list[Piece]:
    # One line, so that the dollars survive inside a quote or a list.
    formula = " ".join(node.astext().split())
    number = node.get("shown_number") or node.get("number")
    if number and r"\tag" not in formula and not node.get("nowrap"):
        formula += rf" \tag{{{number}}}"
    return markdown(f"$$ {formula} $$")


@lower.register
def _(node: nodes.image) -> list[Piece]:
    return markdown(f"![{quoted_alt(node)}]({node['uri']})")


@lower.register
def _(node: nodes.caption) -> list[Piece]:
    number = node.parent.get("shown_number", "")
    return markdown(f"*{f'{number}. ' if number else ''}{inline(node)}*")


@lower.register
def _(node: nodes.table) -> list[Piece]:
    title = node.next_node(nodes.title, descend=True)
    head = node.next_node(nodes.thead)
    rows = [row for body in node.findall(nodes.tbody) for row in body.findall(nodes.row)]
    header = head.next_node(nodes.row) if head else rows.pop(0)
    columns = len(header.children)
    lines = [_row(header), "|" + " --- |" * columns, *[_row(row) for row in rows]]
    number = node.get("shown_number", "")
    caption = [f"*{f'{number}. ' if number else ''}{inline(title)}*", ""] if title else []
    return markdown("\n".join([*caption, *lines]))


def _row(row: nodes.Element) -> str:
    cells = [joined(of_children(entry)).replace("\n\n", "<br>") for entry in row.children]
    # A bar would end the cell; inside mathematics it has a name.
    bare = [cell.replace("\n", " ").replace("|", r"\vert ") for cell in cells]
    return "| " + " | ".join(bare) + " |"


@lower.register(nodes.footnote)
@lower.register(nodes.citation)
def _(node: nodes.Element) -> list[Piece]:
    label = node.next_node(nodes.label).astext()
    body = [
        piece
        for child in node.children
        if not isinstance(child, nodes.label)
        for piece in pieces(child)
    ]
    return markdown(f"- \\[{label}\\] {indent(joined(body), '  ').lstrip()}")


@lower.register
def _(node: nodes.transition) -> list[Piece]:
    return markdown("---")


@lower.register
def _(node: nodes.line_block) -> list[Piece]:
    return markdown("  \n".join(inline(line) for line in node.findall(nodes.line)))


@lower.register
def _(node: nodes.raw) -> list[Piece]:
    return markdown(node.astext()) if "html" in node.get("format", "") else []


@lower.register(nodes.topic)
@lower.register(nodes.sidebar)
@lower.register(nodes.legend)
def _(node: nodes.Element) -> list[Piece]:
    return markdown(quote(joined(of_children(node))))


@lower.register(nodes.comment)
@lower.register(nodes.target)
@lower.register(addnodes.index)
@lower.register(nodes.substitution_definition)
def _(node: nodes.Node) -> list[Piece]:
    return []
