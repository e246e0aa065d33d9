"""Where Chromium is, and how to start it so that it calls nobody."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """The first of the usual names found on the PATH."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
