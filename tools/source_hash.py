"""A hash over what Python sources do: comments, docstrings and layout do not count.

A stored result is stale when the code that made it has changed, and it takes minutes to make it
again. So a better sentence in a docstring must leave the hash as it is.
"""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path


def source_hash(root: Path, names: Iterable[str]) -> str:
    """Return a short hash over files below `root`, by name and meaning.

    Raises:
        FileNotFoundError: if a file is missing.
    """
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(name.encode() + b"\0" + meaning((root / name).read_text("utf-8")).encode())
    return digest.hexdigest()[:16]


def meaning(source: str) -> str:
    """Return the syntax tree of a source as text, the same in every version of Python.

    Empty fields are left out, because newer versions have more of them.

    >>> meaning("x = 1  # one") == meaning("x=1")
    True
    """
    return _written(ast.parse(source))


def _written(node: object) -> str:
    if isinstance(node, list):
        return "[" + ",".join(_written(each) for each in node) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = {name: value for name, value in ast.iter_fields(node) if name not in ("ctx", "kind")}
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        fields["body"] = [each for each in node.body if not _is_text(each)]
    kept = fields if isinstance(node, ast.Constant) else _filled(fields)
    inside = (f"{name}={_written(value)}" for name, value in kept.items())
    return f"{type(node).__name__}({','.join(inside)})"


def _filled(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a bare string: a docstring, or one below a constant."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
