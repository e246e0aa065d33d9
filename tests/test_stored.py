"""The reader of stored results finds the file of its own repository, and says what is missing."""

import io
import json
import urllib.error
from importlib import metadata
from pathlib import Path

import pytest

from ntklib import pages, stored

CONTENT = {"run": "small", "parts": {"one": [1, 2.5]}}


def put(root: Path) -> Path:
    """A repository with one stored result."""
    folder = root / "book" / "results"
    folder.mkdir(parents=True)
    (folder / "small.json").write_text(json.dumps(CONTENT))
    return root


def installed_from(monkeypatch: pytest.MonkeyPatch, record: dict | None) -> None:
    """Let the library lie in no repository, with this record of where it came from."""

    class Distribution:
        def read_text(self, name: str) -> str | None:
            assert name == "direct_url.json"
            return json.dumps(record) if record is not None else None

    monkeypatch.setattr(stored, "HOME", Path("nowhere"))
    monkeypatch.setattr(metadata, "distribution", lambda _: Distribution())
    stored._fetched.cache_clear()


def test_the_file_beside_the_library_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "HOME", put(tmp_path))
    assert pages.stored("small") == CONTENT


def test_a_missing_result_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(stored, "HOME", tmp_path)
    installed_from(monkeypatch, None)
    with pytest.raises(FileNotFoundError, match=r"'small'.*`make results`"):
        stored.stored("small")


@pytest.mark.parametrize("name", ["", "../claims", "Small", "a.json", "small "])
def test_a_name_that_is_none_is_quoted(name):
    with pytest.raises(ValueError, match="small letters") as raised:
        stored.stored(name)
    assert repr(name) in str(raised.value)


def test_a_library_copied_from_its_repository_finds_it(tmp_path, monkeypatch):
    root = put(tmp_path / "a folder")
    installed_from(monkeypatch, {"url": root.as_uri(), "dir_info": {"editable": True}})
    assert stored.stored("small") == CONTENT


def test_a_library_from_github_fetches_the_commit_it_was_made_from(monkeypatch):
    asked = []

    def urlopen(address: str, timeout: float) -> io.BytesIO:
        asked.append((address, timeout > 0))
        return io.BytesIO(json.dumps(CONTENT).encode())

    monkeypatch.setattr(stored.urllib.request, "urlopen", urlopen)
    source = {"url": "https://github.com/ann/book.git", "vcs_info": {"commit_id": "abc"}}
    installed_from(monkeypatch, source)
    assert stored.stored("small") == stored.stored("small") == CONTENT
    raw = "https://raw.githubusercontent.com/ann/book/abc/book/results/small.json"
    assert asked == [(raw, True)]


def test_without_a_network_the_command_is_named(monkeypatch):
    def urlopen(address: str, timeout: float) -> io.BytesIO:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(stored.urllib.request, "urlopen", urlopen)
    source = {"url": "https://github.com/ann/book", "vcs_info": {"commit_id": "abc"}}
    installed_from(monkeypatch, source)
    with pytest.raises(FileNotFoundError, match="make results"):
        stored.stored("small")


@pytest.mark.parametrize(
    "record", [{}, {"url": "https://example.org/ntklib.whl"}, {"url": "https://github.com/a/b"}]
)
def test_no_other_place_is_asked(record, monkeypatch):
    installed_from(monkeypatch, record)
    assert stored._origin() == ""
