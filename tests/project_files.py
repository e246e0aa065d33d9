"""The files of the project, as tests of the house see them."""

import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def project_files() -> list[str]:
    """Tracked files, and new ones that git does not ignore, relative to the root.

    What else lies about on one machine neither hides nor causes a failure.
    """
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs git: {done.stderr.strip()}")
    return sorted(name for name in done.stdout.splitlines() if (ROOT / name).is_file())


def own_texts() -> dict[str, str]:
    """The text files among them that are not vendored, name to text."""
    texts = {}
    for name in project_files():
        if "vendor" in Path(name).parts:
            continue
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts


def load_tool(name: str) -> ModuleType:
    """A script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
