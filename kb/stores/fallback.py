"""Answers keep coming when an index cannot be used."""

from collections.abc import Callable

from kb.errors import KbError
from kb.ports import Vector, VectorIndex


class WithFallback:
    """Asks one index and, from its first failure on, another; implements `kb.ports.VectorIndex`.

    Args:
        index: the one to ask.
        fallback: the one that cannot fail.
        report: hears once why the first is no longer asked.
    """

    def __init__(self, index: VectorIndex, fallback: VectorIndex, report: Callable[[str], None]) -> None:
        self._index, self._fallback, self._report = index, fallback, report

    @property
    def name(self) -> str:
        """Which index answers."""
        return self._index.name

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Find the k most similar passages as (key, cosine), best first, ties by key."""
        try:
            return self._index.search(vector, k)
        except KbError as error:
            if self._index is self._fallback:
                raise
            self._report(f"Searching without the vector index: {error}")
            self._index = self._fallback
            return self._index.search(vector, k)
