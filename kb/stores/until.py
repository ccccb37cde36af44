"""A catalog of which only what was there by a date is asked."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from kb.domain import Claim, Passage, Source, SourceKind
from kb.identity import ArxivId, is_before
from kb.ports import Horizon, Keys, Mark, Matrix, Vector, VectorIndex
from kb.stores.catalog import SqliteCatalog, phrases
from kb.stores.earlier import EarlierVersions
from kb.stores.scan import rank

_Key = TypeVar("_Key", int, str)


class CatalogUntil(SqliteCatalog):
    """The same file, read through a connection of its own that does not find what came later.

    Derived indexes take what came later for passages that are gone, so that they are asked as they are. Sources that
    are named are given, and counts of what is not evidence are those of the whole catalog. See `Records` for arguments.
    """

    _horizon = Horizon("", frozenset(), frozenset(), frozenset(), {}, "")
    _later: Keys = np.empty(0, dtype=np.int64)
    _earlier: EarlierVersions
    earlier_keys: Keys
    """Of the passages of versions that were the newest then, ascending."""
    earlier_matrix: Matrix
    """Their vectors, shape (n, dimension)."""

    def see(self, horizon: Horizon, keys: Keys, matrix: Matrix) -> None:
        """Find nothing any more of what came later, but the versions of papers that were there instead.

        Call once, in the state that the horizon was worked out in.

        Args:
            horizon: what was there.
            keys: of the passages of its `versions`, shape (n,), ascending.
            matrix: their vectors, shape (n, dimension).
        """
        self._horizon = horizon
        self._earlier = EarlierVersions(self._db, horizon.versions)
        self.earlier_keys, self.earlier_matrix = keys, matrix
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
        n_versions = len(self._horizon.versions)
        more = {
            "passages": len(self.earlier_keys) - len(self._later),
            "sources": -len(self._horizon.sources),
            "superseded": -n_versions,
        }
        return super().count(kind) + more.get(kind, 0)

    def sources(self, ids: Iterable[str] | None = None, kind: SourceKind | None = None) -> list[Source]:
        """Sources in order of id, without those of which nothing was there."""
        wanted = None if ids is None else [source_id for source_id in ids if source_id not in self._horizon.sources]
        return [source for source in super().sources(wanted, kind) if source.id not in self._horizon.sources]

    def claims(self, source_id: str | None = None) -> list[Claim]:
        """Dated claims of the time in order of their notes."""
        return [c for c in super().claims(source_id) if is_before(self._horizon.until, c.as_of) is not True]

    def sources_on(self, arxiv_id: str) -> list[str]:
        """Ids of the sources that are a paper or name it, in order, without those of which nothing was there."""
        found = {source_id for source_id in super().sources_on(arxiv_id) if source_id not in self._horizon.sources}
        found |= {version for version in self._horizon.versions if ArxivId.parse(version).base == arxiv_id}
        return sorted(found)

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
        """Keys, ascending, and their vectors: of all passages in force that were there, or of those named."""
        if keys is None:
            return self.vectors_after(0)
        found, matrix = super().vectors(keys)
        named = np.isin(self.earlier_keys, np.array(keys, dtype=np.int64))
        every = np.concatenate((found, self.earlier_keys[named]))
        order = np.argsort(every)
        return every[order], np.concatenate((matrix, self.earlier_matrix[named]))[order]

    def lexical(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """Passages by BM25 over any of the terms, title counted double, best first, ties by key."""
        earlier = self._earlier.scores("passages", [phrase for term in terms for phrase in phrases(term)], k)
        return _best([*super().lexical(terms, k), *earlier.items()], k)

    def lexical_sources(self, terms: Sequence[str], k: int) -> list[tuple[str, float]]:
        """Sources as wholes by BM25 over any of the terms, title counted double, best first, ties by id."""
        earlier = self._earlier.scores("sources", [phrase for term in terms for phrase in phrases(term)], k)
        names = dict(self._in_batches("SELECT number, id FROM sources WHERE number IN", earlier))
        more = [(names[number], score) for number, score in earlier.items()]
        return _best([*super().lexical_sources(terms, k), *more], k)

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs, after stemming."""
        return {term: n + len(self._holding(term)) for term, n in super().term_counts(terms).items()}

    def containing(self, terms: Sequence[str], keys: Sequence[int]) -> dict[str, set[int]]:
        """Which of some passages contain each term, after stemming."""
        found = super().containing(terms, keys)
        return {term: own | self._holding(term).intersection(keys) for term, own in found.items()}

    def _holding(self, term: str) -> set[int]:
        """Keys of the passages of earlier versions that contain a term."""
        return self._earlier.holding(" OR ".join(phrases(term)))


class ScanUntil:
    """Exact search through what was there by a date; implements `kb.ports.VectorIndex`.

    Args:
        catalog: what was there.
        scan: over the library's own passages, less those that came later.
    """

    def __init__(self, catalog: CatalogUntil, scan: VectorIndex) -> None:
        self._catalog, self._scan = catalog, scan

    @property
    def name(self) -> str:
        """Which index answers."""
        return self._scan.name

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Find the k most similar passages as (key, cosine), best first, ties by key."""
        earlier = rank(self._catalog.earlier_keys, self._catalog.earlier_matrix, vector, k)
        return _best([*self._scan.search(vector, k), *earlier], k)


def _best(scored: Iterable[tuple[_Key, float]], k: int) -> list[tuple[_Key, float]]:
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]
