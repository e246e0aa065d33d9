"""Write the repository's address wherever the project shows it.

    python tools/address.py            rewrite the generated parts
    python tools/address.py --check    only say which are stale; exit status 1 if any

The address lives once, as ``repository.url`` in ``_config.yml``. A generated part stands between
two comment lines, ``address: NAME`` and ``/address``; everything else in a file is left alone.
"""

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parents[1]
FIRST_CHAPTER = "book/separation/relu-versus-linear.ipynb"
PART = re.compile(
    r"(?P<open>^.*\baddress: (?P<name>[a-z-]+).*\n)(?P<body>(?:.*\n)*?)(?P<close>^.*/address\b.*$)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Address:
    """Where the project lives: ``url`` such as ``https://github.com/OWNER/name``, and a branch."""

    url: str
    branch: str

    @property
    def slug(self) -> str:
        """Owner and name, ``OWNER/name``."""
        return urlsplit(self.url).path.strip("/")

    @property
    def pages_host(self) -> str:
        """The host that GitHub Pages serves the owner's books from."""
        return f"{self.slug.split('/')[0]}.github.io"

    @property
    def pages(self) -> str:
        """The published book."""
        return f"https://{self.pages_host}/{self.slug.split('/')[1]}/"

    @property
    def requirement(self) -> str:
        """What pip installs to get the library; a Colab machine has what chapters need beside."""
        return f"ntklib @ git+{self.url}@{self.branch}"

    def binder(self, notebook: str) -> str:
        """The address that opens ``notebook`` on Binder."""
        return f"https://mybinder.org/v2/gh/{self.slug}/{self.branch}?urlpath=lab/tree/{notebook}"

    def colab(self, notebook: str) -> str:
        """The address that opens ``notebook`` on Colab."""
        place = f"{self.slug}/blob/{self.branch}/{notebook}"
        return f"https://colab.research.google.com/github/{place}"


def read(root: Path | None = None) -> Address:
    """The address that ``_config.yml`` in ``root`` gives, in this repository unless told."""
    repository = yaml.safe_load(((root or ROOT) / "_config.yml").read_text())["repository"]
    return Address(repository["url"].rstrip("/"), repository.get("branch", "main"))


def badges(at: Address) -> str:
    """The line of badges of the README."""
    workflow = f"{at.url}/actions/workflows"
    colab = "https://colab.research.google.com/assets/colab-badge.svg"
    pairs = [
        ("tests", f"{workflow}/tests.yml/badge.svg", f"{workflow}/tests.yml"),
        ("book on Pages", f"{workflow}/publish.yml/badge.svg", at.pages),
        ("Binder", "https://mybinder.org/badge_logo.svg", at.binder(FIRST_CHAPTER)),
        ("Open in Colab", colab, at.colab(FIRST_CHAPTER)),
    ]
    return "\n".join(f"[![{alt}]({image})]({target})" for alt, image, target in pairs)


def clone(at: Address) -> str:
    """The commands that fetch the project and build the book."""
    name = at.slug.split("/")[1]
    return f"```sh\ngit clone {at.url}\ncd {name}\nmake book\nmake test\n```"


def clone_and_build(at: Address) -> str:
    """As ``clone``, for readers: without the tests."""
    return clone(at).replace("make test\n", "")


def reader_links(at: Address) -> str:
    """Where to read, run and report, as a Markdown list."""
    return "\n".join(
        [
            f"- [The book]({at.pages})",
            f"- [The first chapter on Binder]({at.binder(FIRST_CHAPTER)})"
            f" and [on Colab]({at.colab(FIRST_CHAPTER)})",
            f"- [Report an erratum]({at.url}/issues/new?template=erratum.yml)",
        ]
    )


def assignment_links(at: Address) -> str:
    """Where a student opens each assignment, as a Markdown list."""
    paths = sorted((ROOT / "assignments").glob("*/*.ipynb"), key=lambda path: path.stem)
    places = [(path.stem, path.relative_to(ROOT).as_posix()) for path in paths]
    return "\n".join(
        f"- {name}: [on Binder]({at.binder(place)}), [on Colab]({at.colab(place)})"
        for name, place in places
    )


def pip_install(at: Address) -> str:
    """The command that installs the library alone."""
    return f'```sh\npip install "{at.requirement}"\n```'


def bibtex(at: Address) -> str:
    """The BibTeX entry of the book, its version taken from CITATION.cff."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    fields = {
        "title": "{" + citation["title"] + "}",
        "author": "{" + citation["authors"][0]["name"] + "}",
        "year": str(citation["date-released"])[:4],
        "version": citation["version"],
        "url": at.pages,
    }
    rows = "\n".join(f"  {key:<8}= {{{value}}}," for key, value in fields.items())
    return f"```bibtex\n@misc{{what-a-nonlinearity-buys,\n{rows}\n}}\n```"


def citation_urls(at: Address) -> str:
    """The two addresses of CITATION.cff."""
    return f'repository-code: "{at.url}"\nurl: "{at.pages}"'


def project_urls(at: Address) -> str:
    """The ``[project.urls]`` table of pyproject.toml."""
    rows = {
        "Book": at.pages,
        "Source": at.url,
        "Issues": f"{at.url}/issues",
        "Changelog": f"{at.url}/blob/{at.branch}/CHANGELOG.md",
    }
    return "\n".join(["[project.urls]", *(f'{key} = "{value}"' for key, value in rows.items())])


def issue_links(at: Address) -> str:
    """The links above the issue forms."""
    return (
        "  - name: Errata\n"
        f"    url: {at.pages}book/errata.html\n"
        "    about: What has been found and corrected already"
    )


GENERATORS: dict[str, Callable[[Address], str]] = {
    "badges": badges,
    "clone": clone,
    "clone-and-build": clone_and_build,
    "reader-links": reader_links,
    "pip-install": pip_install,
    "bibtex": bibtex,
    "citation-urls": citation_urls,
    "project-urls": project_urls,
    "issue-links": issue_links,
    "assignment-links": assignment_links,
}
FILES = (
    "README.md",
    "CITATION.cff",
    "pyproject.toml",
    ".github/ISSUE_TEMPLATE/config.yml",
    "book/using-this-book.md",
    "book/instructors.md",
)


def filled(text: str, at: Address) -> str:
    """``text`` with each generated part written anew."""
    return PART.sub(lambda m: f"{m['open']}{GENERATORS[m['name']](at)}\n{m['close']}", text)


def without_generated(text: str) -> str:
    """``text`` with each generated part cut out: what was written by hand."""
    return PART.sub("", text)


def stale() -> list[str]:
    """The files whose generated parts differ from what the address gives."""
    at = read()
    texts = {name: (ROOT / name).read_text() for name in FILES}
    return [name for name, text in texts.items() if filled(text, at) != text]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(argv)
    names = stale()
    for name in names:
        print(f"{'stale' if options.check else 'written'}: {name}")
        if not options.check:
            path = ROOT / name
            path.write_text(filled(path.read_text(), read()))
    return int(options.check and bool(names))


if __name__ == "__main__":
    sys.exit(main())
