"""The directive ``{claims-table}``: every claim as a row that can be linked to.

A table for each paper. Above them, one plain link a verdict shows its rows alone: the link's
target is a marker in front of the tables, and CSS (``:target``) does the rest, so the filter
works without a script.
"""

from claims_data import VERDICTS, Claim, anchor, claims_of, verdict_class
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

COLUMNS = (("Claim", 14), ("Statement", 50), ("Numbers", 36))


class ClaimsTable(SphinxDirective):
    """Tables of all claims with a filter by verdict."""

    def run(self) -> list[nodes.Node]:
        """Return the filter and the tables."""
        claims = list(claims_of(self.env).values())
        if not claims:
            return [nodes.paragraph(text="No claim has been computed yet.")]
        frame = nodes.container(classes=["claims"])
        frame += [_marker("all"), *(_marker(verdict_class(verdict)) for verdict in VERDICTS)]
        frame += _filters(claims)
        for paper in dict.fromkeys(claim["paper"] for claim in claims):
            frame += self._table([claim for claim in claims if claim["paper"] == paper])
        return [frame]

    def _table(self, claims: list[Claim]) -> nodes.table:
        """The claims of one paper, under its title and the text that was read."""
        group = nodes.tgroup(cols=len(COLUMNS))
        group += [nodes.colspec(colwidth=width) for _, width in COLUMNS]
        group += nodes.thead("", _row([[nodes.paragraph(text=name)] for name, _ in COLUMNS]))
        group += nodes.tbody("", *[self._claim_row(claim) for claim in claims])
        title = nodes.title(text=f"{claims[0]['paper']} ({claims[0]['version']})")
        return nodes.table("", title, group, classes=["claims-table", "colwidths-given"])

    def _claim_row(self, claim: Claim) -> nodes.row:
        statement = [
            *self.parse_text_to_nodes(claim["statement"]),
            *([_small(claim["limits"], "claim-limits")] if claim["limits"] else []),
            _small(f"{claim['locator']} · {claim['basis']}", "claim-source"),
        ]
        row = _row([_name(claim), statement, [_small(line) for line in number_lines(claim)]])
        row["ids"].append(anchor(claim["id"]))
        row["classes"].append(verdict_class(claim["verdict"]))
        return row


def number_lines(claim: Claim) -> list[str]:
    """What was computed, what the statement makes it, what came out, and how far apart."""
    error = claim["standard_error"]
    apart = abs(claim["measured"] - claim["our_value"])
    printed = claim["paper_value"]
    return [
        claim["quantity"],
        *([f"the paper prints {_number(printed)}"] if printed is not None else []),
        f"statement: {_number(claim['our_value'])}",
        f"measured: {_number(claim['measured'])}" + (f" ± {error:.2g}" if error else ""),
        f"apart: {apart:.1g}, allowed: {claim['tolerance']:.1g}",
    ]


def _number(value: float) -> str:
    """Seven significant digits."""
    return f"{value:.7g}"


def _row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", *cell) for cell in cells])


def _name(claim: Claim) -> list[nodes.Node]:
    badge = nodes.inline(text=claim["verdict"], classes=["verdict-badge"])
    return [
        nodes.paragraph(text=claim["id"], classes=["claim-id"]),
        nodes.paragraph("", "", badge),
    ]


def _small(text: str, kind: str = "claim-number") -> nodes.paragraph:
    return nodes.paragraph(text=text, classes=[kind])


def _marker(name: str) -> nodes.container:
    """What a filter link points at; it comes before the tables, for CSS to look back at."""
    return nodes.container(ids=[f"show-{name}"], classes=["claims-marker"])


def _filters(claims: list[Claim]) -> nodes.paragraph:
    """Links that show one verdict each, with their counts, and one that shows everything."""
    links = [("all", "all", len(claims))]
    for verdict in VERDICTS:
        count = sum(claim["verdict"] == verdict for claim in claims)
        links.append((verdict, verdict_class(verdict), count))
    line = nodes.paragraph(text="Show ", classes=["claims-filter"])
    for position, (name, marker, count) in enumerate(links):
        line += nodes.Text(", " if position else "")
        line += nodes.reference(text=f"{name} ({count})", refuri=f"#show-{marker}", internal=True)
    return line


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("claim_role")
    app.add_directive("claims-table", ClaimsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
