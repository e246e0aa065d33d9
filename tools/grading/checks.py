"""What an assignment must satisfy before anyone sees it. Each check raises AssignmentError.

The student version is made by nbgrader. These checks read it against the master by their own
rules, so that a slip in the master, in the settings or in nbgrader is found here.
"""

from nbformat import NotebookNode

from grading.master import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    END_HIDDEN,
    END_SOLUTION,
    MARKING,
    STUB,
    TEXT_STUB,
    AssignmentError,
    is_prose,
    is_test,
    is_written_by_student,
    rubric_points,
)
from grading.running import error_of


def check_master(master: NotebookNode) -> None:
    """Every task has a solution, its own test, hidden points in it, and nothing is misplaced."""
    answers = [cell for cell in master.cells if is_written_by_student(cell)]
    written = {cell.id for cell in answers if not is_prose(cell)}
    tested = {cell.id.removeprefix("test-") for cell in master.cells if is_test(cell)}
    if not written:
        raise AssignmentError("there is no ':write:' cell, so nothing to hand in")
    for name in sorted(written ^ tested):
        missing = ":test:" if name in written else ":write:"
        raise AssignmentError(f"{name!r} has no {missing} cell")
    for cell in master.cells:
        _check_region(cell, BEGIN_SOLUTION, END_SOLUTION, expected=is_written_by_student(cell))
        _check_region(cell, BEGIN_HIDDEN, END_HIDDEN, expected=is_test(cell))
    for cell in filter(is_prose, master.cells):
        _check_rubric(cell)


def _check_rubric(cell: NotebookNode) -> None:
    points, given = cell.metadata.nbgrader.points, rubric_points(cell)
    if given != points:
        raise AssignmentError(
            f"the list after {MARKING} in cell {cell.id!r} gives {given:g} of {points:g} points"
        )


def _check_region(cell: NotebookNode, begin: str, end: str, *, expected: bool) -> None:
    lines = [line.strip() for line in cell.source.split("\n")]
    if not expected and not {begin, end} & set(lines):
        return
    if not expected:
        raise AssignmentError(f"cell {cell.id!r} has {begin!r} where students would lose it")
    if lines.count(begin) != 1 or lines.count(end) != 1 or lines.index(end) <= lines.index(begin):
        raise AssignmentError(f"cell {cell.id!r} needs one {begin!r} with one {end!r} after it")
    if lines.index(end) == lines.index(begin) + 1:
        raise AssignmentError(f"cell {cell.id!r} has nothing between {begin!r} and {end!r}")


def expected_source(cell: NotebookNode) -> str:
    """What the student should see of a master's cell."""
    if is_written_by_student(cell):
        stub = TEXT_STUB if is_prose(cell) else STUB
        return _without_region(cell.source, BEGIN_SOLUTION, END_SOLUTION, stub)
    if is_test(cell):
        return _without_region(cell.source, BEGIN_HIDDEN, END_HIDDEN, "")
    return str(cell.source)


def _without_region(source: str, begin: str, end: str, replacement: str) -> str:
    before, rest = source.split(begin)
    _, after = rest.split(end)
    body = before.rstrip(" ")
    indent = before[len(body) :]
    lines = [indent + line for line in replacement.split("\n")] if replacement else []
    return (body + "\n".join(lines) + after).rstrip("\n")


def check_student_version(master: NotebookNode, student: NotebookNode) -> None:
    """The student version differs from the solution only where the student writes."""
    if [cell.cell_type for cell in master.cells] != [cell.cell_type for cell in student.cells]:
        raise AssignmentError("the student version has other cells than the master")
    for ours, theirs in zip(master.cells, student.cells, strict=True):
        if theirs.source.rstrip("\n") != expected_source(ours):
            raise AssignmentError(
                f"cell {ours.id!r} of the student version differs from the master elsewhere than "
                "in its solution or its hidden tests"
            )
    check_no_leak(master, student)


def secret_lines(master: NotebookNode) -> set[str]:
    """Lines of solutions and hidden tests that occur nowhere else in the master."""
    secret: set[str] = set()
    public: set[str] = set()
    for cell in master.cells:
        shown = {line.strip() for line in expected_source(cell).split("\n")}
        public |= shown
        secret |= {line.strip() for line in cell.source.split("\n")} - shown
    return {line for line in secret - public if len(line) > 2}


def check_no_leak(master: NotebookNode, student: NotebookNode) -> None:
    """No line of a solution or a hidden test, and no marker of one, reaches the student."""
    leaked = secret_lines(master) & {
        line.strip() for cell in student.cells for line in cell.source.split("\n")
    }
    if leaked:
        raise AssignmentError(f"the student version shows {sorted(leaked)[0]!r}")


def check_solution_ran(executed: NotebookNode) -> None:
    """Every cell of the solution ran without an error."""
    for cell in executed.cells:
        if error := error_of(cell):
            raise AssignmentError(
                f"the solution fails in cell {cell.id!r} with {error[0]}: {error[1]}"
            )


def check_stub_ran(executed: NotebookNode) -> None:
    """The stub raised NotImplementedError, and only that, in every test cell at least."""
    for cell in executed.cells:
        error = error_of(cell)
        if error and error[0] != "NotImplementedError":
            raise AssignmentError(
                f"the stub fails in cell {cell.id!r} with {error[0]}: {error[1]}; "
                "the only error a stub may raise is NotImplementedError"
            )
        if is_test(cell) and not error:
            raise AssignmentError(
                f"the visible tests of cell {cell.id!r} pass on the stub; "
                "they must call the student's function, and the stub must raise NotImplementedError"
            )
