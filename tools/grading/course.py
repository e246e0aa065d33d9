"""nbgrader's own steps, each run on a throw-away course folder that we lay out."""

import logging
import os
import sys
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets.config import Config

from grading.master import STUB, TEXT_STUB, read_master


class StepFailedError(Exception):
    """A step of nbgrader failed; the message is what it logged."""


def config_for(root: Path) -> Config:
    """Settings that every step shares: one folder, one gradebook, nobody's personal settings."""
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root / 'gradebook.db'}"
    config.CourseDirectory.course_id = "book"
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    return config


def run_step(step: type[BaseConverter], config: Config, assignment: str) -> str:
    """Run one converter of nbgrader on `assignment`; return its log."""
    coursedir = CourseDirectory(config=config)
    coursedir.assignment_id = assignment
    converter = step(coursedir=coursedir, config=config)
    converter.log.setLevel(logging.INFO)
    converter.log.propagate = False
    outcome = capture_log(converter)
    log = str(outcome.get("log", ""))
    if not outcome["success"]:
        raise StepFailedError(log + outcome["error"])
    return log


def release(master: Path, root: Path) -> tuple[Path, Path]:
    """Write the solution and the student version of `master` below `root`; return both paths."""
    _put_our_programs_first()
    name = master.stem
    source = root / "source" / name / f"{name}.ipynb"
    source.parent.mkdir(parents=True)
    nbformat.write(read_master(master), source)
    run_step(GenerateAssignment, config_for(root), name)
    return source, root / "release" / name / f"{name}.ipynb"


def _put_our_programs_first() -> None:
    # nbgrader calls the program `alembic` by its bare name when it creates a gradebook.
    ours = str(Path(sys.executable).parent)
    if ours not in os.environ["PATH"].split(os.pathsep):
        os.environ["PATH"] = ours + os.pathsep + os.environ["PATH"]
