"""What every vector index promises, whichever answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from kb.ports import Matrix, VectorIndex
from kb.stores.chroma import ChromaIndex
from kb.stores.scan import CatalogScan
from tests.stores.fakes import DIMENSION, FakeVectors, clustered

Refresh = Callable[[], object]


@pytest.fixture
def catalog() -> FakeVectors:
    return FakeVectors()


@pytest.fixture(params=["exact scan", "chroma"])
def under_test(request: pytest.FixtureRequest, catalog: FakeVectors, tmp_path: Path) -> Iterator[tuple]:
    """Make an index over the catalog, and what brings it up to date."""
    if request.param == "exact scan":
        yield CatalogScan(catalog), lambda: None
        return
    index = ChromaIndex(tmp_path / "chroma", catalog, "a-model", DIMENSION)
    yield index, index.synchronise
    index.close()


@pytest.fixture
def index(under_test: tuple[VectorIndex, Refresh]) -> VectorIndex:
    return under_test[0]


@pytest.fixture
def refresh(under_test: tuple[VectorIndex, Refresh]) -> Refresh:
    return under_test[1]


def plain_search(catalog: FakeVectors, vector: Matrix, k: int) -> list[tuple[int, float]]:
    """Search correctly, written as naively as can be."""
    scored = [(int(key), float((row * vector).sum())) for key, row in zip(*catalog.vectors(), strict=True)]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


def test_a_passage_is_nearest_to_itself(catalog, index, refresh):
    """Broken: keys and vectors are mixed up, so citations point at the wrong passages."""
    keys = catalog.add(clustered(200))
    refresh()
    for key, vector in list(zip(keys, clustered(200), strict=True))[::20]:
        best, score = index.search(vector, 1)[0]
        assert best == key
        assert score == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("k", [1, 10, 50])
def test_results_are_those_of_a_naive_search(catalog, index, refresh, k):
    """Broken: passages are missed, scores are not cosines, or the order is not best first."""
    catalog.add(clustered(2000))
    refresh()
    for query in clustered(2020, seed=0)[2000:]:
        assert index.search(query, k) == plain_search(catalog, query, k)


def test_ties_go_by_key(catalog, index, refresh):
    """Broken: the same question gives its results in another order, or others, from run to run."""
    catalog.add(clustered(300))
    twin = clustered(1, seed=7)
    twins = catalog.add(np.repeat(twin, 60, axis=0))
    refresh()
    assert [key for key, _ in index.search(twin[0], 5)] == twins[:5]
    assert [key for key, _ in index.search(twin[0], 60)] == twins


def test_score_does_not_depend_on_k(catalog, index, refresh):
    """Broken: a floor or a fusion weight means something else for a long list than for a short one."""
    catalog.add(clustered(500))
    refresh()
    query = clustered(1, seed=3)[0]
    assert index.search(query, 40)[:7] == index.search(query, 7)


def test_fewer_passages_than_asked_for(catalog, index, refresh):
    """Broken: a small library makes the search fail or return padding."""
    keys = catalog.add(clustered(8))
    refresh()
    assert sorted(key for key, _ in index.search(clustered(1, seed=1)[0], 100)) == keys


@pytest.mark.parametrize("k", [0, -1])
def test_nothing_asked_for(catalog, index, refresh, k):
    """Broken: an exhausted budget of hits makes the search fail or return everything."""
    catalog.add(clustered(20))
    refresh()
    assert index.search(clustered(1)[0], k) == []


def test_empty_library(index, refresh):
    """Broken: asking a library without passages is an error instead of a report of absence."""
    refresh()
    assert index.search(clustered(1)[0], 10) == []


def test_additions_and_removals_are_seen(catalog, index, refresh):
    """Broken: new passages are not found, or removed ones are still cited."""
    old = catalog.add(clustered(300))
    refresh()
    target = clustered(1, seed=9)
    assert index.search(target[0], 1)[0][0] in old
    new = catalog.add(target)
    catalog.remove(old[:100])
    refresh()
    found = [key for key, _ in index.search(target[0], 201)]
    assert found[0] == new[0]
    assert sorted(found) == old[100:] + new


def test_results_are_plain_numbers(catalog, index, refresh):
    """Broken: results cannot be written as JSON."""
    catalog.add(clustered(5))
    refresh()
    (key, score), *_ = index.search(clustered(1)[0], 2)
    assert (type(key), type(score)) == (int, float)


def test_name_says_which_index_answers(index, request):
    """Broken: reports name the wrong index."""
    assert index.name in request.node.name
