"""The whole graph as one record: what exports write and pages draw."""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import KINDS, STRENGTH
from graph.records import Cluster, Map, MapEdge, MapNode, NodeKind
from graph.snapshot import Snapshot
from kb.domain import EdgeKind
from kb.identity import is_before
from kb.ports import Catalog
from kb.services.nodes import Nodes, clean
from kb.services.reasons import claim_on, listed

_NEAR = KINDS.index(EdgeKind.NEAR)


def whole_map(
    graph: Snapshot,
    catalog: Catalog,
    nodes: Nodes,
    clusters: Sequence[Cluster],
    title: str,
    limit: int,
    among: Collection[int] | None = None,
) -> Map:
    """Nodes and edges, topics and inquiries among them.

    Args:
        graph: as it was derived.
        catalog: knows titles and topics.
        nodes: of the graph and of the inquiries.
        clusters: of the graph.
        title: of the map.
        limit: best connected nodes that are taken at most, before topics; 0 for all.
        among: numbers of the nodes that are looked at, the whole graph by default.
    """
    numbers = np.arange(len(nodes.ids)) if among is None else np.array(sorted(among), dtype=np.int64)
    if limit and len(numbers) > limit:
        degrees = np.diff(nodes.adjacency.starts)[numbers]
        numbers = np.sort(numbers[np.lexsort((numbers, -degrees))[:limit]])
    taken = {nodes.ids[i] for i in numbers.tolist()}
    about = [(source, f"topic:{topic}") for source, topic in catalog.topics() if source in taken]
    shown = nodes.shown([*(nodes.ids[i] for i in numbers.tolist()), *sorted({topic for _, topic in about})])
    labels = dict(zip(graph.ids, graph.clusters.tolist(), strict=True))
    edges = _edges(graph, catalog, nodes, numbers)
    edges += [MapEdge(source=source, target=topic, kind=EdgeKind.TOPIC) for source, topic in about]
    listed = tuple(MapNode(node=node, cluster=labels.get(name, -1)) for name, node in shown.items())
    return Map(title=title, nodes=listed, edges=tuple(edges), clusters=tuple(clusters))


def _edges(graph: Snapshot, catalog: Catalog, nodes: Nodes, numbers: NDArray[np.int64]) -> list[MapEdge]:
    """Edges between nodes that are taken, by their numbers, each kind with what is known of it."""
    why = {(edge.source, edge.target, edge.kind): edge.why or listed(edge) for edge in reversed(graph.written)}
    claims = lru_cache(maxsize=1)(catalog.claims)
    found = []
    tails, heads, codes, weights = nodes.adjacency.directed()
    inside = np.isin(tails, numbers) & np.isin(heads, numbers)
    rows = (part[inside].tolist() for part in (tails, heads, codes, weights))
    for tail, head, code, weight in zip(*rows, strict=True):
        source, target, kind = nodes.ids[tail], nodes.ids[head], KINDS[code]
        cosine = round(weight / STRENGTH[EdgeKind.NEAR], 4) if code == _NEAR else None
        reason = why.get((source, target, kind)) or why.get((source, target, EdgeKind.LINK), "")
        if kind is EdgeKind.CITES:
            reason = claim_on(target, claims(source))
        found.append(MapEdge(source=source, target=target, kind=kind, why=clean(reason), cosine=cosine))
    return [*found, *_proposed(nodes, {nodes.ids[i] for i in numbers.tolist()})]


def _proposed(nodes: Nodes, taken: Collection[str]) -> Iterator[MapEdge]:
    """What models propose of nodes that are taken."""
    for relation in nodes.relations:
        if relation.source in taken and relation.target in taken:
            yield MapEdge(
                source=relation.source, target=relation.target, kind=EdgeKind.PROPOSED, relation=relation.kind,
                why=clean(relation.said_from(relation.source)),
            )  # fmt: skip


def narrowed(found: Map, topic: str = "", since: str = "", until: str = "") -> Map:
    """The part of a map that is about a topic and dated within a span; what has no date is of no span.

    Args:
        found: the map.
        topic: slug of a topic, empty for all.
        since: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; what is older is left out.
        until: the same for what is younger.
    """
    about = {edge.source for edge in found.edges if edge.target == f"topic:{topic}"}
    kept = [
        entry
        for entry in found.nodes
        if (not topic or entry.node.id in about or entry.node.id == f"topic:{topic}")
        and (entry.node.kind is NodeKind.TOPIC or _within(entry.node.date, since, until))
    ]
    ids = {entry.node.id for entry in kept}
    edges = [edge for edge in found.edges if edge.source in ids and edge.target in ids]
    lone = ids - {end for edge in edges for end in (edge.source, edge.target)}
    shown = tuple(e for e in kept if e.node.kind is not NodeKind.TOPIC or e.node.id not in lone)
    return found.model_copy(update={"nodes": shown, "edges": tuple(edges)})


def _within(date: str | None, since: str, until: str) -> bool:
    if not since and not until:
        return True
    return bool(date) and not is_before(date or "", since or "0001") and not (until and is_before(until, date or ""))
