"""Sliders, stacks and links: the widget tree that a browser or a kernel then brings to life."""

import html
import re
from collections.abc import Callable, Iterator
from importlib import import_module

import ipywidgets
import numpy as np
import pytest
from ipywidgets import HTML, SelectionSlider, Stack

from ntklib import pages
from ntklib.pages import render, widgets
from ntklib.pages.compact import compact
from ntklib.pages.explore import MOST_FRAMES
from ntklib.pages.frame import LARGEST, MOST_POINTS, frame

VIEW = "application/vnd.jupyter.widget-view+json"
ALT = "A figure drawn for a test of the frames, with a description that is long enough to pass."


@pytest.fixture
def tree(monkeypatch: pytest.MonkeyPatch) -> Iterator[list]:
    """Catch the widgets and links that an ``explore`` makes."""
    made: list = []
    build, link = widgets.slider_tree, widgets.jslink

    def keep_tree(*arguments: object) -> object:
        made.append(build(*arguments))
        return made[-1]

    def keep_link(source: tuple, target: tuple) -> object:
        made.append((source, target))
        return link(source, target)

    monkeypatch.setattr(import_module("ntklib.pages.explore"), "slider_tree", keep_tree)
    monkeypatch.setattr(widgets, "jslink", keep_link)
    yield made
    ipywidgets.Widget.close_all()


def shown(stack: ipywidgets.Widget) -> str:
    """The image tag that nested stacks show."""
    while isinstance(stack, Stack):
        stack = stack.children[stack.selected_index]
    assert isinstance(stack, HTML)
    return stack.value


def follow(made: list) -> None:
    """Do what the browser does with every link: copy the slider's index to the stack."""
    for (source, name), (target, field) in (each for each in made if isinstance(each, tuple)):
        setattr(target, field, getattr(source, name))


def test_every_combination_shows_its_own_frame(tree: list, published: list, draw: Callable) -> None:
    grids = {"slope": [1, 2, 5], "input_scale": [0.5, 10.0], "gain": [1, 7]}
    pages.explore(draw, **grids)
    box = tree[-1]
    *sliders, stack = box.children
    assert [slider.description for slider in sliders] == ["slope", "input scale", "gain"]
    assert [slider.options for slider in sliders] == [
        ("1", "2", "5"),
        ("0.5", "10"),
        ("1", "7"),
    ]
    seen = set()
    for place in np.ndindex(3, 2, 2):
        for slider, index in zip(sliders, place, strict=True):
            slider.index = index
        follow(tree)
        values = [grid[index] for grid, index in zip(grids.values(), place, strict=True)]
        assert f"rising to {np.prod(values):.4g} at 1." in shown(stack)
        seen.add(shown(stack))
    assert len(seen) == 12


def test_links_join_what_the_browser_can_link(tree: list, published: list, draw: Callable) -> None:
    pages.explore(draw, slope=[1, 2, 5], gain=[1, 10])
    links = [each for each in tree if isinstance(each, tuple)]
    assert len(links) == 1 + 3  # the outer stack, and one inner stack for each of its children
    for (source, name), (target, field) in links:
        assert (name, field) == ("index", "selected_index")
        assert isinstance(source, SelectionSlider)
        assert isinstance(target, Stack)
        for each, trait in ((source, name), (target, field)):
            assert each.trait_metadata(trait, "sync")


def test_start_is_shown_first(tree: list, published: list, draw: Callable) -> None:
    pages.explore(draw, slope=[1, 2, 5], gain=[1, 10], start={"slope": 2, "gain": 10})
    slope, gain, stack = tree[-1].children
    assert (slope.value, gain.value) == ("2", "10")
    assert "rising to 20 at 1." in shown(stack)


def test_without_start_the_first_values_are_shown(
    tree: list, published: list, draw: Callable
) -> None:
    pages.explore(draw, slope=[3, 1])
    assert "rising to 3 at 1." in shown(tree[-1].children[-1])


def test_the_text_names_sliders_values_and_ends(published: list, draw: Callable) -> None:
    pages.explore(draw, slope=[1, 2.5], input_scale=[1, -1e-7])
    (output,) = published
    assert set(output.data) == {"text/plain", VIEW}
    counted, first, last = output.data["text/plain"].splitlines()
    assert counted == "4 frames, slope: 1, 2.5; input scale: 1, −1.0 × 10⁻⁷"
    assert first.startswith("first: A straight line")
    assert last.endswith("rising to -2.5e-07 at 1.")


def test_outside_a_notebook_the_text_is_printed(
    draw: Callable, capsys: pytest.CaptureFixture
) -> None:
    pages.explore(draw, slope=[1, 2])
    assert capsys.readouterr().out.startswith("2 frames, slope: 1, 2\nfirst: ")


@pytest.mark.parametrize(
    ("grids", "quoted"),
    [
        ({}, "got none"),
        ({"slope": [1]}, r"'slope'.*\[1\]"),
        ({"slope": []}, r"'slope'.*\[\]"),
        ({"slope": [1, 2, 1]}, r"\[1, 2, 1\]"),
        ({"slope": [1.00001, 1.00002]}, r"\[1.00001, 1.00002\]"),
        ({"slope": range(1, MOST_FRAMES + 2)}, f"{MOST_FRAMES + 1} frames"),
        ({"slope": range(1, 6), "gain": range(1, 6)}, "25 frames"),
    ],
)
def test_bad_grids_are_quoted(grids: dict, quoted: str, draw: Callable) -> None:
    with pytest.raises(ValueError, match=quoted):
        pages.explore(draw, **grids)


@pytest.mark.parametrize("start", [{"slope": 7}, {"depth": 1}])
def test_a_start_outside_the_grids_is_quoted(start: dict, draw: Callable) -> None:
    (name, value) = next(iter(start.items()))
    with pytest.raises(ValueError, match=f"{name}={value}"):
        pages.explore(draw, slope=[1, 2], start=start)


def test_two_frames_with_one_description_are_named() -> None:
    with pytest.raises(ValueError, match="frames depth=1 and depth=2 share"):
        pages.explore(lambda depth: (pages.figure()[0], ALT), depth=[1, 2])


def test_a_short_description_names_its_frame() -> None:
    with pytest.raises(ValueError, match=r"frame depth=1: .*'Too short\.'"):
        pages.explore(lambda depth: (pages.figure()[0], "Too short."), depth=[1, 2])


def test_too_many_points_in_a_curve() -> None:
    figure, axis = pages.figure()
    axis.plot(np.zeros(MOST_POINTS))
    frame(figure, ALT, name="depth=1")
    axis.plot(np.zeros(MOST_POINTS + 1))
    with pytest.raises(ValueError, match=r"frame depth=1 .* 201 points"):
        frame(figure, ALT, name="depth=1")
    frame(figure, ALT, name="depth=1", format="webp")


@pytest.mark.parametrize("format", ["svg", "webp"])
def test_a_frame_too_large_is_named_with_its_size(format: str) -> None:
    figure, axis = pages.figure()
    points = np.random.default_rng(0).uniform(size=(40, MOST_POINTS))
    axis.plot(points.T)
    with pytest.raises(ValueError, match=r"frame depth=1 takes \d{5,} bytes") as caught:
        frame(figure, ALT, name="depth=1", format=format)
    assert str(LARGEST) in str(caught.value)


def test_an_unknown_format_is_quoted(draw: Callable) -> None:
    with pytest.raises(ValueError, match="'gif'"):
        pages.explore(draw, slope=[1, 2], format="gif")


def test_quotes_and_tags_in_a_description_stay_text() -> None:
    alt = ALT + ' With "quotes", <tags> & signs.'
    tag = frame(pages.figure()[0], alt, name="depth=1").tag
    found = re.match(r'<img alt="([^"]*)"', tag)
    assert found
    assert html.unescape(found[1]) == alt


@pytest.mark.parametrize("as_bytes", [render.png, render.svg, render.webp])
def test_drawing_twice_gives_the_same_bytes(as_bytes: Callable, draw: Callable) -> None:
    assert as_bytes(draw(slope=2)[0]) == as_bytes(draw(slope=2)[0])


def test_an_svg_has_no_date() -> None:
    assert "metadata" not in render.svg(pages.figure()[0])


def test_a_use_keeps_only_a_style_that_its_shape_lacks() -> None:
    shape = '<svg><path id="tick" d="M 0 0" style="stroke: red"/>'
    use = '<use xlink:href="#tick" x="1" y="2" style="stroke: {}"/>'
    start = '<svg><path id="tick" d="M0 0" style="stroke:red"/><use href="#tick" x="1" y="2"'
    assert compact(shape + use.format("red")) == start + "/>"
    assert compact(shape + use.format("blue")) == start + ' style="stroke:blue"/>'


def test_markers_share_one_style() -> None:
    figure, axis = pages.figure()
    axis.plot(np.linspace(0, 1, 100), "o")
    picture = render.svg(figure)
    assert picture.count("<use ") >= 100
    assert len(picture) < 16_000
