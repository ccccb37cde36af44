"""Claims proposed from notes: on what they rest, and what is left out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.notes import read_note
from kb.domain import Claim
from kb.library import Library
from kb.services.propose import Proposal, from_note, proposals_of

STATED = "A training reward for causal steps keeps 7B models 12% more faithful on GSM8K than tuning alone."
NOTE = """\
---
title: Do rewards keep steps honest?
claim: Rewards keep steps honest.
summary: "Two studies of rewards."
date: 2026-10-01
sources: [arXiv:2502.07266, arXiv:2503.01234]
claims:
  - text: "{stated}"
    as_of: 2025-02
    evidence: [arXiv:2502.07266]
---
{body}
"""
FINDING = "With rewards for causal steps, 7B models lose 9% of accuracy on MATH against untuned models"


def proposals(library: Library, body: str) -> list[Proposal]:
    path = library.parts.place.notes / "rewards.md"
    path.write_text(NOTE.format(stated=STATED, body=body), encoding="utf-8")
    return from_note(read_note(path, library.parts.place.notes), library.parts.catalog)


@pytest.fixture
def library(small_root: Path) -> Iterator[Library]:
    """A library of a few notes."""
    with Library.open(small_root) as opened:
        opened.refresh()
        yield opened


def test_evidence_comes_from_the_sentence_itself(library: Library):
    """A claim would rest on the papers of its neighbours."""
    body = (
        f"{FINDING} (arXiv:2503.01234). In another study 3B models gained 4% more than larger ones (arXiv:2502.07266)."
    )
    by_evidence = {p.claim.evidence: p.claim.text for p in proposals(library, body)}
    assert by_evidence[("arXiv:2503.01234",)] == f"{FINDING}."
    assert by_evidence[("arXiv:2502.07266",)].startswith("In another study")


def test_a_neighbours_paper_only_dates_a_sentence(library: Library):
    """A paper that says nothing of the kind would be named as evidence."""
    near = "In small students, 135M models lose 6% of accuracy on arithmetic puzzles, while larger ones gain 3%."
    (found,) = proposals(library, f"Rewards were tried (arXiv:2503.01234). {near}")
    assert (found.claim.text, found.claim.as_of, found.claim.evidence) == (near, "2025-03", ())


def test_evidence_may_come_from_a_dated_claim_that_says_the_same(library: Library):
    """What the note says of the same finding elsewhere would be lost."""
    said = "Models of 7B trained with a reward for causal steps were 12% more faithful than others in 3 runs with seeds and prompts."
    (found,) = proposals(library, said)
    assert found.claim.evidence == ("arXiv:2502.07266",)
    about_another = f"[[another-note|A study]] disagrees: {said[0].lower()}{said[1:]}"
    assert proposals(library, about_another) == []


@pytest.mark.parametrize(
    "again",
    [
        f"{STATED[:-1]} (arXiv:2502.07266).",
        "With a training reward for causal steps, 7B models came out 12% more faithful on GSM8K (arXiv:2502.07266).",
        "Tuning alone leaves 7B models 12% less faithful on GSM8K than a reward on steps (arXiv:2502.07266v2).",
    ],
)
def test_what_a_dated_claim_says_is_not_proposed_again(library: Library, again: str):
    """A person would be asked to accept what the note states already."""
    assert proposals(library, again) == []
    assert proposals(library, f"{FINDING} (arXiv:2502.07266).")


def test_the_same_finding_of_two_notes_is_proposed_once(library: Library):
    """A person would accept one finding twice, in words that hardly differ."""
    for name in ("one", "two"):
        text = NOTE.format(stated=STATED, body=f"{FINDING} (arXiv:2503.01234).").replace(
            "Do rewards", f"{name}: Do rewards"
        )
        (library.parts.place.notes / f"{name}.md").write_text(text.replace("title: ", "title: '").replace("?", "?'", 1))
    library.refresh()
    found = [p for p in library.claims.propose() if p.claim.text == f"{FINDING}."]
    assert len(found) == 1


def test_a_refused_proposal_is_no_claim_until_it_is_stated(library: Library):
    """What a person refused would be listed, and called due for a test."""
    (found,) = proposals(library, f"{FINDING} (arXiv:2503.01234).")
    library.refresh()
    library.claims.reject([found])
    assert found.claim.id not in {status.id for status in library.claims.list()}
    library.claims.accept([found])
    assert found.claim.id in {status.id for status in library.claims.list()}


def test_proposals_from_another_machines_claims_are_left_out(library: Library):
    """A claim that only the ledger knows would be proposed anew."""
    (found,) = proposals(library, f"{FINDING} (arXiv:2503.01234).")
    note = read_note(library.parts.place.notes / "rewards.md", library.parts.place.notes)
    known = Claim(text=f"{FINDING}.", as_of="2025-03")
    assert list(proposals_of(note, library.parts.catalog, [known], with_papers=False)) == []
    assert found.claim.id == known.id
