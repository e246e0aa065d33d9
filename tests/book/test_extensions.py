"""The small extensions in book/_ext, one at a time."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from code_keyed_cache import code_key
from docutils import nodes
from image_alt import describe_images
from inline_scripts import unique_scripts
from small_site import build_site
from sphinx.builders.html._assets import _JavaScript
from stale_pages import stale_pages


def _bundle(text: str, **attributes: str) -> nodes.container:
    """An output of a cell as myst-nb holds it: an image and its plain text."""
    image = nodes.container("", nodes.image(**attributes), mime_type="image/png")
    plain = nodes.container("", nodes.literal_block(text=text), mime_type="text/plain")
    return nodes.container("", image, plain, nb_element="mime_bundle")


def _image(bundle: nodes.container) -> nodes.image:
    return next(bundle.findall(nodes.image))


def test_plain_text_becomes_the_alt_text() -> None:
    bundle = _bundle("Two curves\nthat cross at 66.8 degrees")
    describe_images(bundle)
    assert _image(bundle)["alt"] == "Two curves that cross at 66.8 degrees"


def test_alt_text_of_the_source_is_kept() -> None:
    bundle = _bundle("other words", alt="the author's words")
    describe_images(bundle)
    assert _image(bundle)["alt"] == "the author's words"


def test_repr_of_a_figure_is_no_description() -> None:
    bundle = _bundle("<Figure size 640x480 with 1 Axes>")
    describe_images(bundle)
    assert "alt" not in _image(bundle)


def test_scripts_are_kept_once_and_in_order() -> None:
    first, late = _JavaScript("", body="a"), _JavaScript(None, body="a")  # type: ignore[arg-type]
    other, file = _JavaScript("", body="b"), _JavaScript("a.js")
    assert unique_scripts([first, file, other, late, file]) == [first, file, other]


def test_cache_key_follows_the_code(tmp_path: Path) -> None:
    library, pins = tmp_path / "library", tmp_path / "pins.txt"
    library.mkdir()
    (library / "a.py").write_text("a = 1")
    pins.write_text("numpy==2")
    key = code_key([library, pins])
    assert code_key([library, pins]) == key
    (library / "notes.txt").write_text("not code")
    assert code_key([library, pins]) == key
    (library / "a.py").write_text("a = 2")
    changed = code_key([library, pins])
    assert changed != key
    pins.write_text("numpy==3")
    assert code_key([library, pins]) not in {key, changed}


def test_pages_that_no_document_stands_behind_are_stale(tmp_path: Path) -> None:
    for name in ("index", "book/kept", "book/gone", "_static/part"):
        path = tmp_path / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert stale_pages(tmp_path, {"book/kept"}) == [tmp_path / "book" / "gone.html"]


def _proof(folder: Path, source: str) -> BeautifulSoup:
    site, warnings = build_site(folder, {"index": f"# Page\n\n{source}\n"}, ["folding_proofs"])
    assert warnings == ""
    return BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")


@pytest.mark.parametrize(("argument", "title"), [("", "Proof"), (" Of the lemma", "Of the lemma")])
def test_folded_proof_has_a_title(tmp_path: Path, argument: str, title: str) -> None:
    source = f"```{{prf:proof}}{argument}\n:class: dropdown\n\nBy *induction*.\n```"
    box = _proof(tmp_path, source).select_one("div.admonition.proof.dropdown")
    assert box is not None
    assert [paragraph.text for paragraph in box.select("p")] == [title, "By induction."]
    assert box.select_one("p.admonition-title") is box.p


def test_open_proof_starts_with_the_word(tmp_path: Path) -> None:
    box = _proof(tmp_path, "```{prf:proof}\nBy induction.\n```").select_one("div.proof-box")
    assert box is not None
    assert box.text.strip() == "Proof. By induction."


def test_boxes_share_no_id(tmp_path: Path) -> None:
    source = "```{prf:lemma}\n:label: one\nOne.\n```\n\n```{prf:lemma}\n:label: two\nTwo.\n```"
    page = {"index": f"# Page\n\n{source}\n"}
    site, _ = build_site(tmp_path, page, ["sphinx_proof", "unique_ids"])
    soup = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    ids = [str(tag["id"]) for tag in soup.select("[id]")]
    assert len(ids) == len(set(ids))
    assert {"one", "two"} <= set(ids)


def test_root_page_leads_to_the_first_page(tmp_path: Path) -> None:
    site, _ = build_site(
        tmp_path,
        {"book/first": "# First\n"},
        ["root_page"],
        root_doc="book/first",
        html_title="A book",
        html_favicon="https://example.org/icon.svg",
    )
    soup = BeautifulSoup((site / "index.html").read_text("utf-8"), "html.parser")
    assert soup.a is not None
    assert soup.a["href"] == "book/first.html"
    assert soup.title is not None
    assert soup.title.text == "A book"
