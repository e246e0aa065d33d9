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

    def grades(self) -> dict[str, dict[str, str]]:
        """Lines of grades.csv by student."""
        return {line["student"]: line for line in read_table(self.output / "grades.csv")}

    def parts(self, student: str) -> dict[str, dict[str, str]]:
        """Lines of parts.csv of one student, by part."""
        table = read_table(self.output / "parts.csv")
        return {line["part"]: line for line in table if line["student"] == student}

    def feedback(self, student: str) -> str:
        """A student's feedback page."""
        return (self.output / "feedback" / student / "warm-up.html").read_text(encoding="utf-8")


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
