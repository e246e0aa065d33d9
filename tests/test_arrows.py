"""The import arrows of the library, read from the source with `ast`.

A wrong arrow works today and becomes a cycle, or a slow `import ntklib`, later. Reading the
source also sees imports inside functions and under `TYPE_CHECKING`.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
WINGS = ("separation", "gram", "capacity", "condensation")
LAYERS = (
    ("_validate", "caching", "estimate", "panels", "progress", "stored"),
    ("activations",),
    ("gaussian",),
    ("dual",),
    ("angles", "balls", "recursion"),
    ("kernels", "networks", "spectrum"),
    WINGS,
    ("report",),
    ("claims",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
HEAVY = ("matplotlib", "IPython", "ipywidgets", "sklearn")
OUTSIDE = "pages"
"""For chapters: imports what lies below all theory, and no part of the library imports it."""


def part_of(dotted: str) -> str:
    """The part of the library a dotted name lies in: `ntklib.capacity.overlap` is in `capacity`.

    The package itself, `ntklib`, lies in the part with the empty name.
    """
    return dotted.split(".")[1] if "." in dotted else ""


def imported(tree: ast.AST, package: str) -> Iterator[str]:
    """The dotted names under `ntklib` that a module in `package` imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            inside = parents[: len(parents) - node.level + 1] if node.level else []
            base = ".".join([*inside, *(node.module.split(".") if node.module else [])])
            if base == "ntklib":
                yield from (f"ntklib.{alias.name}" for alias in node.names)
            else:
                yield base


def wrong_arrows(library: Path) -> list[str]:
    """Every import in the package folder `library` that the layers forbid, as readable lines."""
    wrong = []
    for file in sorted(library.rglob("*.py")):
        *folders, stem = file.relative_to(library.parent).with_suffix("").parts
        here = part_of(".".join(folders if stem == "__init__" else [*folders, stem]))
        if here not in RANK and here not in (OUTSIDE, ""):
            wrong.append(f"{here} has no place in the layers")
        for name in imported(ast.parse(file.read_text()), ".".join(folders)):
            there = part_of(name)
            if name.split(".")[0] == "ntklib" and not allowed(here, there):
                wrong.append(f"{here or 'ntklib'} imports {there or 'ntklib'}")
    return wrong


def allowed(here: str, there: str) -> bool:
    """Whether a module in the part `here` may import from the part `there`."""
    if here == "":  # the package's own __init__
        return there in RANK
    if here == there:
        return True
    if here == OUTSIDE:
        return there in LAYERS[0]
    return here in RANK and there in RANK and RANK[there] < RANK[here]


def write_library(folder: Path, files: dict[str, str]) -> Path:
    """A package `ntklib` in `folder` made of the given sources."""
    for name, source in files.items():
        file = folder / "ntklib" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return folder / "ntklib"


def test_library_keeps_its_arrows():
    assert wrong_arrows(ROOT / "ntklib") == []


@pytest.mark.parametrize(
    ("file", "source", "complaint"),
    [
        ("dual.py", "from ntklib.kernels import ntk", "dual imports kernels"),
        ("kernels.py", "import ntklib.networks", "kernels imports networks"),
        ("gram.py", "from ntklib import separation", "gram imports separation"),
        ("gram.py", "def f():\n    from .capacity.overlap import overlap", "gram imports capacity"),
        ("capacity/overlap.py", "from ..condensation import x", "capacity imports condensation"),
        ("capacity/__init__.py", "from .. import report", "capacity imports report"),
        ("report.py", "import ntklib", "report imports ntklib"),
        ("report.py", "from ntklib.pages import show", "report imports pages"),
        ("claims/conditioning.py", "from ntklib import pages", "claims imports pages"),
        ("pages/show.py", "from ntklib.kernels import ntk", "pages imports kernels"),
        ("__init__.py", "from ntklib.pages import show", "ntklib imports pages"),
        ("helpers.py", "", "helpers has no place in the layers"),
    ],
)
def test_wrong_arrow_is_found(tmp_path, file, source, complaint):
    assert wrong_arrows(write_library(tmp_path, {file: source})) == [complaint]


def test_right_arrows_are_allowed(tmp_path):
    files = {
        "dual.py": "from ntklib.activations import Activation\nfrom ntklib import gaussian",
        "capacity/overlap.py": "from ntklib.capacity.spherical import x\nfrom ..dual import dual",
        "claims/capacity.py": "from ntklib import capacity, report\nimport numpy",
        "pages/show.py": "from ntklib.pages.alt import check\nimport matplotlib",
        "pages/__init__.py": "from ntklib.stored import stored",
    }
    assert wrong_arrows(write_library(tmp_path, files)) == []


def heavy_modules(*modules: str) -> list[str]:
    """Which of the drawing and notebook packages a fresh Python loads with `modules`."""
    code = (
        f"import sys, {', '.join(modules)}\n"
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_library_without_pages_is_light():
    found = (path for name in RANK for path in (ROOT / "ntklib").glob(f"{name}*"))
    assert heavy_modules("ntklib", *sorted(f"ntklib.{path.stem}" for path in found)) == []


def test_heavy_modules_are_found():
    assert "matplotlib" in heavy_modules("ntklib.pages")
