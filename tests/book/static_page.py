"""What can be checked in a built page without a browser: images, links, weight."""

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

SHARED = "_static"
"""Folder of what every page uses: fetched once for the whole book, so not a page's own weight."""
DECORATION = "_static"
"""Images from here are the site's logo and buttons, not figures."""


@dataclass(frozen=True)
class StaticPage:
    """A built HTML page."""

    path: Path
    site: Path
    soup: BeautifulSoup = field(repr=False)

    def figures(self) -> list[Tag]:
        """Images of the text itself, those inside the states of widgets included."""
        inside = [*self.soup.select("main img"), *_widget_images(self.soup)]
        return [image for image in inside if f"{DECORATION}/" not in str(image.get("src", ""))]

    def images_without_alt(self) -> list[str]:
        images = [*self.soup.find_all("img"), *_widget_images(self.soup)]
        return [str(image)[:200] for image in images if not str(image.get("alt", "")).strip()]

    def dead_links(self) -> list[str]:
        """Addresses inside the site that lead to no file, or to no such place in the file."""
        return sorted({link for link in self._links() if not self._leads_somewhere(link)})

    def repeated_ids(self) -> list[str]:
        """Ids that occur more than once; a link to one leads to the first only."""
        counts = Counter(str(tag["id"]) for tag in self.soup.select("[id]"))
        return [name for name, count in counts.items() if count > 1]

    def own_bytes(self) -> int:
        """The HTML and every file it embeds, without what all pages share under ``_static``."""
        embedded = {
            self._target(str(image["src"]))
            for image in self.soup.select("[src]")
            if not urlsplit(str(image["src"])).scheme
        }
        own = [path for path in embedded if SHARED not in path.relative_to(self.site).parts]
        return self.path.stat().st_size + sum(path.stat().st_size for path in own)

    def _links(self) -> list[str]:
        attributes = (("href", self.soup.select("[href]")), ("src", self.soup.select("[src]")))
        return [str(tag[name]) for name, tags in attributes for tag in tags]

    def _leads_somewhere(self, link: str) -> bool:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return True
        target = self._target(link)
        if not target.is_file():
            return False
        fragment = unquote(parts.fragment)
        return not fragment or target.suffix != ".html" or fragment in _anchors(target)

    def _target(self, link: str) -> Path:
        path = unquote(urlsplit(link).path)
        return (self.path.parent / path).resolve() if path else self.path


@cache
def read_page(path: Path, site: Path) -> StaticPage:
    """Parse a page once a session."""
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    return StaticPage(path.resolve(), site.resolve(), soup)


@cache
def _anchors(path: Path) -> set[str]:
    soup = BeautifulSoup(path.read_text("utf-8"), "html.parser")
    return {str(tag["id"]) for tag in soup.select("[id]")} | {"top"}


def _widget_images(soup: BeautifulSoup) -> list[Tag]:
    """Images in the states of widgets, where each frame of a slider is a piece of HTML."""
    models = [
        model["state"]
        for script in soup.select('script[type="application/vnd.jupyter.widget-state+json"]')
        for model in json.loads(script.text)["state"].values()
    ]
    pieces = [model["value"] for model in models if isinstance(model.get("value"), str)]
    return [
        image
        for piece in pieces
        if "<img" in piece
        for image in BeautifulSoup(piece, "html.parser").find_all("img")
    ]
