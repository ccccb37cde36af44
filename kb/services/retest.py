"""Testing a claim again from the library: what newer sources say that may bear on it.

Without a judge this makes a reading list and no verdict. The hints beside the passages are guesses by rules.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field

from kb.domain import Claim, Passage, Record
from kb.identity import content_hash, is_before
from kb.ledger import ClaimStatus, Verdict
from kb.ports import Catalog, Embedder, Judge, SentenceHit
from kb.services.claims import held
from kb.services.dated import SourceDates, base_of
from kb.services.relation import Hint, hint
from kb.services.retrieve import Ranked, Retriever
from kb.services.scope import scope_terms
from kb.services.sentences import best_sentences
from kb.services.stale import Newer

NO_VERDICT = "No verdict was made: nobody judged these passages. The hints are guesses by rules."
_DEPTH = 30
"""Newer sources whose sentences are looked at."""
_SENTENCES = (4,) * 10 + (2,) * 20
_WEIGHT_SENTENCE, _WEIGHT_SCOPE = 0.25, 0.1
"""What the best sentence's similarity and the shared scope add to the retrieval score; each is a share of the best.
On SciFact's training claims any weight of sentences from 0 to 0.5 does as well."""


class Proposal(Record):
    """A judge's verdict, which counts for nothing until a person accepts it."""

    verdict: Verdict
    reason: str
    judge: str


class Candidate(Record):
    """A passage of a newer source that may bear on a claim."""

    id: str = Field(description="of this claim with this sentence; the same in every list, whatever its place there")
    rank: int = Field(ge=1)
    source: str = Field(description="id of the source")
    title: str
    date: str = Field(description="of the source, as precisely as it is known; empty where it is not")
    is_newer: bool | None = Field(description="whether it is surely newer; null where the dates are too coarse to tell")
    passage: str
    quote: str = Field(description="the sentence nearest to the claim, exactly the source's text between the offsets")
    char_start: int
    char_end: int
    relevance: float
    hint: Hint
    proposal: Proposal | None = Field(None, description="only where a judge read the passage")


class Retest(Record):
    """A reading list for one claim."""

    claim: ClaimStatus
    since: str = Field(description="only sources after this date were looked at")
    candidates: tuple[Candidate, ...] = ()
    n_older: int = Field(0, description="sources found that are not newer, and left out")
    n_read: int = Field(0, description="sources found that an earlier test was against, and left out")
    wanted: tuple[Newer, ...] = Field(
        (), description="works near the claim and newer, of which the library has no text"
    )
    judged: bool = Field(description="whether a judge proposed verdicts")
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Dated:
    ranked: Ranked
    date: str
    title: str
    is_newer: bool | None


@dataclass(frozen=True, slots=True)
class Retester:
    """Finds what bears on claims in one library."""

    catalog: Catalog
    retriever: Retriever
    embedder: Embedder
    judge: Judge | None = None

    def retest(self, status: ClaimStatus, since: str = "", limit: int = 10, newer: Sequence[Newer] = ()) -> Retest:
        """The newer passages that a person should read before saying where the claim stands, most relevant first.

        Args:
            status: of the claim; sources that it was tested against before are left out.
            since: look only at sources after this date; else after the claim's own.
            limit: candidates at most.
            newer: works that are near the claim by other claims; those without text here are named.
        """
        claim = status.claim
        asked, since = since, since or claim.as_of
        found = self.retriever.retrieve(claim.text, k=10 * _DEPTH).ranked
        read = {base_of(reference) for event in status.history for reference in event.against}
        dated = list(self._dated(found, since, {base_of(reference) for reference in claim.evidence}))
        later = [d for d in dated if d.is_newer is not False]
        unread = [d for d in later if base_of(d.ranked.source_id) not in read]
        candidates = self._candidates(claim, unread[:_DEPTH])[:limit]
        if self.judge:
            candidates = [self._judged(self.judge, claim, candidate) for candidate in candidates]
        return Retest(
            claim=status,
            since=since,
            candidates=tuple(candidates),
            n_older=len(dated) - len(later),
            n_read=len(later) - len(unread),
            wanted=tuple(n for n in newer if self._is_wanted(n, asked)),
            judged=self.judge is not None,
            note=_note(candidates, self.judge is not None),
        )

    def _is_wanted(self, work: Newer, since: str) -> bool:
        """Whether a work is to be read for a claim, has no text here and is not surely from before a date."""
        is_late = not since or is_before(since, work.date) is not False
        return is_late and work.by == "claim" and held(self.catalog, work.reference) is None

    def _dated(self, found: Sequence[Ranked], since: str, own: set[str]) -> Iterable[_Dated]:
        """Sources other than the claim's own evidence, with what is known of their date."""
        dates = SourceDates(self.catalog).of(ranked.source_id for ranked in found)
        for ranked in found:
            if ranked.source_id in dates and base_of(ranked.source_id) not in own:
                date, title = dates[ranked.source_id]
                yield _Dated(ranked, date, title, is_before(since, date) if date else None)

    def _candidates(self, claim: Claim, dated: Sequence[_Dated]) -> list[Candidate]:
        """A candidate for each source, by retrieval, its best sentence and shared scope."""
        hits = self._best_hits(claim, dated)
        pairs = [(d, hits[d.ranked.source_id]) for d in dated if d.ranked.source_id in hits]
        top_score = max((d.ranked.score for d, _ in pairs), default=0.0) or 1.0
        top_like = max((hit.likeness for _, hit in pairs), default=0.0) or 1.0
        scored = []
        for d, best in pairs:
            relevance = d.ranked.score / top_score + _WEIGHT_SENTENCE * best.likeness / top_like
            relevance += _WEIGHT_SCOPE * _shared_scope(claim, f"{best.shown} {d.title}")
            scored.append((round(relevance, 4), d, best))
        scored.sort(key=lambda row: (-row[0], row[1].ranked.source_id))
        return [_candidate(i, claim, *row) for i, row in enumerate(scored, 1)]

    def _best_hits(self, claim: Claim, dated: Sequence[_Dated]) -> dict[str, SentenceHit]:
        """The sentence of each source that is nearest to the claim."""
        passages: dict[str, list[Passage]] = {d.ranked.source_id: [] for d in dated}
        read = self.catalog.passages(key for d in dated for key in d.ranked.passage_keys)
        for passage in sorted(read.values(), key=lambda p: p.ordinal):
            passages[passage.source_id].append(passage)
        vector = self.embedder.embed([claim.text])[0]
        found = best_sentences(claim.text, vector, passages, self.catalog, self.embedder, _SENTENCES)
        return {s: max(own, key=lambda hit: (hit.likeness, -hit.order)) for s, own in found.items() if own}

    def _judged(self, judge: Judge, claim: Claim, candidate: Candidate) -> Candidate:
        passages = self.catalog.passages_of([candidate.source]).values()
        passage = next(p for p in passages if p.id == candidate.passage)
        made = judge.judge(claim, passage)
        proposal = Proposal(verdict=made.verdict, reason=made.reason, judge=judge.name)
        return candidate.model_copy(update={"proposal": proposal})


def _candidate(rank: int, claim: Claim, relevance: float, dated: _Dated, best: SentenceHit) -> Candidate:
    return Candidate(
        id=content_hash(claim.id, dated.ranked.source_id, best.text)[:6],
        rank=rank,
        source=dated.ranked.source_id,
        title=dated.title,
        date=dated.date,
        is_newer=dated.is_newer,
        passage=best.passage.id,
        quote=best.text,
        char_start=best.char_start,
        char_end=best.char_end,
        relevance=relevance,
        hint=hint(claim, best.shown, dated.title),
    )


def _shared_scope(claim: Claim, text: str) -> float:
    """Share of the kinds of condition that both name in which they have a name in common."""
    mine, theirs = scope_terms(f"{claim.text}. {claim.scope}"), scope_terms(text)
    named = [kind for kind in mine if mine[kind] and theirs[kind]]
    return sum(bool(mine[kind] & theirs[kind]) for kind in named) / len(named) if named else 0.0


def _note(candidates: Sequence[Candidate], is_judged: bool) -> str:
    if not candidates:
        return "The library holds nothing newer that bears on this claim, so it was not tested."
    if is_judged:
        return "These verdicts are proposals; nothing changes until you accept one."
    return NO_VERDICT
