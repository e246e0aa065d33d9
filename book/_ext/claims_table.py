"""The directive ``{claims-table}``: every claim as a row that can be linked to.

The statement is MyST, so that it may hold mathematics. Above the table, one plain link a verdict
shows its rows alone: the link's target is a marker in front of the table, and CSS (``:target``)
does the rest, so the filter works without a script.
"""

from claims_data import VERDICTS, Claim, anchor, claims_of, verdict_class
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

COLUMNS = ("Claim", "Statement", "Paper", "Ours", "Verdict")


class ClaimsTable(SphinxDirective):
    """A table of all claims with a filter by verdict."""

    def run(self) -> list[nodes.Node]:
        """Return the filter and the table."""
        claims = list(claims_of(self.env).values())
        if not claims:
            return [nodes.paragraph(text="No claim has been computed yet.")]
        frame = nodes.container(classes=["claims"])
        frame += [_marker(verdict) for verdict in VERDICTS]
        frame += [_filters(claims), self._table(claims)]
        return [frame]

    def _table(self, claims: list[Claim]) -> nodes.table:
        group = nodes.tgroup(cols=len(COLUMNS))
        group += [nodes.colspec(colwidth=width) for width in (8, 44, 16, 16, 16)]
        group += nodes.thead("", _row([[nodes.paragraph(text=name)] for name in COLUMNS]))
        group += nodes.tbody("", *[self._claim_row(claim) for claim in claims])
        return nodes.table("", group, classes=["claims-table"])

    def _claim_row(self, claim: Claim) -> nodes.row:
        verdict = claim["verdict"]
        row = _row(
            [
                [nodes.paragraph(text=claim["id"], classes=["claim-id"])],
                [*self.parse_text_to_nodes(claim["statement"]), _source(claim)],
                [nodes.paragraph(text=_value(claim["paper_value"]))],
                _our_side(claim),
                _verdict_cell(claim),
            ]
        )
        row["ids"].append(anchor(claim["id"]))
        row["classes"].append(verdict_class(verdict))
        return row


def _row(cells: list[list[nodes.Node]]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", *cell) for cell in cells])


def _marker(verdict: str) -> nodes.container:
    """What a filter link points at; it comes before the table, for CSS to look back at."""
    return nodes.container(ids=[f"show-{verdict_class(verdict)}"], classes=["claims-marker"])


def _filters(claims: list[Claim]) -> nodes.paragraph:
    """Links that show one verdict each, with their counts, and one that shows everything."""
    count = {verdict: sum(c["verdict"] == verdict for c in claims) for verdict in VERDICTS}
    links = [("all", "#claims", len(claims))] + [
        (verdict, f"#show-{verdict_class(verdict)}", count[verdict]) for verdict in VERDICTS
    ]
    line = nodes.paragraph(text="Show ", classes=["claims-filter"])
    for position, (name, address, number) in enumerate(links):
        line += nodes.Text(", " if position else "")
        line += nodes.reference(text=f"{name} ({number})", refuri=address, internal=True)
    return line


def _source(claim: Claim) -> nodes.paragraph:
    parts = (claim["paper"], claim["version"], claim["locator"], claim["basis"])
    return nodes.paragraph(
        text=" · ".join(part for part in parts if part), classes=["claim-source"]
    )


def _our_side(claim: Claim) -> list[nodes.Node]:
    cell: list[nodes.Node] = [nodes.paragraph(text=_value(claim["our_value"]))]
    if claim["measured"] is not None:
        text = f"off by {_value(claim['measured'])}, allowed {_value(claim['tolerance'])}"
        cell.append(nodes.paragraph(text=text, classes=["claim-source"]))
    return cell


def _verdict_cell(claim: Claim) -> list[nodes.Node]:
    badge = nodes.inline(text=claim["verdict"], classes=["verdict-badge"])
    cell: list[nodes.Node] = [nodes.paragraph("", "", badge)]
    if claim["limits"]:
        cell.append(nodes.paragraph(text=claim["limits"], classes=["claim-source"]))
    return cell


def _value(value: object) -> str:
    """A number to seven digits, a list of them with commas, a dash for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value)
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("claim_role")
    app.add_directive("claims-table", ClaimsTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
