"""Numbers in prose that a cell has computed."""

from typing import SupportsFloat

from IPython.core.getipython import get_ipython
from IPython.display import display

from ntklib.pages.number import number

PROSE_ONLY = "text/x-prose+"
"""What myst-nb strips from the type of an output that is for the prose alone."""


def say(name: str, value: SupportsFloat | str, digits: int = 4) -> None:
    """Show a value and make the shown text available to the prose as ``{glue:text}`name```.

    The number is rounded once, here. On the page only the prose shows it; in a notebook the cell
    shows it too, after its name, so that a test which runs the notebook compares it. Outside a
    notebook it is printed.

    Args:
        name: key for the prose, used once a page.
        value: a number, or a text that is taken as it is.
        digits: significant digits of a number.

    Raises:
        ValueError: if the name is empty or contains a colon, which the role takes for a format, or
            if the value is not a number.

    >>> say("angle_of_one_layer", 16.71779955, 5)
    16.718
    """
    if not name or ":" in name:
        raise ValueError(f"a name for say must be non-empty and without a colon, got {name!r}")
    text = value if isinstance(value, str) else number(value, digits)
    if get_ipython() is None:
        print(text)
        return
    # myst-nb collects what stands under the prefixed key for the prose and leaves the output out
    # of the page; Jupyter shows the plain one, with its name. The role evaluates what it finds as
    # a literal, and would drop the last zero of 0.130 were it not in quotes.
    display(
        {"text/plain": f"{name}: {text}", f"{PROSE_ONLY}text/plain": repr(text)},
        raw=True,
        metadata={"scrapbook": {"name": name, "mime_prefix": PROSE_ONLY}},
    )
