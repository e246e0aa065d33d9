"""What `build` accepts and what it refuses."""

import re
from pathlib import Path

import nbformat
import pytest
from grading.build import points_of, student_version
from grading.checks import check_no_leak, check_student_version
from grading.master import AssignmentError, is_graded, read_master
from masters import ASSIGNMENTS, ROOT, WARM_UP, Assignment, cell_of, named

from assignments import main

EXAMPLE = Path(__file__).parent / "doubling.md"  # shown to instructors in the book
GOOD = EXAMPLE.read_text(encoding="utf-8")

# What is planted, and what the refusal must say.
PLANTED = {
    "a solution that fails": (
        ("return x + x", "return x + 1"),
        "the solution fails in cell 'test-double' with AssertionError",
    ),
    "a solution that cannot start": (
        ("def double(x):", "DEFAULT = missing_name\n\ndef double(x):"),
        "the solution fails in cell 'double' with NameError",
    ),
    "a test that passes on the stub": (
        ('assert double(1) == 2, "twice one is two"', "assert callable(double)"),
        "pass on the stub",
    ),
    "a stub that swallows its error": (
        (
            "    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION",
            "    try:\n        ### BEGIN SOLUTION\n        return x + x\n"
            "        ### END SOLUTION\n    except NotImplementedError:\n        return None",
        ),
        "the stub fails in cell 'test-double' with AssertionError",
    ),
    "a test that catches the stub's error": (
        (
            'assert double(1) == 2, "twice one is two"',
            "try:\n    assert double(1) == 2\nexcept NotImplementedError:\n    raise ValueError",
        ),
        "the only error a stub may raise is NotImplementedError",
    ),
    "a solution outside the markers": (
        ("    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION", "    return x + x"),
        "needs one '### BEGIN SOLUTION'",
    ),
    "no hidden test": (
        ('assert double(21) == 42, "larger numbers are doubled too"\n', ""),
        "nothing between",
    ),
    "a hidden test outside a test": (
        (":test: double\n:points: 2", ":given: double-test"),
        "'double' has no :test: cell",
    ),
    "no points": ((":points: 2\n", ""), "carry :points:"),
    "negative points": ((":points: 2", ":points: -2"), "above 0, got -2"),
    "a cell without a role": ((":write: double\n", ""), "exactly one of the lines"),
    "a written part without points": (
        ('"written": "proof", "points": 3', '"written": "proof"'),
        "got None",
    ),
    "a rubric that does not add up": (
        ("- 2 points: even", "- 1 point: even"),
        "in cell 'proof' gives 2 of 3 points",
    ),
    "a written part without its answer": (
        ("### BEGIN SOLUTION\n\n$x + x = 2x$", "$x + x = 2x$"),
        "cell 'proof' needs one '### BEGIN SOLUTION'",
    ),
    "a name used twice": (
        ("# Doubling\n", "# Doubling\n\n```{code-cell} ipython3\n:given: double\n\n1\n```\n"),
        "two cells are named 'double'",
    ),
}


def write_master(folder: Path, text: str) -> Path:
    path = folder / "doubling" / "doubling.md"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def build(folder: Path, text: str) -> tuple[int, Path]:
    write_master(folder / "assignments", text)
    arguments = ["--assignments", str(folder / "assignments"), "--output", str(folder / "student")]
    return main(["build", *arguments]), folder / "student" / "doubling" / "doubling.ipynb"


def test_a_sound_master_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, student = build(tmp_path, GOOD)
    assert status == 0
    assert str(student) in capsys.readouterr().out
    assert (
        student.read_bytes()
        == (tmp_path / "assignments" / "doubling" / "doubling.ipynb").read_bytes()
    )
    text = student.read_text(encoding="utf-8")
    assert "raise NotImplementedError" in text
    assert "x + x" not in text
    assert "42" not in text
    assert "Marking" not in text
    proof = cell_of(nbformat.reads(text, as_version=4), "proof")
    assert proof.cell_type == "markdown"
    assert proof.source.strip().endswith("is even.\n\nYOUR ANSWER HERE")


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_error_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    (good, bad), message = PLANTED[what]
    assert GOOD.count(good) == 1
    status, student = build(tmp_path, GOOD.replace(good, bad))
    assert status == 1
    assert message in capsys.readouterr().out
    assert not student.exists()


def test_a_difference_outside_the_answers_is_found() -> None:
    master, student = read_master(WARM_UP.master), WARM_UP.stub()
    check_student_version(master, student)
    student.cells[2].source += "\n# changed"
    with pytest.raises(AssignmentError, match="differs from the master"):
        check_student_version(master, student)


def test_a_leaked_line_is_found() -> None:
    master, student = read_master(WARM_UP.master), WARM_UP.stub()
    student.cells[0].source += "\n\nHint: `x`\n\n    products = np.maximum(u, 0) * np.maximum(v, 0)"
    with pytest.raises(AssignmentError, match="products"):
        check_no_leak(master, student)


def test_the_assignments_are_found() -> None:
    assert [assignment.name for assignment in ASSIGNMENTS] == [
        "capacity",
        "condensation",
        "gram",
        "separation",
        "warm-up",
    ]


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
class TestEveryAssignment:
    """What holds of every assignment of the book."""

    def test_committed_student_version_is_fresh(self, assignment: Assignment) -> None:
        fresh = student_version(assignment.master)
        assert assignment.stub() == fresh, "run `make assignments` and commit the notebook"

    def test_no_solution_or_hidden_test_in_the_committed_notebook(
        self, assignment: Assignment
    ) -> None:
        # Read from the text of the master, not by the code that made the notebook.
        regions = re.findall(
            r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END",
            assignment.master.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
        lines = {line.strip() for region in regions for line in region.split("\n")}
        shown = "\n".join(cell.source for cell in assignment.stub().cells)
        shown_lines = {line.strip() for line in shown.split("\n")}
        assert "BEGIN" not in shown
        assert len(lines) > 100
        assert {line for line in lines & shown_lines if len(line) > 2} == set()
        assert [line for line in lines if len(line) > 25 and line in shown] == []

    def test_the_points_table_in_the_text_is_right(self, assignment: Assignment) -> None:
        text = assignment.master.read_text(encoding="utf-8")
        table = re.search(r"\| part \|.*?\n\n", text, flags=re.DOTALL)
        assert table
        promised = [
            float(number)
            for row in table[0].strip().split("\n")[2:]
            for number in row.split("|")[3].split("+")
        ]
        assert promised == [points for _, points in parts_of(assignment)]

    def test_the_points_table_for_instructors_is_right(self, assignment: Assignment) -> None:
        page = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
        table = re.search(rf"^\| {assignment.name} \|.*?\n(?=\| [\w-]+ \||\n)", page, re.M | re.S)
        assert table
        rows = re.findall(r"^\|[^|]*\| ([\w-]+) \| .* \| (\d+) \|$", table[0], flags=re.M)
        assert [(name, float(points)) for name, points in rows] == parts_of(assignment)

    def test_the_total_for_instructors_is_right(self, assignment: Assignment) -> None:
        page = (ROOT / "book" / "instructors.md").read_text(encoding="utf-8")
        total = points_of(read_master(assignment.master))
        assert re.search(rf"\*\*{assignment.name}\*\*[^\n]*\b{total:g} points\b", page)


def parts_of(assignment: Assignment) -> list[tuple[str, float]]:
    cells = filter(is_graded, read_master(assignment.master).cells)
    return [(c.id.removeprefix("test-"), float(c.metadata.nbgrader.points)) for c in cells]
