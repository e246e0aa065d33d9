"""A number found by a numerical method, with its error."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value, a bound or standard error for it, and how it was found.

    >>> float(Estimate(2.5, 1e-12, "bracketed root"))
    2.5
    """

    value: float
    error: float
    method: str

    def __float__(self) -> float:
        """Return the value alone."""
        return self.value
