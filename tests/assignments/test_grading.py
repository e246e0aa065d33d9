"""The grading command from end to end, on submissions made from the master."""

import html
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from grading.build import points_of
from grading.checks import secret_lines
from grading.master import read_master
from grading_run import Graded, fingerprint
from handed_in import MASTER, ROOT, WRONG, solution

POINTS = points_of(read_master(MASTER))


def test_right_answers_get_everything(graded: Graded) -> None:
    line = graded.grades()["solution"]
    assert (line["percent"], line["status"], line["notes"]) == ("100.0", "graded", "")
    assert float(line["score"]) == POINTS >= 20
    assert len(graded.parts("solution")) >= 6


def test_untouched_stub_gets_nothing(graded: Graded) -> None:
    assert graded.grades()["stub"]["percent"] == "0.0"
    messages = {line["message"] for line in graded.parts("stub").values()}
    assert messages == {"NotImplementedError"}


def test_there_are_five_planted_mistakes() -> None:
    assert [patch.stem for patch in WRONG] == [
        "degrees-for-radians",
        "hard-coded",
        "lost-root-two",
        "missing-one-over-m",
        "variance-for-deviation",
    ]


@pytest.mark.parametrize("patch", WRONG, ids=lambda patch: patch.stem)
def test_planted_mistake_costs_its_own_part_only(graded: Graded, patch: Path) -> None:
    expected = tomllib.loads(patch.read_text(encoding="utf-8"))["cell"]
    parts = graded.parts(patch.stem)
    lost = {name for name, line in parts.items() if float(line["score"]) < float(line["points"])}
    assert lost == {expected}
    assert float(parts[expected]["score"]) == 0
    words = re.findall(r"[A-Za-z]{2,}", parts[expected]["message"])
    assert words[0] == "AssertionError"
    assert len(words) > 8, "the message should tell the student in words what was expected"


def test_hard_coded_answer_passes_what_students_see(graded: Graded) -> None:
    assert "at some depth" in graded.parts("hard-coded")["crossing"]["message"]


def test_endless_loop_costs_its_own_part_only(graded: Graded) -> None:
    line = graded.grades()["endless"]
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
    line = graded.grades()[student]
    assert (line["status"], line["score"]) == ("not graded", "0")
    assert reason in line["notes"]
    assert reason.split("'")[0] in graded.feedback(student.lstrip("'"))


def test_edited_tests_and_displayed_marks_win_nothing(graded: Graded) -> None:
    line = graded.grades()["cheating"]
    assert line["percent"] == "0.0"
    assert line["notes"].startswith("edited, originals used: test-angle, test-layer")


def test_deleted_cells_are_put_back_where_they_were(graded: Graded) -> None:
    line = graded.grades()["damaged"]
    assert float(line["score"]) == POINTS - float(graded.parts("damaged")["angle"]["points"])
    assert "deleted, originals put back: setup, test-angle, test-ntk" in line["notes"]
    assert "answer cells missing: angle" in line["notes"]
    assert "edited, originals used: test-dual" in line["notes"]


@pytest.mark.parametrize("student", ["Noël O'Brien [7]", "old format"])
def test_harmless_differences_cost_nothing(graded: Graded, student: str) -> None:
    assert graded.grades()[student]["percent"] == "100.0"


def test_every_submission_has_a_line_a_page_and_progress(graded: Graded) -> None:
    students = {path.name for path in graded.submissions.iterdir()}
    assert {name.lstrip("'") for name in graded.grades()} == students
    assert {path.name for path in (graded.output / "feedback").iterdir()} == students
    total = len(students)
    for number in range(1, total + 1):
        assert f"[{number}/{total}] " in graded.screen
    assert graded.screen.rstrip().endswith(str(graded.output / "grades.csv"))


def test_submissions_are_left_as_they_were(graded: Graded) -> None:
    assert fingerprint(graded.submissions) == graded.before


def test_graded_with_the_network_taken_away(graded: Graded) -> None:
    if not graded.offline:
        pytest.skip("this machine cannot take the network away from a process (unshare)")
    assert graded.grades()["solution"]["percent"] == "100.0"


def test_feedback_pages_load_and_run_nothing(graded: Graded) -> None:
    for student in ("solution", "cheating", "malformed"):
        page = graded.feedback(student)
        assert "default-src 'none'" in page
        assert "<script" not in page.lower()
        assert not re.search(r"(?:src|href)=[\"']?\s*(?:https?:)?//", page)
    assert "<math" in graded.feedback("solution")
    assert '<a href="#test-sampling">sampling</a> (Score: 4.0 / 4.0)' in graded.feedback("solution")
    assert "Score: 30.0 / 30.0" in graded.feedback("solution")


def test_feedback_explains_without_showing_hidden_tests(graded: Graded) -> None:
    hidden = secret_lines(read_master(MASTER))
    shown_to_all = _lines(graded.feedback("solution"))
    for patch in WRONG:
        shown = _lines(graded.feedback(patch.stem))
        assert shown & hidden <= shown_to_all, "an error frame shows lines of a hidden test"
    answers = {line.strip() for cell in solution().cells for line in cell.source.split("\n")}
    assert shown_to_all & hidden <= answers, "a hidden test is in the feedback"
    assert "look at the factor in front" in graded.feedback("lost-root-two")


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
