"""Clusters of the concept graph: found with the Leiden algorithm, steady under small edits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency

_SEED = 7
_RESOLUTION = 1.0
_ITERATIONS = 3
_SMALL, _MEDIUM = 30, 300

Labels = NDArray[np.int32]
"""Cluster of each node, shape (n_nodes,); -1 for nodes without an edge. Larger clusters have smaller
numbers when they are searched for."""


def clusters(graph: Adjacency, before: Sequence[int] | None = None) -> Labels:
    """Communities by modularity (Traag, Waltman and van Eck, 2019), the same for the same graph.

    Args:
        graph: weights count.
        before: cluster of each node in an earlier state, -1 where it was in none; the search starts from there, so
            that what an edit does not touch stays where it was.
    """
    import graspologic_native

    found = np.full(graph.n_nodes, -1, dtype=np.int32)
    nodes = np.repeat(np.arange(graph.n_nodes), np.diff(graph.starts))
    once = nodes < graph.others
    if not once.any():
        return found
    pairs, place = np.unique(nodes[once] * graph.n_nodes + graph.others[once], return_inverse=True)
    weights = np.bincount(place, graph.weights[once])
    tails, heads = divmod(pairs, graph.n_nodes)
    start = None if before is None else _start(before, tails, heads)
    _, labels = graspologic_native.leiden(
        list(zip(tails.astype(str).tolist(), heads.astype(str).tolist(), weights.tolist(), strict=True)),
        starting_communities=start, resolution=_RESOLUTION, iterations=_ITERATIONS, seed=_SEED,
    )  # fmt: skip
    where = np.fromiter(map(int, labels.keys()), dtype=np.int64, count=len(labels))
    found[where] = np.fromiter(labels.values(), dtype=np.int32, count=len(labels))
    return _by_size(found)


def settled(graph: Adjacency, before: Sequence[int]) -> Labels:
    """Earlier clusters as they are, with new nodes in those that they are most strongly connected with.

    What hangs together with new nodes only is a cluster of its own, numbered after the others; a cluster may have lost
    all its nodes. Nothing that was in a cluster moves to another, whatever its edges.

    Args:
        graph: as it is now.
        before: cluster of each node in the earlier state, -1 for none and for new nodes.
    """
    is_linked = np.diff(graph.starts) > 0
    labels: Labels = np.where(is_linked, np.asarray(before), -1).astype(np.int32)
    waiting = np.flatnonzero(is_linked & (labels < 0)).tolist()
    joined = True
    while joined:
        joined = False
        for node in waiting:
            part = slice(graph.starts[node], graph.starts[node + 1])
            around, weights = labels[graph.others[part]], graph.weights[part]
            if labels[node] < 0 and (around >= 0).any():
                labels[node] = np.argmax(np.bincount(around[around >= 0], weights[around >= 0]))
                joined = True
    number = int(max(before, default=-1)) + 1
    for node in waiting:
        if labels[node] < 0:
            labels[graph.reach(node, graph.n_nodes)] = labels[node] = number
            number += 1
    return labels


def _start(before: Sequence[int], tails: NDArray[np.int64], heads: NDArray[np.int64]) -> dict[str, int]:
    """Where every linked node starts: in what still hangs together of its earlier cluster, or in one of its own.

    The search ends in a panic where it is to start from a cluster that edits have torn apart.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    own = np.asarray(before, dtype=np.int64)
    kept = (own[tails] == own[heads]) & (own[tails] >= 0)
    within = csr_array((np.ones(kept.sum()), (tails[kept], heads[kept])), shape=(len(own), len(own)))
    _, pieces = connected_components(within, directed=False)
    linked = np.unique(np.concatenate([tails, heads]))
    _, numbers = np.unique(pieces[linked], return_inverse=True)
    return dict(zip(linked.astype(str).tolist(), numbers.tolist(), strict=True))


def _by_size(found: Labels) -> Labels:
    """Clusters numbered from the largest, ties by their first node."""
    there = found[found >= 0]
    names, first, sizes = np.unique(there, return_index=True, return_counts=True)
    number = np.empty(int(names.max()) + 1, dtype=np.int32)
    number[names[np.lexsort((first, -sizes))]] = np.arange(len(names))
    return np.where(found >= 0, number[found], -1).astype(np.int32)


def density_label(n_sources: int) -> str:
    """A word for how much there is around a source: small (under 30 sources), medium (under 300) or large."""
    return "small" if n_sources < _SMALL else "medium" if n_sources < _MEDIUM else "large"
