"""The graph as arrays: the same neighbours, reach, paths and ranks as networkx finds."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.adjacency import KINDS, STRENGTH, Adjacency
from graph.walk import Walker
from kb.domain import EdgeKind
from kb.ports import Edge

WALKED = [kind for kind in KINDS if STRENGTH[kind]]
"""What models propose is laid over the graph and is never an edge of its arrays."""
EDGES = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11), st.sampled_from(WALKED)).filter(lambda e: e[0] != e[1]),
    max_size=30, unique=True,
)  # fmt: skip


def adjacency(edges: list[tuple[int, int, EdgeKind]], n: int = 12) -> Adjacency:
    ends = np.array([(a, b) for a, b, _ in edges], dtype=np.int64).reshape(len(edges), 2)
    kinds = np.array([KINDS.index(kind) for _, _, kind in edges], dtype=np.uint8)
    return Adjacency.of(n, ends[:, 0], ends[:, 1], kinds, np.ones(len(edges), dtype=np.float32))


def plain(edges: list[tuple[int, int, EdgeKind]], n: int = 12) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((a, b) for a, b, _ in edges)
    return graph


@settings(max_examples=80, deadline=None)
@given(edges=EDGES, node=st.integers(0, 11), end=st.integers(0, 11))
def test_reach_and_paths_are_those_of_networkx(edges: list[tuple[int, int, EdgeKind]], node: int, end: int):
    """A neighbourhood would be counted wrongly, or a path take a detour."""
    ours, theirs = adjacency(edges), plain(edges)
    for hops in (1, 2, 3):
        wanted = set(nx.ego_graph(theirs, node, hops)) - {node}
        assert set(ours.reach(node, hops).tolist()) == wanted
    path = ours.path(node, end)
    if nx.has_path(theirs, node, end):
        assert len(path) == nx.shortest_path_length(theirs, node, end) + 1
        assert all(theirs.has_edge(a, b) for a, b in pairwise(path))
        assert (path[0], path[-1]) == (node, end)
    else:
        assert path == []


@settings(max_examples=60, deadline=None)
@given(edges=EDGES)
def test_every_edge_is_seen_from_both_ends_and_comes_back_once(edges: list[tuple[int, int, EdgeKind]]):
    """A backlink would be lost, or an edge doubled by each update."""
    ours = adjacency(edges)
    tails, heads, kinds, _ = ours.directed()
    back = {(int(a), int(b), KINDS[k]) for a, b, k in zip(tails, heads, kinds, strict=True)}
    assert back == set(edges)
    assert len(tails) == len(edges)
    for a, b, kind in edges:
        assert (b, kind, False) in {(other, k, is_back) for other, k, is_back, _ in ours.edges_of(a)}
        assert (a, kind, True) in {(other, k, is_back) for other, k, is_back, _ in ours.edges_of(b)}


def test_a_path_prefers_what_people_wrote():
    """A reader would be led over likeness where a sentence says why."""
    edges = [(0, 1, EdgeKind.NEAR), (1, 3, EdgeKind.NEAR), (0, 2, EdgeKind.LINK), (2, 3, EdgeKind.LINK)]
    assert adjacency(edges).path(0, 3) == [0, 2, 3]


@settings(max_examples=40, deadline=None)
@given(edges=EDGES, seeds=st.dictionaries(st.integers(0, 11), st.floats(0.1, 1), min_size=1, max_size=3))
def test_a_walk_is_personalised_pagerank(edges: list[tuple[int, int, EdgeKind]], seeds: dict[int, float]):
    """What widens the pool of candidates would be anybody's guess."""
    ours = adjacency(edges)
    linked = {node: weight for node, weight in seeds.items() if any(node in e[:2] for e in edges)}
    met = ours.walk(seeds)
    if not linked:
        assert met == {}
        return
    weighted = nx.Graph()
    for a, b, kind in edges:
        weight = next(w for o, k, back, w in ours.edges_of(a) if (o, k, back) == (b, kind, False))
        before = weighted.get_edge_data(a, b, {"weight": 0.0})["weight"]
        weighted.add_edge(a, b, weight=before + weight)
    wanted = nx.pagerank(weighted, alpha=0.6, personalization=linked, weight="weight")
    assert sum(met.values()) == pytest.approx(1.0)
    for node, rank in wanted.items():
        assert met.get(node, 0.0) == pytest.approx(rank, abs=0.003)


def test_papers_known_by_their_id_only_are_walked_through_and_not_returned():
    """Retrieval would be offered a source without a text."""
    ours = adjacency([(0, 2, EdgeKind.CITES), (1, 2, EdgeKind.CITES)], 3)
    met = Walker({"note:a": 0, "note:b": 1, "arxiv:1": 2}, ours, 2).walk({"note:a": 1.0})
    assert met.keys() == {"note:a", "note:b"}


def test_more_edges_keep_those_that_were_there():
    """A kept inquiry would change what links where."""
    before = adjacency([(0, 1, EdgeKind.NEAR), (1, 2, EdgeKind.TENSION)], 3)
    after = before.extended(4, [(3, 0)], EdgeKind.USES)
    assert after.n_nodes == 4
    assert after.edges_of(1) == before.edges_of(1)
    assert (3, EdgeKind.USES, True) in {e[:3] for e in after.edges_of(0)}


def test_written_links_alone_can_be_walked():
    """Where no graph has been derived yet, answers would be without its help."""
    met = Walker.over([Edge("a", "b", EdgeKind.LINK), Edge("c", "d", EdgeKind.LINK)]).walk({"a": 1.0})
    assert met.keys() == {"a", "b"}
