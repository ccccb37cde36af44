"""Sentences that an extractive answer may use, and what each is worth for the question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.plain import plain
from kb.domain import Passage, PassageKind
from kb.language import base_form, content_terms
from kb.ports import Brief, Embedder, Evidence, Vector

MAX_EMBEDDED = 56
"""Sentences embedded for one answer: they are most of what a warm answer costs."""
_MIN_WORDS, _MAX_WORDS = 6, 48
_PER_SOURCE = 7

# A sentence that begins so points at the one before it, and says little where that one is missing.
_LEANS_BACK = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Such|He|She|His|Her|Here|There|Then|Thus|Hence|So|But|And|Yet|However|"
    r"Therefore|Instead|Otherwise|Also|Both|Neither|Moreover|Furthermore|Similarly|Likewise|Conversely|Nor|Or|Still|"
    r"The (?:same|former|latter|other|reason|result|point|second|third|two|first|contrast|difference|effect)|"
    r"One (?:reason|reading|is)|In (?:contrast|other words|short|turn|that|this)|For (?:example|instance|this|that)|"
    r"On the other hand|As a result|By contrast|Read (?:together|beside|against)|Taken together|What (?:is|it|this))\b"
)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One sentence of a source."""

    source_id: str
    passage: Passage
    kind: PassageKind
    order: int
    """Position over all sources and sentences; neighbours in a source differ by one."""
    char_start: int
    char_end: int
    text: str
    """As it stands in the source."""
    n_words: int
    leans_back: bool
    vector: Vector
    worth: float
    rests_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Raw:
    evidence: Evidence
    passage: Passage
    order: int
    span: tuple[int, int]
    text: str
    shown: str
    coverage: float
    passage_score: float


def gather(brief: Brief, evidence: Sequence[Evidence], embedder: Embedder) -> list[Candidate]:
    """Candidate sentences of the sources, with their vectors and worth, in reading order."""
    terms = {base_form(t) for facet in brief.facets for t in content_terms(facet)}
    raw = [r for i, e in enumerate(evidence) for r in _shortlist(e, terms, i * 10_000)]
    raw = raw[:MAX_EMBEDDED] if len(raw) <= MAX_EMBEDDED else _best(raw)
    if not raw:
        return []
    vectors = embedder.embed([r.shown for r in raw])
    top = max((e.score for e in evidence), default=1.0) or 1.0
    return [_candidate(r, vector, brief, top) for r, vector in zip(raw, vectors, strict=True)]


def _best(raw: Sequence[_Raw]) -> list[_Raw]:
    kept = sorted(raw, key=lambda r: (-_prior(r), r.order))[:MAX_EMBEDDED]
    return sorted(kept, key=lambda r: r.order)


def _prior(raw: _Raw) -> float:
    """What a sentence promises before it is embedded."""
    kind = {PassageKind.CLAIM: 1.0, PassageKind.SUMMARY: 0.5, PassageKind.BODY: 0.0}[raw.passage.kind]
    return kind + raw.coverage + 0.5 * raw.passage_score + 0.5 * raw.evidence.score


def _shortlist(evidence: Evidence, terms: set[str], first_order: int) -> list[_Raw]:
    """A source's claim, and its sentences with the most of the question's terms, in reading order."""
    scores = {hit.passage.id: hit.score for hit in evidence.hits}
    found: list[_Raw] = []
    order = first_order
    for passage in evidence.passages:
        for start, end in passage.sentences:
            order += 1
            text = passage.text[start - passage.char_start : end - passage.char_start]
            shown = plain(text)
            if passage.kind is not PassageKind.CLAIM and not _is_quotable(shown):
                continue
            words = {base_form(w) for w in content_terms(shown)}
            coverage = len(terms & words) / len(terms) if terms else 0.0
            found.append(_Raw(evidence, passage, order, (start, end), text, shown, coverage, scores.get(passage.id, 0.0)))
        order += 1  # sentences of different passages are no neighbours
    return sorted(sorted(found, key=lambda r: (-_prior(r), r.order))[:_PER_SOURCE], key=lambda r: r.order)


def _is_quotable(text: str) -> bool:
    """A whole statement of readable length."""
    n_words = len(text.split())
    return _MIN_WORDS <= n_words <= _MAX_WORDS and text.rstrip("\"”’')]").endswith((".", "!", "。")) and not text[0].islower()


def _candidate(raw: _Raw, vector: Vector, brief: Brief, top: float) -> Candidate:
    likeness = float(np.clip(vector @ brief.vector, 0.0, 1.0))
    leans_back = bool(_LEANS_BACK.match(raw.shown))
    worth = 0.65 * likeness + 0.2 * raw.coverage + 0.15 * raw.evidence.score / top
    worth += 0.05 * (raw.passage.kind is PassageKind.CLAIM) - 0.05 * leans_back
    return Candidate(
        source_id=raw.evidence.source.id,
        passage=raw.passage,
        kind=raw.passage.kind,
        order=raw.order,
        char_start=raw.span[0],
        char_end=raw.span[1],
        text=raw.text,
        n_words=len(raw.shown.split()),
        leans_back=leans_back,
        vector=vector,
        worth=worth,
        rests_on=raw.evidence.source.references,
    )
