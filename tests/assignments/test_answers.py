"""Right and wrong answers to every assignment, run in this process: what each one costs."""

import re

import numpy as np
import pytest
from grading.master import is_test
from in_process import error_in, quietly, run_cells
from masters import ASSIGNMENTS, EVERY_MISTAKE, Assignment, Mistake, named, planted

# What a function may return that no test should take for an answer.
JUNK = {
    "None": None,
    "nan": np.nan,
    "zero": 0.0,
    "one": 1.0,
    "infinity": np.inf,
    "a nan for each": np.full(4, np.nan),
    "an empty array": np.zeros(0),
    "a matrix": np.eye(3),
    "a pair": (0.5, 0.1),
}


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_right_answers_pass_every_test(assignment: Assignment) -> None:
    _, errors = run_cells(assignment.tested())
    assert len(errors) >= 10
    assert set(errors.values()) == {""}


@pytest.mark.parametrize(("assignment", "mistake"), EVERY_MISTAKE, ids=named)
def test_planted_mistake_costs_its_own_parts_only(assignment: Assignment, mistake: Mistake) -> None:
    _, errors = run_cells(planted(mistake, assignment.tested()))
    assert {part for part, error in errors.items() if error} == mistake.loses
    words = re.findall(r"[A-Za-z]{2,}", errors[mistake.cell])
    assert words[0] == "AssertionError"
    assert len(words) > 8, "the message should tell the student in words what was expected"


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_hard_coded_answer_passes_what_students_see(assignment: Assignment) -> None:
    mistake = next(found for found in assignment.mistakes() if found.name == "hard-coded")
    _, errors = run_cells(planted(mistake, assignment.solution()))
    assert errors[mistake.cell] == "", "it should take a hidden test to find it"


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_there_are_five_planted_mistakes_at_least(assignment: Assignment) -> None:
    assert len(assignment.mistakes()) >= 5


@pytest.mark.parametrize("name", ["separation", "gram", "capacity", "condensation"])
def test_every_part_of_a_wing_has_a_planted_mistake(name: str) -> None:
    wing = next(found for found in ASSIGNMENTS if found.name == name)
    parts = {c.id.removeprefix("test-") for c in wing.tested().cells if is_test(c)}
    assert {mistake.cell for mistake in wing.mistakes()} == parts


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=named)
def test_no_test_takes_junk_for_an_answer(assignment: Assignment) -> None:
    notebook = assignment.tested()
    namespace, _ = run_cells(notebook)
    answers = {cell.id: cell.source for cell in notebook.cells}
    for cell in filter(is_test, notebook.cells):
        function = re.findall(r"^def (\w+)\(", answers[cell.id.removeprefix("test-")], re.M)[0]
        for what, value in JUNK.items():
            trial = namespace | {function: lambda *arguments, value=value: value}
            with quietly():
                assert error_in(cell, trial), f"{function} may return {what}"
