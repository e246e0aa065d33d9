"""From a folder of submissions to marks: every submission gets its line, whatever it does."""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from grading.build import points_of
from grading.course import release
from grading.feedback import plain_page, secured
from grading.marks import Result, write_tables
from grading.master import AssignmentError, find_masters, read_master
from grading.process import Limits, grade_in_process
from grading.submissions import Submission, find_submissions


def grade_all(
    submissions: Path, assignments: Path, output: Path, *, limits: Limits, jobs: int
) -> list[Result]:
    """Grade everything below `submissions`; write tables and feedback below `output`."""
    masters = {path.stem: path for path in find_masters(assignments)}
    todo = find_submissions(submissions, list(masters))
    if not todo:
        raise AssignmentError(
            f"nothing to grade in {submissions}: expected <student>/<assignment>.ipynb, "
            f"with an assignment out of {', '.join(masters)}"
        )
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        courses = {name: Path(folder) / name for name in {entry.assignment for entry in todo}}
        points = {}
        for name, course in courses.items():
            release(masters[name], course)
            points[name] = points_of(read_master(masters[name]))

        def grade_one(entry: Submission) -> Result:
            start = time.monotonic()
            course = courses[entry.assignment]
            marks = grade_in_process(entry, course, output.parent / "cache", limits)
            return Result(entry, marks, points[entry.assignment], time.monotonic() - start)

        results = []
        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            waiting = [pool.submit(grade_one, entry) for entry in todo]
            for number, done in enumerate(as_completed(waiting), start=1):
                results.append(done.result())
                write_feedback(results[-1], output)
                print(f"[{number}/{len(todo)}] {results[-1].line()}", flush=True)
    results.sort(key=lambda result: (result.submission.assignment, result.submission.student))
    table = write_tables(results, output)
    print(f"Feedback: {output / 'feedback'}\nMarks: {table}", flush=True)
    return results


def write_feedback(result: Result, output: Path) -> None:
    """Write a student's feedback page, and the notebook as it ran, below `output`."""
    student, assignment = result.submission.student, result.submission.assignment
    title = f"{assignment}: {student}"
    page = output / "feedback" / student / f"{assignment}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    if "html" in result.marks.files:
        text = secured(result.marks.files["html"].decode("utf-8"), title)
    else:
        text = plain_page(title, result.points, result.marks.reason)
    page.write_text(text, encoding="utf-8")
    notebook = output / "autograded" / student / f"{assignment}.ipynb"
    notebook.unlink(missing_ok=True)
    if "ipynb" in result.marks.files:
        notebook.parent.mkdir(parents=True, exist_ok=True)
        notebook.write_bytes(result.marks.files["ipynb"])
