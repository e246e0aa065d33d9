"""Re-create ``book/_static/vendor``: scripts and fonts that the site serves itself.

    python tools/vendor.py          fetch with npm, copy, write manifest.json
    python tools/vendor.py check    compare the files with the manifest; needs no network

The site asks no other host for anything, so the two libraries it needs lie in the repository.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

VENDOR = Path(__file__).resolve().parents[1] / "book" / "_static" / "vendor"
MANIFEST = "manifest.json"


class Package(NamedTuple):
    """What is taken from one npm package."""

    folder: str  # below VENDOR
    spec: str  # npm name and version
    root: str  # folder of the package that paths are relative to
    patterns: tuple[str, ...]  # files and folders to keep, as globs below root


PACKAGES = (
    Package(
        "mathjax",
        "mathjax@3.2.2",
        "es5",
        ("tex-mml-chtml.js", "input/tex/extensions/*.js", "output/chtml/fonts/woff-v2/*"),
    ),
    Package(
        "html-manager",
        "@jupyter-widgets/html-manager@1.0.15",
        "dist",
        ("embed.js", "embed.js.LICENSE.txt", "*.woff2"),
    ),
)


def fetch(package: Package, target: Path) -> None:
    """Unpack the wanted files of a package, and its licence, into ``target``."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npm", "pack", package.spec, "--pack-destination", scratch]
        subprocess.run(command, check=True, capture_output=True)
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            archive.extractall(scratch, filter="data")
        unpacked = Path(scratch) / "package"
        for pattern in package.patterns:
            for file in (unpacked / package.root).glob(pattern):
                destination = target / file.relative_to(unpacked / package.root)
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, destination)
        (target / "LICENSE").write_text(_licence(unpacked), encoding="utf-8")


def _licence(unpacked: Path) -> str:
    """The package's own licence; html-manager ships none, but ipywidgets, its home, does."""
    own = unpacked / "LICENSE"
    if own.exists():
        return own.read_text("utf-8")
    text = distribution("ipywidgets").read_text("licenses/LICENSE")
    if text is None:
        raise FileNotFoundError("ipywidgets is installed without its licence")
    return text


def hashes(folder: Path = VENDOR) -> dict[str, str]:
    """SHA-256 of every vendored file, by its path below ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def differences(folder: Path = VENDOR) -> list[str]:
    """Files that are missing, changed or unlisted, compared with the manifest."""
    recorded = json.loads((folder / MANIFEST).read_text("utf-8"))["sha256"]
    found = hashes(folder)
    return sorted(
        name for name in recorded.keys() | found.keys() if recorded.get(name) != found.get(name)
    )


def vendor() -> None:
    shutil.rmtree(VENDOR, ignore_errors=True)
    for package in PACKAGES:
        fetch(package, VENDOR / package.folder)
    manifest = {"packages": [package.spec for package in PACKAGES], "sha256": hashes()}
    (VENDOR / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    if arguments != ["check"]:
        vendor()
    changed = differences()
    for name in changed:
        print(f"{name}: differs from {MANIFEST}", file=sys.stderr)
    return int(bool(changed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
