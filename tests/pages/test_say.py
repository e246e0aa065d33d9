"""Numbers are rounded once, glued without quotes and printed where there is no notebook."""

import math

import numpy as np
import pytest
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from myst_nb.core.variables import format_plain_text
from myst_nb.ext.glue import extract_glue_data_cell
from nbformat.v4 import new_code_cell, new_output

from ntklib import pages


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (16.71779955, 5, "16.718"),
        (0.5, 3, "0.500"),
        (-0.25, 2, "−0.25"),
        (0, 4, "0"),
        (0.0, 2, "0.0"),
        (64, 1, "60"),
        (64, 4, "64"),
        (np.int64(1797), 4, "1797"),
        (np.float64(119.36864), 4, "119.4"),
        (99999.6, 4, "100000"),
        (1234567.0, 4, "1.235 × 10⁶"),
        (3.2e-12, 2, "3.2 × 10⁻¹²"),
        (0.00001234, 3, "0.0000123"),
        (math.inf, 4, "∞"),
        (-math.inf, 4, "−∞"),
    ],
)
def test_number(value: float, digits: int, text: str) -> None:
    assert pages.number(value, digits) == text


def test_number_takes_anything_with_float() -> None:
    class Estimate:
        def __float__(self) -> float:
            return 66.7817

    assert pages.number(Estimate()) == "66.78"


@pytest.mark.parametrize("digits", [0, -1, 18])
def test_number_quotes_bad_digits(digits: int) -> None:
    with pytest.raises(ValueError, match=f"got {digits}"):
        pages.number(1.0, digits)


def test_number_quotes_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="nan"):
        pages.number(math.nan)


@pytest.mark.parametrize("name", ["", "a:b"])
def test_say_quotes_a_bad_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"got '{name}'"):
        pages.say(name, 1.0)


def test_glued_text_is_the_shown_text(published: list) -> None:
    pages.say("angle", 16.71779955, 5)
    pages.say("share", 0.13, 3)
    pages.say("verdict", "holds")
    shown = [output.data["text/plain"] for output in published]
    assert shown == ["angle: 16.718", "share: 0.130", "verdict: holds"]
    cell = new_code_cell(
        outputs=[
            new_output("display_data", data=each.data, metadata=each.metadata) for each in published
        ]
    )
    glued = {
        name: format_plain_text(output["data"]["text/plain"], "")  # what the role does
        for name, output in extract_glue_data_cell(cell)
    }
    assert glued == {"angle": "16.718", "share": "0.130", "verdict": "holds"}
    assert not cell.outputs  # on the page the prose alone shows the number


def test_say_prints_without_a_notebook(capsys: pytest.CaptureFixture[str]) -> None:
    assert not TerminalInteractiveShell.initialized()
    pages.say("angle", 16.71779955)
    assert capsys.readouterr().out == "16.72\n"
