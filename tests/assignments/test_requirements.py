"""The grading environment adds packages to the book's and changes none of them."""

import re
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([\w.-]+)==(\S+)", flags=re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    """Pinned versions by package; more than one where they depend on the Python version."""
    found: dict[str, set[str]] = {}
    for package, pinned in PIN.findall((ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(package, set()).add(pinned)
    return found


def test_grading_changes_no_pin_of_the_book() -> None:
    book, grading = pins("requirements.txt"), pins("requirements-grading.txt")
    shared = book.keys() & grading.keys()
    assert len(shared) > 20, "the two files should have much in common"
    assert {name: grading[name] for name in shared} == {name: book[name] for name in shared}


def test_grading_is_compiled_under_the_pins_of_the_book() -> None:
    lines = (ROOT / "requirements-grading.in").read_text(encoding="utf-8").split("\n")
    assert "-c requirements.txt" in lines


def test_nbgrader_is_the_pinned_one() -> None:
    assert {version("nbgrader")} == pins("requirements-grading.txt")["nbgrader"]
