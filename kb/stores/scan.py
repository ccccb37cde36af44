"""Exact search: every vector is compared. Fast enough for small libraries, and the measure of every other index."""

import numpy as np

from kb.ports import Keys, Matrix, Vector, VectorSource

_ROUNDING = 1e-5
"""More than two ways of adding up the same float32 products can differ by."""


class CatalogScan:
    """Compares a question with all vectors of the catalog; implements `kb.ports.VectorIndex`.

    The vectors stay in memory until the catalog's generation moves on.
    """

    def __init__(self, catalog: VectorSource) -> None:
        self._catalog = catalog
        self._held: tuple[int, Keys, Matrix] | None = None

    @property
    def name(self) -> str:
        """Which index answers."""
        return "exact scan"

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Find the k most similar passages as (key, cosine), best first, ties by key."""
        keys, matrix = self._vectors()
        if k < len(keys):
            near = _nearest(np.vecdot(matrix, vector), k)
            keys, matrix = keys[near], matrix[near]
        return rank(keys, matrix, vector, k)

    def _vectors(self) -> tuple[Keys, Matrix]:
        # Read before the vectors: a change in between is then seen at the next search instead of never.
        generation = self._catalog.generation()
        held = self._held
        if held is None or held[0] != generation:
            held = self._held = (generation, *self._catalog.vectors())
        return held[1:]


def rank(keys: Keys, matrix: Matrix, vector: Vector, k: int) -> list[tuple[int, float]]:
    """Pick the best k of some passages as (key, cosine), best first, ties by key.

    Each row is added up by itself. A matrix product would round a score differently depending on the rows beside it,
    and indexes that chose different candidates would then disagree about ties.
    """
    scores = (matrix * vector).sum(axis=1)
    order = np.lexsort((keys, -scores))[: max(k, 0)]
    return [(int(keys[i]), float(scores[i])) for i in order]


def _nearest(scores: Vector, k: int) -> Keys:
    """Rows that may be among the best k, every tie included."""
    if k <= 0:
        return np.empty(0, dtype=np.int64)
    kth = scores[np.argpartition(scores, -k)[-k]]
    return np.flatnonzero(scores >= kth - _ROUNDING)
