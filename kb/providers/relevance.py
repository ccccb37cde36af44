"""Which sources an answer is made of, and in which order."""

from collections.abc import Sequence

import numpy as np

from kb.ports import Evidence
from kb.providers.candidates import Candidate

_WEIGHT_BEST, _WEIGHT_TITLE = 0.5, 0.3
"""What a source's best sentence, and a title like the question, count for where retrieval counts for 1."""
_WEIGHT_LEAD, _ENOUGH = 0.4, 0.88
"""What being near the first source counts for, and what it and the worth must add up to as shares of the first's.
Chosen on labelled questions; weights from 0.4 to 1 do about as well."""
_MAX_SOURCES = 10


def relevant(
    evidence: Sequence[Evidence], candidates: Sequence[Candidate], tensions: frozenset[tuple[str, str]]
) -> list[Evidence]:
    """The sources worth citing, best first: those that speak to the question, and to what the best one says of it.

    A source may be like the question by a side word alone. It then is about something else than the first source,
    of which most questions have a right one; a source that disagrees with that one is about the same.
    """
    own: dict[str, list[Candidate]] = {e.source.id: [] for e in evidence}
    for candidate in candidates:
        own[candidate.source_id].append(candidate)
    evidence = [e for e in evidence if own[e.source.id]]
    if not evidence:
        return []
    best = {source_id: max((c.worth for c in found), default=0.0) for source_id, found in own.items()}
    top, most = max(best.values()), max(e.score for e in evidence) or 1.0
    worth = {
        e.source.id: e.score / most + _WEIGHT_BEST * best[e.source.id] / top + _WEIGHT_TITLE * e.title_likeness
        for e in evidence
    }
    ranked = sorted(evidence, key=lambda e: -worth[e.source.id])
    lead = ranked[0].source.id
    kept = [
        e
        for e in ranked
        if worth[e.source.id] / worth[lead] + _WEIGHT_LEAD * _nearness(e.source.id, lead, own, tensions) >= _ENOUGH
    ]
    return kept[:_MAX_SOURCES]


def _nearness(
    source_id: str, lead: str, own: dict[str, list[Candidate]], tensions: frozenset[tuple[str, str]]
) -> float:
    """How near the sentences of two sources come to each other at most; 1 for sources in tension."""
    if source_id == lead or (source_id, lead) in tensions:
        return 1.0
    vectors, others = (np.stack([c.vector for c in own[s]]) for s in (source_id, lead))
    return float(np.vecdot(vectors[:, None], others).max())
