"""The assignments of the book, found by folder, and notebooks made from them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from grading.master import find_masters, is_prose, is_written_by_student, read_master, solution_of
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Mistake:
    """A planted mistake: what to replace in which answer, and the parts that it costs."""

    name: str
    cell: str
    replace: str
    by: str
    loses: frozenset[str]


@dataclass(frozen=True)
class Assignment:
    """One assignment of the book, by its master."""

    master: Path

    @property
    def name(self) -> str:
        """The name that its folder, files and pages have."""
        return self.master.stem

    @property
    def committed(self) -> Path:
        """The student version beside the master."""
        return self.master.with_suffix(".ipynb")

    def mistakes(self) -> list[Mistake]:
        """The mistakes described in the folder wrong/<name>, sorted by name."""
        folder = Path(__file__).parent / "wrong" / self.name
        return [_mistake(path) for path in sorted(folder.glob("*.toml"))]

    def stub(self) -> NotebookNode:
        """The notebook that students get."""
        return nbformat.read(self.committed, as_version=4)

    def solution(self) -> NotebookNode:
        """The student's notebook with every answer right, tests as handed out."""
        notebook = self.stub()
        answers = {cell.id: cell for cell in read_master(self.master).cells}
        for cell in filter(is_written_by_student, notebook.cells):
            answer = answers[cell.id]
            cell.source = solution_of(answer) if is_prose(answer) else answer.source
        return notebook

    def tested(self) -> NotebookNode:
        """The solution with hidden tests, as grading puts them back."""
        return read_master(self.master)

    def answering(self, name: str, source: str) -> NotebookNode:
        """The solution with another answer in the cell `name`."""
        notebook = self.solution()
        cell_of(notebook, name).source = source
        return notebook


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    """The cell called `name`."""
    return next(cell for cell in notebook.cells if cell.id == name)


def planted(mistake: Mistake, notebook: NotebookNode) -> NotebookNode:
    """The notebook, a solution, with the mistake in it."""
    cell = cell_of(notebook, mistake.cell)
    assert cell.source.count(mistake.replace) == 1, f"{mistake.name} does not apply"
    cell.source = cell.source.replace(mistake.replace, mistake.by)
    return notebook


def _mistake(path: Path) -> Mistake:
    file = tomllib.loads(path.read_text(encoding="utf-8"))
    loses = frozenset(file.get("loses", [file["cell"]]))
    # Several lines stand in the file with a line break before and after them.
    return Mistake(
        path.stem, file["cell"], file["replace"].strip("\n"), file["by"].strip("\n"), loses
    )


ASSIGNMENTS = [Assignment(master) for master in find_masters(ROOT / "assignments")]
WARM_UP = next(found for found in ASSIGNMENTS if found.name == "warm-up")
EVERY_MISTAKE = [
    (assignment, mistake) for assignment in ASSIGNMENTS for mistake in assignment.mistakes()
]


def named(value: object) -> str | None:
    """The name of an assignment or a mistake, for the names of tests."""
    return value.name if isinstance(value, Assignment | Mistake) else None
