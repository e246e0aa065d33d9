"""What a figure's description must be before a page may publish it."""

SHORTEST = 60
"""Characters below which a description cannot say what a figure shows."""


def checked_alt(alt: str) -> str:
    """Return the description on one line, with runs of white space made single spaces.

    Args:
        alt: what the figure shows, with numbers computed from its data.

    Raises:
        ValueError: if fewer than ``SHORTEST`` characters remain; the message quotes them.

    >>> checked_alt("Gradient angle against input angle:   both start at 0°, end at 90°.")
    'Gradient angle against input angle: both start at 0°, end at 90°.'
    """
    text = " ".join(alt.split())
    if len(text) < SHORTEST:
        raise ValueError(
            f"the alt text has {len(text)} characters, at least {SHORTEST} are needed: {text!r}; "
            "say what the figure shows, with numbers from its data"
        )
    return text
