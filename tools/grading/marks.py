"""Marks as a lecturer reads them: a line on the screen and two tables."""

import csv
from dataclasses import dataclass
from pathlib import Path

from grading.submissions import Submission
from grading.worker import Marks

GRADES = ("student", "assignment", "score", "points", "percent", "status", "notes")
PARTS = ("student", "assignment", "part", "score", "points", "message")


@dataclass(frozen=True)
class Result:
    """Marks of one submission, what it could have reached, and how long it took."""

    submission: Submission
    marks: Marks
    points: float
    seconds: float

    @property
    def score(self) -> float:
        """Points reached; 0 for what could not be graded."""
        return sum(part.score for part in self.marks.parts)

    @property
    def notes(self) -> str:
        """Why there are no marks, what was mended on the way, and what is still to read."""
        unread = ", ".join(part.name for part in self.marks.parts if part.unread)
        notes = [*self.marks.notes, *([f"to be read: {unread}"] if unread else [])]
        return self.marks.reason or "; ".join(notes)

    @property
    def status(self) -> str:
        """Whether the score is the whole score."""
        if self.marks.reason:
            return "not graded"
        return "partly graded" if any(part.unread for part in self.marks.parts) else "graded"

    def line(self) -> str:
        """One line for the screen."""
        who = f"{self.submission.student}  {self.submission.assignment}"
        note = f"  {self.notes}" if self.notes else ""
        return f"{who}  {self.score:g}/{self.points:g}  ({self.seconds:.1f} s){note}"

    def row(self) -> list[str]:
        """One line of grades.csv."""
        return [
            as_text(self.submission.student),
            self.submission.assignment,
            f"{self.score:g}",
            f"{self.points:g}",
            f"{100 * self.score / self.points:.1f}",
            self.status,
            self.notes,
        ]


def as_text(value: str) -> str:
    """The value such that no spreadsheet takes it for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def write_tables(results: list[Result], output: Path) -> Path:
    """Write grades.csv, a line a submission, and parts.csv, a line a part; return the first."""
    output.mkdir(parents=True, exist_ok=True)
    write_table(output / "grades.csv", GRADES, [result.row() for result in results])
    parts = [
        [
            as_text(result.submission.student),
            result.submission.assignment,
            part.name.removeprefix("test-"),
            f"{part.score:g}",
            f"{part.points:g}",
            as_text(part.message or part.comment),
        ]
        for result in results
        for part in result.marks.parts
    ]
    write_table(output / "parts.csv", PARTS, parts)
    return output / "grades.csv"


def write_table(path: Path, header: tuple[str, ...], rows: list[list[str]]) -> None:
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
