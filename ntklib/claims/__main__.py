"""Compute every claim and write the file that the book's table reads.

Usage: python -m ntklib.claims book/results/claims.json
"""

import json
import sys
from pathlib import Path

from ntklib.claims import all_claims


def main(arguments: list[str]) -> int:
    """Write the claims as JSON; return 1 if the numbers of one disagree with its statement."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    claims = all_claims()
    rows, red = [], []
    for number, claim in enumerate(claims, 1):
        rows.append(claim.to_dict())
        agrees = "agrees" if claim.agrees else "DISAGREES"
        print(f"[{number}/{len(claims)}] {claim.id}: {agrees}", flush=True)
        if not claim.agrees:
            red.append(claim.id)
    target = Path(arguments[0])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"claims": rows}, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(rows)} claims in {target}" + (f"; these disagree: {red}" if red else ""))
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
