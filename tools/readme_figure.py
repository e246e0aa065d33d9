"""Draw the picture of the README: the gradient angle against the input angle, by depth.

    python tools/readme_figure.py [FILE]

The file is ``book/_static/gradient-angle.svg`` unless told otherwise. The same library gives the
same bytes, so that a test can tell whether the picture is fresh.
"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from ntklib import pages
from ntklib.activations import relu
from ntklib.separation import gradient_angle

PICTURE = Path(__file__).resolve().parents[1] / "book" / "_static" / "gradient-angle.svg"
DEPTHS = (0, 1, 3, 10)
LABEL_AT = 30  # degrees of input angle: the curves stand well apart there


def draw(file: Path) -> None:
    """Write the curves to ``file`` as SVG."""
    figure, axes = pages.figure(width=6.4, height=4.0)
    ticks = range(0, 91, 15)
    axes.set(xlim=(0, 90), xticks=ticks, xlabel="angle between two inputs (degrees)")
    axes.set(ylim=(0, 90), yticks=ticks, ylabel="angle between their gradients (degrees)")
    theta = np.linspace(0, 90, 181)
    phi = np.rad2deg(gradient_angle(np.deg2rad(theta), activation=relu, depth=DEPTHS))
    colors = pages.style.depth_colors(DEPTHS[1:])
    looks = {depth: {"color": color} for depth, color in colors.items()}
    looks[0] = pages.style.of("identity")
    for depth, curve in zip(DEPTHS, phi, strict=True):
        axes.plot(theta, curve, **looks[depth])
        write_along(axes, _label(depth), theta, curve, looks[depth]["color"])
    figure.savefig(file, format="svg", metadata={"Date": None})


def write_along(axes: Axes, label: str, x: np.ndarray, y: np.ndarray, color: str) -> None:
    """Write ``label`` on the curve, in its direction and colour."""
    slope = np.interp(LABEL_AT, x, np.gradient(y, x))
    axes.text(
        LABEL_AT,
        np.interp(LABEL_AT, x, y),
        label,
        color=color,
        ha="center",
        va="center",
        rotation=float(np.rad2deg(np.arctan(slope))),
        rotation_mode="anchor",
        transform_rotates_text=True,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )


def _label(depth: int) -> str:
    return {0: "no hidden layer", 1: "1 ReLU layer"}.get(depth, f"{depth} ReLU layers")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
