"""Measure every executed page, and keep the times of the two commands.

    python tools/status.py                                    run the pages, one by one
    python tools/status.py --command "make test" --seconds 312    record a command's time

Both write ``book/results/status.json``, from which the book's status page takes its tables. A
page's time runs from its first cell to its last, in a fresh kernel; its memory is the most that
the kernel process held (Linux only). Neither holds a date: the numbers change with the machine,
which is named by its cores.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
sys.path[:0] = [str(TOOLS)]

from lowering import pairs  # noqa: E402

STATUS = ROOT / "book" / "results" / "status.json"
CELL_TIMEOUT = 300


def measure(page: Path) -> dict[str, float]:
    """Run a page's cells in its own folder; return ``seconds`` and ``megabytes``."""
    client = NotebookClient(jupytext.read(page), timeout=CELL_TIMEOUT)
    client.resources = {"metadata": {"path": str(page.parent)}}
    with client.setup_kernel():
        start = time.perf_counter()
        for index, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, index)
        seconds = time.perf_counter() - start
        megabytes = peak_megabytes(client.km.provisioner.process.pid)
    return {"seconds": rounded(seconds), "megabytes": rounded(megabytes)}


def peak_megabytes(process: int) -> float:
    """The largest resident memory that a running process has had, in units of 10⁶ bytes.

    Raises:
        ValueError: if the system does not say.
    """
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        raise ValueError(f"peak memory needs Linux: there is no {status}")
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields["VmHWM"].split()[0]) * 1024 / 1e6


def rounded(value: float) -> float:
    """Two significant digits: as much as two runs agree on."""
    short = float(f"{value:.2g}")
    return int(short) if short.is_integer() else short


def load(path: Path) -> dict[str, Any]:
    """What was measured before, or nothing."""
    return json.loads(path.read_text("utf-8")) if path.exists() else {"commands": [], "pages": []}


def save(path: Path, status: dict[str, Any]) -> None:
    """Write the results with the machine they belong to."""
    ordered = {"cores": os.cpu_count(), **{key: status[key] for key in ("commands", "pages")}}
    path.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", "utf-8")


def record_command(status: dict[str, Any], command: str, seconds: float) -> None:
    """Set the time of one command, in its place if it has one.

    Raises:
        ValueError: if the time is not positive; the message quotes it.
    """
    if not seconds > 0:
        raise ValueError(f"a command takes a positive time, got {seconds!r} s")
    entry = {"command": command, "seconds": round(seconds)}
    known = [each["command"] for each in status["commands"]]
    if command in known:
        status["commands"][known.index(command)] = entry
    else:
        status["commands"].append(entry)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", help="a command whose time is given")
    parser.add_argument("--seconds", type=float, help="its time")
    options = parser.parse_args(arguments)
    if (options.command is None) != (options.seconds is None):
        parser.error("--command and --seconds go together")
    status = load(STATUS)
    if options.command is not None:
        record_command(status, options.command, options.seconds)
    else:
        names = pairs.pages_with_code(ROOT)
        status["pages"] = [{"page": name, **measure(ROOT / f"{name}.md")} for name in names]
    save(STATUS, status)
    return 0


if __name__ == "__main__":
    sys.exit(main())
