"""Every built page, read as a file: images, links, weight, scripts.

Each gate has been seen to fail: ``test_site_gates_fail.py`` runs them on small bad pages.
"""

from pathlib import Path

from static_page import StaticPage, read_page

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 2_000_000
SHORTEST_ALT = 60


def _page(site_dir: Path, page: str) -> StaticPage:
    return read_page(site_dir / page, site_dir)


def test_images_have_alt_text(site_dir: Path, page: str) -> None:
    assert not _page(site_dir, page).images_without_alt()


def test_figures_are_described_at_length(site_dir: Path, page: str) -> None:
    short = [image["alt"] for image in _page(site_dir, page).figures()]
    assert not [alt for alt in short if len(alt) < SHORTEST_ALT]


def test_no_two_figures_share_a_description(site_dir: Path, pages_of_site: list[str]) -> None:
    texts = [image["alt"] for page in pages_of_site for image in _page(site_dir, page).figures()]
    assert sorted(texts) == sorted(set(texts))


def test_links_inside_the_site_lead_somewhere(site_dir: Path, page: str) -> None:
    assert not _page(site_dir, page).dead_links()


def test_ids_occur_once(site_dir: Path, page: str) -> None:
    assert not _page(site_dir, page).repeated_ids()


def test_page_weighs_at_most_two_megabytes(site_dir: Path, page: str) -> None:
    weight = _page(site_dir, page).own_bytes()
    assert weight <= MOST_BYTES, f"{page} weighs {weight / 1e6:.2f} MB"


def test_inline_scripts_are_emitted_once(site_dir: Path, page: str) -> None:
    """The state of the widgets came twice before book/_ext/inline_scripts.py."""
    soup = _page(site_dir, page).soup
    texts = [script.text for script in soup.select("head script:not([src])") if script.text.strip()]
    assert len(texts) == len(set(texts))


def test_every_built_page_is_tested(site_dir: Path, pages_of_site: list[str]) -> None:
    """A page that the table of contents does not name would escape every gate here."""
    built = {path.relative_to(site_dir).as_posix() for path in site_dir.rglob("*.html")}
    assert built == set(pages_of_site)


def test_chapters_open_their_notebook_on_binder_and_colab(
    site_dir: Path, pages_of_site: list[str]
) -> None:
    """The links name the notebook beside the page, not the page's own source."""
    notebooks = [name for page in pages_of_site if (ROOT / (name := _notebook(page))).exists()]
    assert notebooks
    for notebook in notebooks:
        soup = _page(site_dir, notebook.replace(".ipynb", ".html")).soup
        links = [str(link["href"]) for link in soup.select(".dropdown-launch-buttons a")]
        assert [link.split("/")[2] for link in links] == [
            "mybinder.org",
            "colab.research.google.com",
        ]
        assert all(link.endswith(f"/{notebook}") for link in links)


def _notebook(page: str) -> str:
    return page.replace(".html", ".ipynb")
