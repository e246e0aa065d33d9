"""Build the book with every warning an error, and print the page to open.

    python tools/build_book.py [--output DIR]

The HTML goes to ``DIR/_build/html``; ``DIR`` is the repository unless told otherwise.
"""

import argparse
import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
INPUTS = ("_config.yml", "_toc.yml", "requirements.txt", "book", "ntklib", "CHANGELOG.md")
JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


def html_folder(output: Path) -> Path:
    return output / "_build" / "html"


def is_fresh(output: Path) -> bool:
    """Whether the build in ``output`` was made from the files as they are now."""
    stamp = _stamp(output)
    return stamp.exists() and stamp.read_text() == inputs_hash()


def build(output: Path) -> int:
    """Run Jupyter Book; the exit status is 0 only for a build without a warning."""
    stamp = _stamp(output)
    # Sphinx warns about a page when it reads it, and remembers pages, not warnings: after a build
    # that failed, read everything again, or the next one would pass in silence.
    again = [] if stamp.exists() else ["--all"]
    stamp.unlink(missing_ok=True)
    before = inputs_hash()
    options = ["--path-output", str(output), "-W", "-n", "--keep-going", *again]
    command = [sys.executable, "-c", JUPYTER_BOOK, "build", str(ROOT), *options]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status == 0:
        stamp.write_text(before)
    return status


def inputs_hash() -> str:
    """A hash over everything that the pages are made from."""
    digest = hashlib.sha256()
    for path in sorted(_input_files()):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _input_files() -> list[Path]:
    roots = [ROOT / name for name in INPUTS if (ROOT / name).exists()]
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*"))]
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts]


def _stamp(output: Path) -> Path:
    return output / "_build" / "inputs.sha256"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT, help="folder that holds _build")
    output = parser.parse_args(arguments).output.resolve()
    start = time.perf_counter()
    status = build(output)
    minutes, seconds = divmod(round(time.perf_counter() - start), 60)
    if status != 0:
        print(
            f"\nThe book did not build ({minutes} min {seconds} s). Each WARNING or ERROR above "
            "names a file and line; every one of them must go.",
            file=sys.stderr,
        )
        return status
    page = html_folder(output) / "book" / "index.html"
    print(f"\nBuilt in {minutes} min {seconds} s. Open this page:\n\n    {page.as_uri()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
