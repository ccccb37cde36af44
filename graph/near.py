"""Which sources are nearest to each other: exact, in blocks, and brought up to date without starting anew.

A pair is compared once and counts for both. At 100,000 sources nearly all of the time goes into one matrix product,
which numpy hands to BLAS; memory stays at a few blocks beside the vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.ports import Matrix

LISTED = 16
"""Nearest sources that are kept of each source."""
NEIGHBOURS = 10
"""How many of these count as its neighbours: two sources are near if each is among the other's."""
FLOOR = 0.5
"""Cosine from which two sources are near. The median pair of two notes on one subject has about 0.48 by the built-in
model, so a floor below that would call everything near."""

_BLOCK = 2048
_MERGE_AT = 1_000_000
_ANEW_FROM = 0.3
"""Share of changed rows from which starting anew is cheaper."""

Rows = NDArray[np.int64]
Done = Callable[[int, int], None]


def _unheard(done: int, total: int) -> None:
    """Hears of progress and does nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Neighbours of every row, best first, ties by row."""

    others: NDArray[np.int32]
    """Shape (n, LISTED); -1 where fewer are above the floor."""
    cosines: NDArray[np.float32]
    """Shape (n, LISTED); 0 where there is none."""


def nearest(vectors: Matrix, k: int = LISTED, floor: float = FLOOR, on_done: Done = _unheard) -> Nearest:
    """The k nearest rows of each row by cosine, among those at the floor or above it.

    Args:
        vectors: shape (n, dimension), unit or zero rows; a zero row has no neighbours.
        k: how many at most.
        floor: smallest cosine that counts; above 0.
        on_done: hears how many of how many blocks are done.
    """
    lists = _Lists(len(vectors), k, floor)
    starts = range(0, len(vectors), _BLOCK)
    for number, i in enumerate(starts):
        for j in starts[number:]:
            cosines = vectors[i : i + _BLOCK] @ vectors[j : j + _BLOCK].T
            rows, columns = np.nonzero(cosines >= lists.least(i, j))
            own = (rows + i) < (columns + j)
            rows, columns = rows[own], columns[own]
            lists.offer(rows + i, columns + j, cosines[rows, columns], both=True)
        on_done(number + 1, len(starts))
    return lists.finished()


def updated(old: Nearest, moved: Rows, vectors: Matrix, floor: float = FLOOR) -> Nearest:
    """The same as `nearest(vectors)`, made from the lists of an earlier state.

    Only rows that changed, and rows that lost a neighbour, are compared with all again.

    Args:
        old: lists of the earlier state.
        moved: where each earlier row is now, ascending where it is kept; -1 where it is gone or has another vector.
        vectors: of the state now, shape (n, dimension).
        floor: as the lists were made with.
    """
    k, n = old.others.shape[1], len(vectors)
    kept_old = np.flatnonzero(moved >= 0)
    kept = moved[kept_old]
    lists = _Lists(n, k, floor)
    if len(kept):
        before = old.others[kept_old]
        others = np.where(before >= 0, moved[before], -1)
        lists.set(kept, others, old.cosines[kept_old])
        # A full list that lost a member may have left out another; a short one holds all there are.
        torn = kept[((before >= 0) & (others < 0)).any(axis=1) & (before[:, -1] >= 0)]
    else:
        torn = kept
    changed = np.setdiff1d(np.arange(n), kept)
    if len(changed) + len(torn) > _ANEW_FROM * n:
        return nearest(vectors, k, floor)
    again = np.union1d(changed, torn)
    lists.clear(again)
    is_again, is_changed = np.zeros(n, bool), np.zeros(n, bool)
    is_again[again], is_changed[changed] = True, True
    for i in range(0, len(again), _BLOCK):
        own = again[i : i + _BLOCK]
        for j in range(0, n, _BLOCK):
            cosines = vectors[own] @ vectors[j : j + _BLOCK].T
            rows, columns = np.nonzero(cosines >= floor)
            tails, heads, values = own[rows], columns + j, cosines[rows, columns]
            other = tails != heads
            lists.offer(tails[other], heads[other], values[other])
            back = is_changed[tails] & ~is_again[heads]
            lists.offer(heads[back], tails[back], values[back])
    return lists.finished()


def mutual(found: Nearest) -> tuple[Rows, Rows, NDArray[np.float32]]:
    """Pairs of rows that are each other's neighbours, as (smaller row, larger row, cosine), in order."""
    others, n = found.others[:, :NEIGHBOURS], len(found.others)
    tails = np.repeat(np.arange(n, dtype=np.int64), others.shape[1])
    heads, cosines = others.ravel().astype(np.int64), found.cosines[:, :NEIGHBOURS].ravel()
    there = heads >= 0
    tails, heads, cosines = tails[there], heads[there], cosines[there]
    forward = tails < heads
    wanted = tails[forward] * n + heads[forward]
    is_mutual = np.isin(wanted, heads[~forward] * n + tails[~forward])
    order = np.argsort(wanted[is_mutual])
    pick = np.flatnonzero(forward)[is_mutual][order]
    return tails[pick], heads[pick], cosines[pick]


class _Lists:
    """The best k of what was offered to each row."""

    def __init__(self, n: int, k: int, floor: float) -> None:
        self._k, self._floor = k, floor
        self._others = np.full((n, k), -1, dtype=np.int32)
        self._cosines = np.zeros((n, k), dtype=np.float32)
        self._least = np.full(n, floor, dtype=np.float32)
        self._offers: list[tuple[Rows, Rows, NDArray[np.float32]]] = []
        self._n_offered = 0

    def least(self, i: int, j: int) -> float:
        """Cosine below which no row of two blocks wants anything."""
        return float(min(self._least[i : i + _BLOCK].min(), self._least[j : j + _BLOCK].min()))

    def offer(self, tails: Rows, heads: Rows, cosines: NDArray[np.float32], both: bool = False) -> None:
        """Candidates of rows; with `both` of either end. None may be offered to a row twice."""
        for own, others in ((tails, heads), (heads, tails)) if both else ((tails, heads),):
            wanted = cosines >= self._least[own]
            self._offers.append((own[wanted], others[wanted], cosines[wanted]))
            self._n_offered += int(wanted.sum())
        if self._n_offered > _MERGE_AT:
            self._merge()

    def set(self, rows: Rows, others: Rows, cosines: NDArray[np.float32]) -> None:
        """Take over lists whose members may have gone (-1)."""
        there = others >= 0
        self._offers.append((np.repeat(rows, there.sum(axis=1)), others[there], cosines[there]))
        self._merge()

    def clear(self, rows: Rows) -> None:
        """Forget the lists of some rows."""
        self._others[rows], self._cosines[rows], self._least[rows] = -1, 0.0, self._floor

    def finished(self) -> Nearest:
        """The lists."""
        self._merge()
        return Nearest(self._others, self._cosines)

    def _merge(self) -> None:
        """Put the offers into the lists of the rows that they were made to."""
        if not self._n_offered and not self._offers:
            return
        tails, heads, cosines = (np.concatenate(column) for column in zip(*self._offers, strict=True))
        self._offers, self._n_offered = [], 0
        rows = np.unique(tails)
        there = self._others[rows] >= 0
        tails = np.concatenate([tails, np.repeat(rows, there.sum(axis=1))])
        heads = np.concatenate([heads, self._others[rows][there]])
        cosines = np.concatenate([cosines, self._cosines[rows][there]])
        order = np.lexsort((heads, -cosines, tails))
        tails, heads, cosines = tails[order], heads[order], cosines[order]
        first = np.searchsorted(tails, rows)
        rank = np.arange(len(tails)) - np.repeat(first, np.diff(np.append(first, len(tails))))
        best = rank < self._k
        tails, heads, cosines, rank = tails[best], heads[best], cosines[best], rank[best]
        self.clear(rows)
        self._others[tails, rank], self._cosines[tails, rank] = heads, cosines
        full = rows[self._others[rows, -1] >= 0]
        self._least[full] = self._cosines[full, -1]
