"""Marks for answers in words, from a table that a lecturer fills in."""

import csv
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grading.master import AssignmentError

NAME = "written.csv"
COLUMNS = ("student", "assignment", "part", "answer", "points", "score", "comment")
Key = tuple[str, str, str]


@dataclass(frozen=True)
class WrittenMark:
    """What a lecturer gave for one answer, and the fingerprint of the text that was read."""

    score: float
    comment: str
    answer: str


def fingerprint(answer: str) -> str:
    """A short name for a text, none that a spreadsheet takes for a number."""
    return "v" + hashlib.sha256(answer.strip().encode()).hexdigest()[:8]


def read_marks(folder: Path, points: Mapping[Key, float]) -> dict[Key, WrittenMark]:
    """Marks in `folder`/written.csv, for (student, assignment, part) with the given points.

    A line without a score is an answer not read yet. Anything else that is wrong in a line is
    an AssignmentError that quotes it.
    """
    path = folder / NAME
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8-sig") as stream:
        table = csv.DictReader(stream)
        if missing := set(COLUMNS) - set(table.fieldnames or ()):
            raise AssignmentError(f"{path} has no column {', '.join(sorted(missing))}")
        lines = [(number, line) for number, line in enumerate(table, start=2) if line["score"]]
    marks = {}
    for number, line in lines:
        key, where = (line["student"], line["assignment"], line["part"]), f"{path}, line {number}"
        if key not in points:
            raise AssignmentError(
                f"{where}: {key[0]!r} was not asked for a written part {key[2]!r} in {key[1]!r}"
            )
        marks[key] = _mark(line, points[key], where)
    return marks


def _mark(line: dict[str, str], points: float, where: str) -> WrittenMark:
    try:
        score = float(line["score"])
    except ValueError:
        score = math.nan
    if not 0 <= score <= points:
        raise AssignmentError(
            f"{where}: a score is a number from 0 to {points:g}, got {line['score']!r}"
        )
    return WrittenMark(score, line["comment"] or "", line["answer"] or "")
