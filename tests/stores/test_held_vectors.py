"""Vectors held in memory: the same as read, and never those of another time."""

import numpy as np
import pytest

from kb.ports import Keys, Matrix
from kb.stores.held import HeldVectors


class Store:
    """Vectors by key, and what was read of them."""

    def __init__(self) -> None:
        self.rows = {key: [float(key), 1.0] for key in (1, 2, 3, 5, 8)}
        self.reads: list[list[int]] = []

    def read(self, keys: list[int]) -> tuple[Keys, Matrix]:
        self.reads.append(list(keys))
        found = sorted({key for key in keys if key in self.rows})
        matrix = np.array([self.rows[key] for key in found], dtype=np.float32).reshape(-1, 2)
        return np.array(found, dtype=np.int64), matrix


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def vectors(store: Store) -> HeldVectors:
    return HeldVectors(store.read, 2)


@pytest.mark.parametrize("keys", [[], [5], [8, 1, 3], [1, 1, 2], [4], [2, 4, 3]])
def test_the_same_as_read(store: Store, vectors: HeldVectors, keys: list[int]):
    """Passages would be compared by other passages' vectors, at the first question or at the second."""
    vectors.vectors([3, 8], 0)
    for _ in range(2):
        for mine, theirs in zip(vectors.vectors(keys, 0), store.read(keys), strict=True):
            assert np.array_equal(mine, theirs)
            assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape)


def test_what_is_held_is_not_read_again(store: Store, vectors: HeldVectors):
    """Every question would wait for the disk."""
    vectors.vectors([1, 2], 0)
    vectors.vectors([2, 3, 1], 0)
    vectors.vectors([3, 1], 0)
    assert store.reads == [[1, 2], [3]]


def test_another_generation_is_read_anew(store: Store, vectors: HeldVectors):
    """A passage that is gone would still be found."""
    vectors.vectors([1, 2], 0)
    del store.rows[2]
    assert vectors.vectors([1, 2], 1)[0].tolist() == [1]


def test_memory_stays_within_bounds(store: Store):
    """Making an index of a large library would fill the memory with vectors that nobody asks for again."""
    vectors = HeldVectors(store.read, 2, most=2)
    for keys in ([1], [2], [3], [5], [8, 1, 3], [3, 5], [5]):
        for mine, theirs in zip(vectors.vectors(keys, 0), store.read(keys), strict=True):
            assert np.array_equal(mine, theirs)
        assert len(vectors._place) <= 2


def test_what_was_read_last_stays(store: Store):
    """A process that knows many questions would read every passage again and again."""
    vectors = HeldVectors(store.read, 2, most=3)
    for keys in ([1], [2, 3], [5], [2, 3], [5, 2]):
        vectors.vectors(keys, 0)
    assert store.reads == [[1], [2, 3], [5]]
