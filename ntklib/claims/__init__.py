"""Every checkable statement of the papers, as code.

One file a paper, found by file: a module of this package that has a list `CLAIMS` takes part.
"""

import importlib
import pkgutil
import re

from ntklib.claims.claim import Claim, Finding, Paper

__all__ = ["Claim", "Finding", "Paper", "all_claims"]


def all_claims() -> list[Claim]:
    """Return all claims in the order of their ids; none is computed until its finding is read.

    Raises:
        ValueError: If two claims share an id.

    >>> [claim.id for claim in all_claims()][:2]
    ['A1', 'A1b']
    """
    claims: list[Claim] = []
    for module in pkgutil.iter_modules(__path__):
        if module.name != "__main__":
            found = importlib.import_module(f"{__name__}.{module.name}")
            claims += getattr(found, "CLAIMS", [])
    ids = [claim.id for claim in claims]
    repeated = {each for each in ids if ids.count(each) > 1}
    if repeated:
        raise ValueError(f"claim ids must be unique, got {sorted(repeated)} more than once")
    return sorted(claims, key=_order)


def _order(claim: Claim) -> tuple[str, int, str]:
    parts = re.fullmatch(r"([A-Z]+)(\d+)([a-z]*)", claim.id)
    if parts is None:
        raise ValueError(
            f"a claim id is a letter and a number, such as A4 or A4b, got {claim.id!r}"
        )
    return parts[1], int(parts[2]), parts[3]
