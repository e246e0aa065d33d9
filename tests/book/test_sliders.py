"""Every slider of the built book, moved by keyboard in a real browser.

Each figure is driven through all combinations of its sliders' values, from a server on a wide
window and from the disk on a narrow one. Every combination must show an image that decodes, fits
the window and differs, as painted, from all others; every slider must say its name and value.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from visit import PATIENCE

WIDGET = "application/vnd.jupyter.widget-view+json"
FRAME = re.compile(r"data:image/(?:svg|webp)[^\\\"]*")


def pages_with_sliders(site_dir: Path, pages: list[str]) -> list[str]:
    return [page for page in pages if WIDGET in (site_dir / page).read_text("utf-8")]


@pytest.mark.parametrize(("source", "width"), [("http", 1280), ("file", 390)])
def test_sliders_reach_every_frame(
    source: str, width: int, site: str, site_dir: Path, browser: object, pages_of_site: list[str]
) -> None:
    base = site if source == "http" else site_dir.as_uri()
    context = browser.new_context(viewport={"width": width, "height": 900})
    window = context.new_page()
    for name in pages_with_sliders(site_dir, pages_of_site):
        window.goto(f"{base}/{name}")
        figures = window.locator(".cell_output:has(.noUi-handle)")
        expected = (site_dir / name).read_text("utf-8").count(f'type="{WIDGET}"')
        expect(figures).to_have_count(expected, timeout=PATIENCE)
        for figure in figures.all():
            check_figure(figure)
    context.close()


def test_a_page_has_a_slider(site_dir: Path, pages_of_site: list[str]) -> None:
    assert pages_with_sliders(site_dir, pages_of_site)


def test_equal_frames_are_noticed(
    site: str, browser: object, site_dir: Path, pages_of_site: list[str]
) -> None:
    """Every frame of a page is replaced by its first one; driving its sliders must fail."""
    name = pages_with_sliders(site_dir, pages_of_site)[0]
    source = (site_dir / name).read_text("utf-8")
    first = FRAME.search(source)[0]
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route(f"{site}/{name}", lambda route: route.fulfill(body=FRAME.sub(first, source)))
    page.goto(f"{site}/{name}")
    with pytest.raises(AssertionError, match="looks like"):
        check_figure(page.locator(".cell_output:has(.noUi-handle)").first)
    context.close()


def check_figure(figure: Locator) -> None:
    """Drive one figure through all combinations and compare what it shows."""
    handles = figure.locator(".noUi-handle").all()
    sizes = [int(float(handle.get_attribute("aria-valuemax"))) + 1 for handle in handles]
    shown: dict[str, tuple[str, ...]] = {}
    alts = set()
    for values in combinations(handles, sizes):
        image = figure.locator("img:visible")
        expect(image).to_have_count(1)
        assert image.evaluate("each => each.complete && each.naturalWidth > 0")
        assert fits(image), f"the image at {values} is wider than the window"
        painted = hashlib.sha256(image.screenshot()).hexdigest()
        assert painted not in shown, f"{values} looks like {shown[painted]}"
        shown[painted] = values
        alts.add(image.get_attribute("alt"))
    frames = 1
    for size in sizes:
        frames *= size
    assert len(shown) == len(set(shown.values())) == len(alts) == frames


def combinations(handles: list[Locator], sizes: list[int]) -> Iterator[tuple[str, ...]]:
    """Move the sliders through all their values with the keyboard; yield the values shown."""
    if not handles:
        yield ()
        return
    handle, size = handles[0], sizes[0]
    handle.focus()
    handle.press("Home")
    for step in range(size):
        if step:
            handle.focus()
            handle.press("ArrowRight")
        value = checked_value(handle, step)
        for rest in combinations(handles[1:], sizes[1:]):
            yield (value, *rest)
    handle.focus()
    handle.press("Home")
    checked_value(handle, 0)
    handle.press("End")
    checked_value(handle, size - 1)


def checked_value(handle: Locator, step: int) -> str:
    """The value beside the slider, after checking its position, name and announced value."""
    expect(handle).to_have_attribute("aria-valuenow", f"{step}.0")
    slider = handle.locator("xpath=ancestor::*[contains(@class, 'widget-hslider')]")
    value = slider.locator(".widget-readout").inner_text().strip()
    label = slider.locator(".widget-label").inner_text().strip()
    assert value
    assert label
    expect(handle).to_have_accessible_name(label)
    expect(handle).to_have_attribute("aria-valuetext", value)
    return value


def fits(image: Locator) -> bool:
    box = image.bounding_box()
    return box["x"] >= 0 and box["x"] + box["width"] <= image.page.viewport_size["width"]
