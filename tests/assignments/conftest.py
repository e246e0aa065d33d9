"""One grading run over all the submissions of the tests, shared by the session."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(Path(__file__).parent)]

from grading_run import Graded, fingerprint, without_network  # noqa: E402
from handed_in import hand_in  # noqa: E402

CELL_SECONDS = 20


@pytest.fixture(scope="session")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """All submissions of the tests, graded once by the command a lecturer runs."""
    folder = tmp_path_factory.mktemp("grading")
    submissions, output = folder / "submissions", folder / "grades"
    submissions.mkdir()
    hand_in(submissions)
    before = fingerprint(submissions)
    prefix = without_network()
    command = [sys.executable, str(ROOT / "tools" / "assignments.py"), "grade", str(submissions)]
    command += ["--output", str(output), "--cell-timeout", str(CELL_SECONDS), "--jobs", "2"]
    run = subprocess.run(
        [*prefix, *command], capture_output=True, text=True, timeout=600, check=False, cwd=folder
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return Graded(submissions, output, run.stdout, bool(prefix), before)
