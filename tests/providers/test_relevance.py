"""Which sources an extractive answer is made of."""

from collections.abc import Sequence

import numpy as np

from kb.domain import Passage, PassageKind, Source, SourceKind
from kb.ports import Evidence, SentenceHit
from kb.providers.candidates import candidates_of
from kb.providers.relevance import relevant

TEXT = "Small models write steps that do not decide what they answer in the end."


def evidence(name: str, score: float, direction: Sequence[float], title_likeness: float = 0.0) -> Evidence:
    """A source with one sentence, whose vector points in a direction."""
    source = Source(id=f"note:{name}", kind=SourceKind.NOTE, title=name, text=TEXT)
    passage = Passage(
        source_id=source.id, ordinal=0, char_start=0, char_end=len(TEXT), text=TEXT, kind=PassageKind.BODY,
        sentences=((0, len(TEXT)),),
    )  # fmt: skip
    vector = np.array(direction, dtype=np.float32)
    hit = SentenceHit(
        passage, 0, len(TEXT), TEXT, TEXT, 1, likeness=0.5, n_new=12, vector=vector / np.linalg.norm(vector)
    )
    return Evidence(source, score, (hit,), title_likeness)


def kept(*found: Evidence, tensions: frozenset[tuple[str, str]] = frozenset()) -> list[str]:
    """The sources that an answer would be made of, by their names."""
    return [e.source.title for e in relevant(found, candidates_of(found), tensions)]


def test_a_source_on_something_else_stays_out():
    """A note that shares a side word with the question would be quoted in the answer."""
    lead, near, far = evidence("lead", 1.0, (1, 0)), evidence("near", 0.4, (1, 0.2)), evidence("far", 0.4, (0, 1))
    assert kept(lead, near, far) == ["lead", "near"]


def test_what_disagrees_with_the_best_source_is_about_the_same():
    """The other side of a dispute would be left out for its other words."""
    lead, against = evidence("lead", 1.0, (1, 0)), evidence("against", 0.4, (0, 1))
    assert kept(lead, against, tensions=frozenset({("note:against", "note:lead")})) == ["lead", "against"]


def test_of_equal_sources_the_one_whose_question_it_is_comes_first():
    """An answer would open with what a source says in passing."""
    passing, own = evidence("passing", 1.0, (1, 0), 0.1), evidence("own", 0.95, (1, 0.1), 0.8)
    assert kept(passing, own) == ["own", "passing"]


def test_without_sentences_there_are_no_sources():
    """An empty library of abstracts would raise instead of refusing."""
    assert kept() == []
