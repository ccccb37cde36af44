"""What is around a note, paper, inquiry or topic, and how one leads to another."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import KINDS
from graph.clusters import density_label
from graph.records import Cluster, ClusterView, Connection, Neighbourhood, Node, NodeKind, Path, Step
from graph.snapshot import Snapshot
from kb.domain import EdgeKind, Inquiry, ProposedRelation, pair_id
from kb.ports import Catalog, Edge
from kb.services.nodes import Nodes, clean
from kb.services.reasons import Alike, claim_on, listed

_RELATED = 8
_CENTRAL = 5
_EXPLAINED = 3
"""Near sources for which the sentences that are most alike are looked up, which takes a millisecond or two each."""
_FEW = 5_000
"""Rows that are faster compared by themselves than with all others."""
_FIELDS = {
    EdgeKind.LINK: ("links", "backlinks"),
    EdgeKind.PARENT: ("parents", "children"),
    EdgeKind.TENSION: ("tensions", "tensions"),
    EdgeKind.CITES: ("cites", "cited_by"),
    EdgeKind.USES: ("inquiries", "inquiries"),
    EdgeKind.NEAR: ("near", "near"),
}
"""Where a neighbourhood lists an edge that leads away, and one that leads here."""


class Surroundings:
    """Answers questions about one state of the graph.

    Args:
        graph: as it was derived from the catalog.
        catalog: for words; what the graph knows is not asked of it.
        inquiries: kept ones, which are no part of the derived graph: they may change while it stays.
        relations: that models propose, no part of it either.
    """

    def __init__(
        self,
        graph: Snapshot,
        catalog: Catalog,
        inquiries: Sequence[Inquiry] = (),
        relations: Sequence[ProposedRelation] = (),
    ) -> None:
        self._graph, self._catalog, self._alike = graph, catalog, Alike(catalog)
        self.nodes = Nodes(graph, catalog, inquiries, relations)
        self._written: dict[tuple[str, str], dict[EdgeKind, Edge]] = defaultdict(dict)
        for edge in sorted(graph.written, key=lambda edge: not edge.why):
            self._written[edge.source, edge.target].setdefault(edge.kind, edge)
        sizes = np.bincount(graph.clusters[graph.clusters >= 0], minlength=len(graph.cluster_names))
        self.clusters = [
            Cluster(name=name, number=i, n_nodes=int(sizes[i]), label=density_label(int(sizes[i])))
            for i, name in enumerate(graph.cluster_names)
        ]

    def around(self, node_id: str) -> Neighbourhood:
        """The neighbourhood of a node, by its id; see `Nodes.find` for names."""
        adjacency, number = self.nodes.adjacency, self.nodes.index.get(node_id)
        if number is None:
            return self._around_topic(node_id)
        edges: dict[int, list[tuple[EdgeKind, bool]]] = defaultdict(list)
        for other, kind, is_back, _ in adjacency.edges_of(number):
            edges[other].append((kind, is_back))
        related = self._related(number)
        shown = [self.nodes.ids[i] for i in {number, *edges, *(i for part in related for i in part)}]
        nodes = self.nodes.shown(shown)
        reach = adjacency.reach(number, 2)
        next_to = [(self._connection(number, other, own, nodes), own) for other, own in edges.items()]
        next_to.sort(key=lambda pair: (-(pair[0].cosine or 0.0), pair[0].node.id))
        return Neighbourhood(
            node=nodes[node_id],
            n_direct=len(edges),
            n_two_hop=len(reach),
            density=density_label(len(reach)),
            cluster=self._cluster(number),
            topics=tuple(topic for _, topic in self._catalog.topics([node_id])),
            related_notes=tuple(self._connection(number, i, edges.get(i, []), nodes) for i in related[0]),
            related_papers=tuple(self._connection(number, i, edges.get(i, []), nodes) for i in related[1]),
            proposed=tuple(self._proposed(node_id)),
            **self._sorted_out(node_id, next_to),
        )

    def path(self, start: str, end: str) -> Path:
        """The fewest steps from one node to another, over what people wrote where there is a choice."""
        index = self.nodes.index
        found = self.nodes.adjacency.path(index[start], index[end]) if start in index and end in index else []
        nodes = self.nodes.shown([start, end, *(self.nodes.ids[i] for i in found)])
        steps = [self._step(a, b, nodes) for a, b in pairwise(found)]
        return Path(start=nodes[start], end=nodes[end], steps=tuple(steps))

    def cluster_views(self) -> list[ClusterView]:
        """All clusters, largest first, with the nodes that stand for each."""
        graph, adjacency = self._graph, self._graph.adjacency
        degrees = np.diff(adjacency.starts)
        order = np.lexsort((np.arange(len(degrees)), -degrees))
        members: dict[int, list[int]] = defaultdict(list)
        for node in order.tolist():
            members[int(graph.clusters[node])].append(node)
        central = {c.number: members[c.number][:_CENTRAL] for c in self.clusters}
        nodes = self.nodes.shown([graph.ids[i] for own in central.values() for i in own])
        views = []
        for cluster in sorted(filter(lambda c: c.n_nodes, self.clusters), key=lambda c: (-c.n_nodes, c.number)):
            n_notes = sum(graph.ids[i].startswith("note:") for i in members[cluster.number])
            n_papers = sum(graph.ids[i].startswith("arxiv:") for i in members[cluster.number])
            shown = tuple(nodes[graph.ids[i]] for i in central[cluster.number])
            views.append(ClusterView(cluster=cluster, n_notes=n_notes, n_papers=n_papers, central=shown))
        return views

    def _cluster(self, number: int) -> Cluster | None:
        label = int(self._graph.clusters[number]) if number < len(self._graph.ids) else -1
        return self.clusters[label] if label >= 0 else None

    def _around_topic(self, node_id: str) -> Neighbourhood:
        """Of a topic: the sources that are about it, which no count goes over."""
        nodes = self.nodes.shown([node_id, *self._catalog.about(node_id.removeprefix("topic:"))])
        listed = [Connection(node=n, kinds=(EdgeKind.TOPIC,), inward=True) for i, n in nodes.items() if i != node_id]
        return Neighbourhood(
            node=nodes[node_id], n_direct=0, n_two_hop=0, density=density_label(0),
            related_notes=tuple(c for c in listed if c.node.kind is not NodeKind.PAPER),
            related_papers=tuple(c for c in listed if c.node.kind is NodeKind.PAPER),
        )  # fmt: skip

    def _related(self, number: int) -> tuple[list[int], list[int]]:
        """Held notes and held papers most like a source, by cosine."""
        if number >= self._graph.n_sources:
            return [], []
        listed = [i for i in self._graph.nearest.others[number].tolist() if i >= 0]
        papers = [i for i in listed if self.nodes.ids[i].startswith("arxiv:")]
        notes = [i for i in listed if i not in papers]
        return self._most_like(number, self.nodes.notes, notes), self._most_like(number, self.nodes.papers, papers)

    def _most_like(self, number: int, rows: NDArray[np.int64], listed: Sequence[int]) -> list[int]:
        """The sources of some rows that are most like one: those listed as its nearest, if they are enough."""
        if len(listed) >= _RELATED:
            return list(listed[:_RELATED])
        graph = self._graph
        own = graph.halves[number].astype(np.float32)
        alone = len(rows) < _FEW
        cosines = graph.halves[rows].astype(np.float32) @ own if alone else (graph.vectors @ own)[rows]
        cosines[rows == number] = -1.0
        best = np.argpartition(-cosines, _RELATED)[: _RELATED + 1] if len(rows) > _RELATED else np.arange(len(rows))
        order = sorted(best.tolist(), key=lambda i: (-float(cosines[i]), int(rows[i])))
        return [int(rows[i]) for i in order[:_RELATED] if cosines[i] > 0]

    def _sorted_out(
        self, here: str, connections: Iterable[tuple[Connection, Sequence[tuple[EdgeKind, bool]]]]
    ) -> dict[str, tuple[Connection, ...]]:
        """Connections by the field of a neighbourhood that lists them; one may stand in several."""
        found: dict[str, dict[str, Connection]] = defaultdict(dict)
        for connection, edges in connections:
            there = connection.node.id
            for kind, is_back in edges:
                # What is near and linked is listed as linked.
                if kind is EdgeKind.NEAR and len(connection.kinds) > 1:
                    continue
                shown = found[_FIELDS[kind][is_back]]
                ends = (there, here) if _is_told_from_there(kind, is_back) else (here, there)
                why = self._known(kind, *ends, explained=len(shown) < _EXPLAINED)
                shown[there] = connection.model_copy(update={"why": why})
        return {name: tuple(listed.values()) for name, listed in found.items()}

    def _proposed(self, node_id: str) -> Iterator[Connection]:
        """What models propose of a source."""
        own = [r for r in self.nodes.relations if node_id in (r.source, r.target)]
        shown = self.nodes.shown({r.source if r.target == node_id else r.target for r in own})
        for relation in own:
            is_outward = relation.source == node_id
            other = relation.target if is_outward else relation.source
            yield Connection(
                node=shown[other], kinds=(EdgeKind.PROPOSED,), outward=is_outward, inward=not is_outward,
                why=clean(relation.said_from(node_id)),
                cosine=self._cosine(self.nodes.index[node_id], self.nodes.index[other]),
            )  # fmt: skip

    def _connection(
        self, number: int, other: int, edges: Sequence[tuple[EdgeKind, bool]], nodes: Mapping[str, Node]
    ) -> Connection:
        here, there = self.nodes.ids[number], self.nodes.ids[other]
        return Connection(
            node=nodes[there],
            kinds=tuple(sorted({kind for kind, _ in edges}, key=KINDS.index)),
            outward=any(not is_back for _, is_back in edges),
            inward=any(is_back for _, is_back in edges),
            why=self._sentence(here, there),
            cosine=self._cosine(number, other),
        )

    def _cosine(self, one: int, other: int) -> float | None:
        graph = self._graph
        if max(one, other) >= graph.n_sources:
            return None
        return round(graph.cosine(one, other), 4)

    def _sentence(self, one: str, other: str) -> str:
        """A sentence in which one names the other, or else the other the one."""
        for pair in ((one, other), (other, one)):
            own = self._written.get(pair, {})
            link = own[EdgeKind.LINK].why if EdgeKind.LINK in own else ""
            if why := link or next(filter(None, (edge.why for edge in own.values())), ""):
                return why
        return ""

    def _step(self, one: int, other: int, nodes: Mapping[str, Node]) -> Step:
        """The strongest edge between two nodes that are next to each other, with its reason."""
        own = [e for e in self.nodes.adjacency.edges_of(one) if e[0] == other]
        _, kind, is_back, _ = max(own, key=lambda e: (e[3], -KINDS.index(e[1])))
        source, target = nodes[self.nodes.ids[one]], nodes[self.nodes.ids[other]]
        ends = (target, source) if _is_told_from_there(kind, is_back) else (source, target)
        why = self._reason(kind, *ends, self._cosine(one, other))
        pair = pair_id(source.id, target.id)
        proposed = next((clean(r.said_from(source.id)) for r in self.nodes.relations if r.id == pair), "")
        return Step(source=source, target=target, kind=kind, forward=not is_back, why=why, proposed=proposed)

    def _reason(self, kind: EdgeKind, source: Node, target: Node, cosine: float | None) -> str:
        """Why an edge is there, in words that need no other."""
        known = self._known(kind, source.id, target.id)
        if kind is EdgeKind.NEAR:
            return f"each is among the other's nearest sources (cosine {cosine:.2f}){known and f': {known}'}"
        if kind is EdgeKind.CITES:
            return f"it is among the sources of “{source.title}”{known and f', for the {known}'}"
        if kind is EdgeKind.USES:
            return f"the inquiry “{source.title}” quotes it"
        words = {
            EdgeKind.PARENT: f"it stands under “{target.title}”",
            EdgeKind.TENSION: "each disagrees with the other",
        }
        return known or words.get(kind, f"“{source.title}” links to it")

    def _known(self, kind: EdgeKind, source: str, target: str, *, explained: bool = True) -> str:
        """What holds an edge: a sentence, the claim that rests on a paper, or the two sentences that are most alike.

        A link that stands in no sentence is held by its place, and by what the two say alike.

        Args:
            kind: of the edge.
            source: where it begins.
            target: where it ends.
            explained: whether to look for the sentences that are most alike.
        """
        if kind is EdgeKind.CITES:
            return clean(claim_on(target, self._catalog.claims(source)))
        # Papers' sentences have no vectors of their own.
        are_notes = source.startswith("note:") and target.startswith("note:")
        if kind is EdgeKind.NEAR:
            return self._most_alike(source, target) if explained and are_notes else ""
        told, edge = self._sentence(source, target), self._written.get((source, target), {}).get(kind)
        if told or edge is None or not (place := clean(listed(edge))):
            return told
        alike = self._most_alike(source, target) if explained and are_notes else ""
        return f"{place}{alike and f'; most alike are {alike}'}"

    def _most_alike(self, source: str, target: str) -> str:
        """The sentences of two notes that are most alike."""
        return " and ".join(f"“{clean(text)}”" for text in self._alike.sentences(source, target) if text)


def _is_told_from_there(kind: EdgeKind, is_back: bool) -> bool:
    """Whether an edge's reason begins with its other end; what is near is so both ways."""
    return is_back and kind is not EdgeKind.NEAR
