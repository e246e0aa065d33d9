"""The house: its files are where people and services look, agree, and fit any machine."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from project_files import ROOT, load_tool, own_texts

import ntklib

PLACES = {
    ".": "_config.yml _toc.yml Makefile README.md LICENSE LICENSE-TEXT CITATION.cff CHANGELOG.md "
    "CONTRIBUTING.md pyproject.toml requirements.txt runtime.txt postBuild .ci/run",
    ".github": "workflows/tests.yml workflows/publish.yml "
    "ISSUE_TEMPLATE/erratum.yml ISSUE_TEMPLATE/bug.yml ISSUE_TEMPLATE/course.yml",
    "book": "index.md using-this-book.md notation.md claims.md bibliography.md api.md "
    "instructors.md errata.md references.bib",
}
MACHINE = {
    "a path of one machine": re.compile(
        r"(?<![\w.~-])/(?:home|Users|root|tmp|work|mnt|opt|private)/\w|\b[A-Z]:\\+Users"
    ),
    "a package host": re.compile(
        r"https?://(?:[\w.-]*\.)?(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|debian\.org)"
    ),
    "a package source": re.compile(r"^--(?:(?:extra-)?index-url|find-links)", re.MULTILINE),
}


@pytest.mark.parametrize(
    "name", [f"{folder}/{name}" for folder, names in PLACES.items() for name in names.split()]
)
def test_file_is_there(name):
    assert (ROOT / name).read_text().strip()


@pytest.mark.parametrize("folder", ["binder", ".binder", "_static"])
def test_folder_stays_out(folder):
    """A binder folder switches the root files off; a root _static shadows book/_static."""
    assert not (ROOT / folder).exists()


@pytest.mark.parametrize("name", [".ci/run", "postBuild", "tools/environment.sh"])
def test_file_is_executable(name):
    assert os.access(ROOT / name, os.X_OK)
    assert (ROOT / name).read_text().startswith("#!")


def test_no_two_test_files_share_a_name():
    """Pytest imports them by their bare name, and the second one is an error of the whole run."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_binder_runs_the_lowest_supported_python():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lowest = project["requires-python"].removeprefix(">=")
    assert (ROOT / "runtime.txt").read_text().strip() == f"python-{lowest}"


def test_version_is_one():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    newest = re.search(r"^## (\S+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert {ntklib.__version__, citation["version"], newest[1]} == {project["version"]}
    assert newest[2] == f"{citation['date-released']:%-d %B %Y}"


def traces(text: str) -> list[str]:
    """What in `text` belongs to one machine."""
    return [
        f"{what}: {found[0]}" for what, sign in MACHINE.items() for found in sign.finditer(text)
    ]


def test_no_file_shows_one_machine():
    texts = own_texts()
    del texts[Path(__file__).relative_to(ROOT).as_posix()]
    found = {name: traces(text) for name, text in texts.items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /home/ann/book",
        "'/tmp/x.json'",
        "C:\\Users\\ann",
        "https://pypi.org/simple",
        "numpy\n--index-url x",
    ],
)
def test_trace_of_one_machine_is_found(text):
    assert traces(text)


@pytest.mark.parametrize("name", [path.name for path in sorted(ROOT.glob("*.md"))])
def test_relative_links_lead_somewhere(name):
    targets = re.findall(r"\]\(([^)\s#]+)[^)]*\)", (ROOT / name).read_text())
    relative = [target for target in targets if "://" not in target]
    assert [target for target in relative if not (ROOT / target).exists()] == []


def test_picture_of_the_readme_is_fresh(tmp_path):
    figure = load_tool("readme_figure")
    figure.draw(tmp_path / "drawn.svg")
    assert (tmp_path / "drawn.svg").read_bytes() == figure.PICTURE.read_bytes()


def test_example_of_the_readme_prints_what_it_says(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (promised,) = re.findall(r"print\(.*#\s*(.*)", code)
    exec(code, {})
    assert capsys.readouterr().out.strip() == promised
