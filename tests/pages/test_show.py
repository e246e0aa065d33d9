"""Static figures publish a PNG and their description, and leave no figure open."""

import io

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib import style as matplotlib_style
from matplotlib.figure import Figure
from PIL import Image

from ntklib import pages
from ntklib.pages import render, style

ALT = "Gradient angle against input angle: the curve rises from 0 and meets the diagonal at 66.8°."


def test_bundle_and_metadata(published: list) -> None:
    figure, axis = pages.figure()
    axis.plot([0, 1], [0, 1])
    pages.show(figure, alt=ALT)
    (output,) = published
    assert set(output.data) == {"image/png", "text/plain"}
    assert output.data["text/plain"] == output.metadata["alt"] == ALT
    assert output.metadata["image/png"]["alt"] == ALT


def test_the_picture_is_white_behind_and_sharp(published: list) -> None:
    figure, axis = pages.figure()
    axis.plot([0, 1], [0, 1])
    pages.show(figure, alt=ALT)
    (output,) = published
    pixels = np.asarray(Image.open(io.BytesIO(output.data["image/png"])).convert("RGBA"))
    assert (pixels[0, 0] == 255).all()
    assert pixels.shape[1] >= 1.5 * output.metadata["image/png"]["width"]


def test_lines_and_text_get_a_palette_that_nobody_sees() -> None:
    figure, axis = pages.figure()
    x = np.linspace(0, 1, 100)
    for power in (1, 2, 3):
        axis.plot(x, x**power, label=f"power {power}")
    axis.legend()
    few = Image.open(io.BytesIO(render.png(figure)))
    every, size = in_every_colour(figure)
    assert few.mode == "P"
    moved = np.asarray(few.convert("RGB"), dtype=int) - np.asarray(every, dtype=int)
    assert np.abs(moved).max() <= 16
    assert len(render.png(figure)) < size / 2


def test_a_picture_of_many_colours_keeps_them_all() -> None:
    figure = Figure(figsize=(3, 2))
    axis = figure.add_subplot()
    axis.imshow(np.random.default_rng(0).uniform(size=(60, 60, 3)), interpolation="bilinear")
    many = Image.open(io.BytesIO(render.png(figure)))
    assert many.mode == "RGB"
    np.testing.assert_array_equal(many, in_every_colour(figure)[0])


def in_every_colour(figure: Figure) -> tuple[Image.Image, int]:
    """Return the figure as matplotlib saves it, and the bytes that takes."""
    buffer = io.BytesIO()
    with matplotlib_style.context(style.RC):
        figure.savefig(buffer, format="png", dpi=render.PNG_DPI, facecolor="white")
    return Image.open(buffer).convert("RGB"), len(buffer.getvalue())


def test_pyplot_figures_are_closed(published: list) -> None:
    figure = pyplot.figure()
    pages.show(figure, alt=ALT)
    assert not pyplot.fignum_exists(figure.number)


def test_book_figures_are_unknown_to_pyplot() -> None:
    before = pyplot.get_fignums()
    pages.figure()
    assert pyplot.get_fignums() == before


def test_white_space_in_the_description_collapses(published: list) -> None:
    pages.show(pages.figure()[0], alt=ALT.replace(" ", "\n   "))
    assert published[0].data["text/plain"] == ALT


@pytest.mark.parametrize("alt", ["", "A curve.", "x" * 59, "x " + " " * 100])
def test_a_short_description_is_quoted(alt: str, published: list) -> None:
    figure, _ = pages.figure()
    with pytest.raises(ValueError, match="at least 60") as caught:
        pages.show(figure, alt=alt)
    assert repr(alt.strip()) in str(caught.value)
    assert published == []


def test_only_a_figure_can_be_shown() -> None:
    with pytest.raises(TypeError, match="'plot'"):
        pages.show("plot", alt=ALT)


def test_outside_a_notebook_the_description_is_printed(capsys: pytest.CaptureFixture) -> None:
    pages.show(pages.figure()[0], alt=ALT)
    assert capsys.readouterr().out == ALT + "\n"
