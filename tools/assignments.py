"""Graded assignments on the command line: `build` student versions, `grade` what comes back."""

import argparse
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status."""
    options = parse(arguments)
    if options.command == "build":
        from grading.build import build_all

        return 0 if build_all(options.assignments.resolve(), options.output.resolve()) else 1
    from grading.grade import grade_all
    from grading.master import AssignmentError
    from grading.process import Limits

    limits = Limits(options.cell_timeout, options.submission_timeout)
    try:
        grade_all(
            options.submissions.resolve(),
            options.assignments.resolve(),
            options.output.resolve(),
            limits=limits,
            jobs=options.jobs,
        )
    except AssignmentError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="assignments.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="check the masters and write student versions")
    build.add_argument("--output", type=Path, default=ROOT / "_build/assignments/student")
    grade = commands.add_parser("grade", help="grade a folder of submissions")
    grade.add_argument(
        "submissions",
        type=Path,
        help="<student>/<assignment>.ipynb or <student>/<assignment>/<assignment>.ipynb in here",
    )
    grade.add_argument("--output", type=Path, default=ROOT / "_build/grades")
    grade.add_argument(
        "--jobs", type=int, default=min(8, os.cpu_count() or 1), help="submissions at once"
    )
    grade.add_argument("--cell-timeout", type=int, default=30, help="seconds for one cell")
    grade.add_argument("--submission-timeout", type=int, default=300, help="seconds in all")
    for command in (build, grade):
        command.add_argument("--assignments", type=Path, default=ROOT / "assignments")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
