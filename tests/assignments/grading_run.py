"""One run of the grading command: what it read, printed and wrote."""

import csv
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Graded:
    """What one run of the grading command read, printed and wrote."""

    submissions: Path
    output: Path
    screen: str
    offline: bool
    before: dict[str, str]

    def lines(self) -> list[dict[str, str]]:
        """Lines of grades.csv."""
        return read_table(self.output / "grades.csv")

    def grade(self, student: str, assignment: str = "warm-up") -> dict[str, str]:
        """The line of grades.csv on one submission."""
        wanted = (student, assignment)
        return next(line for line in self.lines() if _whose(line) == wanted)

    def parts(self, student: str, assignment: str = "warm-up") -> dict[str, dict[str, str]]:
        """Lines of parts.csv of one submission, by part."""
        table = read_table(self.output / "parts.csv")
        return {line["part"]: line for line in table if _whose(line) == (student, assignment)}

    def lost(self, student: str, assignment: str = "warm-up") -> set[str]:
        """Parts of one submission that did not get all their points."""
        parts = self.parts(student, assignment)
        return {part for part, line in parts.items() if line["score"] != line["points"]}

    def feedback(self, student: str, assignment: str = "warm-up") -> str:
        """A student's feedback page."""
        page = self.output / "feedback" / student / f"{assignment}.html"
        return page.read_text(encoding="utf-8")


def _whose(line: dict[str, str]) -> tuple[str, str]:
    return line["student"], line["assignment"]


def read_table(path: Path) -> list[dict[str, str]]:
    """Lines of a CSV file."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def fingerprint(folder: Path) -> dict[str, str]:
    """Every path below `folder` with a digest of its content and its time of change."""
    return {
        str(path.relative_to(folder)): f"{path.lstat().st_mtime_ns} {_digest(path)}"
        for path in sorted(folder.rglob("*"))
    }


def _digest(path: Path) -> str:
    readable = path.is_file() and not path.is_symlink()
    return hashlib.sha256(path.read_bytes()).hexdigest() if readable else ""


def without_network() -> list[str]:
    """A command prefix that takes the network away, where this machine has one."""
    prefix = ["unshare", "--user", "--map-root-user", "--net"]
    if shutil.which("unshare") is None:
        return []
    trial = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if trial.returncode == 0 else []
