"""A notebook run cell by cell in this process, for tests that run many of them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.pyplot as plt
from grading.master import is_test
from nbformat import NotebookNode

Namespace = dict[str, Any]


def run_cells(notebook: NotebookNode) -> tuple[Namespace, dict[str, str]]:
    """What the cells define, and for each test the error it ends with, "" for none."""
    namespace: Namespace = {"__name__": "__main__"}
    errors = {}
    with quietly():
        for cell in notebook.cells:
            if cell.cell_type == "code":
                error = error_in(cell, namespace)
                if is_test(cell):
                    errors[cell.id.removeprefix("test-")] = error
    return namespace, errors


def error_in(cell: NotebookNode, namespace: Namespace) -> str:
    """Run one cell; return its error as the grading tables show it, "" for none."""
    try:
        exec(compile(cell.source, cell.id, "exec"), namespace)
    except Exception as error:
        return f"{type(error).__name__}: {error}".rstrip(": ").split("\n")[0]
    return ""


@contextmanager
def quietly() -> Iterator[None]:
    """No windows, no warnings, and no pictures left over."""
    backend = plt.get_backend()
    plt.switch_backend("Agg")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        plt.close("all")
        plt.switch_backend(backend)
