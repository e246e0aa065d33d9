"""Drop files that the theme copies and no page asks for: Font Awesome's 1.5 MB script and maps.

The icons come from web fonts. That no page asks for the script is the work of
``_templates/static/webpack-macros.html``; a page that still did would show up as a dead link.
"""

from pathlib import Path

from sphinx.application import Sphinx

UNUSED = ("scripts/fontawesome.js*", "scripts/*.map", "styles/*.map", "*webpack-macros.html")


def drop_unused(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in UNUSED:
        for file in static.glob(pattern):
            file.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", drop_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
