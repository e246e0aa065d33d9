"""The repository's address is written once, in `_config.yml`; all else is generated."""

import re

import pytest
from project_files import load_tool, own_texts

address = load_tool("address")


def handwritten_copies(texts: dict[str, str], at) -> list[str]:
    """Lines that hold the address outside the generated parts and the notebooks' setup cells."""
    copies = re.compile("|".join(map(re.escape, (at.slug, at.pages_host))), re.IGNORECASE)
    return [
        f"{name}: {line.strip()}"
        for name, text in texts.items()
        if name != "_config.yml"
        for line in address.without_generated(text).splitlines()
        if copies.search(line) and not (name.endswith(".ipynb") and at.requirement in line)
    ]


def test_generated_parts_are_fresh():
    assert address.stale() == []


def test_address_has_no_copy_written_by_hand():
    assert handwritten_copies(own_texts(), address.read()) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "see https://github.com/ANN/book"),
        ("README.md", "read https://ann.github.io/book/"),
        ("one.ipynb", '"!pip install git+https://github.com/ann/book"'),
    ],
)
def test_copy_written_by_hand_is_found(name, text):
    at = address.Address("https://github.com/ann/book", "main")
    assert len(handwritten_copies({name: text}, at)) == 1


def test_generated_part_is_no_copy():
    at = address.Address("https://github.com/ann/book", "main")
    page = address.filled("<!-- address: badges -->\n<!-- /address -->\n", at)
    assert "ann/book" in page
    assert handwritten_copies({"README.md": page}, at) == []


def test_filling_replaces_what_was_there_and_is_idempotent():
    at = address.Address("https://example.org/ann/book", "main")
    page = "before\n<!-- address: clone -->\nold\n<!-- /address -->\nafter\n"
    filled = address.filled(page, at)
    assert "git clone https://example.org/ann/book\n" in filled
    assert "old" not in filled
    assert filled.startswith("before\n")
    assert filled.endswith("after\n")
    assert address.filled(filled, at) == filled


def test_check_reports_and_writes_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "_config.yml").write_text("repository: {url: https://example.org/ann/book}")
    readme = "<!-- address: pip-install -->\n<!-- /address -->\n"
    (tmp_path / "README.md").write_text(readme)
    monkeypatch.setattr(address, "FILES", ("README.md",))
    monkeypatch.setattr(address, "ROOT", tmp_path)
    assert address.main(["--check"]) == 1
    assert capsys.readouterr().out == "stale: README.md\n"
    assert (tmp_path / "README.md").read_text() == readme
    assert address.main([]) == 0
    assert "example.org/ann/book" in (tmp_path / "README.md").read_text()
    assert address.main(["--check"]) == 0
