"""The directive ``{status-table} pages`` or ``commands``: run times, from a measured file.

A page's row links to the page; a page that was measured and is gone is a warning.
"""

import json
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOGGER = logging.getLogger(__name__)
HEADS = {"pages": ("Page", "Run time", "Peak memory"), "commands": ("Command", "Time")}


class StatusTable(SphinxDirective):
    """One of the two tables of the status page."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the file and lay out the table that the argument names."""
        kind = self.arguments[0]
        if kind not in HEADS:
            raise self.error(f"status-table shows one of {sorted(HEADS)}, not {kind!r}")
        path = Path(self.env.srcdir, self.config.status_file)
        self.env.note_dependency(str(path))
        if not path.exists():
            LOGGER.warning("%s is missing: run `make status`", path.name, location=self.env.docname)
            return []
        status = json.loads(path.read_text("utf-8"))
        if not status[kind]:
            return [nodes.paragraph(text="Not measured yet.")]
        row = _page_row if kind == "pages" else _command_row
        return [_cores(status["cores"]), _table(HEADS[kind], [row(each) for each in status[kind]])]


def _cores(count: int) -> nodes.paragraph:
    return nodes.paragraph(text=f"Measured on {count} processor cores.")


def _page_row(entry: dict) -> list[nodes.Node]:
    label = nodes.inline(text=entry["page"])
    link = pending_xref(
        "",
        label,
        refdomain="std",
        reftype="doc",
        reftarget=f"/{entry['page']}",
        refexplicit=False,
        refwarn=True,
    )
    return [
        link,
        nodes.Text(duration(entry["seconds"])),
        nodes.Text(f"{entry['megabytes']:g} MB"),
    ]


def _command_row(entry: dict) -> list[nodes.Node]:
    return [nodes.literal(text=entry["command"]), nodes.Text(duration(entry["seconds"]))]


def duration(seconds: float) -> str:
    """Seconds as a reader says them: “8.5 s”, “5 min 12 s”."""
    if seconds < 60:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _table(head: tuple[str, ...], rows: list[list[nodes.Node]]) -> nodes.table:
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec(colwidth=100 // len(head)) for _ in head]
    group += nodes.thead("", _row([nodes.Text(each) for each in head]))
    group += nodes.tbody("", *[_row(each) for each in rows])
    return nodes.table("", group)


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("status_file", "status.json", "env", types=[str])
    app.add_directive("status-table", StatusTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
