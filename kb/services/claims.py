"""The library's claims: who states each, where it stands, and what its evidence says."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import reduce

import numpy as np
from pydantic import Field

from kb.domain import Claim, Record, Scope, Source
from kb.errors import BadId, BadInput, NotFound
from kb.identity import ArxivId, is_before
from kb.ledger import ClaimStatus, EventKind, LedgerEvent, in_order, status_of
from kb.ports import Catalog, Embedder, Ledger
from kb.services.citers import arxiv_base
from kb.services.quote_survival import survives
from kb.services.sentences import best_sentences

_NEARLY_SAME = 0.9
"""Two claims this similar may be one in other words; a person decides, nothing is merged."""
_MOST_VERSIONS = 30
_EVIDENCE_SENTENCES = (12,) * 8


class EvidencePassage(Record):
    """What a claim's evidence says, where the library holds its text."""

    reference: str = Field(description="as the claim cites it")
    source: str | None = Field(None, description="id of the source; none where the library has no text of it")
    passage: str | None = None
    withdrawn: bool = Field(False, description="whether it is a paper that was withdrawn")
    quote: str = ""
    char_start: int = 0
    char_end: int = 0
    verbatim: bool = Field(False, description="whether the claim's own words stand there; else a candidate by meaning")
    likeness: float = Field(0.0, description="cosine similarity of claim and quote")


class ClaimDetail(Record):
    """A claim with its evidence and its likes."""

    status: ClaimStatus
    evidence: tuple[EvidencePassage, ...] = ()
    nearly_same: tuple[str, ...] = Field((), description="ids of claims in nearly the same words")


class ClaimBook:
    """All claims of one library, from its notes and its ledger."""

    def __init__(self, catalog: Catalog, ledger: Ledger, embedder: Embedder) -> None:
        self._catalog, self._ledger, self._embedder = catalog, ledger, embedder

    def all(self) -> list[ClaimStatus]:
        """Every claim once, oldest evidence first, ties by id.

        Claims that no note states any more stay as long as the ledger tells of them; a refused proposal is no claim.
        """
        stated: dict[str, list[tuple[str, Claim]]] = defaultdict(list)
        for note, claim in self._ledger.stated_claims():
            stated[claim.id].append((note, claim))
        events: dict[str, list[LedgerEvent]] = defaultdict(list)
        for event in self._ledger.events():
            events[event.claim_id].append(event)
        held = stated.keys() | {i for i, told in events.items() if _is_kept(told)}
        found = [_status(stated.get(i, ()), events.get(i, ())) for i in held]
        return sorted(found, key=lambda status: (status.claim.as_of, status.id))

    def find(self, name: str) -> list[ClaimStatus]:
        """Claims by id, by how an id begins, by the note that states them, or by words that one claim contains.

        Raises:
            NotFound: if there is none.
            BadInput: if the name fits several claims of different notes.
        """
        known = self.all()
        wanted = name.strip()
        bare = wanted.removeprefix("claim:")
        note = "note:" + wanted.removeprefix("note:").removesuffix(".md")
        if found := [s for s in known if note in s.notes]:
            return found
        found = [s for s in known if bare and s.id.removeprefix("claim:").startswith(bare)]
        words = " ".join(wanted.casefold().split())
        found = found or [s for s in known if words and words in " ".join(s.claim.text.casefold().split())]
        if len(found) > 1:
            some = ", ".join(s.id for s in found[:4])
            raise BadInput(f"{wanted[:60]!r} fits {len(found)} claims ({some} …)", cure="Name one by its id")
        if not found:
            raise NotFound(f"there is no claim {wanted[:60]!r}", cure="List them with `kb claims list`")
        return found

    def one(self, name: str) -> ClaimStatus:
        """A single claim; see `find`, but a note with several claims is no answer."""
        found = self.find(name)
        if len(found) > 1:
            raise BadInput(f"{name[:60]!r} states {len(found)} claims", cure="Name one by its id; see `kb claims list`")
        return found[0]

    def detail(self, status: ClaimStatus) -> ClaimDetail:
        """A claim with what its evidence says and which claims are nearly the same."""
        gone = {paper.id for paper in self._catalog.withdrawn_papers()}
        found = (self._evidence(status.claim, reference) for reference in status.claim.evidence)
        evidence = tuple(e.model_copy(update={"withdrawn": arxiv_base(e.reference) in gone}) for e in found)
        return ClaimDetail(status=status, evidence=evidence, nearly_same=self._nearly_same(status.claim))

    def _nearly_same(self, claim: Claim) -> tuple[str, ...]:
        others = [s.claim for s in self.all() if s.id != claim.id]
        if not others:
            return ()
        vectors = self._embedder.embed([claim.text, *(other.text for other in others)])
        likeness = vectors[1:] @ vectors[0]
        order = np.argsort(-likeness, kind="stable")
        return tuple(others[i].id for i in order if likeness[i] >= _NEARLY_SAME)

    def _evidence(self, claim: Claim, reference: str) -> EvidencePassage:
        source = held(self._catalog, reference)
        if source is None:
            return EvidencePassage(reference=reference)
        passages = sorted(self._catalog.passages_of([source.id]).values(), key=lambda passage: passage.ordinal)
        vector = self._embedder.embed([claim.text])[0]
        found = best_sentences(
            claim.text, vector, {source.id: passages}, self._catalog, self._embedder, _EVIDENCE_SENTENCES
        )
        best = max(found[source.id], key=lambda hit: (hit.likeness, -hit.order), default=None)
        if best is None:
            return EvidencePassage(reference=reference, source=source.id)
        return EvidencePassage(
            reference=reference,
            source=source.id,
            passage=best.passage.id,
            quote=best.text,
            char_start=best.char_start,
            char_end=best.char_end,
            verbatim=survives(claim.text, best.text),
            likeness=round(best.likeness, 4),
        )


def held(catalog: Catalog, reference: str) -> Source | None:
    """The source that a reference names, of the newest version in the library unless it names one; None without text.

    A reference is a source's id, `arXiv:ID` with or without version, an address or a file.
    """
    if source := catalog.source(reference):
        return source
    try:
        wanted = ArxivId.parse(reference)
    except BadId:
        return None
    # Asked for by name, since a library may hold a hundred thousand ids.
    versions = [wanted.version] if wanted.version else range(1, _MOST_VERSIONS + 1)
    names = [f"arxiv:{wanted.base}v{n}" for n in versions] + ([] if wanted.version else [f"arxiv:{wanted.base}"])
    found = {source.id: source for source in catalog.sources(names)}
    return next((found[name] for name in reversed(names[: len(versions)]) if name in found), found.get(names[-1]))


def _is_kept(events: Sequence[LedgerEvent]) -> bool:
    """Whether the ledger holds a claim by itself: it was tested, or stated and not refused since."""
    decided = [event.kind for event in in_order(events) if event.kind is not EventKind.TESTED]
    return len(decided) < len(events) or decided[-1] is EventKind.STATED


def _status(stated: Sequence[tuple[str, Claim]], events: Sequence[LedgerEvent]) -> ClaimStatus:
    claims = [claim for _, claim in stated] or [event.claim for event in sorted(events, key=lambda e: e.happened_at)]
    return status_of(merged(claims), dict.fromkeys(note for note, _ in stated), events)


def merged(claims: Iterable[Claim]) -> Claim:
    """One claim from several in the same words: the latest date, the first that says each condition, all evidence."""
    return reduce(_merge, claims)


def _merge(first: Claim, second: Claim) -> Claim:
    scope = {**second.scope.model_dump(exclude_none=True), **first.scope.model_dump(exclude_none=True)}
    later = second.as_of if is_before(first.as_of, second.as_of) else first.as_of
    evidence = tuple(dict.fromkeys((*first.evidence, *second.evidence)))
    return Claim(text=first.text, as_of=later, scope=Scope.model_validate(scope), evidence=evidence)
