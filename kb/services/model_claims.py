"""Claims that a language model proposes from notes and cited papers, each held against the passage that it quotes.

The model words a claim; everything else is the library's: what was said must stand its ground at the gate, the quote is
looked up word for word, papers and date are those of the quoted words. What fails is dropped, and why is counted; of
the conditions that it names, those are kept that the passage names, too.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.plain import plain
from kb.domain import Citation, Claim, Passage, PassageKind, Proposal, Sentence, Source, SupportState
from kb.identity import content_hash
from kb.language import spelled_out
from kb.ports import Catalog, Judge, Proposer, SaidClaim
from kb.services import gate
from kb.services.checks.evidence import stems
from kb.services.claims import held
from kb.services.dated import base_of
from kb.services.orders import gives_orders
from kb.services.propose import DatedBy, dated_by, dated_claim, ranked, stands_alone, without_citations, worth_of
from kb.services.said import ORDERS, Placed, Refused, papers_in, placed, shown, worth_showing
from kb.services.scope import scope_of
from kb.wording import numbers

_PAPER_PASSAGES = 12
"""Of a paper's text, those whose sentences look most like findings."""
_WORDS = {
    "citation": "names a paper on which its passage does not rest",
    "content": "says what its passage does not",
    "number": "has a number that its passage does not",
    "name": "names what its passage does not",
    "binding": "swaps figures or sides",
    "sides": "swaps figures or sides",
    "hedge": "drops a hedge",
    "scope": "drops or stretches a condition",
    "negation": "denies its passage",
    "direction": "turns its passage round",
    "judge": "contradicts its passage, as the judge finds",
}
"""What the gate has against a claim, by the kind of its reason."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Passages of one source that go into one call."""

    note: Source
    """That would state the claims."""
    source: Source
    reference: str
    """As the note cites the source; empty for the note itself."""
    passages: tuple[Passage, ...]

    @property
    def n_chars(self) -> int:
        """Length of the passages together."""
        return sum(len(p.text) for p in self.passages)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one or more calls."""

    proposals: tuple[Proposal, ...]
    dropped: Counter[str]
    """How many proposals were dropped, by why."""
    cut_short: str = ""
    """Why the answer ended early; empty where it is whole."""
    n_conditions: int = 0
    """Conditions that were left out, because their passages do not name them."""


class ModelClaims:
    """Has a model propose claims.

    Args:
        catalog: of the library.
        proposer: the model.
        now: tells the time, as the ledger writes it.
        judge: asked about claims that pass every other check; what it finds contradicted is dropped.
    """

    def __init__(
        self, catalog: Catalog, proposer: Proposer, now: Callable[[], str], judge: Judge | None = None
    ) -> None:
        self._catalog, self._proposer, self._now, self._judge = catalog, proposer, now, judge

    def batches(self, note: Source, with_papers: bool) -> Iterator[Batch]:
        """What the model would be shown of a note and, if wanted, of the papers that it cites."""
        own = [p for p in self._passages(note) if p.kind is PassageKind.BODY and p.sentences]
        yield from self._batched(note, note, "", own)
        for reference in note.references if with_papers else ():
            if paper := held(self._catalog, reference):
                best = sorted(self._passages(paper), key=lambda p: (-_promise(p), p.ordinal))[:_PAPER_PASSAGES]
                yield from self._batched(note, paper, reference, sorted(best, key=lambda p: p.ordinal))

    def key(self, batch: Batch) -> str:
        """Names all that the model is asked with a batch: the same key, the same question."""
        told = (p.text for p in batch.passages)
        return content_hash("claims", self._proposer.name, self._proposer.version, batch.note.id, *told)

    def ask(self, batch: Batch, known: Iterable[Claim]) -> Found:
        """One call, and what holds of its answer.

        Args:
            batch: what the model is shown.
            known: claims that need not be proposed.

        Raises:
            Unavailable: if the model did not begin to answer.
        """
        said, cut_short = self._proposer.claims([shown(batch.source, p) for p in batch.passages])
        kept: list[Proposal] = []
        dropped: Counter[str] = Counter()
        n_conditions = 0
        for one in said:
            try:
                proposal, n_left_out = self._checked(one, batch)
            except Refused as refused:
                dropped[str(refused)] += 1
            else:
                kept.append(proposal)
                n_conditions += n_left_out
        new = ranked(kept, [*batch.note.claims, *known])
        if len(new) < len(kept):
            dropped["says what is said already"] += len(kept) - len(new)
        return Found(tuple(new), dropped, cut_short, n_conditions)

    def _passages(self, source: Source) -> list[Passage]:
        found = sorted(self._catalog.passages_of([source.id]).values(), key=lambda p: p.ordinal)
        return list(worth_showing(found))

    def _batched(self, note: Source, source: Source, reference: str, passages: Sequence[Passage]) -> Iterator[Batch]:
        batch: list[Passage] = []
        for passage in passages:
            if batch and sum(len(p.text) for p in [*batch, passage]) > self._proposer.room:
                yield Batch(note, source, reference, tuple(batch))
                batch = []
            batch.append(passage)
        if batch:
            yield Batch(note, source, reference, tuple(batch))

    def _checked(self, said: SaidClaim, batch: Batch) -> tuple[Proposal, int]:
        """The proposal that a claim makes, and how many of its conditions are left out.

        Raises:
            Refused: if anything speaks against it.
        """
        place = placed(said.quote, batch.passages)
        self._gated(said, place, batch.source)
        text = without_citations(plain(said.text))
        if not stands_alone(text):
            raise Refused("does not stand on its own")
        named = _named(said, place, batch.source)
        scope = scope_of(text).model_copy(update=named)
        dated = DatedBy((batch.reference,)) if batch.reference else dated_by(batch.note, *place.sentences)
        if not papers_in(said.text) <= {base_of(paper) for paper in dated.papers}:
            raise Refused(_WORDS["citation"])
        claim = dated_claim(text, scope, dated, self._catalog)
        if claim is None:
            raise Refused("has no paper behind it that dates it")
        proposal = Proposal(
            claim=claim, note=batch.note.id, source=batch.source.id, quote=place.text, char_start=place.char_start,
            char_end=place.char_end, worth=round(worth_of(text, place.text), 3), model=self._proposer.name,
            proposed_at=self._now(), prompt_version=self._proposer.version,
        )  # fmt: skip
        return proposal, len(said.scope) - len(named)

    def _gated(self, said: SaidClaim, place: Placed, source: Source) -> None:
        citation = Citation(
            source=source.id, passage=place.passage.id, quote=place.text, char_start=place.char_start,
            char_end=place.char_end,
        )  # fmt: skip
        sentence = Sentence(text=said.text, state=SupportState.UNSUPPORTED, theme="", citations=(citation,))
        (checked,) = gate.check([sentence], {place.passage.id: place.passage}, {source.id: source}, self._judge)
        if gives_orders(said.text):
            raise Refused(ORDERS)
        if checked.state is SupportState.UNSUPPORTED:
            first = next(reason for reason in checked.reasons if not reason.warning)
            raise Refused(_WORDS.get(first.kind, first.text))


def _promise(passage: Passage) -> float:
    """How much the best sentence of a passage looks like a finding."""
    texts = (passage.text[a - passage.char_start : b - passage.char_start] for a, b in passage.sentences)
    return max((worth_of(plain(text), text) for text in texts), default=0.0)


def _named(said: SaidClaim, place: Placed, source: Source) -> dict[str, str]:
    """Those conditions that the passage names too, or what it stands under."""
    around = spelled_out(" ".join([plain(source.title), *place.passage.section, plain(place.passage.text)]))
    known, figures = stems(around), {number.key for number in numbers(around)}
    wanted = {name: (stems(value), {number.key for number in numbers(value)}) for name, value in said.scope.items()}
    return {
        name: said.scope[name] for name, (words, keys) in wanted.items() if words and words <= known and keys <= figures
    }


def reanchored(proposal: Proposal, catalog: Catalog) -> Proposal | None:
    """A kept proposal with its quote where it stands now; None where it stands there no more."""
    source = catalog.source(proposal.source)
    if source is None or catalog.source_hash(proposal.note) is None:
        return None
    if source.text[proposal.char_start : proposal.char_end] == proposal.quote:
        return proposal
    start = source.text.find(proposal.quote)
    if start < 0:
        return None
    return proposal.model_copy(update={"char_start": start, "char_end": start + len(proposal.quote)})
