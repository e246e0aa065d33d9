"""Which pages have a notebook beside them, and whether it was made from the page as it is."""

import hashlib
import json
from pathlib import Path

import yaml

CELL = "```{code-cell}"
SHARED = ("_toc.yml", "_config.yml", "requirements.txt", "book/references.bib")
"""Files that shape every notebook: numbering, the address, the pins, the citations."""


def pages_with_code(root: Path) -> list[str]:
    """Names, such as ``book/gram/kinks``, of the listed pages that have code cells."""
    return [
        name
        for name in listed_pages(yaml.safe_load((root / "_toc.yml").read_text("utf-8")))
        if (root / f"{name}.md").exists() and CELL in (root / f"{name}.md").read_text("utf-8")
    ]


def listed_pages(entry: object) -> list[str]:
    """Every page that a table of contents names, in order."""
    if isinstance(entry, list):
        return [name for each in entry for name in listed_pages(each)]
    if not isinstance(entry, dict):
        return []
    own = [entry[key] for key in ("root", "file") if key in entry]
    return own + [name for each in entry.values() for name in listed_pages(each)]


def source_hash(root: Path, name: str) -> str:
    """A hash over what a page's notebook is made from, the results of its cells aside.

    It covers the page, the files in ``SHARED``, the stored results that roles quote and the code
    of the lowering. Numbers that cells compute are not part of it: running the notebook compares
    them one by one.
    """
    tools = Path(__file__).resolve().parents[1]
    code = [tools / "notebooks.py", *sorted((tools / "lowering").glob("*.py"))]
    digest = hashlib.sha256()
    for path in [root / f"{name}.md", *(root / each for each in SHARED), *code]:
        digest.update(path.name.encode() + b"\0" + (path.read_bytes() if path.exists() else b""))
    digest.update(json.dumps(quoted_results(root, name)).encode())
    return digest.hexdigest()[:32]


def quoted_results(root: Path, name: str) -> list[object]:
    """What a page may quote of the stored results: every claim's verdict, and its own cost."""
    claims = _stored(root / "book" / "results" / "claims.json").get("claims", [])
    costs = _stored(root / "book" / "results" / "status.json").get("pages", [])
    verdicts = [[claim["id"], claim["verdict"]] for claim in claims]
    return [verdicts, [cost for cost in costs if cost["page"] == name]]


def _stored(path: Path) -> dict[str, list[dict]]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def stale_pairs(root: Path) -> dict[str, str]:
    """Pages whose notebook is missing or was made from other sources, with the reason."""
    reasons = {}
    for name in pages_with_code(root):
        path = root / f"{name}.ipynb"
        if not path.exists():
            reasons[name] = f"{name}.ipynb is missing"
        elif recorded_hash(path) != source_hash(root, name):
            reasons[name] = f"{name}.ipynb was made from another {name}.md or another set-up"
    return reasons


def orphans(root: Path) -> list[Path]:
    """Notebooks in the book that belong to no listed page with code."""
    expected = {root / f"{name}.ipynb" for name in pages_with_code(root)}
    found = (
        path for path in (root / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
    )
    return sorted(set(found) - expected)


def recorded_hash(notebook: Path) -> str | None:
    """The hash that a notebook carries."""
    return json.loads(notebook.read_text("utf-8"))["metadata"].get("book", {}).get("hash")
