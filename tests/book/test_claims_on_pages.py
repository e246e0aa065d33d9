"""The role that cites a claim, and the table that it points into."""

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from claims_table import number_lines
from small_site import build_site

CLAIM: dict[str, Any] = {
    "id": "A4",
    "paper": "A paper",
    "version": "preprint",
    "locator": "Theorem 1",
    "statement": "Angles **grow**.",
    "quantity": "an angle, degrees",
    "basis": "stated in the paper",
    "paper_value": None,
    "our_value": 10.0,
    "measured": 10.25,
    "tolerance": 0.5,
    "standard_error": 0.125,
    "verdict": "holds with limits",
    "limits": "below 60°",
}
OURS = {**CLAIM, "id": "B1", "paper": "Another paper", "verdict": "ours", "limits": ""}
INDEX = "# Home\n\n```{toctree}\nclaims\nwing/chapter\n```\n"


def _build(folder: Path, chapter: str, claims: list[dict] | None = None) -> tuple[Path, str]:
    path = folder / "claims.json"
    if claims is not None:
        path.write_text(json.dumps({"claims": claims}))
    pages = {
        "index": INDEX,
        "claims": "# Claims\n\n```{claims-table}\n```\n",
        "wing/chapter": f"# Chapter\n\n{chapter}\n",
    }
    return build_site(folder, pages, ["claims_table"], claims_file=str(path))


def _soup(folder: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((folder / page).read_text("utf-8"), "html.parser")


def test_role_links_to_the_row_and_names_the_verdict(tmp_path: Path) -> None:
    site, warnings = _build(tmp_path, "See {claim}`A4`.", [CLAIM, OURS])
    assert warnings == ""
    link = _soup(site, "wing/chapter.html").select_one("a.claim")
    assert link is not None
    assert link.text == "A4 (holds with limits)"
    assert link["href"] == "../claims.html#claim-A4"
    row = _soup(site, "claims.html").select_one("tr#claim-A4")
    assert row is not None
    assert "Angles" in row.text
    assert "below 60°" in row.text


def test_unknown_claim_is_a_warning(tmp_path: Path) -> None:
    _, warnings = _build(tmp_path, "See {claim}`Z9`.", [CLAIM])
    assert "no claim has the id 'Z9'" in warnings


def test_missing_file_is_a_warning(tmp_path: Path) -> None:
    _, warnings = _build(tmp_path, "Text.")
    assert "run `make claims`" in warnings


def test_table_has_a_filter_link_for_each_verdict(tmp_path: Path) -> None:
    site, _ = _build(tmp_path, "Text.", [CLAIM, OURS])
    soup = _soup(site, "claims.html")
    links = {link.text: str(link["href"]) for link in soup.select(".claims-filter a")}
    assert list(links) == [
        "all (2)",
        "holds (0)",
        "holds with limits (1)",
        "differs (0)",
        "ours (1)",
    ]
    assert all(soup.find(id=address[1:]) for address in links.values())


def test_each_paper_has_its_own_table(tmp_path: Path) -> None:
    site, _ = _build(tmp_path, "Text.", [CLAIM, OURS])
    captions = [caption.text for caption in _soup(site, "claims.html").select("caption")]
    assert [caption.split(" (")[0] for caption in captions] == ["A paper", "Another paper"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "measured: 10.25 ± 0.12"),
        ({}, "apart: 0.2, allowed: 0.5"),
        ({"paper_value": 10.5}, "the paper prints 10.5"),
        ({"standard_error": None}, "measured: 10.25"),
    ],
)
def test_numbers_are_shown(change: dict[str, Any], line: str) -> None:
    assert line in number_lines({**CLAIM, **change})
