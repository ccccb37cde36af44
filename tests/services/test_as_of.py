"""Questions asked as of a date: nothing later is evidence, and what was left out is said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.domain import Answer, AnswerStatus, Paper, RestsOnBasis, Source, SourceKind
from kb.errors import BadId
from kb.identity import is_before
from kb.library import Library
from kb.services.add import add_sources
from kb.services.dated import month_of
from kb.services.horizon import horizon
from tests.conftest import REPOSITORY, write_notes

QUESTION = "Why do smaller models lose reasoning faithfulness?"
THEN, SINCE = "2024-12", "2026-11-02"
MIXED = """\
---
title: {title}
claim: "Small models lose faithfulness when tuned, and gain it back with a reward called KEEPER."
summary: "Tuning loosens the steps of small models. A reward called KEEPER mends the faithfulness of small models."
kind: synthesis
{date}topics: [cot-faithfulness]
sources: [arXiv:2411.15382, arXiv:2509.01234]
claims:
  - text: Fine-tuning lowers the faithfulness of the reasoning steps of small models.
    as_of: 2024-11
    evidence: [arXiv:2411.15382]
  - text: A reward called KEEPER restores the faithfulness of small tuned models.
    as_of: 2025-09
    evidence: [arXiv:2509.01234]
---
Small models lose reasoning faithfulness when they are tuned on answers alone (arXiv:2411.15382). A reward called
KEEPER restores what smaller models lose in reasoning faithfulness (arXiv:2509.01234).

Fine-tuning lowers the faithfulness of the reasoning steps of small models, as one study reports.

Fine-tuning lowers the faithfulness of small models, yet a reward called KEEPER restores it.

What else may be behind the loss of faithfulness nobody has told apart so far.
"""


def paper(name: str, date: str, words: str) -> Source:
    """A paper's abstract as the library keeps it."""
    return Source(
        id=f"arxiv:{name}", kind=SourceKind.PAPER, title=f"Faithfulness of small models, {name}", text=words, date=date
    )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Two notes of one text, one written since and one without a date, and papers of several dates."""
    root = Library.create(tmp_path / "library")
    write_notes(root / "notes", {})
    for slug, date in (("written-since", f"date: {SINCE}\n"), ("without-date", "")):
        text = MIXED.format(title=f"Why do models lose faith, {slug}?", date=date)
        (root / "notes" / f"{slug}.md").write_text(text, encoding="utf-8")
    with Library.open(root) as library:
        library.refresh()
        parts = library.parts
        found = [
            paper(
                "2410.00001v1",
                "2024-10-03",
                "Smaller models lose reasoning faithfulness most under paraphrase of arithmetic.",
            ),
            paper("2410.00002v2", "2024-10-04", "Smaller models lose reasoning faithfulness in long legal questions."),
            paper("2508.00003v1", "2025-08-01", "Smaller models lose reasoning faithfulness when chemistry is asked."),
        ]
        add_sources(found, parts.catalog, parts.embedder)
        revised = Paper(id="2410.00002", title="Revised", date="2024-10-04", version=2, updated="2025-05-06")
        with parts.catalog.writing():
            parts.catalog.put_papers([revised], origin="arxiv")
        yield library


def told(answer: Answer) -> str:
    """Every sentence and every summary that an answer shows."""
    return "\n".join([*(s.text for s in answer.sentences), *(s.summary + s.claim for s in answer.sources)])


def quotable(library: Library, slug: str, until: str) -> list[str]:
    """The sentences of a note that count as of a date."""
    seen, note = horizon(library.parts.catalog, until), library.note(slug)
    passages = library.parts.catalog.passages_of([note.id])
    spans = [s for key, p in passages.items() if key not in seen.later for s in seen.spans.get(key, p.sentences)]
    return [" ".join(note.text[start:end].split()) for start, end in spans]


def test_nothing_later_is_evidence(library: Library):
    """An answer as of a date would know what nobody could know then."""
    now, then = library.ask(QUESTION), library.ask(QUESTION, as_of=THEN)
    assert "KEEPER" in told(now)
    assert now.until is None
    assert not now.left_out
    assert then.sentences
    assert "KEEPER" not in told(then)
    assert {s.id for s in then.sources}.isdisjoint({"arxiv:2508.00003v1", "arxiv:2410.00002v2"})
    assert "arxiv:2410.00001v1" in {s.id for s in then.sources}
    assert then.until == THEN
    assert then.as_of == "2024-11"


def test_a_note_written_since_speaks_through_what_names_works_of_the_time(library: Library):
    """Hindsight would pass for what was known, or a library of new notes on old papers would have no past."""
    kept = quotable(library, "written-since", THEN)
    assert len(kept) == 3
    assert kept[0] == "Tuning loosens the steps of small models."
    assert kept[1].endswith("answers alone (arXiv:2411.15382).")
    assert kept[2].endswith("as one study reports.")


def test_a_note_without_a_date_loses_what_may_rest_on_later_works(library: Library):
    """A note that nobody dated would vanish, or bring later findings along in words that name no paper."""
    path = library.root / "notes" / "without-date.md"
    kept = " ".join(quotable(library, "without-date", THEN))
    assert "answers alone (arXiv:2411.15382)" in kept
    assert "nobody has told apart" not in kept
    assert "KEEPER" not in kept
    path.write_text(path.read_text(encoding="utf-8").replace(", arXiv:2509.01234]", "]", 1), encoding="utf-8")
    library.refresh()
    assert "nobody has told apart" in " ".join(quotable(library, "without-date", THEN))


def test_what_was_left_out_is_said(library: Library):
    """A reader could not tell a thin answer from a thin library."""
    words = library.ask(QUESTION, as_of=THEN).left_out
    assert words.startswith("As of 2024-12:")
    assert "2 of 5 sources were left out whole" in words
    assert "Of 1 paper of that time the library holds only later versions" in words
    assert "Of 1 note written since" in words
    assert "Kept without a date: 1 source" in words


def test_the_end_of_the_month_is_still_in(library: Library):
    """A month would end before its last day."""
    left_out = {until: horizon(library.parts.catalog, until).sources for until in ("2025-04", "2025-05", "2025-08")}
    assert left_out["2025-04"] == {"arxiv:2410.00002v2", "arxiv:2508.00003v1"}
    assert left_out["2025-05"] == {"arxiv:2508.00003v1"}
    assert not left_out["2025-08"]


def test_before_all_sources_there_is_nothing(library: Library):
    """The library would be called empty, or be asked all the same."""
    (library.root / "notes" / "without-date.md").unlink()
    answer = library.ask(QUESTION, as_of="2019")
    assert answer.status is AnswerStatus.INSUFFICIENT
    assert "nothing that is known to be of 2019" in answer.absence.note


def test_a_paper_that_is_asked_for_is_not_there_before_its_time(library: Library):
    """A question for a paper's id would find it whatever the date."""
    assert library.ask("What does arXiv:2508.00003 say?", as_of="2025-08").sentences
    assert library.ask("What does arXiv:2508.00003 say?", as_of=THEN).status is AnswerStatus.INSUFFICIENT


def test_the_inquiry_is_one_of_its_own(library: Library):
    """A dated answer would take the place of the undated one, or lose its date."""
    far = library.ask(QUESTION, as_of="2030-01")
    now = library.ask(QUESTION)
    assert far.sentences == now.sentences
    kept = [library.save(answer).id for answer in (now, far, library.ask(QUESTION, as_of=THEN))]
    assert len(set(kept)) == 3
    assert library.inquiry(kept[1]).answer.until == "2030-01"
    assert library.save(library.ask(QUESTION)).id == kept[0]


def test_a_date_that_is_none_is_refused(library: Library):
    """A slip would be answered as if no date had been given."""
    with pytest.raises(BadId, match="is not a date"):
        library.ask(QUESTION, as_of="2024-13")


def test_the_seed_library_has_a_past(tmp_path: Path):
    """Citations of a dated answer on real notes would rest on works of later, or there would be no answer."""
    with Library.open(Library.create(tmp_path / "seed", seed=True)) as library:
        asked = {
            u: library.ask("How faithful is chain of thought?", as_of=u) for u in ("2023-06", "2024-12", "2025-06")
        }
    for until, answer in asked.items():
        cited = [c for s in answer.sentences for c in s.citations]
        assert cited
        assert all(c.rests_on_basis in (RestsOnBasis.SENTENCE, RestsOnBasis.CLAIM) for c in cited)
        assert not [r for c in cited for r in c.rests_on if is_before(until, month_of(r))]


@pytest.mark.parametrize("until", ["2023-12", "2024-12", "2025-03", "2025-08", "2026-02"])
def test_no_labelled_sentence_that_counts_rests_on_a_later_paper(seed_library: Library, until: str):
    """A finding would be told as known before the paper that made it."""
    halves = [REPOSITORY / "benchmarks" / f"grounds-{half}.jsonl" for half in ("dev", "test")]
    labels = [json.loads(line) for half in halves for line in half.read_text(encoding="utf-8").splitlines()]
    seen = horizon(seed_library.parts.catalog, until)
    counting: dict[str, set[tuple[int, int]]] = {}
    for key, passage in seed_library.parts.catalog.passages_of({x["note"] for x in labels}).items():
        spans = () if key in seen.later else seen.spans.get(key, passage.sentences)
        counting.setdefault(passage.source_id, set()).update(spans)
    kept = []
    for label in labels:
        start = seed_library.note(label["note"]).text.index(label["text"])
        if (start, start + len(label["text"])) in counting[label["note"]]:
            kept.append(label)
    assert kept or until == "2023-12"
    assert not [x["text"] for x in kept if any(is_before(until, month_of(paper)) for paper in x["papers"])]
