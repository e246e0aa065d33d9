"""Answers in words: read by a person, marked in a table, added up with the rest."""

import copy
import csv
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from grading.build import student_version
from grading.by_hand import COLUMNS
from grading_run import read_table
from masters import cell_of

from assignments import main

EXAMPLE = Path(__file__).parent / "doubling.md"
ANSWER = "Two equal numbers make an even one, as $2x$ shows."
DOUBLE = "def double(x):\n    return 2 * x"


class Course:
    """A folder with one small assignment and what students handed in for it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.grades = folder, folder / "grades"
        self.submissions = folder / "handed-in"
        master = folder / "assignments" / "doubling" / "doubling.md"
        master.parent.mkdir(parents=True)
        master.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
        self.released = student_version(master)

    def hand_in(self, student: str, answer: str | None) -> None:
        """A right function, and an answer in words; None takes the cell away."""
        notebook = copy.deepcopy(self.released)
        cell_of(notebook, "double").source = DOUBLE
        proof = cell_of(notebook, "proof")
        if answer is None:
            notebook.cells.remove(proof)
        elif answer:
            proof.source = answer
        path = self.submissions / student / "doubling.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)

    def grade(self) -> int:
        """Run the command."""
        arguments = ["--assignments", str(self.folder / "assignments"), "--jobs", "2"]
        return main(["grade", str(self.submissions), "--output", str(self.grades), *arguments])

    def line(self, student: str) -> tuple[str, str, str]:
        """Score, status and notes of one student."""
        table = read_table(self.grades / "grades.csv")
        line = next(line for line in table if line["student"] == student)
        return line["score"], line["status"], line["notes"]

    def written(self) -> list[dict[str, str]]:
        """The table of answers in words."""
        return read_table(self.grades / "written.csv")

    def mark(self, lines: list[dict[str, str]]) -> None:
        """Put a filled table beside the submissions."""
        path = self.submissions / "written.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(lines)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Students with an answer, without one, and without the cell for it, graded before reading."""
    made = Course(tmp_path_factory.mktemp("course"))
    made.hand_in("=ada", ANSWER)
    made.hand_in("emmy", "It is.")
    made.hand_in("blank", "")
    made.hand_in("deleted", None)
    assert made.grade() == 0
    return made


def test_an_answer_waits_for_a_reader_and_no_answer_does_not(course: Course) -> None:
    assert course.line("'=ada") == ("2", "partly graded", "to be read: proof")
    assert course.line("blank") == ("2", "graded", "")
    assert course.line("deleted") == ("2", "graded", "answer cells missing: proof")
    scores = {line["student"]: (line["score"], line["points"]) for line in course.written()}
    assert [line["comment"] for line in course.written() if not line["score"]] == ["", ""]
    assert scores == {
        "'=ada": ("", "3"),
        "emmy": ("", "3"),
        "blank": ("0", "3"),
        "deleted": ("0", "3"),
    }


def test_answers_are_laid_out_below_the_rubric(course: Course) -> None:
    cells = nbformat.read(course.grades / "written" / "doubling.ipynb", as_version=4).cells
    texts = [cell.source for cell in cells]
    assert texts[0].startswith("# proof (3 points)\n\n$x + x = 2x$")
    assert "- 2 points: even means a multiple of 2." in texts[0]
    assert texts[1] == f"## proof: =ada\n\n{ANSWER}"
    assert "YOUR ANSWER HERE" in texts[2]
    assert len(texts) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": "3.5"}, "line 2: a score is a number from 0 to 3, got '3.5'"),
        ({"score": "good"}, "got 'good'"),
        ({"score": "nan"}, "got 'nan'"),
        ({"score": "1", "part": "prof"}, "was not asked for a written part 'prof' in 'doubling'"),
        ({"score": "1", "student": "nobody"}, "'nobody' was not asked"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(
    course: Course, capsys: pytest.CaptureFixture[str], change: dict[str, str], message: str
) -> None:
    lines = course.written()
    lines[0] |= change
    course.mark(lines)
    assert course.grade() == 2
    assert message in capsys.readouterr().err


def test_a_table_without_its_columns_is_refused(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    (course.submissions / "written.csv").write_text("student;score\n", encoding="utf-8")
    assert course.grade() == 2
    assert "has no column answer, assignment" in capsys.readouterr().err


def test_marks_count_for_the_answers_that_were_read(course: Course) -> None:
    by_student = {line["student"]: line for line in course.written()}
    by_student["'=ada"] |= {"score": "2.5", "comment": "Say why $2x$ is even."}
    by_student["emmy"] |= {"score": "3"}
    for student in ("blank", "deleted"):
        shutil.rmtree(course.submissions / student)
    course.hand_in("emmy", "It is not.")
    course.mark([by_student["'=ada"], by_student["emmy"]])
    assert course.grade() == 0
    assert course.line("'=ada") == ("4.5", "graded", "")
    notes = "changed since it was marked: proof; to be read: proof"
    assert course.line("emmy") == ("2", "partly graded", notes)
    assert [line["score"] for line in course.written()] == ["2.5", ""]
    page = (course.grades / "feedback" / "=ada" / "doubling.html").read_text(encoding="utf-8")
    assert "Score: 4.5 / 5.0" in page
    assert ">proof</a> (Score: 2.5 / 3.0)" in page
    assert re.search(r"Comments:.*?Say why <math.*?</math> is even\.", page, flags=re.DOTALL)
    parts = read_table(course.grades / "parts.csv")
    assert [line["message"] for line in parts if line["student"] == "'=ada"][1].startswith("Say")
