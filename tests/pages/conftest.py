"""A stand-in for a notebook: what pages publish is caught instead of displayed."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from ntklib import pages


@dataclass
class Output:
    """One published bundle and its metadata."""

    data: dict[str, Any]
    metadata: dict[str, Any]


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[Output]:
    """Make pages believe that they run in a notebook, and collect what they publish."""
    outputs: list[Output] = []

    def catch(data: dict, *, raw: bool, metadata: dict | None = None) -> None:
        assert raw
        outputs.append(Output(data, metadata or {}))

    for name in ("show", "say", "explore"):
        module = import_module(f"ntklib.pages.{name}")  # the package shows the function instead
        monkeypatch.setattr(module, "get_ipython", lambda: object())
        monkeypatch.setattr(module, "display", catch)
    return outputs


@pytest.fixture
def draw() -> Callable[..., tuple[Figure, str]]:
    """Draw a line whose slope is the product of all values, and say so."""

    def line(**values: float) -> tuple[Figure, str]:
        slope = float(np.prod([float(value) for value in values.values()]))
        figure, axis = pages.figure()
        axis.plot([0, 1], [0, slope])
        return figure, f"A straight line from the origin to the right, rising to {slope:.4g} at 1."

    return line
