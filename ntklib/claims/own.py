"""Claims that the book makes itself, about the subject of a paper."""

from collections.abc import Callable

from ntklib.claims.claim import Basis, Claim, Finding, Paper


def own_claim(
    paper: Paper,
    chapter: str,
    id: str,
    statement: str,
    quantity: str,
    compute: Callable[[], Finding],
    *,
    basis: Basis = "proved in this book",
    limits: str = "",
) -> Claim:
    """Return a claim of this book's own, made in a chapter about the paper's subject."""
    return Claim(
        id=id,
        paper=paper,
        locator=f"this book, {chapter}",
        statement=statement,
        quantity=quantity,
        basis=basis,
        verdict="ours",
        limits=limits,
        compute=compute,
    )
