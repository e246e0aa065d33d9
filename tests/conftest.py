"""What holds for every test: the same examples on every machine, and how workers share tests."""

import re
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("ntklib", deadline=None, derandomize=True)
settings.load_profile("ntklib")

PAGE = re.compile(r"(.*\.py)::.*\[.*?([\w/-]+\.html)")
ALONE = re.compile(r".*/test_mutation\.py::.*")


def scope(nodeid: str) -> str:
    """Return what a test must share its worker with.

    That is its file, as the cells of a notebook follow each other. But the visits to one page of
    the book know nothing of those to another, and runs of faulty libraries nothing of each other.
    """
    if ALONE.fullmatch(nodeid):
        return nodeid
    page = PAGE.match(nodeid)
    return f"{page[1]}[{page[2]}]" if page else nodeid.split("::", 1)[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out by scope, where pytest-xdist is asked for whole files."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class ByScope(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    return ByScope(config, log)
