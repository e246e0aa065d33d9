"""Write the notebook beside every page with code cells: executed, in plain Markdown.

    python tools/notebooks.py            make all of them anew; unchanged files are left alone
    python tools/notebooks.py --check    only name those that are stale; exit status 1 if any

A page's cells run once and are cached with the book's own build, on the code that they run.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_book.config import get_final_config
from jupyter_book.sphinx import build_sphinx

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
sys.path[:0] = [str(TOOLS)]

import address  # noqa: E402
from lowering import pairs  # noqa: E402

SETUP = """\
# Colab starts without the book's library. Elsewhere it is there, and this cell does nothing.
from importlib.util import find_spec

if find_spec("ntklib") is None:
    %pip install --quiet "{requirement}"
"""


def render(root: Path, output: Path) -> dict[str, str]:
    """Return the notebook of every page with code, as text, by page name.

    Args:
        root: the repository.
        output: folder for the build; executed cells are cached in it.

    Raises:
        RuntimeError: if Sphinx warns or fails.
    """
    names = pairs.pages_with_code(root)
    config = root / "_config.yml"
    overrides = {
        "external_toc_path": str(root / "_toc.yml"),
        "latex_individualpages": False,
        "extensions": [*_extensions(root), "lowering.builder"],
        "notebook_pages": names,
        "notebook_setup": SETUP.format(requirement=address.read(root).requirement).strip(),
        "nb_mime_priority_overrides": [("notebooks", "text/plain", 0)],
    }
    with tempfile.TemporaryDirectory() as doctrees:
        status = build_sphinx(
            str(root),
            str(output / "notebooks"),
            path_config=str(config),
            noconfig=True,
            confoverrides=overrides,
            doctreedir=doctrees,
            builder="notebooks",
            freshenv=True,
            warningiserror=True,
            keep_going=True,
            quiet=True,
        )
    if status:
        raise RuntimeError(f"the notebooks did not build: {status}")
    return {name: _stamped(root, name, output / "notebooks" / f"{name}.ipynb") for name in names}


def _extensions(root: Path) -> list[str]:
    """The extensions of the book, as its configuration and Jupyter Book's defaults say."""
    final, _ = get_final_config(
        user_yaml=root / "_config.yml",
        cli_config={"latex_individualpages": False},
        sourcedir=root,
    )
    return final["extensions"]


def _stamped(root: Path, name: str, built: Path) -> str:
    """The built notebook with the hash of its sources."""
    notebook = nbformat.read(built, as_version=4)
    notebook.metadata["book"] = {"hash": pairs.source_hash(root, name), "source": f"{name}.md"}
    return nbformat.writes(notebook) + "\n"


def write(root: Path, output: Path) -> list[str]:
    """Make all pairs, remove orphans, and return the names of the files that changed."""
    changed = []
    for name, text in render(root, output).items():
        path = root / f"{name}.ipynb"
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(f"{name}.ipynb")
    for path in pairs.orphans(root):
        path.unlink()
        changed.append(str(path.relative_to(root)))
    return changed


def check(root: Path) -> list[str]:
    """One line for each pair that is stale and each notebook that has no page."""
    strays = [f"{path.relative_to(root)} belongs to no page" for path in pairs.orphans(root)]
    return [*pairs.stale_pairs(root).values(), *strays]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only name the stale notebooks")
    parser.add_argument("--output", type=Path, default=ROOT / "_build", help="folder to build in")
    options = parser.parse_args(arguments)
    if options.check:
        complaints = check(ROOT)
        for line in complaints:
            print(f"{line}: run `make notebooks`", file=sys.stderr)
        return int(bool(complaints))
    changed = write(ROOT, options.output.resolve())
    print("\n".join(f"wrote {name}" for name in changed) or "all notebooks are up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main())
