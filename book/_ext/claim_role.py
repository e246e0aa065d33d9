"""The role ``{claim}`A4```: a claim's id and verdict, linked to its row in the table.

An id that no claim has is a warning, which fails a build that treats warnings as errors.
"""

import posixpath

from claims_data import anchor, claims_of, verdict_class
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

LOGGER = logging.getLogger(__name__)


class ClaimRole(SphinxRole):
    """Render ``A4`` as “A4 (holds)”."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or the bare id with a warning."""
        claim = claims_of(self.env).get(self.text)
        if claim is None:
            LOGGER.warning("no claim has the id %r", self.text, location=self.get_location())
            return [nodes.literal(text=self.text)], []
        verdict = claim["verdict"]
        link = nodes.reference(
            text=f"{self.text} ({verdict})",
            refuri=self._address(),
            internal=True,
            classes=["claim", verdict_class(verdict)],
        )
        return [link], []

    def _address(self) -> str:
        """The row's address relative to the page being read."""
        here = posixpath.dirname(self.env.docname)
        page = posixpath.relpath(self.config.claims_page, here or ".")
        return f"{page}.html#{anchor(self.text)}"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("claims_file", "claims.json", "env", types=[str])
    app.add_config_value("claims_page", "claims", "env", types=[str])
    app.add_role("claim", ClaimRole())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
