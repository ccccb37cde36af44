"""What a derived index does not know yet, so that it need not follow every change of the catalog."""

import numpy as np

from kb.ports import Keys, Mark, Matrix, VectorSource


class Recent:
    """Passages that came after a mark, with their vectors, and passages from before it that are gone.

    An index that was made at the mark, less what is gone, and these passages are together all that the catalog holds.

    Args:
        catalog: read again when its generation moves on.
        mark: where the index stands.
    """

    def __init__(self, catalog: VectorSource, mark: Mark) -> None:
        self._catalog = catalog
        self._mark = mark
        self._generation = -1
        self.gone: Keys = np.empty(0, dtype=np.int64)
        """Keys that the index holds and the catalog does not any more, ascending."""
        self.keys: Keys = np.empty(0, dtype=np.int64)
        """Keys that the catalog holds and the index does not, ascending."""
        self.matrix: Matrix = np.empty((0, 0), dtype=np.float32)
        """Their vectors."""

    def refresh(self) -> None:
        """Read what changed since."""
        # Read before the vectors: a change in between is then seen at the next search instead of never.
        generation = self._catalog.generation()
        if generation != self._generation:
            self.gone = np.sort(self._catalog.gone_after(self._mark))
            self.keys, self.matrix = self._catalog.vectors_after(self._mark.key)
            self._generation = generation

    def lacks(self, keys: Keys) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which of some keys are gone, shape as `keys`."""
        return np.isin(keys, self.gone, assume_unique=True)
