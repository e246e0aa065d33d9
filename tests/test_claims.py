"""Every claim is computed, within a tolerance that was not widened, and a fault turns it red."""

import json
import math
from pathlib import Path

import pytest

from ntklib.claims import Claim, Finding, all_claims
from ntklib.claims.claim import DETERMINISTIC_TOLERANCE
from ntklib.dual import average, closed_forms

STORED = Path(__file__).parents[1] / "book" / "results" / "claims.json"
CLAIMS = all_claims()
VERDICTS = {"holds", "holds with limits", "differs", "ours"}
BASES = {"stated in the paper", "proved in this book", "measured in this book"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_numbers_bear_the_statement_out(claim: Claim):
    finding = claim.finding
    assert math.isfinite(finding.measured)
    assert finding.agrees, f"{claim.id}: measured {finding.measured}, ours {finding.our_value}"


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_tolerance_is_honest(claim: Claim):
    finding = claim.finding
    if finding.standard_error is not None:
        assert finding.tolerance == 4 * finding.standard_error
    elif finding.our_value:
        assert finding.tolerance <= DETERMINISTIC_TOLERANCE * abs(finding.our_value)
    else:
        assert finding.tolerance <= 1e-12


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_the_record_is_whole(claim: Claim):
    assert claim.verdict in VERDICTS
    assert claim.basis in BASES
    assert claim.statement.endswith(".")
    assert claim.paper.version
    assert claim.limits or claim.verdict not in {"holds with limits", "differs"}
    assert (claim.verdict == "ours") == claim.locator.startswith("this book")


def test_the_stored_table_is_the_computed_one():
    """Words must match exactly, numbers within the claim's tolerance (`make claims` renews it)."""
    stored = json.loads(STORED.read_text())["claims"]
    assert [row["id"] for row in stored] == [claim.id for claim in CLAIMS]
    numbers = {"our_value", "measured", "tolerance", "standard_error"}
    for row, claim in zip(stored, CLAIMS, strict=True):
        fresh = claim.to_dict()
        assert {k: v for k, v in row.items() if k not in numbers} == {
            k: v for k, v in fresh.items() if k not in numbers
        }
        for name in ("our_value", "measured"):
            assert abs(row[name] - fresh[name]) <= fresh["tolerance"]


def test_a_fault_of_one_percent_in_the_dual_turns_claims_red(monkeypatch):
    faulty = 1.01 * closed_forms.TWO_OVER_PI
    for module in (closed_forms, average):
        monkeypatch.setattr(module, "TWO_OVER_PI", faulty)
    red = {
        claim.id
        for claim in CLAIMS
        if claim.id in {"A1", "A1c", "A5", "A5b"} and not claim.compute().agrees
    }
    assert red == {"A1", "A1c", "A5", "A5b"}


def test_agreement_can_fail():
    assert Finding(1.0, 1.0005, 1e-3).agrees
    assert not Finding(1.0, 1.0015, 1e-3).agrees
    assert not Finding(1.0, math.nan, 1e-3).agrees


def test_ids_are_sorted_by_number():
    ids = [claim.id for claim in CLAIMS]
    assert ids.index("A2") < ids.index("A14")
    assert len(set(ids)) == len(ids)
