"""Figures with sliders that need no kernel."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib import pyplot
from matplotlib.figure import Figure

from ntklib.pages.frame import Frame, frame
from ntklib.pages.number import number
from ntklib.pages.widgets import slider_tree

MOST_FRAMES = 24
"""Frames a figure may have."""

Draw = Callable[..., tuple[Figure, str]]


def explore(
    draw: Draw,
    *,
    start: Mapping[str, Any] | None = None,
    format: str = "svg",
    **grids: Sequence[Any],
) -> None:
    """Publish a figure with one slider a grid, every state drawn beforehand.

    Each combination of slider values becomes an image in a stack of which one is shown; links
    between sliders and stacks run in the browser, so the figure works on a static page as it
    does under a kernel.

    Args:
        draw: called with one value of each grid by name; returns a figure and its description.
        start: initial value of a slider by name; the first of its grid where absent.
        format: ``svg``, or ``webp`` for pictures with many points.
        **grids: values of each slider; the name, underscores as spaces, is its label.

    Raises:
        ValueError: for no grid, an empty grid or one with a single or a repeated value, more than
            24 frames, a start that is not in its grid, two frames with the same description, or
            a frame too large; the message quotes what was received.
    """
    _check_grids(grids)
    initial = _initial(grids, start or {})
    labels = {name: [_label(value) for value in values] for name, values in grids.items()}
    frames = _frames(draw, grids, labels, format)
    summary = _summary(labels, frames)
    if get_ipython() is None:
        print(summary)
        return
    tree = slider_tree(labels, [each.tag for each in frames], initial)
    # The widget's own text is a repr; this one has the numbers, which tests then compare.
    display({**tree._repr_mimebundle_(), "text/plain": summary}, raw=True)


def _check_grids(grids: Mapping[str, Sequence[Any]]) -> None:
    """Reject grids that make no slider, or too many frames."""
    if not grids:
        raise ValueError("explore needs at least one grid, such as depth=[0, 1, 3], got none")
    for name, values in grids.items():
        if len(values) < 2 or len({_label(value) for value in values}) != len(values):
            raise ValueError(f"slider {name!r} needs two or more distinct values, got {values!r}")
    count = prod(len(values) for values in grids.values())
    if count > MOST_FRAMES:
        raise ValueError(f"the grids make {count} frames, at most {MOST_FRAMES} are allowed")


def _initial(grids: Mapping[str, Sequence[Any]], start: Mapping[str, Any]) -> dict[str, int]:
    """Return the index at which each slider starts."""
    for name, value in start.items():
        if name not in grids or value not in list(grids[name]):
            raise ValueError(f"start has {name}={value!r}, which is in no grid of {dict(grids)!r}")
    return {
        name: list(values).index(start[name]) if name in start else 0
        for name, values in grids.items()
    }


def _label(value: Any) -> str:
    """Write a slider value compactly: texts as they are, numbers without needless digits."""
    if isinstance(value, str):
        return value
    shortest = f"{float(value):.4g}"
    return shortest.replace("-", "−") if "e" not in shortest else number(value, 2)


def _frames(
    draw: Draw,
    grids: Mapping[str, Sequence[Any]],
    labels: Mapping[str, list[str]],
    format: str,
) -> list[Frame]:
    """Draw every combination, the last slider varying fastest."""
    frames: list[Frame] = []
    named: dict[str, str] = {}
    for values, texts in zip(product(*grids.values()), product(*labels.values()), strict=True):
        name = ", ".join(f"{key}={text}" for key, text in zip(grids, texts, strict=True))
        figure, alt = draw(**dict(zip(grids, values, strict=True)))
        drawn = frame(figure, alt, name=name, format=format)
        pyplot.close(figure)
        if drawn.alt in named:
            raise ValueError(f"frames {named[drawn.alt]} and {name} share the alt {drawn.alt!r}")
        named[drawn.alt] = name
        frames.append(drawn)
    return frames


def _summary(labels: Mapping[str, list[str]], frames: list[Frame]) -> str:
    """Say in words what the sliders offer, and what their ends show."""
    sliders = "; ".join(f"{_spaced(name)}: {', '.join(texts)}" for name, texts in labels.items())
    return f"{len(frames)} frames, {sliders}\nfirst: {frames[0].alt}\nlast: {frames[-1].alt}"


def _spaced(name: str) -> str:
    """Turn a keyword into words."""
    return name.replace("_", " ")
