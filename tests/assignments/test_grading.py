"""The grading command from end to end, on submissions made from the masters."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest
from grading.build import points_of
from grading.checks import secret_lines
from grading.master import is_prose, read_master
from grading_run import Graded, fingerprint
from handed_in import GRADED_MISTAKES
from in_process import run_cells
from masters import ASSIGNMENTS, EVERY_MISTAKE, ROOT, WARM_UP, Assignment, Mistake, named, planted

POINTS = points_of(read_master(WARM_UP.master))
GRADED = [(a, mistake) for a, mistake in EVERY_MISTAKE if mistake.name in GRADED_MISTAKES]


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_right_answers_get_everything(graded: Graded, assignment: Assignment) -> None:
    cells = read_master(assignment.master).cells
    to_read = {cell.id: cell.metadata.nbgrader.points for cell in filter(is_prose, cells)}
    line = graded.grade("solution", assignment.name)
    assert graded.lost("solution", assignment.name) == set(to_read), "all that a machine can give"
    assert float(line["score"]) == float(line["points"]) - sum(to_read.values()) >= 20
    assert line["status"] == ("partly graded" if to_read else "graded")
    assert line["notes"] == (f"to be read: {', '.join(to_read)}" if to_read else "")


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_untouched_stub_gets_nothing_and_needs_no_reader(
    graded: Graded, assignment: Assignment
) -> None:
    line = graded.grade("stub", assignment.name)
    assert (line["percent"], line["status"]) == ("0.0", "graded")
    messages = {line["message"] for line in graded.parts("stub", assignment.name).values()}
    assert messages - {"No response."} == {"NotImplementedError"}


@pytest.mark.parametrize(("assignment", "mistake"), GRADED, ids=named)
def test_planted_mistake_costs_the_same_as_in_process(
    graded: Graded, assignment: Assignment, mistake: Mistake
) -> None:
    lost = graded.lost(mistake.name, assignment.name) - graded.lost("solution", assignment.name)
    assert lost == mistake.loses
    _, errors = run_cells(planted(mistake, assignment.tested()))
    parts = graded.parts(mistake.name, assignment.name)
    assert {part: parts[part]["message"] for part in errors} == errors


def test_endless_loop_costs_its_own_part_only(graded: Graded) -> None:
    line = graded.grade("endless")
    assert "test-angle" in line["notes"]
    assert "out of time" in line["notes"]
    assert float(line["score"]) == POINTS - float(graded.parts("endless")["angle"]["points"])


@pytest.mark.parametrize(
    ("student", "reason"),
    [
        ("crashing", "the kernel died"),
        ("malformed", "malformed JSON"),
        ("invalid", "not a valid notebook"),
        ("misnamed", "no notebook named warm-up.ipynb; found 'warm-up (1).ipynb'"),
        ("'=absent", "no notebook named warm-up.ipynb"),
    ],
)
def test_what_cannot_be_graded_gets_a_line_with_the_reason(
    graded: Graded, student: str, reason: str
) -> None:
    line = graded.grade(student)
    assert (line["status"], line["score"]) == ("not graded", "0")
    assert reason in line["notes"]
    assert reason.split("'")[0] in graded.feedback(student.lstrip("'"))


def test_edited_tests_and_displayed_marks_win_nothing(graded: Graded) -> None:
    line = graded.grade("cheating")
    assert line["percent"] == "0.0"
    assert line["notes"].startswith("edited, originals used: test-angle, test-layer")


def test_deleted_cells_are_put_back_where_they_were(graded: Graded) -> None:
    line = graded.grade("damaged")
    assert float(line["score"]) == POINTS - float(graded.parts("damaged")["angle"]["points"])
    assert "deleted, originals put back: setup, test-angle, test-ntk" in line["notes"]
    assert "answer cells missing: angle" in line["notes"]
    assert "edited, originals used: test-dual" in line["notes"]


@pytest.mark.parametrize("student", ["Noël O'Brien [7]", "old format"])
def test_harmless_differences_cost_nothing(graded: Graded, student: str) -> None:
    assert graded.grade(student)["percent"] == "100.0"


def test_every_submission_has_a_line_a_page_and_progress(graded: Graded) -> None:
    students = {path.name for path in graded.submissions.iterdir()}
    expected = {(student, found.name) for student in students for found in ASSIGNMENTS}
    lines = [(line["student"].lstrip("'"), line["assignment"]) for line in graded.lines()]
    assert len(lines) == len(expected)
    assert set(lines) == expected
    pages = (graded.output / "feedback").glob("*/*.html")
    assert {(page.parent.name, page.stem) for page in pages} == expected
    total = len(expected)
    for number in range(1, total + 1):
        assert f"[{number}/{total}] " in graded.screen
    assert graded.screen.rstrip().endswith(str(graded.output / "grades.csv"))


def test_submissions_are_left_as_they_were(graded: Graded) -> None:
    assert fingerprint(graded.submissions) == graded.before


def test_graded_with_the_network_taken_away(graded: Graded) -> None:
    if not graded.offline:
        pytest.skip("this machine cannot take the network away from a process (unshare)")
    assert graded.grade("solution")["percent"] == "100.0"


def test_feedback_pages_load_and_run_nothing(graded: Graded) -> None:
    for student in ("solution", "cheating", "malformed"):
        page = graded.feedback(student)
        assert "default-src 'none'" in page
        assert "<script" not in page.lower()
        assert not re.search(r"(?:src|href)=[\"']?\s*(?:https?:)?//", page)
    assert "<math" in graded.feedback("solution")
    assert '<a href="#test-sampling">sampling</a> (Score: 4.0 / 4.0)' in graded.feedback("solution")
    assert "Score: 30.0 / 30.0" in graded.feedback("solution")


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_feedback_shows_no_hidden_test(graded: Graded, assignment: Assignment) -> None:
    hidden = secret_lines(read_master(assignment.master))
    shown_to_all = _lines(graded.feedback("solution", assignment.name))
    for other, mistake in GRADED:
        if other == assignment:
            shown = _lines(graded.feedback(mistake.name, assignment.name))
            assert shown & hidden <= shown_to_all, "an error frame shows lines of a hidden test"
    cells = assignment.solution().cells
    answers = {line.strip() for cell in cells for line in cell.source.split("\n")}
    assert shown_to_all & hidden <= answers, "a hidden test is in the feedback"


def test_feedback_explains_in_words(graded: Graded) -> None:
    assert "look at the factor in front" in graded.feedback("lost-root-two")
    in_place = graded.parts("in-place", "separation")["first-layer"]["message"]
    assert "the function must not change X itself" in in_place
    assert "Not read yet" in graded.feedback("solution", "separation")
    assert ">equal-angles</a> (not read yet, 5.0)" in graded.feedback("solution", "separation")


def _lines(page: str) -> set[str]:
    """Lines of text of an HTML page; the line numbers of error frames are dropped."""
    text = html.unescape(re.sub(r"<[^>]+>", "", page))
    return {re.sub(r"^(?:-+> )?\s*\d+ ", "", line).strip() for line in text.split("\n")}


def test_an_empty_folder_is_an_error_in_words(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tools" / "assignments.py"), "grade", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "nothing to grade" in run.stderr
    assert "Traceback" not in run.stderr
