"""One look for the whole book: colours, line styles and type sizes."""

from typing import Any, Protocol

import matplotlib
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLACK = "#1a1a1a"
BLUE = "#00559e"
VERMILION = "#d55e00"
GREEN = "#009e73"
PURPLE = "#c2619f"
PALETTE = (BLACK, BLUE, VERMILION, GREEN, PURPLE)
"""Five colours that stay apart for every common kind of colour vision, 3:1 on white or better."""

SOLID = "-"
DASHED = (0, (5, 2))
DOTTED = (0, (1.2, 1.4))
DASH_DOT = (0, (6, 1.6, 1.2, 1.6))

DISPLAY_PIXELS_PER_INCH = 128
"""CSS pixels an inch of figure takes on a wide page; a phone shrinks the figure to its width."""

WIDTH, HEIGHT = 4.4, 3.1
"""Inches. Shown 350 pixels wide on a phone, the smallest type below is then 10 pixels high."""

RC: dict[str, Any] = {
    "axes.grid": True,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.alpha": 0.6,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.6,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "lines.linewidth": 1.9,
    "lines.markersize": 5,
    "savefig.bbox": None,
    "svg.fonttype": "path",
    "svg.hashsalt": "what-a-nonlinearity-buys",
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
}
"""matplotlib settings of every figure."""

ACTIVATIONS: dict[str, tuple[str, Any]] = {
    "identity": (BLACK, DASHED),
    "relu": (VERMILION, SOLID),
    "leaky_relu": (VERMILION, DASHED),
    "elu": (VERMILION, DASH_DOT),
    "selu": (VERMILION, DOTTED),
    "tanh": (BLUE, SOLID),
    "erf": (BLUE, DASHED),
    "hard_tanh": (BLUE, DASH_DOT),
    "sigmoid": (BLUE, DOTTED),
    "gelu": (GREEN, SOLID),
    "swish": (GREEN, DASHED),
    "softplus": (GREEN, DASH_DOT),
    "relu_squared": (GREEN, DOTTED),
    "sine": (PURPLE, SOLID),
    "cosine": (PURPLE, DASHED),
    "xtanh": (PURPLE, DASH_DOT),
    "x2tanh": (PURPLE, DOTTED),
    "sign": (BLACK, SOLID),
    "quadratic": (BLACK, DASH_DOT),
    "cubic": (BLACK, DOTTED),
}
"""Colour and line style of each named activation: relatives share a colour, never the pair."""

OWN = ("#6b4f1d", SOLID)
"""The reader's own activation."""


class Named(Protocol):
    """Anything with a name, such as an activation."""

    @property
    def name(self) -> str:
        """The name under which the table knows it."""


def of(activation: str | Named) -> dict[str, Any]:
    """Return ``color`` and ``linestyle`` of an activation, for matplotlib's plot calls.

    Parameters in the name are ignored, so that ``leaky_relu(0.1)`` is drawn like any other leaky
    ReLU. An activation object that the book does not name is the reader's own and has a look of
    its own; a mere text must be in the table.

    Raises:
        ValueError: if a text names no activation; the message quotes it.

    >>> of("relu")
    {'color': '#d55e00', 'linestyle': '-'}
    """
    name = activation if isinstance(activation, str) else activation.name
    key = name.partition("(")[0].strip()
    if key not in ACTIVATIONS and isinstance(activation, str):
        raise ValueError(f"no style for {activation!r}; the book names {sorted(ACTIVATIONS)}")
    color, linestyle = ACTIVATIONS.get(key, OWN)
    return {"color": color, "linestyle": linestyle}


def depth_colors(depths: list[int] | tuple[int, ...] | range) -> dict[int, str]:
    """Return a colour for each depth: one hue, darker with depth, readable in grey.

    Args:
        depths: distinct numbers of hidden layers.

    Raises:
        ValueError: if there is none, or one occurs twice or is negative; the message quotes them.
    """
    ordered = sorted(set(depths))
    if not ordered or len(ordered) != len(depths) or ordered[0] < 0:
        raise ValueError(f"depths must be distinct and not negative, got {list(depths)!r}")
    # Viridis, from a light end that still has 3:1 on white to the dark end.
    shade = matplotlib.colormaps["viridis"]
    last = max(len(ordered) - 1, 1)
    lightness = {depth: 0.55 * (1 - place / last) for place, depth in enumerate(ordered)}
    return {depth: matplotlib.colors.to_hex(shade(lightness[depth])) for depth in depths}


def figure(
    width: float = WIDTH, height: float = HEIGHT, **subplots: Any
) -> tuple[Figure, Axes | Any]:
    """Return a figure and its axes in the book's style and size.

    The figure is not registered with pyplot, so a page shows it only through ``show`` or
    ``explore``.

    Args:
        width: in inches; wider than the default, type gets too small to read on a phone.
        height: in inches.
        **subplots: passed to ``Figure.subplots``, such as ``nrows=2``.

    Raises:
        ValueError: if a size is not positive; the message quotes it.
    """
    if not (width > 0 and height > 0):
        raise ValueError(f"a figure needs a positive size in inches, got {width!r} x {height!r}")
    matplotlib.style.use(RC)
    drawn = Figure(figsize=(width, height), layout="constrained")
    return drawn, drawn.subplots(**subplots)
