"""What reading pages need of a library: lists to leaf through, questions to begin with, what stands around a quote."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph.records import ClusterView, NodeKind
from ingest.front_matter import read_front_matter
from ingest.plain import shown
from kb.domain import Answer, Paper, Passage, Source, SourceKind
from kb.errors import KbError, NotFound
from kb.language import content_terms
from kb.library.graph import Graph
from kb.services.citers import arxiv_base
from kb.services.question import question_key
from kb.wiring import Parts

_FOUND_AT_MOST = 500
"""Sources that a search of the lists may find."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; what is empty narrows nothing."""

    kinds: tuple[SourceKind, ...]
    words: str = ""
    topic: str = ""
    cluster: int | None = None
    since: str = ""
    until: str = ""


class Reading:
    """Reads a library for pages.

    Args:
        parts: of the library.
        graph: its concept graph.
    """

    def __init__(self, parts: Parts, graph: Graph) -> None:
        self._parts, self._graph = parts, graph

    def find(self, wanted: Wanted, *, first: int = 0, n: int = 20) -> tuple[list[Source], int]:
        """Sources without their text and how many there are in all: newest first, or with words the best first."""
        catalog, ids = self._parts.catalog, None
        if wanted.words.strip():
            terms = content_terms(wanted.words) or wanted.words.split()
            ids = [source_id for source_id, _ in catalog.lexical_sources(terms, _FOUND_AT_MOST)]
        if wanted.cluster is not None:
            members = self._graph.members(wanted.cluster)
            ids = sorted(members) if ids is None else [i for i in ids if i in members]
        return catalog.listed(
            wanted.kinds,
            ids=ids,
            topic=wanted.topic,
            since=wanted.since,
            until=wanted.until,
            first=first,
            n=n,
        )

    def topics(self) -> dict[str, int]:
        """Topics with the number of sources about each, the most frequent first."""
        counts: dict[str, int] = {}
        for _, topic in self._parts.catalog.topics():
            counts[topic] = counts.get(topic, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))

    def clusters(self) -> list[ClusterView]:
        """Clusters of the graph; none where it has not been made."""
        try:
            return self._graph.clusters()
        except NotFound:
            return []

    def open_lines(self, limit: int = 6) -> list[str]:
        """Questions to begin with: next lines of kept inquiries that nobody asked, then central notes' questions."""
        inquiries = self._parts.catalog.inquiries()
        asked = {question_key(inquiry.answer.question) for inquiry in inquiries}
        lines = [line for inquiry in inquiries[:3] for line in inquiry.answer.next_lines[:2]]
        views = self.clusters()
        for rank in range(max((len(view.central) for view in views), default=0)):
            nodes = (view.central[rank] for view in views if len(view.central) > rank)
            lines += [node.title for node in nodes if node.kind is NodeKind.NOTE and node.title.endswith("?")]
        return list({question_key(line): line for line in lines if question_key(line) not in asked}.values())[:limit]

    def cited(self, answer: Answer) -> dict[str, Passage]:
        """The passages that an answer cites, by id; those that are gone are left out."""
        wanted = {c.source for sentence in answer.sentences for c in sentence.citations}
        return {passage.id: passage for passage in self._parts.catalog.passages_of(wanted).values()}

    def body(self, note: Source) -> str:
        """A note's text without its front matter."""
        try:
            return note.text[read_front_matter(note.text).body_start :]
        except KbError:
            return note.text

    def resolve(self, name: str) -> str:
        """Id of the source that a link's target names; empty where there is none."""
        called = self._parts.catalog.called(name)
        return called[0] if called else ""

    def versions(self, source: Source) -> Sequence[str]:
        """Ids of the versions of a paper that the library holds, oldest first."""
        base = arxiv_base(source.id) if source.kind is SourceKind.PAPER else None
        return self._parts.catalog.versions_of(base) if base else []

    def paper(self, name: str) -> Paper | None:
        """What is known of a paper, by an arXiv id in any form."""
        base = arxiv_base(name)
        return self._parts.catalog.papers([base]).get(base) if base else None

    def cited_papers(self, words: str = "") -> list[Paper]:
        """Papers that notes rest on and whose text the library does not hold, newest first.

        Args:
            words: that id, title and authors have between them, in any order; none for all.
        """
        catalog = self._parts.catalog
        bases = {base for _, reference in catalog.references() if (base := arxiv_base(reference))}
        known = catalog.papers(bases - catalog.held_papers(bases).keys())
        fitting = [paper for paper in known.values() if _has_words(paper, words)]
        return sorted(fitting, key=lambda paper: paper.date, reverse=True)

    def titles(self, ids: Iterable[str]) -> dict[str, str]:
        """Titles of sources, without markup, by id."""
        return {source_id: shown(card.title) for source_id, card in self._parts.catalog.cards(ids).items()}


def _has_words(paper: Paper, words: str) -> bool:
    told = " ".join((paper.reference, paper.title, *paper.authors)).casefold()
    return all(word in told for word in words.casefold().split())
