"""Docstrings read as they are meant once the library's page is built from them."""

import ast
from collections.abc import Iterator
from itertools import pairwise

import pytest
from project_files import ROOT

PROPERTIES = {"property", "cached_property"}


def documented(source: str) -> Iterator[tuple[str, str, bool]]:
    """Yield name, docstring and whether it is a property, of every function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
            marks = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
            yield node.name, text, bool(marks & PROPERTIES)


def taken_for_types(source: str) -> list[str]:
    """Return the lines of which napoleon takes the part before a colon for a type."""
    found = []
    for name, text, is_property in documented(source):
        lines = [line.strip() for line in text.splitlines()]
        suspects = [after for line, after in pairwise(lines) if line == "Returns:"]
        suspects += lines[:1] if is_property else []
        found += [f"{name}: {line}" for line in suspects if ": " in line]
    return found


@pytest.mark.parametrize(
    "path",
    sorted((ROOT / "ntklib").rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_no_words_are_taken_for_a_type(path):
    assert taken_for_types(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        'class A:\n    @property\n    def count(self):\n        """How many: those that grow."""\n',
        'def f():\n    """Return it.\n\n    Returns:\n        nan. It fails: it is 1.\n    """\n',
    ],
)
def test_words_before_a_colon_are_noticed(source):
    assert len(taken_for_types(source)) == 1
