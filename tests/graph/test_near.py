"""Nearest neighbours: exactly those that a plain comparison of all pairs finds, also after changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import near
from graph.near import LISTED, Nearest, mutual, nearest, updated


def made_up(n: int, seed: int, n_centres: int = 12) -> np.ndarray:
    """Unit vectors in clusters, one of them without direction."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(n_centres, 24))
    vectors = centres[chance.integers(n_centres, size=n)] + 0.7 * chance.normal(size=(n, 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if n > 3:
        vectors[3] = 0.0
    return vectors.astype(np.float32)


def plainly(vectors: np.ndarray, floor: float = near.FLOOR) -> list[list[int]]:
    """Neighbours of each row, best first, by comparing everything with everything."""
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1.0)
    return [[int(j) for j in np.lexsort((np.arange(len(row)), -row)) if row[j] >= floor][:LISTED] for row in cosines]


def assert_same(found: Nearest, wanted: list[list[int]], vectors: np.ndarray) -> None:
    """The same neighbours; where rounding could swap two, the same cosines."""
    for row, own in enumerate(wanted):
        listed = [int(j) for j in found.others[row] if j >= 0]
        assert len(listed) == len(set(listed)) == len(own), row
        assert row not in listed
        cosines = [float(vectors[row] @ vectors[j]) for j in own]
        assert np.allclose(found.cosines[row, : len(own)], cosines, atol=1e-5), row


@pytest.mark.parametrize("n", [0, 1, 2, 5, 63, 64, 65, 400])
def test_blocks_find_what_a_plain_comparison_finds(n: int, monkeypatch: pytest.MonkeyPatch):
    """At the edge of a block a neighbour would be missed or listed twice."""
    monkeypatch.setattr(near, "_BLOCK", 32)
    monkeypatch.setattr(near, "_MERGE_AT", 500)
    vectors = made_up(n, seed=n)
    assert_same(nearest(vectors), plainly(vectors), vectors)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(2, 150), seed=st.integers(0, 5), gone=st.sets(st.integers(0, 149), max_size=6),
    changed=st.sets(st.integers(0, 149), max_size=6), n_new=st.integers(0, 5),
)  # fmt: skip
def test_an_update_gives_what_starting_anew_gives(n: int, seed: int, gone: set[int], changed: set[int], n_new: int):
    """The graph of a library would depend on the order in which its notes were written."""
    vectors = made_up(n, seed)
    kept = [i for i in range(n) if i not in gone]
    now = np.concatenate([vectors[kept], made_up(n_new, seed + 50)]).astype(np.float32)
    moved = np.full(n, -1, dtype=np.int64)
    for new, old in enumerate(kept):
        if old in changed:
            now[new] = made_up(1, 90 + old)[0]
        else:
            moved[old] = new
    assert_same(updated(nearest(vectors), moved, now), plainly(now), now)


def test_near_pairs_are_each_others_neighbours_and_come_once():
    """A source that is near to everything would be near to all of it."""
    vectors = made_up(300, seed=1)
    found = nearest(vectors)
    first = [set(row[: near.NEIGHBOURS].tolist()) - {-1} for row in found.others]
    wanted = [(i, j) for i in range(300) for j in sorted(first[i]) if i < j and i in first[j]]
    tails, heads, cosines = mutual(found)
    assert list(zip(tails.tolist(), heads.tolist(), strict=True)) == wanted
    assert cosines.min() >= near.FLOOR


def test_progress_is_heard():
    """A long comparison would look as if it hung."""
    heard: list[tuple[int, int]] = []
    nearest(made_up(10, 0), on_done=lambda done, total: heard.append((done, total)))
    assert heard == [(1, 1)]
