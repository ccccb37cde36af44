"""Vectors that a process has read already: a question meets the same passages several times, as does the next one."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from kb.ports import Keys, Matrix

_MOST = 20_000
"""Vectors held, some 30 MB; those that were read first make room for others."""
_MANY = 2_000
"""Who asks for more than this makes an index, and reads every vector once."""


class HeldVectors:
    """Vectors by passage key, read where they are not held.

    Args:
        read: gives keys, ascending, and their vectors, as `kb.ports.VectorSource.vectors` does.
        dimension: length of a vector.
        most: how many are held.
    """

    def __init__(self, read: Callable[[Sequence[int]], tuple[Keys, Matrix]], dimension: int, most: int = _MOST) -> None:
        self._read = read
        # Memory that nothing was written to takes no room.
        self._keys, self._matrix = np.empty(most, dtype=np.int64), np.empty((most, dimension), dtype=np.float32)
        self._place: dict[int, int] = {}
        self._n_read = 0
        self._generation = -1
        # No thread may meet vectors of one generation under the number of another, or a row that is written over.
        self._lock = Lock()

    def vectors(self, keys: Sequence[int], generation: int) -> tuple[Keys, Matrix]:
        """Keys, ascending, and their vectors, shape (n, dimension), of a catalog of that generation."""
        if not keys or len(keys) > min(_MANY, len(self._keys)):
            return self._read(keys)
        with self._lock:
            if self._generation != generation:
                self._place, self._n_read, self._generation = {}, 0, generation
            wanted = sorted(set(keys))
            held = [key for key in wanted if key in self._place]
            matrix = self._matrix[[self._place[key] for key in held]]
            if missing := [key for key in wanted if key not in self._place]:
                found, read = self._read(missing)
                self._hold(found, read)
                merged = np.concatenate((np.array(held, dtype=np.int64), found))
                order = np.argsort(merged)
                return merged[order], np.concatenate((matrix, read))[order]
            return np.array(held, dtype=np.int64), matrix

    def _hold(self, keys: Keys, matrix: Matrix) -> None:
        """Write vectors over those that were read first, where there is no room any more."""
        rows = np.arange(self._n_read, self._n_read + len(keys)) % len(self._keys)
        for left in self._keys[rows[max(0, len(self._keys) - self._n_read) :]].tolist():
            del self._place[left]
        self._keys[rows], self._matrix[rows] = keys, matrix
        self._place.update(zip(keys.tolist(), rows.tolist(), strict=True))
        self._n_read += len(keys)
