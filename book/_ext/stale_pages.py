"""Remove pages of earlier builds that the book no longer has.

Sphinx adds to its output folder and never takes away, so a page that was renamed would stay
published under its old name.
"""

from pathlib import Path

from sphinx.application import Sphinx

WITHOUT_SOURCE = {"index", "search"}


def stale_pages(folder: Path, documents: set[str]) -> list[Path]:
    """Pages below ``folder``, its assets aside, that no document stands behind."""
    return [
        page
        for page in sorted(folder.rglob("*.html"))
        if page.relative_to(folder).parts[0] != "_static"
        and page.relative_to(folder).with_suffix("").as_posix() not in documents | WITHOUT_SOURCE
    ]


def remove_stale_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    for page in stale_pages(Path(app.outdir), app.env.found_docs):
        page.unlink()


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", remove_stale_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
