"""Vectors that a process has read already: a question meets the same passages several times, as does the next one."""

from collections.abc import Callable, Sequence

import numpy as np

from kb.ports import Keys, Matrix, Vector

_MOST = 20_000
"""Vectors held before all are dropped, some 30 MB."""
_MANY = 2_000
"""Who asks for more than this makes an index, and reads every vector once."""


class HeldVectors:
    """Vectors by passage key, read where they are not held.

    Args:
        read: gives keys, ascending, and their vectors, as `kb.ports.VectorSource.vectors` does.
    """

    def __init__(self, read: Callable[[Sequence[int]], tuple[Keys, Matrix]]) -> None:
        self._read = read
        # One object, so that a thread never meets the vectors of one generation under the number of another.
        self._held: tuple[int, dict[int, Vector]] = (-1, {})

    def vectors(self, keys: Sequence[int], generation: int) -> tuple[Keys, Matrix]:
        """Keys, ascending, and their vectors, shape (n, dimension), of a catalog of that generation."""
        if not keys or len(keys) > _MANY:
            return self._read(keys)
        if self._held[0] != generation or len(self._held[1]) > _MOST:
            self._held = (generation, {})
        held = self._held[1]
        if missing := [key for key in keys if key not in held]:
            found, matrix = self._read(missing)
            held.update(zip(found.tolist(), matrix, strict=True))
        present = sorted({key for key in keys if key in held})
        if not present:
            return self._read([])
        return np.array(present, dtype=np.int64), np.concatenate([held[key] for key in present]).reshape(
            len(present), -1
        )
