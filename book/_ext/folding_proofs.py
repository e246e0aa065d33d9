"""Proofs that fold: ``{prf:proof} A title`` with ``:class: dropdown``.

sphinx-proof writes a proof without a title, and the folding script looks for one: it stops there,
and with it every fold that comes later on the page. This directive takes the proof's place. A
folded proof gets a title to click on; an open one starts with the title, or with "Proof".
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_proof.directive import ProofDirective


class FoldingProof(ProofDirective):
    """A proof with an optional title."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the proof as a box."""
        title = self.arguments[0] if self.arguments else "Proof"
        classes = self.options.get("class", [])
        proof = nodes.admonition(classes=["proof", "proof-box", *classes])
        if "dropdown" in classes:
            words, _ = self.state.inline_text(title, self.lineno)
            proof += nodes.title(title, "", *words)
        else:
            self.content[0] = f"**{title}.** {self.content[0]}"
        self.state.nested_parse(self.content, self.content_offset, proof)
        return [proof]


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx_proof")
    app.add_directive_to_domain("prf", "proof", FoldingProof, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
