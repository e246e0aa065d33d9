"""One pre-rendered state of an interactive figure."""

import html
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ntklib.pages import render
from ntklib.pages.alt import checked_alt
from ntklib.pages.style import DISPLAY_PIXELS_PER_INCH

LARGEST = 40_000
"""Bytes a frame may take on the page."""

MOST_POINTS = 200
"""Points a curve may have in an SVG frame."""

DATA_URI = {"svg": render.svg_uri, "webp": render.webp_uri}


@dataclass(frozen=True)
class Frame:
    """An image tag with its data, and the description it carries."""

    alt: str
    tag: str


def frame(figure: Figure, alt: str, *, name: str, format: str = "svg") -> Frame:
    """Render a figure into an image tag that needs no other file.

    Args:
        figure: what to draw.
        alt: its description.
        name: the slider values, for messages.
        format: ``svg``, or ``webp`` where a picture has too many points for it.

    Raises:
        ValueError: if a curve has more than 200 points in an SVG, if the tag takes more than
            40 kB, or if the description is too short; the message names the frame.
    """
    if format not in DATA_URI:
        raise ValueError(f"format must be one of {sorted(DATA_URI)}, got {format!r}")
    try:
        text = checked_alt(alt)
    except ValueError as error:
        raise ValueError(f"frame {name}: {error}") from error
    if format == "svg":
        _check_points(figure, name)
    width = round(figure.get_figwidth() * DISPLAY_PIXELS_PER_INCH)
    height = round(figure.get_figheight() * DISPLAY_PIXELS_PER_INCH)
    tag = (
        f'<img alt="{html.escape(text)}" width="{width}" height="{height}" '
        f'style="max-width: 100%; height: auto; background: white" '
        f'src="{DATA_URI[format](figure)}">'
    )
    if len(tag.encode()) > LARGEST:
        raise ValueError(
            f"frame {name} takes {len(tag.encode())} bytes, at most {LARGEST} are allowed; "
            "draw fewer curves or points, or choose the other of svg and webp"
        )
    return Frame(text, tag)


def _check_points(figure: Figure, name: str) -> None:
    """Reject a curve too fine for a screen, which only makes the page heavy."""
    for axes in figure.axes:
        for line in axes.lines:
            points = np.size(line.get_xdata())
            if points > MOST_POINTS:
                raise ValueError(
                    f"frame {name} draws a curve with {points} points, at most {MOST_POINTS} are "
                    "allowed in SVG; thin the grid or pass format='webp'"
                )
