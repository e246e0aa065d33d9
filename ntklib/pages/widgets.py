"""Sliders and the stacks of frames they choose from."""

from collections.abc import Mapping, Sequence

from ipywidgets import HTML, Box, Layout, SelectionSlider, Stack, VBox, jslink


def slider_tree(
    labels: Mapping[str, Sequence[str]], tags: Sequence[str], initial: Mapping[str, int]
) -> VBox:
    """Return sliders above nested stacks of frames.

    The outermost stack follows the first slider, those inside it the second, and so on; each
    link joins a slider's ``index`` to a stack's ``selected_index`` in the browser.

    Args:
        labels: the texts of each slider's values, by slider name.
        tags: one HTML image a combination, the last slider varying fastest.
        initial: the index at which each slider starts.
    """
    sliders = {name: _slider(name, texts, initial[name]) for name, texts in labels.items()}
    frames = _stacked(list(sliders.values()), [HTML(tag) for tag in tags])
    return VBox([*sliders.values(), frames])


def _slider(name: str, texts: Sequence[str], index: int) -> SelectionSlider:
    """Return a slider that shows its value."""
    return SelectionSlider(
        options=list(texts),
        value=texts[index],
        description=name.replace("_", " "),
        continuous_update=True,
        style={"description_width": "initial"},
        layout=Layout(width="min(100%, 28rem)"),
    )


def _stacked(sliders: Sequence[SelectionSlider], frames: Sequence[HTML]) -> Box:
    """Split the frames by the first slider's value and stack the parts; recurse on the rest."""
    first, *rest = sliders
    size = len(frames) // len(first.options)
    parts = [frames[start : start + size] for start in range(0, len(frames), size)]
    children = [_stacked(rest, part) if rest else part[0] for part in parts]
    stack = Stack(children, selected_index=first.index)
    jslink((first, "index"), (stack, "selected_index"))
    return stack
