"""A catalog of which only what was there by a date is asked."""

from collections.abc import Iterable, Sequence

import numpy as np

from kb.domain import Passage, Source, SourceKind
from kb.ports import Horizon, Keys, Mark, Matrix
from kb.stores.catalog import SqliteCatalog


class CatalogUntil(SqliteCatalog):
    """The same file, read through a connection of its own that does not find what came later.

    Derived indexes take what came later for passages that are gone, so that they are asked as they are. Sources that
    are named are given, and counts of what is not evidence are those of the whole catalog. See `Records` for arguments.
    """

    _horizon = Horizon("", frozenset(), frozenset(), {}, "")
    _later: Keys = np.empty(0, dtype=np.int64)

    def leave_out(self, horizon: Horizon) -> None:
        """Find nothing any more of what came later; call once, in the state that the horizon was worked out in."""
        self._horizon = horizon
        self._later = np.array(sorted(horizon.later), dtype=np.int64)
        self._db.execute("CREATE TEMP TABLE later (key INTEGER PRIMARY KEY)")
        self._db.executemany("INSERT INTO later VALUES (?)", ((key,) for key in self._later.tolist()))
        self._db.execute("CREATE TEMP TABLE later_sources (number INTEGER PRIMARY KEY)")
        numbers = list(self._in_batches("SELECT number FROM sources WHERE id IN", horizon.sources))
        self._db.executemany("INSERT INTO later_sources VALUES (?)", numbers)
        self._passages_that = "AND rowid NOT IN (SELECT key FROM later)"
        self._sources_that = "AND rowid NOT IN (SELECT number FROM later_sources)"

    def count(self, kind: str) -> int:
        """How many of a kind there are; of passages and sources those that were there."""
        left_out = {"passages": len(self._later), "sources": len(self._horizon.sources)}
        return super().count(kind) - left_out.get(kind, 0)

    def sources(self, ids: Iterable[str] | None = None, kind: SourceKind | None = None) -> list[Source]:
        """Sources in order of id, without those of which nothing was there."""
        wanted = None if ids is None else [source_id for source_id in ids if source_id not in self._horizon.sources]
        return [source for source in super().sources(wanted, kind) if source.id not in self._horizon.sources]

    def sources_on(self, arxiv_id: str) -> list[str]:
        """Ids of the sources that are a paper or name it, in order, without those of which nothing was there."""
        return [source_id for source_id in super().sources_on(arxiv_id) if source_id not in self._horizon.sources]

    def passages(self, keys: Iterable[int]) -> dict[int, Passage]:
        """Passages by key, with the sentences that were there."""
        spans = self._horizon.spans
        return {
            key: passage.model_copy(update={"sentences": spans[key]}) if key in spans else passage
            for key, passage in super().passages(keys).items()
        }

    def keys_of(self, source_ids: Iterable[str], first: int) -> dict[int, str]:
        """Keys of those among the first so many passages of some sources that were there, with the source of each."""
        found = super().keys_of(source_ids, first)
        return {key: source_id for key, source_id in found.items() if key not in self._horizon.later}

    def gone_after(self, mark: Mark) -> Keys:
        """Keys of passages that had come by then and left since or were not there by the date, in no order."""
        return np.concatenate((super().gone_after(mark), self._later[self._later <= mark.key]))

    def vectors_after(self, key: int, limit: int | None = None) -> tuple[Keys, Matrix]:
        """The passages after a key that were there, ascending, and their vectors; those of the first so many."""
        keys, matrix = super().vectors_after(key, limit)
        kept = ~np.isin(keys, self._later, assume_unique=True)
        return keys[kept], matrix[kept]

    def vectors(self, keys: Sequence[int] | None = None) -> tuple[Keys, Matrix]:
        """Keys, ascending, and their vectors: of all passages that were there or of those named."""
        return self.vectors_after(0) if keys is None else super().vectors(keys)
