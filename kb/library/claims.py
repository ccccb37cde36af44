"""Claims in the Python API: `library.claims`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from ingest.files import write_note
from kb.domain import Source, SourceKind
from kb.errors import BadInput, NotFound
from kb.identity import content_hash, parse_date
from kb.ledger import ClaimStatus, EventKind, LedgerEvent, Standing, from_jsonl, to_jsonl
from kb.ports import Judge, no_progress
from kb.services.citers import arxiv_base
from kb.services.claims import ClaimBook, ClaimDetail
from kb.services.propose import Proposal, accepted_text, proposals_of
from kb.services.retest import Retest, Retester
from kb.services.scale import By, ScaleRow, matrix
from kb.services.stale import StaleClaim, StaleFinder
from kb.services.verdicts import Ruling, event_of
from kb.upkeep import Upkeep
from kb.wiring import Parts

_MOST_URGENT = 5


class Claims:
    """The dated claims of one library and their ledger.

    Args:
        parts: of the library.
        upkeep: reads notes again that were written here.
    """

    def __init__(self, parts: Parts, upkeep: Upkeep) -> None:
        self._parts, self._upkeep = parts, upkeep
        self._book = ClaimBook(parts.catalog, parts.catalog, parts.embedder)

    def list(self, *, status: Standing | None = None, note: str = "") -> Sequence[ClaimStatus]:
        """Every claim, oldest evidence first; those of one standing, those that one note states.

        Raises:
            NotFound: if there is no such note.
        """
        found = self._book.all()
        if note:
            (named,) = self._notes(note)
            found = [s for s in found if named.id in s.notes]
        return [s for s in found if status is None or s.status is status]

    def withdrawn_evidence(self, claims: Iterable[ClaimStatus]) -> dict[str, Sequence[str]]:
        """Evidence that was withdrawn, as the claims cite it, by claim; claims without any are left out."""
        gone = {paper.id for paper in self._parts.catalog.withdrawn_papers()}
        found = {status.id: [r for r in status.claim.evidence if arxiv_base(r) in gone] for status in claims}
        return {claim: references for claim, references in found.items() if references}

    def show(self, name: str) -> ClaimDetail:
        """One claim by id, the beginning of its id, or words of it: history, evidence, claims in nearly the same words.

        Raises:
            NotFound: if there is none.
            BadInput: if the name fits several.
        """
        return self._book.detail(self._book.one(name))

    def stale(self, today: str = "") -> Sequence[StaleClaim]:
        """Claims to test again, the most urgent first; `today` as YYYY-MM-DD, else by the clock."""
        finder = StaleFinder(self._parts.catalog, self._parts.index, self._parts.embedder)
        return finder.rank(self._book.all(), parse_date(today) if today else _now()[:10])

    def scale(self, by: By = "finding") -> Sequence[ScaleRow]:
        """Findings by model size; see `kb.services.scale.matrix`."""
        return matrix(self._book.all(), by)

    # Testing

    def retest(
        self, names: Sequence[str] = (), *, since: str = "", limit: int = 10, judge: Judge | None = None
    ) -> Sequence[Retest]:
        """A reading list for each claim, or for the five most urgent ones; nothing is recorded.

        Args:
            names: claims as `show` takes them, or notes for all their claims.
            since: look only at sources after this date, else at those after each claim's own.
            limit: passages for each claim.
            judge: proposes verdicts; else the one that the settings name, if they do.

        Raises:
            NotFound: if a claim does not exist.
            BadInput: if a name fits several claims, or `since` is no date.
        """
        wanted = frozenset(status.id for name in names for status in self._book.find(name))
        after = parse_date(since) if since else ""
        finder = StaleFinder(self._parts.catalog, self._parts.index, self._parts.embedder)
        ranked = finder.rank(self._book.all(), _now()[:10], wanted)
        parts = self._parts
        retester = Retester(parts.catalog, parts.retriever, parts.embedder, judge or parts.judge)
        chosen = ranked if names else ranked[:_MOST_URGENT]
        return [retester.retest(stale.status, after, limit, stale.newer) for stale in chosen]

    def record(self, name: str, ruling: Ruling) -> ClaimStatus:
        """Write a person's verdict into the ledger; what to know of it is added to the library's `warnings`.

        Raises:
            NotFound: if the claim does not exist.
            BadInput: if a source or quote does not check out; nothing is recorded then.
        """
        parts = self._parts
        with parts.lock.held():
            status = self._book.one(name)
            event, warnings = event_of(ruling, status, parts.catalog, _now())
            with parts.catalog.writing():
                parts.catalog.append_events([event])
        parts.warnings += warnings
        return self._book.one(status.id)

    # Proposals

    def propose(self, note: str = "", *, with_papers: bool = False) -> Sequence[Proposal]:
        """Sentences that may be worth keeping as claims: of one note or all, and of the papers that they cite.

        What the library states already, or a person has rejected, is not proposed, nor is generated text.

        Raises:
            NotFound: if there is no such note.
            BadInput: if it is a draft.
        """
        known = self._book.all()
        catalog = self._parts.catalog
        rejected = {e.claim_id for e in catalog.events() if e.kind is EventKind.REJECTED}
        stated = [status.claim for status in known]
        found = [p for n in self._notes(note) for p in proposals_of(n, catalog, stated, with_papers)]
        return [proposal for proposal in found if proposal.claim.id not in rejected]

    def _notes(self, name: str) -> Sequence[Source]:
        if not name:
            notes = self._parts.catalog.sources(kind=SourceKind.NOTE)
            return [s for s in notes if s.id.startswith("note:") and not s.generated]
        note_id = "note:" + name.removeprefix("note:").removesuffix(".md")
        if found := self._parts.catalog.source(note_id):
            if found.generated:
                raise BadInput(f"{note_id} is generated text", cure="Take it over first, with `kb note accept`")
            return [found]
        raise NotFound(f"there is no note {name[:80]!r}", cure="List them with `kb note list`")

    def accept(self, proposals: Iterable[Proposal], by: str = "a person") -> Sequence[str]:
        """Write proposals into the front matter of their notes and into the ledger; ids of the notes.

        A note that changed on disk in the meantime stays as it is; the new text is kept beside it.

        Raises:
            KbError: if a note cannot be written.
        """
        parts = self._parts
        by_note: dict[str, list[Proposal]] = {}
        for proposal in proposals:
            by_note.setdefault(proposal.note, []).append(proposal)
        with parts.lock.held():
            for note_id, own in by_note.items():
                note = self._notes(note_id)[0]
                text = accepted_text(note.text, [p.claim for p in own])
                write_note(parts.place.notes / note.origin, text, content_hash(note.text))
            self._append(EventKind.STATED, by, [p for own in by_note.values() for p in own])
            self._upkeep.synchronise(no_progress, False)
        return list(by_note)

    def reject(self, proposals: Iterable[Proposal], by: str = "a person") -> None:
        """Remember that these are not to be proposed again."""
        with self._parts.lock.held():
            self._append(EventKind.REJECTED, by, list(proposals))

    def _append(self, kind: EventKind, by: str, proposals: Sequence[Proposal]) -> None:
        how: Literal["manual"] = "manual"
        events = [
            LedgerEvent(claim=p.claim, happened_at=_now(), kind=kind, by=by, how=how, against=(p.source,))
            for p in proposals
        ]
        with self._parts.catalog.writing():
            self._parts.catalog.append_events(events)

    # Files

    def export(self) -> str:
        """The whole ledger as lines of JSON; equal ledgers give equal texts."""
        return to_jsonl(self._parts.catalog.events())

    def import_(self, text: str, name: str = "the file") -> int:
        """Add a ledger to this one; how many events were new.

        Raises:
            BadInput: naming the line that is no event; nothing is taken over then.
        """
        events = from_jsonl(text, name)
        if not events and text.strip():
            raise BadInput(f"{name} holds no events", cure="Import a file that `kb claims export` wrote")
        with self._parts.lock.held(), self._parts.catalog.writing():
            return self._parts.catalog.append_events(events)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
