"""The vendored scripts and fonts are those that the manifest records."""

import shutil
from pathlib import Path

import pytest
import vendor


def test_files_are_as_recorded() -> None:
    assert vendor.differences() == []


def test_every_package_carries_its_licence() -> None:
    assert all((vendor.VENDOR / package.folder / "LICENSE").exists() for package in vendor.PACKAGES)


@pytest.mark.parametrize("fault", ["changed", "missing", "unlisted"])
def test_a_difference_is_seen(tmp_path: Path, fault: str) -> None:
    copy = tmp_path / "vendor"
    shutil.copytree(vendor.VENDOR, copy)
    licence, extra = copy / "mathjax" / "LICENSE", copy / "mathjax" / "extra.js"
    {
        "changed": lambda: licence.write_text("other"),
        "missing": licence.unlink,
        "unlisted": extra.touch,
    }[fault]()
    found = extra if fault == "unlisted" else licence
    assert vendor.differences(copy) == [found.relative_to(copy).as_posix()]
