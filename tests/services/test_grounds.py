"""What a note's sentence rests on: the nearest place that says so, and which place that is."""

import pytest

from ingest.notes import parse_note
from kb.domain import PassageKind, RestsOnBasis
from kb.library import Library
from kb.services.grounds import grounds

NOTE = parse_note(
    """\
---
title: Does tuning hurt?
claim: Tuning hurts small models.
sources: [arXiv:2411.15382, arXiv:2502.07266, "https://example.org/post"]
claims:
  - {text: "Early termination leaves the answers of tuned models unchanged more often.", as_of: 2024-11, evidence: [arXiv:2411.15382]}
---
Tuned models keep their answer (arXiv:2502.07266v2, 2025-02). Early termination leaves tuned answers unchanged more often.
Nobody expected that.

A post tried it (https://example.org/post).

Nothing is named here.
""",
    "n.md",
)


@pytest.mark.parametrize(
    ("words", "kind", "basis", "rests_on"),
    [
        ("Tuned models keep their answer (arXiv:2502.07266v2, 2025-02).", "body", "sentence", {"arXiv:2502.07266v2"}),
        ("Early termination leaves tuned answers unchanged more often.", "body", "claim", {"arXiv:2411.15382"}),
        ("Nobody expected that.", "body", "paragraph", {"arXiv:2502.07266v2"}),
        ("A post tried it (https://example.org/post).", "body", "sentence", {"https://example.org/post"}),
        ("Nothing is named here.", "body", "note", set(NOTE.references)),
        ("Tuning hurts small models.", "claim", "note", set(NOTE.references)),
    ],
)
def test_the_nearest_place_that_names_papers_counts(words: str, kind: str, basis: str, rests_on: set[str]):
    """Every sentence would be said to rest on all papers of its note, or on its neighbour's."""
    start = NOTE.text.index(words)
    found = grounds(NOTE, start, start + len(words), PassageKind(kind))
    assert (found[0], set(found[1])) == (RestsOnBasis(basis), rests_on)


def test_answers_say_on_what_basis_a_sentence_rests_on_papers(small_library: Library):
    """A guess would look like a certainty in JSON."""
    answer = small_library.ask("Does fine-tuning loosen the steps from the answer?")
    cited = [c for s in answer.sentences for c in s.citations]
    assert cited
    assert all(c.rests_on_basis for c in cited if c.rests_on)
    assert any(c.rests_on for c in cited)
