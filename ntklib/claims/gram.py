"""The paper behind the Gram wing, how much of it was read, and the book's own claims about it."""

from collections.abc import Callable

from ntklib.claims.claim import Basis, Claim, Finding, Paper

PAPER = Paper(
    key="panigrahi2020activation",
    title="Effect of Activation Functions on the Training of Overparametrized Neural Nets",
    version="arXiv:1908.05660, abstract and figure captions; the theorems were not available",
)


def own_claim(
    chapter: str,
    id: str,
    statement: str,
    quantity: str,
    compute: Callable[[], Finding],
    *,
    basis: Basis = "proved in this book",
    limits: str = "",
) -> Claim:
    """Return a claim of this book's own, made in a chapter of the wing."""
    return Claim(
        id=id,
        paper=PAPER,
        locator=f"this book, {chapter}",
        statement=statement,
        quantity=quantity,
        basis=basis,
        verdict="ours",
        limits=limits,
        compute=compute,
    )
