"""Vectors, what makes them, and indexes over them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One embedding, shape (dimension,), unit length."""

Matrix = NDArray[np.float32]
"""Embeddings, shape (n, dimension), unit rows."""

Keys = NDArray[np.int64]
"""Passage keys, shape (n,)."""

Progress = Callable[[str, int, int], None]
"""Called with (stage, items done, items in all) while long work goes on."""


def no_progress(stage: str, done: int, total: int) -> None:
    """A `Progress` that shows nothing."""


class Embedder(Protocol):
    """Turns text into vectors. Same text, same vector, whatever else is embedded beside it."""

    @property
    def model_id(self) -> str:
        """Names the model, its precision and version; vectors of different ids are never compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window(self) -> int:
        """Longest text that is read whole, in tokens."""
        ...

    def count_tokens(self, text: str) -> int:
        """Length of a text in the model's tokens, special tokens included."""
        ...

    def embed(self, texts: Sequence[str], on_done: Callable[[int], None] | None = None) -> Matrix:
        """Vectors of the texts, in order, shape (n, dimension); `on_done` hears how many are finished."""
        ...


class VectorIndex(Protocol):
    """Nearest passages by cosine similarity."""

    @property
    def name(self) -> str:
        """Which index answers, for reports."""
        ...

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """The k most similar passages as (key, cosine), best first, ties by key."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the history of a catalog's passages."""

    key: int = 0
    """Highest key that was given out by then; keys are never used again."""
    gone: int = 0
    """How many passages had left by then."""


class VectorSource(Protocol):
    """Where an index gets its vectors from: the catalog."""

    def identity(self) -> str:
        """Tells this catalog from any other: keys of one mean nothing in another."""
        ...

    def generation(self) -> int:
        """Counts every change of passages or vectors."""
        ...

    def mark(self) -> Mark:
        """How far the history of passages has come."""
        ...

    def gone_after(self, mark: Mark) -> Keys:
        """Keys of passages that had come by then and left since, in no order."""
        ...

    def vectors_after(self, key: int, limit: int | None = None) -> tuple[Keys, Matrix]:
        """The passages after a key, ascending, and their vectors; the first so many where there is a limit."""
        ...

    def passage_keys(self) -> Keys:
        """Keys of all passages that have a vector, ascending."""
        ...

    def vectors(self, keys: Sequence[int] | None = None) -> tuple[Keys, Matrix]:
        """Keys, ascending, and their vectors: of all passages or of those named."""
        ...


class DerivedIndex(VectorIndex, Protocol):
    """A vector index kept on disk beside the catalog and made from it."""

    def is_current(self) -> bool:
        """Whether the index needs no synchronisation, as far as can be told without opening it."""
        ...

    def lag(self) -> int:
        """How many passages came or went since the index was made, at most."""
        ...

    def synchronise(self, progress: Progress = no_progress) -> int:
        """Bring the index near enough to the catalog's state; number of passages written or removed.

        Its results are complete in any case.
        """
        ...

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Make the index anew beside the old one and swap it in; number of passages."""
        ...

    def problems(self) -> list[str]:
        """What is wrong with the index on disk, one line each; empty when it is sound."""
        ...
