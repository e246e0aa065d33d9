"""Compute the long results that the book stores: those that are missing or stale.

    python tools/results.py                  every run whose code has changed since
    python tools/results.py digits_sgd       these runs only
    python tools/results.py --again          fresh ones as well
    python tools/results.py --check          only name the stale ones; exit status 1 if any

A run is a module of tools/long_runs; its parts are computed one by one. A part that is finished
is kept in _build/long_runs, so that an interrupted run goes on where it was. The whole result is
written to book/results, where `ntklib.stored` finds it.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm.auto import tqdm

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
sys.path[:0] = [str(TOOLS)]

from source_hash import source_hash  # noqa: E402

RUNS = "long_runs"
MOST_BYTES = 100_000
DIGITS = 6
VERSIONS = ("jax", "numpy", "optax", "scikit-learn")


@dataclass(frozen=True)
class Run:
    """A long run.

    Attributes:
        name: Of its module, and of its result.
        settings: What a reader wants to know: seeds, sizes, steps.
        depends: Files whose code decides about the numbers, relative to the root.
        parts: By name, functions that return numbers in dictionaries and lists.
    """

    name: str
    settings: Mapping[str, Any]
    depends: tuple[str, ...]
    parts: Mapping[str, Callable[[], Any]]


def known_runs() -> list[Run]:
    """Every module of the folder of runs that has parts."""
    folder = importlib.import_module(RUNS).__path__
    names = [each.name for each in pkgutil.iter_modules(folder)]
    modules = {name: importlib.import_module(f"{RUNS}.{name}") for name in names}
    return [
        Run(name, module.SETTINGS, (f"tools/{RUNS}/{name}.py", *module.DEPENDS), module.PARTS)
        for name, module in modules.items()
        if hasattr(module, "PARTS")
    ]


def result_file(root: Path, run: Run) -> Path:
    return root / "book" / "results" / f"{run.name}.json"


def kept_file(root: Path, run: Run) -> Path:
    return root / "_build" / RUNS / f"{run.name}.json"


def is_stale(root: Path, run: Run) -> bool:
    """Whether the result is missing, or was made by other code."""
    return _load(result_file(root, run)).get("source") != source_hash(root, run.depends)


def compute(root: Path, run: Run) -> Path:
    """Compute the parts that are not kept yet, write the result and return its path.

    Raises:
        ValueError: if a number is not finite, or the result is too large for the repository.
    """
    kept = kept_file(root, run)
    result = _begun(root, run)
    with tqdm(run.parts, desc=run.name, initial=len(result["parts"])) as bar:
        for name, part in run.parts.items():
            if name in result["parts"]:
                continue
            bar.set_postfix_str(name)
            start = time.perf_counter()
            result["parts"][name] = rounded(part())
            result["seconds"] = round(result["seconds"] + time.perf_counter() - start, 1)
            _save(kept, result)
            bar.update()
    path = result_file(root, run)
    _save(path, result)
    kept.unlink(missing_ok=True)
    return path


def _begun(root: Path, run: Run) -> dict[str, Any]:
    """The parts kept of a run that was interrupted, if its code is still the same."""
    source = source_hash(root, run.depends)
    kept = _load(kept_file(root, run))
    if kept.get("source") == source:
        return kept
    return {
        "run": run.name,
        "command": f"python tools/results.py {run.name}",
        "source": source,
        "versions": {name: importlib.metadata.version(name) for name in VERSIONS},
        "cores": os.cpu_count(),
        "seconds": 0.0,
        "settings": run.settings,
        "parts": {},
    }


def rounded(value: Any) -> Any:
    """Numbers to six digits, arrays as lists."""
    if isinstance(value, Mapping):
        return {name: rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple) or getattr(value, "ndim", 0):
        return [rounded(each) for each in value]
    if isinstance(value, str | bool | int | None):
        return value
    short = float(f"{float(value):.{DIGITS}g}")
    return int(short) if short.is_integer() and abs(short) < 10**DIGITS else short


def _load(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def _save(path: Path, result: Mapping[str, Any]) -> None:
    """Write a result in one go, so that no half of a file is ever found."""
    text = json.dumps(result, indent=None, ensure_ascii=False, allow_nan=False)
    text = text.replace(', "', ',\n "') + "\n"
    if len(text) > MOST_BYTES:
        raise ValueError(f"{path.name} has {len(text)} bytes, at most {MOST_BYTES} are allowed")
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_suffix(".new")
    waiting.write_text(text, "utf-8")
    waiting.replace(path)


def chosen(runs: list[Run], names: list[str]) -> list[Run]:
    """The runs of these names, or all.

    Raises:
        ValueError: if a name is unknown; the message quotes it.
    """
    unknown = set(names) - {run.name for run in runs}
    if unknown:
        raise ValueError(f"there is no run {sorted(unknown)}, only {[run.name for run in runs]}")
    return [run for run in runs if not names or run.name in names]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="runs; all if none is given")
    parser.add_argument("--again", action="store_true", help="compute fresh results as well")
    parser.add_argument("--check", action="store_true", help="only name the stale ones")
    options = parser.parse_args(arguments)
    runs = chosen(known_runs(), options.names)
    stale = [run for run in runs if options.again or is_stale(root, run)]
    if options.check:
        print("\n".join(f"{run.name} is stale: run `make results`" for run in stale))
        return int(bool(stale))
    for run in stale:
        print(f"wrote {compute(root, run).relative_to(root)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
