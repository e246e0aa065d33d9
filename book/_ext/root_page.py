"""Write ``index.html`` at the root of the site: a valid page that leads to the first one."""

from pathlib import Path

from sphinx.application import Sphinx

PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={first}.html">
<link rel="icon" href="_static/{icon}">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{first}.html">Open the book</a></p></main></body>
</html>
"""


def write_root_page(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    page = PAGE.format(
        language=app.config.language,
        first=app.config.root_doc,
        title=app.config.html_title,
        icon=Path(app.config.html_favicon).name,
    )
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", write_root_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
