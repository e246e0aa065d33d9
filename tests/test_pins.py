"""The compiled requirements belong to their sources, to each other and to pyproject.toml."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from project_files import ROOT

NAMES = ("requirements", "requirements-test", "requirements-grading")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)


def pins(text: str) -> dict[str, set[str]]:
    """Package name to its pinned versions: several where they differ by platform or Python."""
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(text):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


def compiled_pins(*names: str) -> dict[str, set[str]]:
    return pins("".join((ROOT / f"{name}.txt").read_text() for name in names))


def unmet(source: str, compiled: str) -> list[str]:
    """The requirements of an .in file that the compiled text leaves out or pins otherwise."""
    have = pins(compiled)
    lines = [line.strip() for line in source.splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return [str(r) for r in wanted if not fits(r, have.get(canonicalize_name(r.name), set()))]


def fits(requirement: Requirement, versions: set[str]) -> bool:
    return bool(versions) and all(map(requirement.specifier.contains, versions))


@pytest.mark.parametrize("name", NAMES)
def test_compiled_file_meets_its_source(name):
    assert unmet((ROOT / f"{name}.in").read_text(), (ROOT / f"{name}.txt").read_text()) == []


def test_missing_and_changed_pins_are_found():
    source, compiled = "# why\n-c x.txt\na==1\nb\n\nc_d\n", "a==2\nc-d==1 ; x\n"
    assert unmet(source, compiled) == ["a==1", "b"]


@pytest.mark.parametrize("name", NAMES[1:])
def test_added_requirements_change_no_pin(name):
    base, added = compiled_pins("requirements"), compiled_pins(name)
    common = base.keys() & added.keys()
    assert common
    assert {key: added[key] for key in common} == {key: base[key] for key in common}


def test_pins_lie_in_the_ranges_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    have = compiled_pins(*NAMES[:2])
    ranges = map(Requirement, [*project["dependencies"], *extras["book"], *extras["test"]])
    assert [str(r) for r in ranges if not fits(r, have.get(canonicalize_name(r.name), set()))] == []
