"""From masters to student notebooks, refusing what is not fit to hand out."""

import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading import checks
from grading.course import release
from grading.master import AssignmentError, find_masters, is_graded, read_master
from grading.running import execute

CELL_TIMEOUT = 60


def student_version(master: Path) -> NotebookNode:
    """The notebook that students get, checked against its master but not run."""
    source = read_master(master)
    checks.check_master(source)
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        _, student_path = release(master, Path(folder))
        student = nbformat.read(student_path, as_version=4)
    checks.check_student_version(source, student)
    return student


def build_assignment(master: Path, output: Path) -> Path:
    """Build and check one assignment; write its student version below `output`."""
    student = student_version(master)
    executed = read_master(master)
    execute(executed, output.parent / "cache", CELL_TIMEOUT)
    checks.check_solution_ran(executed)
    stub = nbformat.from_dict(student)
    execute(stub, output.parent / "cache", CELL_TIMEOUT)
    checks.check_stub_ran(stub)
    target = output / master.stem / f"{master.stem}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_notebook(student, target)
    return target


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write `notebook` with one final newline."""
    path.write_text(nbformat.writes(notebook).rstrip("\n") + "\n", encoding="utf-8")


def points_of(notebook: NotebookNode) -> float:
    """Points that an assignment is worth."""
    return float(sum(cell.metadata.nbgrader.points for cell in notebook.cells if is_graded(cell)))


def build_all(assignments: Path, output: Path) -> bool:
    """Build every master below `assignments`; also renew the committed student versions."""
    masters = find_masters(assignments)
    if not masters:
        raise AssignmentError(f"no master <name>/<name>.md below {assignments}")
    good = True
    for number, master in enumerate(masters, start=1):
        print(f"[{number}/{len(masters)}] {master.stem}: solution and stub run ...", flush=True)
        try:
            target = build_assignment(master, output)
        except AssignmentError as problem:
            print(f"      refused: {problem}", flush=True)
            good = False
            continue
        shutil.copyfile(target, master.with_suffix(".ipynb"))
        points = points_of(read_master(master))
        print(f"      {points:g} points; student version: {target}", flush=True)
    return good
