"""Clusters: found again, steady."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.adjacency import KINDS, Adjacency
from graph.clusters import clusters, density_label, settled
from kb.domain import EdgeKind


def groups(sizes: list[int], seed: int = 0, bridges: int = 3) -> Adjacency:
    """Dense groups with a few edges between them, and one node that nothing is connected with."""
    chance = np.random.default_rng(seed)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    edges = set()
    for first, size in zip(starts, sizes, strict=False):
        for _ in range(size * 4):
            a, b = sorted(chance.choice(size, 2, replace=False) + first)
            edges.add((int(a), int(b)))
    for _ in range(bridges):
        a, b = sorted(chance.choice(starts[-1], 2, replace=False))
        edges.add((int(a), int(b)))
    ends = np.array(sorted(edges))
    kinds = np.full(len(ends), KINDS.index(EdgeKind.LINK), dtype=np.uint8)
    return Adjacency.of(int(starts[-1]) + 1, ends[:, 0], ends[:, 1], kinds, np.ones(len(ends), dtype=np.float32))


def test_groups_are_found_the_largest_first_and_loners_are_in_none():
    """A map would show other clusters than there are."""
    labels = clusters(groups([30, 50, 20]))
    assert labels.tolist() == [1] * 30 + [0] * 50 + [2] * 20 + [-1]


def test_the_same_graph_gives_the_same_clusters():
    """Nothing that names a cluster could be found again."""
    graph = groups([20] * 6, bridges=60)
    assert clusters(graph).tolist() == clusters(graph).tolist()


def test_a_search_from_where_they_were_leaves_clusters_where_they_were():
    """Each edit of a note would move others into other clusters."""
    graph = groups([20] * 6, bridges=60)
    labels = clusters(graph)
    again = clusters(graph, labels.tolist())
    assert (again == labels).mean() > 0.9
    assert len(clusters(graph, [-1] * graph.n_nodes)) == graph.n_nodes


def test_a_graph_without_edges_has_no_clusters():
    """An empty library could not be opened."""
    none = np.zeros(0, dtype=np.int64)
    empty = Adjacency.of(3, none, none, none.astype(np.uint8), none.astype(np.float32))
    assert clusters(empty).tolist() == [-1, -1, -1]


def test_density_has_three_words():
    """Small and large would look the same."""
    assert [density_label(n) for n in (0, 29, 30, 299, 300)] == ["small", "small", "medium", "medium", "large"]


def chain(edges: list[tuple[int, int]], n: int) -> Adjacency:
    ends = np.array(edges)
    kinds = np.full(len(ends), KINDS.index(EdgeKind.LINK), dtype=np.uint8)
    return Adjacency.of(n, ends[:, 0], ends[:, 1], kinds, np.ones(len(ends), dtype=np.float32))


def test_new_nodes_join_and_nothing_else_moves():
    """A small edit would rearrange the map."""
    graph = chain([(0, 1), (2, 3), (4, 2), (4, 3), (4, 0), (5, 4), (6, 7), (7, 8)], 10)
    labels = settled(graph, [0, 0, 1, 1, -1, -1, -1, -1, -1, 1])
    assert labels.tolist() == [0, 0, 1, 1, 1, 1, 2, 2, 2, -1]
    assert settled(graph, labels.tolist()).tolist() == labels.tolist()


@settings(max_examples=300, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]), min_size=1),
    st.lists(st.integers(-1, 3), min_size=10, max_size=10),
)
def test_a_search_may_start_from_clusters_that_edits_tore_apart(pairs: set[tuple[int, int]], before: list[int]):
    """A note that held a cluster together would go, and every command after it end in a panic."""
    tails, heads = np.array(sorted(pairs)).T
    kinds, weights = np.zeros(len(pairs), dtype=np.uint8), np.ones(len(pairs), dtype=np.float32)
    graph = Adjacency.of(10, tails, heads, kinds, weights)
    labels = clusters(graph, before)
    assert set(np.flatnonzero(labels >= 0)) == set(tails) | set(heads)
