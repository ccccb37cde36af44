"""What each sentence is worth to an extractive answer, beyond its similarity to the question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.domain import PassageKind
from kb.ports import Evidence, SentenceHit, Vector
from kb.signposts import is_signpost
from kb.wording import leans_back

_MAX_WORDS = 48
_WEIGHT_LIKENESS, _WEIGHT_COVERAGE, _WEIGHT_SOURCE = 0.65, 0.15, 0.2
_CLAIM_BONUS, _LEANING_LOSS, _WISHING_LOSS, _LINKING_LOSS = 0.05, 0.05, 0.1, 0.06
_SIGNPOST_LOSS = 0.3

# A sentence that hardly says more than the question is like it, but answers nothing.
_NEW_WORDS, _ECHO_LOSS = 10, 0.025

# What some study would show is no finding.
_WISHES = re.compile(r"\bwould\b|\bremains? open\b")


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A sentence that an answer may use."""

    source_id: str
    hit: SentenceHit
    vector: Vector
    n_words: int
    leans_back: bool
    is_signpost: bool
    worth: float

    @property
    def stands_alone(self) -> bool:
        """Whether it says something by itself: neither of the sentence before it nor of where to read on."""
        return not (self.leans_back or self.is_signpost)

    @property
    def is_claim(self) -> bool:
        """Whether it is the source's title in claim form."""
        return self.hit.passage.kind is PassageKind.CLAIM


def candidates_of(evidence: Sequence[Evidence]) -> list[Candidate]:
    """All sentences that can be quoted, source by source, in reading order."""
    top = max((e.score for e in evidence), default=1.0) or 1.0
    return [
        _candidate(e, hit, hit.vector, e.score / top)
        for e in evidence
        for hit in e.sentences
        if hit.vector is not None and (len(hit.shown.split()) <= _MAX_WORDS) and not hit.shown.endswith("?")
    ]


def _candidate(evidence: Evidence, hit: SentenceHit, vector: Vector, share: float) -> Candidate:
    is_leaning = leans_back(hit.shown)
    points_away = hit.passage.kind is PassageKind.BODY and is_signpost(hit.shown)
    worth = _WEIGHT_LIKENESS * hit.likeness + _WEIGHT_COVERAGE * hit.coverage + _WEIGHT_SOURCE * share
    worth += _CLAIM_BONUS * (hit.passage.kind is PassageKind.CLAIM) - _LEANING_LOSS * is_leaning
    worth -= _WISHING_LOSS * bool(_WISHES.search(hit.shown))
    # A sentence that links notes says where to read on, more than what was found.
    worth -= _LINKING_LOSS * ("[[" in hit.text)
    # One that says nothing else is for those who read the note.
    worth -= _SIGNPOST_LOSS * points_away
    worth -= _ECHO_LOSS * max(0, _NEW_WORDS - hit.n_new)
    n_words = len(hit.shown.split())
    return Candidate(evidence.source.id, hit, vector, n_words, is_leaning, points_away, worth)
