"""The sequence of Markdown blocks and code cells that a page becomes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import singledispatch

from docutils import nodes


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
    return [replace(each, line=each.line or line_of(node)) for each in lower(node)]


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
def lower(node: nodes.Node) -> list[Piece]:
    """What a node becomes, by its class; ``blocks`` and ``boxes`` say it for each."""
    raise NotImplementedError(
        f"no plain Markdown for the node {type(node).__name__}: {node.astext()[:60]!r}"
    )


def markdown(text: str) -> list[Piece]:
    """One block of text."""
    return [Piece(text)]


def line_of(node: nodes.Node) -> int:
    """The first source line of a node, from the node itself or from one below it."""
    return next((each.line for each in node.findall() if getattr(each, "line", None)), 0)
