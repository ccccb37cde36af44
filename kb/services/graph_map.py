"""The whole graph as one record: what exports write and pages draw."""

from collections.abc import Sequence

import numpy as np

from graph.adjacency import KINDS
from graph.records import Cluster, Map, MapEdge, MapNode
from graph.snapshot import Snapshot
from kb.domain import EdgeKind
from kb.ports import Catalog
from kb.services.nodes import Nodes, clean

_NEAR = KINDS.index(EdgeKind.NEAR)


def whole_map(
    graph: Snapshot, catalog: Catalog, nodes: Nodes, clusters: Sequence[Cluster], title: str, limit: int
) -> Map:
    """Nodes and edges, topics and inquiries among them.

    Args:
        graph: as it was derived.
        catalog: knows titles and topics.
        nodes: of the graph and of the inquiries.
        clusters: of the graph.
        title: of the map.
        limit: best connected nodes that are taken at most, before topics; 0 for all.
    """
    numbers = np.arange(len(nodes.ids))
    if limit and len(numbers) > limit:
        degrees = np.diff(nodes.adjacency.starts)
        numbers = np.sort(np.lexsort((numbers, -degrees))[:limit])
    taken = {nodes.ids[i] for i in numbers.tolist()}
    about = [(source, f"topic:{topic}") for source, topic in catalog.topics() if source in taken]
    shown = nodes.shown([*(nodes.ids[i] for i in numbers.tolist()), *sorted({topic for _, topic in about})])
    labels = dict(zip(graph.ids, graph.clusters.tolist(), strict=True))
    edges = [*_edges(graph, nodes, taken)]
    edges += [MapEdge(source=source, target=topic, kind=EdgeKind.TOPIC) for source, topic in about]
    listed = tuple(MapNode(node=node, cluster=labels.get(name, -1)) for name, node in shown.items())
    return Map(title=title, nodes=listed, edges=tuple(edges), clusters=tuple(clusters))


def _edges(graph: Snapshot, nodes: Nodes, taken: set[str]) -> list[MapEdge]:
    """Edges between nodes that are taken, each kind with what is known of it."""
    why = {(edge.source, edge.target, edge.kind): edge.why for edge in reversed(graph.written)}
    found = []
    for tail, head, code in zip(*(part.tolist() for part in nodes.adjacency.directed()[:3]), strict=True):
        source, target = nodes.ids[tail], nodes.ids[head]
        if source in taken and target in taken:
            kind = KINDS[code]
            cosine = None
            if code == _NEAR:
                cosine = round(graph.cosine(tail, head), 4)
            reason = why.get((source, target, kind)) or why.get((source, target, EdgeKind.LINK), "")
            found.append(MapEdge(source=source, target=target, kind=kind, why=clean(reason), cosine=cosine))
    return found
