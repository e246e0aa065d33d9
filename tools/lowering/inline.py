"""Inline nodes to Markdown."""

import re
from functools import singledispatch

from docutils import nodes

_SPECIAL = re.compile(r"([\\`*$]|(?<!\w)_|_(?!\w)|<(?=[A-Za-z/!]))")


def inline(node: nodes.Node) -> str:
    """Markdown for the children of a node that holds text."""
    return "".join(_lower(child) for child in node.children)


def quoted_alt(node: nodes.Node) -> str:
    """The alternative text of an image, safe between square brackets."""
    return re.sub(r"[\[\]]", "", node.get("alt", "")).replace("\n", " ")


@singledispatch
def _lower(node: nodes.Node) -> str:
    raise NotImplementedError(
        f"no plain Markdown for the inline node {type(node).__name__}: {node.astext()[:60]!r}"
    )


@_lower.register
def _(node: nodes.Text) -> str:
    return _SPECIAL.sub(r"\\\1", node.astext()).replace("\n", " ")


@_lower.register
def _(node: nodes.emphasis) -> str:
    return f"*{inline(node)}*"


@_lower.register
def _(node: nodes.strong) -> str:
    return f"**{inline(node)}**"


@_lower.register
def _(node: nodes.literal) -> str:
    text = node.astext().replace("\n", " ")
    return f"``{text}``" if "`" in text else f"`{text}`"


@_lower.register
def _(node: nodes.math) -> str:
    return f"${' '.join(node.astext().split())}$"


@_lower.register
def _(node: nodes.reference) -> str:
    text = inline(node)
    return f"[{text}]({node['refuri']})" if node.get("refuri") else text


@_lower.register
def _(node: nodes.image) -> str:
    return f"![{quoted_alt(node)}]({node['uri']})"


@_lower.register
def _(node: nodes.footnote_reference) -> str:
    return f"\\[{node.astext()}\\]"


@_lower.register
def _(node: nodes.subscript) -> str:
    return f"<sub>{inline(node)}</sub>"


@_lower.register
def _(node: nodes.superscript) -> str:
    return f"<sup>{inline(node)}</sup>"


@_lower.register
def _(node: nodes.raw) -> str:
    return node.astext() if "html" in node.get("format", "") else ""


def _transparent(node: nodes.Node) -> str:
    return inline(node)


def _nothing(node: nodes.Node) -> str:
    return ""


for _kind in (nodes.inline, nodes.abbreviation, nodes.title_reference, nodes.generated):
    _lower.register(_kind)(_transparent)
for _kind in (nodes.target, nodes.comment):
    _lower.register(_kind)(_nothing)
