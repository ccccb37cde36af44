"""The concept graph as networkx, for analysis and for the formats that it writes."""

from collections.abc import Iterable
from typing import Any

from kb.ports import Card, Edge


def as_networkx(nodes: Iterable[Card], edges: Iterable[Edge]) -> Any:
    """A `networkx.MultiDiGraph` with a node per card (`kind`, `title`) and an edge per edge (`kind`, `why`)."""
    import networkx as nx

    graph = nx.MultiDiGraph()
    for card in nodes:
        graph.add_node(card.id, kind=str(card.kind), title=card.title)
    for edge in edges:
        graph.add_edge(edge.source, edge.target, kind=str(edge.kind), why=edge.why)
    return graph
