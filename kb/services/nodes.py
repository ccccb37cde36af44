"""The graph's nodes: their names, what is shown of them, and kept inquiries as nodes beside the derived ones."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.records import Node, NodeKind
from graph.snapshot import Snapshot
from ingest.plain import shown, terminal_safe
from kb.domain import EdgeKind, Inquiry, Paper, ProposedRelation
from kb.errors import BadId, NotFound
from kb.identity import ArxivId, slugify
from kb.language import content_terms, topic_name
from kb.ports import Card, Catalog

_PROPOSED = 3
_COMPARED_AT_MOST = 5_000
"""Names that are compared letter by letter with one that nothing bears."""


class Nodes:
    """Nodes of a derived graph and of the kept inquiries that lean on it.

    Args:
        graph: as it was derived.
        catalog: knows titles.
        inquiries: kept ones.
        relations: that models propose; those of sources that are no nodes are left out.
    """

    def __init__(
        self, graph: Snapshot, catalog: Catalog, inquiries: Sequence[Inquiry], relations: Sequence[ProposedRelation]
    ) -> None:
        self._graph, self._catalog = graph, catalog
        self.relations = [r for r in relations if r.source in graph.index and r.target in graph.index]
        self._inquiries = {f"inquiry:{inquiry.id}": inquiry for inquiry in inquiries}
        self.ids: list[str] = [*graph.ids, *self._inquiries]
        self.index = graph.index | {name: len(graph.ids) + i for i, name in enumerate(self._inquiries)}

    @cached_property
    def adjacency(self) -> Adjacency:
        """The derived edges and those from inquiries to the sources that they quote."""
        if not self._inquiries:
            return self._graph.adjacency
        pairs = [
            (self.index[name], self.index[source.id])
            for name, inquiry in self._inquiries.items()
            for source in inquiry.answer.sources
            if source.id in self.index
        ]
        return self._graph.adjacency.extended(len(self.ids), pairs, EdgeKind.USES)

    @cached_property
    def notes(self) -> NDArray[np.int64]:
        """Numbers of the notes."""
        return self._numbers(lambda node: not node.startswith("arxiv:"))

    @cached_property
    def papers(self) -> NDArray[np.int64]:
        """Numbers of the papers that the library holds."""
        return self._numbers(lambda node: node.startswith("arxiv:"))

    def shown(self, ids: Iterable[str]) -> dict[str, Node]:
        """Nodes as lists show them, by id, in the order given."""
        wanted = list(dict.fromkeys(ids))
        cards = self._catalog.cards(wanted)
        unheld = [node for node in wanted if node.startswith("arxiv:") and node not in cards]
        papers = self._catalog.papers(node.removeprefix("arxiv:") for node in unheld)
        return {node: self._shown(node, cards.get(node), papers.get(node.removeprefix("arxiv:"))) for node in wanted}

    def _shown(self, node: str, card: Card | None, paper: Paper | None) -> Node:
        if card:
            file = card.origin if node.startswith("note:") else ""
            title, claim, summary = map(clean, (card.title, card.claim, card.summary))
            kind = NodeKind(card.kind.value)
            return Node(id=node, kind=kind, title=title, claim=claim, summary=summary, date=card.date, file=file)
        if inquiry := self._inquiries.get(node):
            asked, date = clean(inquiry.answer.question), inquiry.asked_at[:10]
            return Node(id=node, kind=NodeKind.INQUIRY, title=asked, date=date)
        if paper:
            return Node(id=node, kind=NodeKind.PAPER, title=clean(paper.title), date=paper.date, held=False)
        name = node.split(":", 1)[1]
        if node.startswith("arxiv:"):
            return Node(id=node, kind=NodeKind.PAPER, title=f"arXiv:{name}", held=False)
        return Node(id=node, kind=NodeKind.TOPIC, title=topic_name(name))

    def find(self, name: str) -> str:
        """The node that a person means: by id, slug, title, alias, arXiv id, inquiry or topic, in this order.

        Raises:
            NotFound: if nothing is called so; the cure proposes what is called nearly so.
        """
        text = name.strip()
        if text in self.index:
            return text
        if text and (node := self._named(text)):
            return node
        near = self._proposals(text)
        cure = f"Perhaps {' or '.join(near)} is meant" if near else "`kb note list` lists the notes"
        raise NotFound(f"nothing in the graph is called {text[:80]!r}", cure=cure)

    def _named(self, text: str) -> str | None:
        called = [node for node in self._catalog.called(text.removeprefix("note:")) if node in self.index]
        if called:
            return called[0]
        try:
            base = ArxivId.parse(text).base
        except BadId:
            pass
        else:
            own = (f"arxiv:{base}", f"arxiv:{base}v")
            return next((node for node in self._graph.ids if node == own[0] or node.startswith(own[1])), None)
        if inquiries := [node for node in self._inquiries if node.startswith(f"inquiry:{slugify(text)}")]:
            return inquiries[0]
        topic = slugify(text.removeprefix("topic:"))
        return f"topic:{topic}" if self._catalog.about(topic) else None

    def _proposals(self, text: str) -> list[str]:
        """Names that are written nearly so, then titles that share the most telling words."""
        slugs = [node.split(":", 1)[1] for node in self.ids[:_COMPARED_AT_MOST]]
        near = difflib.get_close_matches(slugify(text) if text else "", slugs, _PROPOSED, 0.6)
        if not near:
            found = self._catalog.lexical_sources(content_terms(text), _PROPOSED)
            near = [source_id.split(":", 1)[1] for source_id, _ in found if source_id in self.index]
        return near

    def _numbers(self, is_wanted: Callable[[str], bool]) -> NDArray[np.int64]:
        rows = [i for i, node in enumerate(self._graph.ids[: self._graph.n_sources]) if is_wanted(node)]
        return np.array(rows, dtype=np.int64)


def clean(text: str) -> str:
    """Words of a source as one line without Markdown's marks and control characters."""
    return " ".join(terminal_safe(shown(text)).split())
