"""The concept graph as networkx, and what it looks like from far away."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.ports import Edge

_SEED = 7


@dataclass(frozen=True, slots=True)
class Shape:
    """The graph in numbers."""

    n_nodes: int
    n_edges: int
    n_components: int
    """Connected parts, single nodes among them."""
    orphans: tuple[str, ...]
    """Nodes without any connection."""
    clusters: tuple[tuple[str, ...], ...]
    """Louvain communities of two nodes and more, largest first."""


def build(nodes: Iterable[str], edges: Iterable[Edge]) -> Any:
    """A `networkx.MultiDiGraph` with a node per source and an edge per resolved link (`kind`, `why`)."""
    import networkx as nx

    graph = nx.MultiDiGraph()
    graph.add_nodes_from(sorted(nodes))
    for edge in edges:
        graph.add_edge(edge.source, edge.target, kind=edge.kind, why=edge.why)
    return graph


def shape(graph: Any) -> Shape:
    """Count, connect and cluster a graph that `build` made; the same graph always gives the same clusters."""
    import networkx as nx

    plain = nx.Graph(graph)
    found = nx.community.louvain_communities(plain, seed=_SEED) if plain.number_of_edges() else []
    clusters = sorted((tuple(sorted(c)) for c in found if len(c) > 1), key=lambda c: (-len(c), c))
    return Shape(
        n_nodes=graph.number_of_nodes(),
        n_edges=graph.number_of_edges(),
        n_components=nx.number_connected_components(plain),
        orphans=tuple(sorted(nx.isolates(plain))),
        clusters=tuple(clusters),
    )


def save(path: Path, generation: int, edges: Sequence[Edge]) -> None:
    """Write the graph beside the catalog, stamped with the catalog's generation, in one step."""
    record = {
        "generation": generation,
        "edges": [[edge.source, edge.target, edge.kind, edge.why] for edge in edges],
    }
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    draft.replace(path)


def load(path: Path, generation: int) -> list[Edge] | None:
    """The edges that were saved for this generation, None where there are none or they cannot be read."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["generation"] != generation:
            return None
        return [Edge(*edge) for edge in record["edges"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
