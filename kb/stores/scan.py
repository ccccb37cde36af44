"""Exact search: every vector is compared. Fast enough for small libraries, and the measure of every other index."""

import numpy as np

from kb.ports import Keys, Mark, Matrix, Vector, VectorSource
from kb.stores.matrix import Mapped, MatrixFile
from kb.stores.recent import Recent

_ROUNDING = 1e-5
"""More than two ways of adding up the same float32 products can differ by."""


class CatalogScan:
    """Compares a question with all vectors of the catalog; implements `kb.ports.VectorIndex`.

    Vectors that are laid out in a file are compared there, roughly; those that may be among the nearest are then
    compared exactly, with the catalog's. Vectors that came since stay in memory until the catalog moves on.

    Args:
        catalog: what is searched.
        file: vectors laid out; without it all of them are read from the catalog.
    """

    def __init__(self, catalog: VectorSource, file: MatrixFile | None = None) -> None:
        self._catalog, self._file = catalog, file
        self._mapped: Mapped | None = None
        self._recent: Recent | None = None

    @property
    def name(self) -> str:
        """Which index answers."""
        return "exact scan"

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Find the k most similar passages as (key, cosine), best first, ties by key."""
        recent = self._refreshed()
        keys, matrix = recent.keys, recent.matrix
        cosines = np.vecdot(matrix, vector) if len(keys) else np.empty(0, dtype=np.float32)
        if self._mapped is None:
            near = _nearest(cosines, cosines, k)
            return rank(keys[near], matrix[near], vector, k)
        rough = self._mapped.cosines(vector)
        slack = self._mapped.state.slack
        if len(recent.gone):
            rough[recent.lacks(self._mapped.keys)] = -np.inf
        near = _nearest(np.concatenate((rough - slack, cosines)), np.concatenate((rough + slack, cosines)), k)
        old, new = near[near < len(rough)], near[near >= len(rough)] - len(rough)
        found, exact = self._catalog.vectors(self._mapped.keys[old].tolist())
        return rank(np.concatenate((found, keys[new])), np.concatenate((exact, matrix[new])), vector, k)

    def _refreshed(self) -> Recent:
        """What came since the file was laid out; all there is where there is no file."""
        mapped = self._file.mapped() if self._file else None
        if self._recent is None or mapped is not self._mapped:
            self._mapped, self._recent = mapped, Recent(self._catalog, mapped.state.mark if mapped else Mark())
        self._recent.refresh()
        return self._recent


def rank(keys: Keys, matrix: Matrix, vector: Vector, k: int) -> list[tuple[int, float]]:
    """Pick the best k of some passages as (key, cosine), best first, ties by key.

    Each row is added up by itself. A matrix product would round a score differently depending on the rows beside it,
    and indexes that chose different candidates would then disagree about ties.
    """
    scores = (matrix * vector).sum(axis=1)
    order = np.lexsort((keys, -scores))[: max(k, 0)]
    return [(int(keys[i]), float(scores[i])) for i in order]


def _nearest(at_least: Vector, at_most: Vector, k: int) -> Keys:
    """Rows that may be among the best k, every tie included, by bounds of their scores."""
    if k <= 0:
        return np.empty(0, dtype=np.int64)
    if k >= len(at_least):
        return np.flatnonzero(at_most > -np.inf)
    kth = at_least[np.argpartition(at_least, -k)[-k]]
    return np.flatnonzero((at_most >= kth - _ROUNDING) & (at_most > -np.inf))
