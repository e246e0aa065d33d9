"""The Sphinx builder ``notebooks``: one plain notebook for every page with code cells."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.builders import Builder

from lowering import blocks, boxes, cells, prepare  # noqa: F401 - two register what nodes become
from lowering.pieces import pieces

PARSED = "jupyter_execute"
"""Folder beside the output in which myst-nb leaves each page's cells, not always with outputs."""


class NotebookBuilder(Builder):
    """Writes ``DOCNAME.ipynb`` below the output folder."""

    name = "notebooks"
    format = "notebooks"
    allow_parallel = False
    supported_image_types: ClassVar[list[str]] = [
        "image/png",
        "image/svg+xml",
        "image/jpeg",
        "image/webp",
    ]

    def get_outdated_docs(self) -> Iterator[str]:
        """Every page: whether a pair is up to date is decided elsewhere."""
        return iter(self.env.found_docs)

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """The file that a reader of notebooks opens for a page."""
        return f"{docname}.{'ipynb' if docname in self.config.notebook_pages else 'md'}"

    def prepare_writing(self, docnames: set[str]) -> None:
        """Nothing is shared between pages."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Lower one page."""
        if docname not in self.config.notebook_pages:
            return
        page = copy.deepcopy(doctree)
        prepare.number(page, self.env.toc_fignumbers.get(docname, {}), self.config.numfig_format)
        prepare.localise(page, docname, self._file_of)
        prepare.relocate_images(page, docname)
        result = cells.notebook(pieces(page), self._executed(docname), self.config.notebook_setup)
        target = Path(self.outdir, f"{docname}.ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(result, target)

    def _file_of(self, docname: str) -> str | None:
        return self.get_target_uri(docname) if docname in self.env.found_docs else None

    def _executed(self, docname: str) -> nbformat.NotebookNode:
        """The page's cells with the outputs that the cache of executed pages holds."""
        parsed = Path(self.outdir).parent / PARSED / f"{docname}.ipynb"
        cache = get_cache(self.config.nb_execution_cache_path)
        return cache.merge_match_into_notebook(nbformat.read(parsed, as_version=4))[1]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the builder; it shows no outputs, so any representation of them will do."""
    app.add_config_value("notebook_pages", [], "env", types=[list])
    app.add_config_value("notebook_setup", "", "env", types=[str])
    app.add_builder(NotebookBuilder)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
