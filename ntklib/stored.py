"""Results of long runs, which `make results` computes and the repository keeps."""

import functools
import json
import re
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

HOME = Path(__file__).resolve().parents[1]
"""The repository, if the library runs from one."""

FOLDER = "book/results"
WAIT = 30  # seconds for a file to come over the network


def stored(name: str) -> dict[str, Any]:
    """Return what a long run found, as `tools/results.py` wrote it.

    The file is `book/results/<name>.json` of the repository that the library runs from. Where
    the library was installed from a repository on GitHub, as in Colab, it is fetched from the
    commit that was installed.

    Args:
        name: Of the run, which is a file in `tools/long_runs`.

    Returns:
        The file as a dictionary, with `settings` of the run, seeds among them, and `parts`, the
        numbers of each part by name; besides, `run`, `command`, `source` (a hash of the code
        that ran), `versions`, `cores` and `seconds`.

    Raises:
        ValueError: If the name is not made of small letters, digits and underscores.
        FileNotFoundError: If there is no such result; the message says how to compute it.

    >>> stored("digits_sgd")["settings"]["width"]
    512
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"a run is named by small letters, digits and underscores, got {name!r}")
    text = _text(f"{FOLDER}/{name}.json")
    if text is None:
        raise FileNotFoundError(
            f"no stored result {name!r}: `make results` computes those it knows"
        )
    return json.loads(text)


def _text(path: str) -> str | None:
    """Return a file of the repository from beside the library, or from where that came from."""
    beside = HOME / path
    if beside.is_file():
        return beside.read_text("utf-8")
    origin = _origin()
    if origin.startswith("file:"):
        there = Path(unquote(urlparse(origin).path)) / path
        return there.read_text("utf-8") if there.is_file() else None
    return _fetched(f"{origin}/{path}") if origin else None


def _origin() -> str:
    """Return the address under which the files of the installed repository are, or nothing."""
    try:
        record = metadata.distribution("ntklib").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return ""
    source = json.loads(record) if record else {}
    url = str(source.get("url", ""))
    commit = source.get("vcs_info", {}).get("commit_id")
    on_github = re.fullmatch(r"https://github\.com/([^/]+)/([^/]+?)(?:\.git)?/?", url)
    if on_github and commit:
        return f"https://raw.githubusercontent.com/{on_github[1]}/{on_github[2]}/{commit}"
    return url if url.startswith("file:") else ""


@functools.cache
def _fetched(address: str) -> str | None:
    try:
        with urllib.request.urlopen(address, timeout=WAIT) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, TimeoutError):
        return None
