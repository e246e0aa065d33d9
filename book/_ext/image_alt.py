"""Give the figures that cells draw the alt text that they were published with.

``pages.show`` publishes a PNG and, as ``text/plain``, the words that describe it. myst-nb takes
alt text only from a cell's static metadata, so the words would be lost. They still stand beside
the image until one of the two is selected: this transform runs just before and copies them over.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class CopyAltText(SphinxPostTransform):
    """``text/plain`` beside an image becomes the alt text of an image that has none."""

    default_priority = 3  # myst-nb selects one representation of each output at 4

    def run(self, **_: object) -> None:
        """Describe the images of the page."""
        for bundle in self.document.findall(_is_bundle):
            describe_images(bundle)


def describe_images(bundle: nodes.Element) -> None:
    """Copy the text of a bundle's ``text/plain`` to its images."""
    by_type = {child["mime_type"]: child for child in bundle.children}
    text = by_type["text/plain"].astext().strip() if "text/plain" in by_type else ""
    if not text or _is_repr(text):
        return
    for image in bundle.findall(nodes.image):
        image.setdefault("alt", " ".join(text.split()))


def _is_repr(text: str) -> bool:
    """What matplotlib prints for a figure describes nothing."""
    return text.startswith("<") and text.endswith(">")


def _is_bundle(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_post_transform(CopyAltText)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
