"""What a chapter needs beside the mathematics: figures, numbers, sliders, data and style.

Chapters write ``from ntklib import pages``. Nothing else in the library imports this package, so
that ``import ntklib`` stays free of matplotlib and Jupyter.
"""

from ntklib.pages import data, style
from ntklib.pages.explore import explore
from ntklib.pages.number import number
from ntklib.pages.say import say
from ntklib.pages.show import show
from ntklib.pages.style import figure
from ntklib.stored import stored

__all__ = ["data", "explore", "figure", "number", "say", "show", "stored", "style"]
