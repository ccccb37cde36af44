"""The extractive writer: a synthesis of verbatim sentences, for use without any language model.

Sentences are picked by how well they answer (similarity to the question, its facets, their source's rank), against
how much they repeat what stands already; sources are grouped into themes; each theme is led by the claim that matters.
"""

from collections.abc import Sequence

import numpy as np

from kb.domain import Citation, Passage, PassageKind, Sentence, SupportState
from kb.ports import Brief, Draft, Embedder, Evidence
from kb.providers.candidates import Candidate, gather
from kb.providers.themes import Theme, group
from prompts import load

_AIM_WORDS, _MOST_WORDS = 230, 330
_MAX_SOURCES = 8
_SOURCE_FLOOR = 0.45
"""A source is used only if its score is at least this share of the best one's."""
_SENTENCE_FLOOR = 0.30
_SAME_THING = 0.80
"""Two sentences this similar say the same."""
_MAX_PER_SOURCE = 3


class ExtractiveWriter:
    """Writes with the library's own sentences; implements `kb.ports.Writer`. Deterministic."""

    name = "extractive"

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def write(self, brief: Brief) -> Draft:
        """Two to five themes of two to five sentences, some 180-350 words where the evidence allows."""
        evidence = _worth_citing(brief.evidence)
        candidates = gather(brief, evidence, self._embedder)
        evidence = [e for e in evidence if any(c.source_id == e.source.id for c in candidates)]
        if not evidence:
            return Draft(load("answer").fill("reading_without_answer", reads_as=brief.reads_as), ())
        themes = group(evidence, candidates, brief.tensions)
        chosen = _choose(themes, candidates)
        sentences = [s for theme in themes for s in _compose(theme, chosen, brief)]
        return Draft(_reading(brief, [t.title for t in themes if any(c.source_id in t.source_ids for c in chosen)]), sentences)


def _worth_citing(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The best sources, down to a share of the best score."""
    top = max((e.score for e in evidence), default=0.0)
    return [e for e in evidence if e.score >= _SOURCE_FLOOR * top][:_MAX_SOURCES]


def _choose(themes: Sequence[Theme], candidates: Sequence[Candidate]) -> list[Candidate]:
    """A lead sentence per source first, then the sentences that add most, until there are words enough."""
    chosen: list[Candidate] = []
    for source_id in (s for theme in themes for s in theme.source_ids):
        own = [c for c in candidates if c.source_id == source_id and not _repeats(c, chosen)]
        leads = [c for c in own if c.kind is PassageKind.CLAIM] or own
        if leads and _n_words(chosen) < _AIM_WORDS:
            chosen.append(max(leads, key=lambda c: (c.worth, -c.order)))
    rest = sorted((c for c in candidates if c not in chosen), key=lambda c: (-c.worth, c.order))
    for candidate in rest:
        n_words = _n_words(chosen)
        if n_words >= _AIM_WORDS or candidate.worth < _SENTENCE_FLOOR:
            break
        n_own = sum(c.source_id == candidate.source_id for c in chosen)
        is_dangling = candidate.leans_back and not any(c.order == candidate.order - 1 for c in chosen)
        fits = n_words + candidate.n_words <= _MOST_WORDS
        if 0 < n_own < _MAX_PER_SOURCE and fits and not is_dangling and not _repeats(candidate, chosen):
            chosen.append(candidate)
    return chosen


def _repeats(candidate: Candidate, chosen: Sequence[Candidate]) -> bool:
    return any(float(candidate.vector @ other.vector) > _SAME_THING for other in chosen)


def _n_words(chosen: Sequence[Candidate]) -> int:
    return sum(candidate.n_words for candidate in chosen)


def _compose(theme: Theme, chosen: Sequence[Candidate], brief: Brief) -> list[Sentence]:
    """A theme's sentences: source after source, each source's in its own order, its claim first."""
    sentences: list[Sentence] = []
    for i, source_id in enumerate(theme.source_ids):
        own = sorted((c for c in chosen if c.source_id == source_id), key=lambda c: c.order)
        against = any((source_id, earlier) in brief.tensions for earlier in theme.source_ids[:i])
        for candidate in own:
            lead_in = "Against this:" if against and candidate is own[0] and sentences else ""
            sentences.append(_sentence(candidate, theme.title, lead_in))
    return sentences


def _sentence(candidate: Candidate, theme: str, lead_in: str) -> Sentence:
    passage = candidate.passage
    citation = Citation(
        source=candidate.source_id,
        passage=passage.id,
        quote=candidate.text,
        char_start=candidate.char_start,
        char_end=candidate.char_end,
        section=passage.section,
        rests_on=candidate.rests_on,
    )
    return Sentence(text=candidate.text, state=SupportState.UNSUPPORTED, theme=theme, lead_in=lead_in, citations=(citation,))


def _reading(brief: Brief, titles: Sequence[str]) -> str:
    themes = _listed([t if t[:2].isupper() else t[:1].lower() + t[1:] for t in titles])
    part = "reading_with_caveat" if brief.caveat else "reading"
    fields = {"reads_as": brief.reads_as, "themes": themes, "caveat": brief.caveat}
    return load("answer").fill(part, **fields)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else "nothing yet"
