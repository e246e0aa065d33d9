"""From a folder of submissions to marks: every submission gets its line, whatever it does."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from nbformat import NotebookNode

from grading.build import points_of
from grading.by_hand import Key, WrittenMark, read_marks
from grading.course import release
from grading.feedback import plain_page, secured
from grading.marks import Result, as_text, write_tables
from grading.master import AssignmentError, find_masters, is_prose, read_master
from grading.process import Limits, grade_in_process
from grading.reading import write_written
from grading.submissions import Submission, find_submissions


def grade_all(
    submissions: Path, assignments: Path, output: Path, *, limits: Limits, jobs: int
) -> list[Result]:
    """Grade everything below `submissions`; write tables and feedback below `output`."""
    paths = {path.stem: path for path in find_masters(assignments)}
    todo = find_submissions(submissions, list(paths))
    if not todo:
        raise AssignmentError(
            f"nothing to grade in {submissions}: expected <student>/<assignment>.ipynb, "
            f"with an assignment out of {', '.join(paths)}"
        )
    masters = {name: read_master(paths[name]) for name in {entry.assignment for entry in todo}}
    by_hand = read_marks(submissions, _written_parts(todo, masters))
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        courses = {name: Path(folder) / name for name in masters}
        for name, course in courses.items():
            release(paths[name], course)

        def grade_one(entry: Submission) -> Result:
            start = time.monotonic()
            course, hand = courses[entry.assignment], _marks_of(entry, by_hand)
            marks = grade_in_process(entry, course, output.parent / "cache", limits, hand)
            points = points_of(masters[entry.assignment])
            return Result(entry, marks, points, time.monotonic() - start)

        results = list(_as_they_come(grade_one, todo, jobs, output))
    results.sort(key=lambda result: (result.submission.assignment, result.submission.student))
    if table := write_written(results, masters, output):
        print(f"Answers in words: {table}", flush=True)
    table = write_tables(results, output)
    print(f"Feedback: {output / 'feedback'}\nMarks: {table}", flush=True)
    return results


def _as_they_come(
    grade_one: Callable[[Submission], Result], todo: list[Submission], jobs: int, output: Path
) -> Iterator[Result]:
    """Grade side by side; write each page and a line on the screen as soon as it is there."""
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        waiting = [pool.submit(grade_one, entry) for entry in todo]
        for number, done in enumerate(as_completed(waiting), start=1):
            result = done.result()
            write_feedback(result, output)
            print(f"[{number}/{len(todo)}] {result.line()}", flush=True)
            yield result


def _written_parts(todo: list[Submission], masters: dict[str, NotebookNode]) -> dict[Key, float]:
    return {
        (as_text(entry.student), entry.assignment, cell.id): cell.metadata.nbgrader.points
        for entry in todo
        for cell in filter(is_prose, masters[entry.assignment].cells)
    }


def _marks_of(entry: Submission, by_hand: dict[Key, WrittenMark]) -> dict[str, WrittenMark]:
    whose = as_text(entry.student), entry.assignment
    return {key[2]: mark for key, mark in by_hand.items() if key[:2] == whose}


def write_feedback(result: Result, output: Path) -> None:
    """Write a student's feedback page, and the notebook as it ran, below `output`."""
    student, assignment = result.submission.student, result.submission.assignment
    title = f"{assignment}: {student}"
    page = output / "feedback" / student / f"{assignment}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    if "html" in result.marks.files:
        unread = [part.name for part in result.marks.parts if part.unread]
        text = secured(result.marks.files["html"].decode("utf-8"), title, unread)
    else:
        text = plain_page(title, result.points, result.marks.reason)
    page.write_text(text, encoding="utf-8")
    notebook = output / "autograded" / student / f"{assignment}.ipynb"
    notebook.unlink(missing_ok=True)
    if "ipynb" in result.marks.files:
        notebook.parent.mkdir(parents=True, exist_ok=True)
        notebook.write_bytes(result.marks.files["ipynb"])
