"""What a claim is: a statement, where it stands, and what we found when we computed it."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["holds", "holds with limits", "differs", "ours"]
Basis = Literal["stated in the paper", "proved in this book", "measured in this book"]

DETERMINISTIC_TOLERANCE = 1e-3  # relative; the widest a check without randomness may use


@dataclass(frozen=True)
class Paper:
    """A paper and the text of it that was read.

    Attributes:
        key: Key in the bibliography.
        title: Title.
        version: Which text the claims quote.
    """

    key: str
    title: str
    version: str


@dataclass(frozen=True)
class Finding:
    """What a claim's computation returns.

    Attributes:
        our_value: What the statement, as we read it, makes the number.
        measured: The number, computed on a path that does not assume the statement.
        tolerance: Largest |measured - our_value| that counts as agreement, absolute. At most
            1e-3 of `our_value` if deterministic; four standard errors if not.
        standard_error: Standard error of `measured` if it is a mean over random draws.
    """

    our_value: float
    measured: float
    tolerance: float
    standard_error: float | None = None

    @property
    def agrees(self) -> bool:
        """Whether the measurement bears the statement out."""
        return abs(self.measured - self.our_value) <= self.tolerance


@dataclass(frozen=True)
class Claim:
    """One checkable statement of a paper, or of this book about the paper's subject.

    Attributes:
        id: Short name, such as "A4"; chapters cite it.
        paper: The paper it belongs to.
        locator: Where in that paper, or which section of this book.
        statement: The statement in our words.
        quantity: What `our_value` and `measured` are, with the unit.
        basis: What the statement rests on.
        verdict: How it fared.
        limits: Where the statement stops holding, or what to know when reading it.
        paper_value: The number that the paper prints, if it prints one.
        compute: Finds `our_value` and `measured`.
    """

    id: str
    paper: Paper
    locator: str
    statement: str
    quantity: str
    basis: Basis
    verdict: Verdict
    compute: Callable[[], Finding]
    limits: str = ""
    paper_value: float | None = None

    @functools.cached_property
    def finding(self) -> Finding:
        """The computed numbers, found on first access."""
        return self.compute()

    @property
    def agrees(self) -> bool:
        """Whether the numbers bear the statement out."""
        return self.finding.agrees

    def to_dict(self) -> dict:
        """Return everything a table shows, computing it if need be."""
        finding = self.finding
        return {
            "id": self.id,
            "paper": self.paper.title,
            "paper_key": self.paper.key,
            "version": self.paper.version,
            "locator": self.locator,
            "statement": self.statement,
            "quantity": self.quantity,
            "basis": self.basis,
            "paper_value": self.paper_value,
            "our_value": float(finding.our_value),
            "measured": float(finding.measured),
            "tolerance": float(finding.tolerance),
            "standard_error": finding.standard_error,
            "verdict": self.verdict,
            "limits": self.limits,
        }
