"""The role ``{page-cost}`separation/relu-versus-linear` ``: what a page took to run, in words.

It reads the file that `make status` measured; a page that is not in it is a warning.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from status_table import duration

LOGGER = logging.getLogger(__name__)


class PageCost(SphinxRole):
    """Run time and peak memory of one page."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Look the page up and write its cost."""
        path = Path(self.env.srcdir, self.config.status_file)
        self.env.note_dependency(str(path))
        pages = json.loads(path.read_text("utf-8"))["pages"] if path.exists() else []
        for entry in pages:
            if entry["page"] == self.text:
                cost = f"{duration(entry['seconds'])} and {entry['megabytes']:g} MB"
                return [nodes.Text(cost)], []
        LOGGER.warning(
            "%s was not measured: run `make status`", self.text, location=self.env.docname
        )
        return [nodes.Text("an unmeasured time")], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("page-cost", PageCost())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
