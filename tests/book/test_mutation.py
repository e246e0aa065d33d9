"""A fault planted in the library must fail a cell of every chapter that rests on the faulty line.

The notebook runs on a copy of the library in which one line is wrong, ahead of the real one on the
import path. That claims turn red as well, tests/test_claims.py holds.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEPARATION = [
    f"separation/{name}" for name in ("relu-versus-linear", "depth", "conditioning", "training")
]


class Fault(NamedTuple):
    """A line of a module, and what it is changed to."""

    module: str
    right: str
    wrong: str


DUAL = Fault("dual/closed_forms.py", "TWO_OVER_PI = 2 / math.pi", "TWO_OVER_PI = 2.02 / math.pi")
FAULTS = [(chapter, DUAL) for chapter in SEPARATION] + [
    (
        "separation/depth",
        Fault(
            "separation/layers.py", "1 - constant * path[:-1]", "1 - 1.01 * constant * path[:-1]"
        ),
    ),
    (
        "separation/conditioning",
        Fault("kernels/by_layer.py", "range(layer - 1, depth)", "range(layer, depth)"),
    ),
    (
        "separation/training",
        Fault("networks/function_space.py", ".sum(axis=(1, 2)) / 2", ".sum(axis=(1, 2)) / 2.1"),
    ),
    (
        "gram/kinks",
        Fault("gram/function.py", "gap + (1 - gap) * 2 * np", "gap + (1 - gap) * 2.01 * np"),
    ),
    (
        "gram/smoothness",
        Fault("gram/spheres.py", "k * np.log(np.longdouble(2))", "k * np.log(np.longdouble(2.02))"),
    ),
    (
        "gram/dimension-and-depth",
        Fault("gram/spheres.py", "math.comb(d + j - 1, j)", "math.comb(d + j, j)"),
    ),
    (
        "capacity/storing-patterns",
        Fault("capacity/states.py", "slope = q / (2 * gap**2)", "slope = q / (2.1 * gap**2)"),
    ),
    (
        "capacity/relu-versus-threshold",
        Fault("capacity/projection.py", "cost = lifted * t**2", "cost = 1.1 * lifted * t**2"),
    ),
    (
        "capacity/replica-symmetry-breaking",
        Fault("capacity/breaking.py", "1 + stiffness * width", "1 + 1.05 * stiffness * width"),
    ),
    (
        "condensation/small-initialization",
        Fault("condensation/network.py", "T + rows[:, -1]", "T + 1.1 * rows[:, -1]"),
    ),
    (
        "condensation/multiplicity",
        Fault("condensation/prediction.py", "/ (form.power *", "/ (1.05 * form.power *"),
    ),
    (
        "condensation/phase-diagram",
        Fault("condensation/normalized.py", "-task.ratio * a *", "-1.2 * task.ratio * a *"),
    ),
]


def with_fault(fault: Fault, folder: Path) -> dict[str, str]:
    """Return an environment in which `import ntklib` finds the library with the fault."""
    shutil.copytree(ROOT / "ntklib", folder / "ntklib")
    module = folder / "ntklib" / fault.module
    source = module.read_text("utf-8")
    assert source.count(fault.right) == 1
    module.write_text(source.replace(fault.right, fault.wrong), "utf-8")
    return {**os.environ, "PYTHONPATH": str(folder)}


@pytest.mark.parametrize(
    ("chapter", "fault"), FAULTS, ids=[f"{name}-{fault.module}" for name, fault in FAULTS]
)
def test_a_cell_of_the_chapter_fails(chapter: str, fault: Fault, tmp_path: Path) -> None:
    notebook = tmp_path / f"{Path(chapter).name}.ipynb"
    shutil.copy(ROOT / "book" / f"{chapter}.ipynb", notebook)
    options = ["-q", "--color=no", "-p", "no:cacheprovider", "--maxfail=1"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", *options, str(notebook)],
        env=with_fault(fault, tmp_path / "faulty"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"^FAILED .*::Cell \d+", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"\d+ passed", done.stdout), done.stdout
