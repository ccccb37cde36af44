"""Claims in the Python API: `library.claims`."""

import builtins
from collections.abc import Iterable, Sequence

from ingest.files import write_note
from kb.domain import Claim, Proposal, Source, SourceKind
from kb.errors import BadInput, NotFound
from kb.identity import content_hash, parse_date
from kb.ledger import ClaimStatus, EventKind, LedgerEvent, Provenance, Quote, Standing, from_jsonl, to_jsonl
from kb.library.asking import Outcome, now
from kb.library.costs import CLAIMS, Plan, of_judging, of_proposing
from kb.ports import Judge, Progress, Proposer, no_progress
from kb.services.citers import arxiv_base
from kb.services.claims import ClaimBook, ClaimDetail
from kb.services.model_claims import Batch, ModelClaims, reanchored
from kb.services.propose import accepted_text, proposals_of, ranked
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
        return finder.rank(self._book.all(), parse_date(today) if today else now()[:10])

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
        ranked = finder.rank(self._book.all(), now()[:10], wanted)
        parts = self._parts
        retester = Retester(parts.catalog, parts.retriever, parts.embedder, judge or parts.judge)
        chosen = ranked if names else ranked[:_MOST_URGENT]
        return [retester.retest(stale.status, after, limit, stale.newer) for stale in chosen]

    def plan_retest(self, names: Sequence[str] = (), limit: int = 10) -> Plan | None:
        """What `retest` would take of a language model as a judge, at most; None where none judges. None is called.

        Raises as `retest`, and:
            BadInput: if the judge cannot be set up.
        """
        if self._parts.judge is None:
            return None
        n = len({status.id for name in names for status in self._book.find(name)}) if names else _MOST_URGENT
        return of_judging(self._parts, n * limit)

    def record(self, name: str, ruling: Ruling) -> ClaimStatus:
        """Write a person's verdict into the ledger; what to know of it is added to the library's `warnings`.

        Raises:
            NotFound: if the claim does not exist.
            BadInput: if a source or quote does not check out; nothing is recorded then.
        """
        parts = self._parts
        with parts.lock.held():
            status = self._book.one(name)
            event, warnings = event_of(ruling, status, parts.catalog, now())
            with parts.catalog.writing():
                parts.catalog.append_events([event])
        parts.warnings += warnings
        return self._book.one(status.id)

    # Proposals

    def propose(self, note: str = "", *, with_papers: bool = False) -> Sequence[Proposal]:
        """Sentences that may be worth keeping as claims: of one note or all, and of the papers that they cite.

        Of each note, what a model proposed (see `ask`) comes first, then what the rules find. No model is asked.
        What the library states already, or a person has rejected, is not proposed, nor is generated text.

        Raises:
            NotFound: if there is no such note.
            BadInput: if it is a draft.
        """
        catalog = self._parts.catalog
        known = [*(status.claim for status in self._book.all()), *self._rejected()]
        rejected = {claim.id for claim in self._rejected()}
        kept = [p for kept in catalog.proposed_claims() if (p := reanchored(kept, catalog))]
        found: list[Proposal] = []
        for source in self._notes(note):
            told = [*known, *(p.claim for p in found)]
            of_model = ranked([p for p in kept if p.note == source.id and p.claim.id not in rejected], told)
            others = [*told, *(p.claim for p in of_model)]
            found += [*of_model, *proposals_of(source, catalog, others, with_papers)]
        return [proposal for proposal in found if proposal.claim.id not in rejected]

    def plan(self, note: str = "", *, with_papers: bool = False) -> Plan | None:
        """What it would take to have the settings' language model propose claims; None where they name none.

        Raises:
            NotFound: if there is no such note.
            BadInput: if there is no such model, or its key is missing.
            MissingExtra: if its package is not installed.
        """
        proposer = self._parts.proposer
        if proposer is None:
            return None
        todo = self._unasked(self._model_claims(proposer), note, with_papers)
        n_chars = sum(batch.n_chars for batch in todo)
        return of_proposing(self._parts, proposer.name, len(todo), n_chars, CLAIMS * len(todo))

    def ask(self, note: str = "", *, with_papers: bool = False, progress: Progress = no_progress) -> Outcome:
        """Have the model propose claims, and keep those that hold until somebody decides; `propose` lists them.

        Each answer is kept before the next is asked for, so a run that was cut short goes on from there.

        Raises as `plan`, and:
            Unavailable: if the model does not answer.
        """
        outcome, proposer, catalog = Outcome(), self._parts.proposer, self._parts.catalog
        if proposer is None:
            return outcome
        asking = self._model_claims(proposer)
        todo = self._unasked(asking, note, with_papers)
        for n, batch in enumerate(todo):
            progress("Asking for claims", n, len(todo))
            known = [status.claim for status in self._book.all()] + self._rejected()
            with outcome.kept():
                found = asking.ask(batch, [*known, *(p.claim for p in catalog.proposed_claims())])
            with self._parts.lock.held(), catalog.writing():
                catalog.put_proposed_claims(found.proposals)
                if not found.cut_short:
                    catalog.put_asked(asking.key(batch), now())
            outcome.add(len(found.proposals), found.dropped, found.cut_short, found.n_conditions)
        return outcome

    def _rejected(self) -> builtins.list[Claim]:
        """Claims that a person does not want proposed again."""
        return [e.claim for e in self._parts.catalog.events() if e.kind is EventKind.REJECTED]

    def _model_claims(self, proposer: Proposer) -> ModelClaims:
        return ModelClaims(self._parts.catalog, proposer, now, self._parts.judge)

    def _unasked(self, asking: ModelClaims, note: str, with_papers: bool) -> Sequence[Batch]:
        """What the model has not answered yet."""
        batches = [batch for source in self._notes(note) for batch in asking.batches(source, with_papers)]
        return [batch for batch in batches if not self._parts.catalog.was_asked(asking.key(batch))]

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
        with self._parts.catalog.writing():
            self._parts.catalog.append_events([_event(kind, by, proposal) for proposal in proposals])
            self._parts.catalog.forget_proposed_claims(proposals)

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


def _event(kind: EventKind, by: str, proposal: Proposal) -> LedgerEvent:
    """A person's word on a proposal; what a model proposed says so, with the words that it quoted."""
    event = LedgerEvent(
        claim=proposal.claim, happened_at=now(), kind=kind, by=by, how="manual", against=(proposal.source,)
    )
    if not proposal.model:
        return event
    provenance = Provenance(model=proposal.model, prompt_version=proposal.prompt_version)
    quote = Quote(side="claim", source=proposal.source, text=proposal.quote, checked=True)
    reason = f"proposed by {proposal.model} on {proposal.proposed_at[:10]}"
    return event.model_copy(update={"provenance": provenance, "quotes": (quote,), "reason": reason})
