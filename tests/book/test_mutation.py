"""A fault of one per cent in a constant of the ReLU dual must fail cells of the chapter.

The notebook runs on a copy of the library in which the constant is wrong, ahead of the real one
on the import path. That claims turn red as well, tests/test_claims.py holds.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHAPTER = ROOT / "book" / "separation" / "relu-versus-linear.ipynb"
CONSTANT = "TWO_OVER_PI = 2 / math.pi"


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which `import ntklib` finds the library with the fault."""
    folder = tmp_path_factory.mktemp("faulty")
    shutil.copytree(ROOT / "ntklib", folder / "ntklib")
    module = folder / "ntklib" / "dual" / "closed_forms.py"
    source = module.read_text("utf-8")
    assert source.count(CONSTANT) == 1
    module.write_text(source.replace(CONSTANT, CONSTANT.replace("2 /", "1.01 * 2 /")), "utf-8")
    return {**os.environ, "PYTHONPATH": str(folder)}


def run(arguments: list[str], environment: dict[str, str], folder: Path) -> str:
    """Run Python and return what it printed."""
    command = [sys.executable, *arguments]
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout


def test_cells_of_the_chapter_fail(faulty: dict[str, str], tmp_path: Path) -> None:
    notebook = tmp_path / CHAPTER.name
    shutil.copy(CHAPTER, notebook)
    options = ["-q", "--color=no", "-p", "no:cacheprovider", "--maxfail=3"]
    printed = run(["-m", "pytest", "--nbval", *options, str(notebook)], faulty, tmp_path)
    failed = re.findall(r"^FAILED .*::(Cell \d+)", printed, re.MULTILINE)
    assert failed, printed
    assert re.search(r"\d+ passed", printed), printed
