"""Signs of the matrix by size: counted against what a reader makes of each claim, and not given to the wrong one."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kb.domain import Claim, Scope
from kb.ledger import ClaimStatus, Standing
from kb.services.effects import effect_of
from kb.services.findings import Direction
from kb.services.scale import By, ScaleRow, matrix
from tests.test_seed_library import SOURCES

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
RIVALS = (
    "GRPO outperforms DPO on chain-of-thought faithfulness in larger models, but behaves less stably at smaller scales."
)


def labelled(half: str) -> list[dict]:
    return [json.loads(line) for line in (BENCHMARKS / f"scale-signs-{half}.jsonl").read_text("utf-8").splitlines()]


def rows(*claims: Claim, by: By = "finding") -> list[ScaleRow]:
    return matrix([ClaimStatus(claim=claim, status=Standing.UNTESTED) for claim in claims], by)


def claim(text: str, **scope: str) -> Claim:
    return Claim(text=text, as_of="2026-01", scope=Scope(**scope))


def signs(row: ScaleRow) -> dict[str, str]:
    return {cell.sizes: cell.direction.value for cell in row.cells}


def judged(shown: Mapping[str, str], meant: Mapping[str, Sequence[str]]) -> Counter:
    """How many signs are right, wrong, or not told where a reader could tell."""
    found: Counter = Counter()
    for size in {*shown, *meant}:
        sign, right = shown.get(size, "unknown"), meant.get(size, ["unknown"])
        found["right" if sign in right else "undecided" if sign == "unknown" else "wrong"] += 1
    return found


def test_signs_of_the_seed_claims_are_those_of_a_reader():
    """A recipe would be said to help at a size at which its claim says the contrary."""
    stated = {c.id: c for note in SOURCES.values() for c in note.claims}
    shown = {row.cells[0].claims[0]: signs(row) for row in rows(*stated.values())}
    found = sum((judged(shown.get(one["claim"], {}), one["signs"]) for one in labelled("dev")), Counter())
    assert found["wrong"] <= 2
    assert found["right"] >= 100


def test_signs_of_other_claims_are_mostly_those_of_a_reader():
    """The rules would fit the claims that they were written with, and no others."""
    found: Counter = Counter()
    for one in labelled("test"):
        found += judged(signs(next(iter(rows(claim(one["text"], size=one["size"] or None))))), one["signs"])
    assert found["wrong"] <= 3
    assert found["right"] >= 29


def test_larger_and_smaller_models_have_signs_of_their_own():
    """What fails in small models would be shown as helping them."""
    (row,) = rows(claim(RIVALS, size="0.5B-14B", method="GRPO and DPO"))
    assert signs(row) == {"<1B": "unknown", "1-4B": "unknown", "4-10B": "unknown", "10-50B": "helps"}


def test_the_loser_of_a_comparison_is_not_credited():
    """DPO would help at 10-50B by a claim that says it was beaten there."""
    found = {row.label: signs(row) for row in rows(claim(RIVALS, size="14B", method="GRPO and DPO"), by="method")}
    assert found["grpo"] == {"10-50B": "helps"}
    assert found["direct-preference-optimization"] == {"10-50B": "unknown"}


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("The share of hinted answers rises after tuning.", "rises"),
        ("Premature confidence increases with model size.", "unknown"),
        ("Answers shorten.", "falls"),
        ("Tuning raises accuracy.", "helps"),
        ("Tuning raises overconfidence.", "hurts"),
        ("Tuning raises coherence while proofs stay invalid.", "mixed"),
        ("The gain depends on how strong the base is.", "unknown"),
    ],
)
def test_more_of_something_is_good_only_if_that_is(text: str, effect: str):
    """Growing overconfidence would be told as help."""
    assert effect_of(text) is Direction(effect)
