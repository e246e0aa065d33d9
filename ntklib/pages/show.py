"""Static figures that carry their numbers."""

from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib import pyplot
from matplotlib.figure import Figure

from ntklib.pages.alt import checked_alt
from ntklib.pages.render import png
from ntklib.pages.style import DISPLAY_PIXELS_PER_INCH


def show(figure: Figure, *, alt: str) -> None:
    """Publish a figure with its description, and close it.

    The output is a PNG; the description is its plain text, which a test that runs the notebook
    compares, and its ``alt`` metadata, which the page turns into the image's attribute.

    Args:
        figure: a matplotlib figure, from :func:`ntklib.pages.figure` or pyplot.
        alt: what the figure shows, at least 60 characters, with numbers from the data.

    Raises:
        TypeError: if the first argument is not a figure.
        ValueError: if the description is too short; the message quotes it.
    """
    if not isinstance(figure, Figure):
        raise TypeError(f"show needs a matplotlib Figure first, got {figure!r}")
    text = checked_alt(alt)
    image = png(figure)
    width = round(figure.get_figwidth() * DISPLAY_PIXELS_PER_INCH)
    pyplot.close(figure)
    if get_ipython() is None:
        print(text)
        return
    display(
        {"image/png": image, "text/plain": text},
        raw=True,
        metadata={"alt": text, "image/png": {"alt": text, "width": width}},
    )
