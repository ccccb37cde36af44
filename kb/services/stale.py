"""Which claims to test again next: those that are old where the library has moved on.

A claim's topic moves by works newer than the claim and near it: papers whose text the library holds, and papers that
newer claims of other notes rest on. Age alone counts little: on a still topic an old claim may well stand.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from kb.domain import Record
from kb.identity import is_before
from kb.ledger import ClaimStatus, Standing
from kb.ports import Catalog, Embedder, Matrix, VectorIndex
from kb.services.dated import SourceDates, base_of, months_between

_POOL = 200
_NEAR = 0.5
"""Cosine from which a passage or claim is near. Two claims of different seed notes reach 0.53 in 1 of 100 pairs, two of
one note in 1 of 10."""
_STILL = 0.25
_MOST_NAMED = 5


class Newer(Record):
    """A work near a claim that is newer than it."""

    reference: str = Field(description="arXiv:ID, or the id of a document")
    date: str
    title: str = ""
    likeness: float = Field(description="cosine similarity of the claim and the work's nearest passage or claim")
    by: str = Field(description="`text` if the library holds it, `claim` if a newer claim rests on it")


class StaleClaim(Record):
    """A claim with the case for testing it again."""

    status: ClaimStatus
    months: int = Field(ge=0, description="since its last test, or else since its date")
    n_newer: int = Field(ge=0, description="works near the claim that are newer")
    newer: tuple[Newer, ...] = Field((), description="the nearest of them")
    urgency: float = Field(ge=0, description="years of age times the logarithm of newer works, for ranking only")
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaleFinder:
    """Ranks claims by how much they need a test."""

    catalog: Catalog
    index: VectorIndex
    embedder: Embedder

    def rank(self, statuses: Sequence[ClaimStatus], today: str, only: frozenset[str] = frozenset()) -> list[StaleClaim]:
        """Claims to test again, the most urgent first; superseded ones are left out.

        Args:
            statuses: all claims of the library, since newer claims count as movement.
            today: `YYYY-MM-DD`.
            only: ids of the claims to rank, superseded or not, where not all are wanted.
        """
        if not statuses:
            return []
        vectors = self.embedder.embed([status.claim.text for status in statuses])
        dates = SourceDates(self.catalog)
        titles = {i: p.title for i, p in self.catalog.papers(_cited(statuses)).items()}
        found = [
            self._judged(status, self._newer(i, statuses, vectors, dates, titles), today)
            for i, status in enumerate(statuses)
            if (status.id in only if only else status.status is not Standing.SUPERSEDED)
        ]
        return sorted(found, key=lambda s: (-s.urgency, -s.months, s.status.id))

    def _newer(
        self,
        row: int,
        statuses: Sequence[ClaimStatus],
        vectors: Matrix,
        dates: SourceDates,
        titles: Mapping[str, str],
    ) -> list[Newer]:
        """Works near a claim that are surely newer, each once, nearest first."""
        claim, since = statuses[row].claim, statuses[row].known_until
        own = {base_of(reference) for reference in claim.evidence}
        found = [
            Newer(reference=_reference(source), date=date, title=title, likeness=near, by="text")
            for source, (date, title), near in self._near_texts(vectors[row : row + 1], dates)
        ]
        likeness = vectors @ vectors[row]
        for i in (i for i in range(len(statuses)) if likeness[i] >= _NEAR and i != row):
            other = statuses[i].claim
            found += [
                Newer(reference=r, date=other.as_of, title=titles.get(base_of(r), ""), likeness=likeness[i], by="claim")
                for r in other.evidence
            ]
        best: dict[str, Newer] = {}
        for newer in sorted(found, key=lambda n: (-n.likeness, n.reference)):
            if base_of(newer.reference) not in own and newer.date and is_before(since, newer.date):
                best.setdefault(base_of(newer.reference), newer)
        return list(best.values())

    def _near_texts(self, vector: Matrix, dates: SourceDates) -> list[tuple[str, tuple[str, str], float]]:
        near: dict[str, float] = {}
        hits = {key: cosine for key, cosine in self.index.search(vector[0], _POOL) if cosine >= _NEAR}
        for key, source in self.catalog.source_ids(hits).items():
            near[source] = max(near.get(source, 0.0), hits[key])
        return [(source, dated, near[source]) for source, dated in dates.of(near).items()]

    def _judged(self, status: ClaimStatus, newer: Sequence[Newer], today: str) -> StaleClaim:
        months = months_between(status.known_until, today)
        # Where nothing moved, age still counts, but a quarter of what it counts for beside one newer work.
        urgency = months / 12 * max(_STILL, math.log2(1 + len(newer)))
        return StaleClaim(
            status=status,
            months=months,
            n_newer=len(newer),
            newer=tuple(newer[:_MOST_NAMED]),
            urgency=round(urgency, 3),
            reasons=tuple(_reasons(status, months, newer)),
        )


def _cited(statuses: Sequence[ClaimStatus]) -> set[str]:
    return {base_of(reference) for status in statuses for reference in status.claim.evidence}


def _reference(source_id: str) -> str:
    return f"arXiv:{base_of(source_id)}" if source_id.startswith("arxiv:") else source_id


def _reasons(status: ClaimStatus, months: int, newer: Sequence[Newer]) -> list[str]:
    since = f"last tested on {status.last_tested}" if status.last_tested else f"evidence of {status.claim.as_of}"
    reasons = [f"{months} months old ({since}{'' if status.last_tested else ', never tested'})"]
    if newer:
        first = newer[0]
        what = "newer work" if len(newer) == 1 else "newer works"
        named = f"{first.reference} of {first.date}" + (f", “{first.title}”" if first.title else "")
        reasons.append(f"{len(newer)} {what} near it in the library, nearest {named} (cosine {first.likeness:.2f})")
    else:
        reasons.append("nothing newer near it in the library")
    if status.status in (Standing.DISPUTED, Standing.UNRESOLVED):
        reasons.append(f"its last test left it {status.status.value}")
    return reasons
