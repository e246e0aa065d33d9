"""Figures to bytes, the same bytes every time."""

import base64
import io
from urllib.parse import quote

import numpy as np
from matplotlib import style as matplotlib_style
from matplotlib.figure import Figure
from PIL import Image

from ntklib.pages.compact import compact
from ntklib.pages.style import RC

PNG_DPI = 200
WEBP_DPI = 160

COLOURS = 256
"""Colours of a PNG with a palette, which takes a third of the room of one without."""
SAME_COLOUR = 16
"""How far a channel of 0 to 255 may move for the palette: a step that nobody sees."""


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG on white, without a software stamp.

    Lines and text need few colours, and get a palette; a picture that would show it keeps all.
    """
    drawn = _saved(figure, format="png", dpi=PNG_DPI, metadata={"Software": None})
    buffer = io.BytesIO()
    _in_few_colours(Image.open(io.BytesIO(drawn)).convert("RGB")).save(
        buffer, format="png", optimize=True, dpi=(PNG_DPI, PNG_DPI)
    )
    return buffer.getvalue()


def _in_few_colours(picture: Image.Image) -> Image.Image:
    """Return the picture with a palette if no pixel's colour moves visibly, else the picture."""
    few = picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    moved = np.asarray(few.convert("RGB"), dtype=int) - np.asarray(picture, dtype=int)
    return few if np.abs(moved).max() <= SAME_COLOUR else picture


def webp(figure: Figure) -> bytes:
    """Return the figure as a lossless WebP on white."""
    options = {"lossless": True, "quality": 100, "method": 6}
    return _saved(figure, format="webp", dpi=WEBP_DPI, pil_kwargs=options)


def svg(figure: Figure) -> str:
    """Return the figure as an SVG on white: no date, stable identifiers, 0.01 pt coordinates."""
    absent = dict.fromkeys(["Date", "Creator", "Format", "Type"])
    return compact(_saved(figure, format="svg", metadata=absent).decode())


def svg_uri(figure: Figure) -> str:
    """Return the figure as an SVG data address for an attribute in double quotes."""
    # Escaping the few special characters takes a quarter less room than base64.
    text = svg(figure).replace('"', "'").replace("\n", " ")
    return "data:image/svg+xml," + quote(text, safe=" '/:=;,()-.+!*~|@")


def webp_uri(figure: Figure) -> str:
    """Return the figure as a WebP data address."""
    return "data:image/webp;base64," + base64.b64encode(webp(figure)).decode()


def _saved(figure: Figure, **options: object) -> bytes:
    """Save into memory in the book's style, on white so that dark pages can show it."""
    buffer = io.BytesIO()
    with matplotlib_style.context(RC):
        figure.savefig(buffer, facecolor="white", **options)  # type: ignore[arg-type]
    return buffer.getvalue()
