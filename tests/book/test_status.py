"""Measured times and memory, and the page that shows them."""

import json
import sys
from pathlib import Path

import pytest
import status
from lowering import pairs

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "book" / "_ext"))

from status_table import duration  # noqa: E402

PAGE = """\
---
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A page that takes its time and memory

```{code-cell} ipython3
import time
block = bytearray(300_000_000)
block[::4096] = b"x" * len(block[::4096])
del block
```

```{code-cell} ipython3
time.sleep(1.5)
```
"""


def test_time_and_peak_memory_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    measured = status.measure(page)
    assert 1.5 <= measured["seconds"] < 10
    # The kernel alone takes 50 to 100 MB; the block was freed, so only a peak can show it.
    assert 330 < measured["megabytes"] < 500


def test_an_unknown_process_is_quoted() -> None:
    with pytest.raises(ValueError, match="-1"):
        status.peak_megabytes(-1)


@pytest.mark.parametrize(
    ("value", "short"), [(21.37, 21), (8.449, 8.4), (0.1234, 0.12), (961.3, 960), (1234, 1200)]
)
def test_two_digits_are_kept(value: float, short: float) -> None:
    assert status.rounded(value) == short


def test_commands_keep_their_place() -> None:
    known = status.load(Path("no such file"))
    status.record_command(known, "make book", 100.4)
    status.record_command(known, "make test", 312)
    status.record_command(known, "make book", 90)
    assert known["commands"] == [
        {"command": "make book", "seconds": 90},
        {"command": "make test", "seconds": 312},
    ]


@pytest.mark.parametrize("seconds", [0, -3.0, float("nan")])
def test_a_time_that_is_none_is_quoted(seconds: float) -> None:
    with pytest.raises(ValueError, match=f"got {seconds}"):
        status.record_command({"commands": []}, "make book", seconds)


def test_recording_a_command_keeps_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "status.json"
    monkeypatch.setattr(status, "STATUS", path)
    pages = [{"page": "book/a", "seconds": 3, "megabytes": 400}]
    status.save(path, {"commands": [], "pages": pages})
    assert status.main(["--command", "make book", "--seconds", "61.2"]) == 0
    stored = json.loads(path.read_text())
    assert stored["pages"] == pages
    assert stored["commands"] == [{"command": "make book", "seconds": 61}]
    with pytest.raises(SystemExit):
        status.main(["--command", "make book"])


@pytest.mark.parametrize(
    ("seconds", "words"), [(8.4, "8.4 s"), (21, "21 s"), (60, "1 min"), (312, "5 min 12 s")]
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_every_page_with_code_was_measured_and_keeps_its_budget() -> None:
    stored = json.loads(status.STATUS.read_text())
    assert [each["page"] for each in stored["pages"]] == pairs.pages_with_code(ROOT)
    for page in stored["pages"]:
        assert page["seconds"] <= 60, page
        assert page["megabytes"] <= 1000, page


def test_the_status_page_shows_what_is_stored(site_dir: Path) -> None:
    html = (site_dir / "book" / "status.html").read_text("utf-8")
    stored = json.loads(status.STATUS.read_text())
    for page in stored["pages"]:
        assert f"{Path(page['page']).name}.html" in html
        assert f"{page['megabytes']:g} MB" in html
        assert duration(page["seconds"]) in html
    for command in stored["commands"]:
        assert duration(command["seconds"]) in html
