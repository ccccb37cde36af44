"""An embedder that remembers: questions in a row share words, facets and the sentences of their sources."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from kb.ports import Embedder, Matrix, Vector

_MOST = 4_000
"""Texts remembered, some 7 MB."""


class RememberingEmbedder:
    """Another embedder's vectors, kept for the texts that were asked for last; implements `kb.ports.Embedder`.

    Args:
        embedder: the one that embeds.
        most: how many texts are remembered.
    """

    def __init__(self, embedder: Embedder, most: int = _MOST) -> None:
        self._embedder, self._most = embedder, most
        self.model_id, self.dimension, self.window = embedder.model_id, embedder.dimension, embedder.window
        self._known: dict[str, Vector] = {}
        """The text that was asked for last stands last."""
        self._lock = Lock()

    def count_tokens(self, text: str) -> int:
        """Length of a text in the model's tokens."""
        return self._embedder.count_tokens(text)

    def embed(self, texts: Sequence[str], on_done: Callable[[int], None] | None = None) -> Matrix:
        """Vectors of the texts, in order, shape (n, dimension)."""
        wanted = dict.fromkeys(texts)
        with self._lock:
            found = {text: self._known.pop(text) for text in wanted if text in self._known}
        if new := [text for text in wanted if text not in found]:
            found |= zip(new, self._embedder.embed(new), strict=True)
        with self._lock:
            self._known |= found
            for text in list(self._known)[: max(0, len(self._known) - self._most)]:
                del self._known[text]
        if on_done:
            on_done(len(texts))
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(len(texts), self.dimension)
