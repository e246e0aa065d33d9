"""Build a site of a page or two, to test one extension at a time."""

import io
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils


def build_site(
    folder: Path, pages: dict[str, str], extensions: list[str], **config: Any
) -> tuple[Path, str]:
    """Write MyST pages, build them with these extensions; return the HTML folder and warnings."""
    source, output = folder / "source", folder / "html"
    for name, text in pages.items():
        path = source / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=source,
            confdir=None,
            outdir=output,
            doctreedir=folder / "doctrees",
            buildername="html",
            confoverrides={"extensions": ["myst_parser", *extensions], **config},
            status=None,
            warning=warnings,
            freshenv=True,
        )
        app.build()
    return output, warnings.getvalue()
