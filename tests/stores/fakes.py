"""A catalog in memory and vectors that lie in clusters, as those of texts do."""

from collections.abc import Iterable, Sequence

import numpy as np

from kb.ports import Keys, Mark, Matrix

MODEL = "a-model"
DIMENSION = 32


def clustered(n: int, seed: int = 0) -> Matrix:
    """Make unit vectors around n / 50 centres, rounded to half precision as the catalog keeps them."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(max(4, n // 50), DIMENSION))
    vectors = centres[random.integers(len(centres), size=n)] + 0.4 * random.normal(size=(n, DIMENSION))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


class FakeVectors:
    """A `kb.ports.VectorSource` that a test can change; like the catalog's, its keys are never used twice."""

    def __init__(self, vectors: Matrix | None = None) -> None:
        self._rows: dict[int, np.ndarray] = {}
        self._generation = 0
        self._next_key = 1
        self._gone: list[int] = []
        if vectors is not None:
            self.add(vectors)

    def add(self, vectors: Matrix) -> list[int]:
        keys = list(range(self._next_key, self._next_key + len(vectors)))
        self._rows.update(zip(keys, vectors, strict=True))
        self._next_key += len(vectors)
        self._generation += 1
        return keys

    def remove(self, keys: Iterable[int]) -> None:
        for key in keys:
            del self._rows[key]
            self._gone.append(key)
        self._generation += 1

    def identity(self) -> str:
        return "a catalog"

    def generation(self) -> int:
        return self._generation

    def mark(self) -> Mark:
        return Mark(self._next_key - 1, len(self._gone))

    def gone_after(self, mark: Mark) -> Keys:
        return np.array([key for key in self._gone[mark.gone :] if key <= mark.key], dtype=np.int64)

    def vectors_after(self, key: int, limit: int | None = None) -> tuple[Keys, Matrix]:
        return self.vectors(sorted(other for other in self._rows if other > key)[:limit])

    def passage_keys(self) -> Keys:
        return np.array(sorted(self._rows), dtype=np.int64)

    def vectors(self, keys: Sequence[int] | None = None) -> tuple[Keys, Matrix]:
        found = sorted(self._rows if keys is None else {key for key in keys if key in self._rows})
        rows = np.array([self._rows[key] for key in found], dtype=np.float32)
        return np.array(found, dtype=np.int64), rows.reshape(len(found), DIMENSION)


def grown(stage: int) -> FakeVectors:
    """Make the same catalog in every process: 1,500 passages, of which each stage takes some away and adds others."""
    catalog = FakeVectors(clustered(1500))
    for step in range(1, stage + 1):
        catalog.remove(catalog.passage_keys()[::10].tolist())
        catalog.add(clustered(200, seed=step))
    return catalog
