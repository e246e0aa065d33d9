"""Read the claims that the library wrote, for the role and the table."""

import json
from pathlib import Path
from typing import Any

from sphinx.environment import BuildEnvironment
from sphinx.util import logging

Claim = dict[str, Any]
LOGGER = logging.getLogger(__name__)
VERDICTS = ("holds", "holds with limits", "differs", "ours")


def load_claims(path: Path) -> dict[str, Claim]:
    """Claims by id, in the order of the file; none where there is no file."""
    if not path.exists():
        return {}
    return {claim["id"]: claim for claim in json.loads(path.read_text("utf-8"))["claims"]}


def claims_of(env: BuildEnvironment) -> dict[str, Claim]:
    """The claims for the page being read; the page is read again when they change."""
    path = Path(env.srcdir) / env.config.claims_file
    env.note_dependency(str(path))
    if not path.exists():
        LOGGER.warning("%s is missing: run `make claims`", path.name, location=env.docname)
    return load_claims(path)


def anchor(identifier: str) -> str:
    """The id of a claim's row."""
    return f"claim-{identifier}"


def verdict_class(verdict: str) -> str:
    """The CSS class of a verdict: its words joined by hyphens."""
    return "verdict-" + verdict.replace(" ", "-")
