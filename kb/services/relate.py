"""How sources bear on each other, as a language model proposes it: which pairs it is asked about, and what holds.

The model says who bears on whom, how and why, and quotes both. Its quotes are looked up word for word, its reason is
held against their passages. What fails is dropped, and why is counted; what holds is a proposal, and no answer rests on
it. Pairs that are near and that nobody linked come first, for these are where a reader learns something new.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from graph.adjacency import KINDS, STRENGTH
from graph.snapshot import Snapshot
from ingest.plain import plain
from kb.domain import EdgeKind, EvidenceQuote, Passage, PassageKind, ProposedRelation, Source
from kb.identity import content_hash
from kb.language import content_stems
from kb.ports import Catalog, Proposer, SaidRelation
from kb.services.checks import CitedText, compare, opposed
from kb.services.dated import base_of
from kb.services.orders import gives_orders
from kb.services.said import ORDERS, Placed, Refused, papers_in, placed, readable, shown, worth_showing
from kb.services.suggest_links import DUPLICATE

_LINKED = frozenset((EdgeKind.LINK, EdgeKind.PARENT, EdgeKind.TENSION, EdgeKind.CITES))
_PASSAGES = 5
"""Shown of each source."""
_MIN_WORDS, _MAX_WORDS = 4, 60
_CHECKED = frozenset(("number", "name"))
"""What a reason is held to: it may weigh two sides that differ in direction, but brings in nothing of its own."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sources, each with the passages that a model is shown."""

    first: Source
    second: Source
    passages: tuple[tuple[Passage, ...], tuple[Passage, ...]]

    @property
    def n_chars(self) -> int:
        """Length of the passages together."""
        return sum(len(p.text) for side in self.passages for p in side)


def pairs(graph: Snapshot, named: Collection[int]) -> Iterator[tuple[int, int]]:
    """Pairs of sources to ask about, by number: near and unlinked ones first, then linked ones, each most alike first.

    Args:
        graph: as it was derived.
        named: sources of which every pair must have one; empty for the whole library.
    """
    tails, heads, codes, weights = graph.adjacency.directed()
    kept = (tails < graph.n_sources) & (heads < graph.n_sources) & (tails != heads)
    if named:
        kept &= np.isin(tails, list(named)) | np.isin(heads, list(named))
    near: dict[tuple[int, int], float] = {}
    linked: dict[tuple[int, int], float] = {}
    for tail, head, code, weight in zip(*(part[kept].tolist() for part in (tails, heads, codes, weights)), strict=True):
        pair = (min(tail, head), max(tail, head))
        if KINDS[code] in _LINKED:
            linked[pair] = 0.0
        elif KINDS[code] is EdgeKind.NEAR and weight < DUPLICATE * STRENGTH[EdgeKind.NEAR]:
            near[pair] = weight
    linked = {pair: graph.cosine(*pair) for pair in linked}
    for found in ({pair: weight for pair, weight in near.items() if pair not in linked}, linked):
        yield from sorted(found, key=lambda pair: (-round(found[pair], 4), pair))


class Relating:
    """Has a model propose relations.

    Args:
        catalog: of the library.
        proposer: the model.
    """

    def __init__(self, catalog: Catalog, proposer: Proposer) -> None:
        self._catalog, self._proposer = catalog, proposer

    def pair(self, one: str, other: str) -> Pair | None:
        """Two sources with what the model would be shown of them; None where one is generated, gone or empty."""
        first, second = (self._catalog.source(source_id) for source_id in sorted((one, other)))
        if first is None or second is None or first.generated or second.generated:
            return None
        passages = (self._passages(first, second), self._passages(second, first))
        return Pair(first, second, passages) if all(passages) else None

    def key(self, pair: Pair) -> str:
        """Names all that the model is asked about a pair: the same key, the same question."""
        told = (p.text for side in pair.passages for p in side)
        return content_hash("relation", self._proposer.name, self._proposer.version, *told)

    def ask(self, pair: Pair, now: str) -> tuple[ProposedRelation | None, str, str]:
        """One call: the relation, why there is none where one was said, and why the answer ended early.

        Raises:
            Unavailable: if the model did not begin to answer.
        """
        sides = [[shown(s, p) for p in own] for s, own in zip((pair.first, pair.second), pair.passages, strict=True)]
        said, cut_short = self._proposer.relations(*sides)
        if not said:
            return None, "", cut_short
        try:
            return self._checked(said[0], pair, now), "", cut_short
        except Refused as refused:
            return None, str(refused), cut_short

    def _passages(self, source: Source, other: Source) -> tuple[Passage, ...]:
        """A source's claim and summary, or else its beginning, and the passages that share most with the other."""
        found = sorted(self._catalog.passages_of([source.id]).values(), key=lambda p: p.ordinal)
        found = [p for p in worth_showing(found) if p.sentences or p.kind is not PassageKind.BODY]
        wanted = content_stems(" ".join(map(plain, (other.title, other.claim, other.summary))))
        first = [p for p in found if p.kind is not PassageKind.BODY] or found[:1]
        rest = [p for p in found if p not in first]
        rest.sort(key=lambda p: (-len(wanted & content_stems(plain(p.text))), p.ordinal))
        kept: list[Passage] = []
        for passage in [*first, *rest][:_PASSAGES]:
            if not kept or sum(len(p.text) for p in [*kept, passage]) <= self._proposer.room // 2:
                kept.append(passage)
        return tuple(sorted(kept, key=lambda p: p.ordinal))

    def _checked(self, said: SaidRelation, pair: Pair, now: str) -> ProposedRelation:
        """The relation as a proposal.

        Raises:
            Refused: if anything speaks against it.
        """
        passages = [*pair.passages[0], *pair.passages[1]]
        quotes = [placed(quote, passages) for quote in said.quotes]
        if not quotes:
            raise Refused("quotes neither source")
        one, other = ([q for q in quotes if q.passage.source_id == s.id] for s in (pair.first, pair.second))
        if said.kind.opposes and not (one and other):
            raise Refused("speaks against a source and does not quote both")
        if not said.kind.opposes and any(opposed(plain(a.text), plain(b.text)) for a in one for b in other):
            raise Refused("quotes words that speak against each other")
        _check_reason(said.why, pair)
        source, target = (pair.first, pair.second) if said.is_forward else (pair.second, pair.first)
        return ProposedRelation(
            source=source.id, target=target.id, kind=said.kind, why=" ".join(said.why.split()),
            quotes=tuple(map(_evidence, quotes)), model=self._proposer.name, proposed_at=now,
            prompt_version=self._proposer.version,
        )  # fmt: skip


def _check_reason(why: str, pair: Pair) -> None:
    """Hold a reason against the passages of both sources.

    Raises:
        Refused: if it says what they do not.
    """
    if not _MIN_WORDS <= len(why.split()) <= _MAX_WORDS:
        raise Refused("gives no reason of readable length")
    if gives_orders(why):
        raise Refused(ORDERS)
    sources = (pair.first, pair.second)
    told = [plain(text) for s in sources for text in (s.title, s.claim, s.summary)]
    seen = [readable(p) for side in pair.passages for p in side]
    context = "\n".join([*told, *seen])
    papers = papers_in("\n".join([context, *(f"arXiv:{base_of(i)}" for s in sources for i in (s.id, *s.references))]))
    if not papers_in(why) <= papers:
        raise Refused("names a paper that is none of theirs")
    cited = CitedText(seen, context, None)
    found = compare(why, cited)
    # Ten passages hold nearly all words of a reason that is theirs, so even few strange ones speak against it.
    if any(r.kind == "content" or (r.kind in _CHECKED and not r.warning) for r in found):
        raise Refused("gives a reason that its passages do not")


def _evidence(quote: Placed) -> EvidenceQuote:
    return EvidenceQuote(
        source=quote.passage.source_id, passage=quote.passage.id, quote=quote.text, char_start=quote.char_start,
        char_end=quote.char_end,
    )  # fmt: skip


def standing(relations: Iterable[ProposedRelation], catalog: Catalog) -> list[ProposedRelation]:
    """Relations whose quotes still stand in their sources, each quote where it stands now."""
    relations = list(relations)
    wanted = {quote.source for relation in relations for quote in relation.quotes}
    texts = {source.id: source.text for source in catalog.sources(wanted)} if wanted else {}
    current = catalog.cards({end for r in relations for end in (r.source, r.target)})
    found = []
    for relation in relations:
        moved = (_reanchored(quote, texts.get(quote.source, ""), catalog) for quote in relation.quotes)
        quotes = tuple(quote for quote in moved if quote)
        if len(quotes) == len(relation.quotes) and {relation.source, relation.target} <= current.keys():
            found.append(relation.model_copy(update={"quotes": quotes}))
    return found


def _reanchored(quote: EvidenceQuote, text: str, catalog: Catalog) -> EvidenceQuote | None:
    if text[quote.char_start : quote.char_end] == quote.quote:
        return quote
    start = text.find(quote.quote)
    end = start + len(quote.quote)
    passages = catalog.passages_of([quote.source]).values() if start >= 0 else ()
    around = next((p for p in passages if p.char_start <= start and end <= p.char_end), None)
    if around is None:
        return None
    return quote.model_copy(update={"passage": around.id, "char_start": start, "char_end": end})


def entry(relation: ProposedRelation, note: str, name: str, why: str) -> str:
    """The line that says a relation in one of its two notes.

    Args:
        relation: that was accepted.
        note: id of the note that the line stands in.
        name: as a wikilink calls the other source.
        why: the reason, in which nothing is a link.
    """
    how = relation.kind.value if note == relation.source else relation.kind.passive
    return f"{how.capitalize()} [[{name}]]: {why.rstrip('.')}."
