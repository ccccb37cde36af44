"""What a note's sentence rests on: the nearest place that says so, and which place that is."""

import json
from typing import Any

import pytest

from ingest.markdown import blocks
from ingest.notes import find_notes, parse_note, read_note
from ingest.plain import plain
from ingest.sentences import sentences
from kb.domain import PassageKind, RestsOnBasis
from kb.library import Library
from kb.services.grounds import grounds
from kb.wording import names, numbers
from tests.conftest import REPOSITORY

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


def test_a_sentence_that_joins_claims_rests_on_all_their_papers():
    """One claim's result would be told of another claim's paper."""
    note = parse_note(
        """\
---
title: Can it be trained?
sources: [arXiv:2409.12917, arXiv:2502.12853, arXiv:2411.15382]
claims:
  - {text: "SCoRe improves self-correction of large models by 15.6% on MATH.", as_of: 2024-09, evidence: [arXiv:2409.12917]}
  - {text: "S²R lifts self-correction of small models to 81.6% after training.", as_of: 2025-02, evidence: [arXiv:2502.12853]}
  - {text: "FaithRL rewards steps.", as_of: 2024-11, evidence: [arXiv:2411.15382]}
---
SCoRe improves self-correction of large models by 15.6% on MATH, and S²R lifts small models to 81.6% after training.

S²R lifts self-correction of small models to 81.6% after training, as FaithRL does.
""",
        "n.md",
    )
    found = []
    for words in ("SCoRe improves self-correction of large models by 15.6% on MATH, and", "S²R lifts self-correction"):
        start = note.text.rindex(words)
        found.append(grounds(note, start, note.text.index("\n", start), PassageKind.BODY))
    assert (found[0][0], set(found[0][1])) == (RestsOnBasis.CLAIM, {"arXiv:2409.12917", "arXiv:2502.12853"})
    assert found[1] == (RestsOnBasis.NOTE, note.references)


def test_no_seed_sentence_with_marks_of_two_claims_rests_on_one_alone():
    """A draft or answer from the seed notes would name the wrong paper for a figure."""
    n_read, wrong = 0, []
    for path in find_notes(REPOSITORY / "notes"):
        note = parse_note(path.read_text(encoding="utf-8"), path.name)
        spans = (s for b in blocks(note.text, 0) for s in sentences(note.text, b.char_start, b.char_end))
        for start, end in spans:
            basis, papers = grounds(note, start, end, PassageKind.BODY)
            alone = [claim for claim in note.claims if set(papers) >= set(claim.evidence)]
            if basis is RestsOnBasis.CLAIM:
                n_read += 1
                known = set().union(*(marks(claim.text) for claim in alone))
                others = set().union(*(marks(claim.text) for claim in note.claims if claim.evidence))
                if (marks(plain(note.text[start:end])) & others) - known:
                    wrong.append(note.text[start:end])
    assert n_read > 50
    assert not wrong


def marks(text: str) -> set[str]:
    """Names and figures of a text."""
    return {mention.key for mention in (*numbers(text), *names(text))}


def labelled() -> list[dict[str, Any]]:
    """Sentences of the seed notes with the papers behind them, as a person read them."""
    files = [REPOSITORY / "benchmarks" / f"grounds-{half}.jsonl" for half in ("dev", "test")]
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_claims_are_said_to_say_as_much_only_where_they_do():
    """A sentence that joins two papers would be tied to one, and shown before the other was written."""
    wrong, n_by_claims = [], 0
    for label in labelled():
        note = read_note(REPOSITORY / "notes" / f"{label['note'][5:]}.md", REPOSITORY / "notes")
        start = note.text.index(label["text"])
        basis, found = grounds(note, start, start + len(label["text"]), PassageKind(label["kind"]))
        if basis is RestsOnBasis.CLAIM:
            n_by_claims += 1
            papers = set(label["papers"])
            if not papers <= set(found) <= papers | set(label["perhaps"]):
                wrong.append(label["text"])
    assert n_by_claims >= 40
    assert not wrong


JOINING = """\
---
title: Does tuning hurt?
sources: [arXiv:2411.15382, arXiv:2502.07266]
claims:
  - {text: "Fine-tuning lowers the faithfulness of written steps on four datasets.", as_of: 2024-11, evidence: [arXiv:2411.15382]}
  - {text: "Long chains cost accuracy on arithmetic beyond an optimum.", as_of: 2025-02, evidence: [arXiv:2502.07266]}
---
A sweep over budgets (arXiv:2502.07266) blames noise.

SENTENCE
"""
TUNED = "Fine-tuning lowers the faithfulness of written steps on four datasets"


@pytest.mark.parametrize(
    ("sentence", "papers"),
    [
        (f"{TUNED}.", {"arXiv:2411.15382"}),
        (f"{TUNED}, and long chains cost accuracy on arithmetic.", {"arXiv:2411.15382", "arXiv:2502.07266"}),
        (f"{TUNED}, and rewards mend humour.", None),
        (f"{TUNED} by noise from a sweep.", None),
        (f"Perhaps {TUNED[0].lower()}{TUNED[1:]}.", None),
        (f"{TUNED}, as [[another-note]] has it.", None),
    ],
)
def test_what_claims_leave_over_puts_a_sentence_on_a_weaker_basis(sentence: str, papers: set[str] | None):
    """Half a sentence, a guess, or what another note or paper says would pass for a dated claim."""
    note = parse_note(JOINING.replace("SENTENCE", sentence), "n.md")
    start = note.text.index(sentence)
    basis, found = grounds(note, start, start + len(sentence), PassageKind.BODY)
    expected = (RestsOnBasis.CLAIM, papers) if papers else (RestsOnBasis.NOTE, set(note.references))
    assert (basis, set(found)) == expected
