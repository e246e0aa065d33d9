"""A progress bar for what takes long, and nothing for what does not."""

import time
import warnings
from types import TracebackType
from typing import Any

PATIENCE = 3.0
"""Seconds that a reader waits without being told."""


class Progress:
    """A bar that appears once `PATIENCE` seconds have gone by, where tqdm is installed.

    Args:
        total: Number of steps.
        show: True for a bar from the start, False for none, None for one when it takes long.
    """

    def __init__(self, total: int, show: bool | None = None) -> None:
        self._total, self._show = total, show
        self._start = time.monotonic()
        self._bar: Any = None

    def __enter__(self) -> "Progress":
        return self

    def reach(self, step: int) -> None:
        """Say that so many steps are done."""
        if self._bar is None and self._due():
            self._bar = _tqdm(self._total)
        if self._bar is not None:
            self._bar.update(step - self._bar.n)

    def _due(self) -> bool:
        if self._show is None:
            return time.monotonic() - self._start > PATIENCE
        return self._show

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _tqdm(total: int) -> Any:
    """Return a bar that suits terminal or notebook, or None without tqdm."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without widgets gets the plain bar
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return None
    return tqdm(total=total, unit="step")
