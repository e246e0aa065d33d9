"""A rerun of a notebook must notice a wrong number, and the test command must rerun them all."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRONG = Path(__file__).parent / "fixtures" / "wrong-number.ipynb"


def test_exactly_the_wrong_number_fails() -> None:
    """The fixture says 63.67 where 200/π = 63.66; its other numbers are right."""
    command = [sys.executable, "-m", "pytest", "--nbval", "-rA", "--color=no", "-q", str(WRONG)]
    options = ["-p", "no:cacheprovider", "--override-ini", "addopts=", "--rootdir", str(ROOT)]
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    lines = re.findall(r"^(PASSED|FAILED) .*::(Cell \d+)", run.stdout, re.MULTILINE)
    outcomes = {cell: outcome for outcome, cell in lines}
    assert outcomes == {
        "Cell 0": "PASSED",
        "Cell 1": "PASSED",
        "Cell 2": "FAILED",
        "Cell 3": "PASSED",
    }, run.stdout
    assert "63.67" in run.stdout
    assert "63.66" in run.stdout


def test_the_test_command_reruns_the_notebooks_strictly() -> None:
    listing = subprocess.run(
        ["make", "--dry-run", "--always-make", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    runs = [line for line in listing.splitlines() if "pytest" in line and "--nbval" in line]
    assert runs, listing
    assert any(re.search(r"\bbook\b", line.partition("--nbval")[2]) for line in runs)
    assert not re.search(r"--nbval-lax|sanitize", listing)
