"""The catalog's vectors, and the history of its passages that derived indexes follow."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from kb.ports import Keys, Mark, Matrix, Vector
from kb.stores.held import HeldVectors
from kb.stores.records import Records

_SELECT = """
    SELECT p.key, v.vector FROM passages p
    JOIN vectors v ON v.text_hash = p.text_hash AND v.model_id = ? AND v.dimension = ?
"""


class Vectors(Records):
    """Vectors by the hash of their text, and by the passages that have them; implements `kb.ports.VectorSource`."""

    def identity(self) -> str:
        """Tells this catalog from any other."""
        return self.setting("identity") or ""

    def generation(self) -> int:
        """Counts every committed change of passages."""
        return int(self.setting("generation") or 0)

    def mark(self) -> Mark:
        """How far the history of passages has come."""
        counted = dict(self._db.execute("SELECT name, seq FROM sqlite_sequence WHERE name IN ('passages', 'gone')"))
        return Mark(counted.get("passages", 0), counted.get("gone", 0))

    def gone_after(self, mark: Mark) -> Keys:
        """Keys of passages that had come by then and left since, in no order."""
        rows = self._db.execute("SELECT key FROM gone WHERE number > ? AND key <= ?", (mark.gone, mark.key))
        return np.array([row[0] for row in rows], dtype=np.int64)

    def vectors_after(self, key: int, limit: int | None = None) -> tuple[Keys, Matrix]:
        """The first passages after a key, ascending, and their vectors, shape (at most limit, dimension)."""
        values = (*self._model, key, -1 if limit is None else limit)
        return self._unpacked(self._db.execute(f"{_SELECT} WHERE p.key > ? ORDER BY p.key LIMIT ?", values))

    def vectors(self, keys: Sequence[int] | None = None) -> tuple[Keys, Matrix]:
        """Keys, ascending, and their vectors, shape (n, dimension)."""
        return self.vectors_after(0) if keys is None else self._held.vectors(keys, self.generation())

    @cached_property
    def _held(self) -> HeldVectors:
        return HeldVectors(self._read, self._model[1])

    def _read(self, keys: Sequence[int]) -> tuple[Keys, Matrix]:
        return self._unpacked(sorted(self._in_batches(f"{_SELECT} WHERE p.key IN", keys, *self._model)))

    def passage_keys(self) -> Keys:
        """Keys of passages that have a vector by this model, ascending."""
        rows = self._db.execute(
            "SELECT p.key FROM passages p JOIN vectors v ON v.text_hash = p.text_hash"
            " AND v.model_id = ? AND v.dimension = ? ORDER BY p.key",
            self._model,
        )
        return np.array([row[0] for row in rows], dtype=np.int64)

    def put_vectors(self, vectors: Mapping[str, Vector]) -> None:
        """Record vectors by the hash of their text, in half precision; call within `writing`."""
        rows = [(text_hash, *self._model, vector.astype("<f2").tobytes()) for text_hash, vector in vectors.items()]
        self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)
        self._passage_changes += len(rows)

    def prune_vectors(self, also_kept: Iterable[str]) -> int:
        """Forget this model's vectors of no passage, but for those named; call within `writing`."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS kept (text_hash TEXT PRIMARY KEY) WITHOUT ROWID")
        self._db.execute("DELETE FROM kept")
        self._db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", ((text_hash,) for text_hash in also_kept))
        pruned = self._db.execute(
            "DELETE FROM vectors WHERE model_id = ? AND dimension = ?"
            " AND text_hash NOT IN (SELECT text_hash FROM kept) AND text_hash NOT IN (SELECT text_hash FROM passages)",
            self._model,
        )
        return pruned.rowcount

    def missing_vectors(self, text_hashes: Iterable[str]) -> set[str]:
        """Those hashes that have no vector by this model yet."""
        wanted = set(text_hashes)
        known = "SELECT text_hash FROM vectors WHERE model_id = ? AND dimension = ? AND text_hash IN"
        return wanted - {row[0] for row in self._in_batches(known, wanted, *self._model)}

    def vectors_of(self, text_hashes: Iterable[str]) -> dict[str, Vector]:
        """Recorded vectors of texts by this model, by hash."""
        select = "SELECT text_hash, vector FROM vectors WHERE model_id = ? AND dimension = ? AND text_hash IN"
        rows = self._in_batches(select, text_hashes, *self._model)
        return {text_hash: np.frombuffer(blob, dtype="<f2").astype(np.float32) for text_hash, blob in rows}

    def _unpacked(self, rows: Iterable[tuple[int, bytes]]) -> tuple[Keys, Matrix]:
        """Rows of key and stored vector as arrays."""
        found = list(rows)
        keys = np.array([row[0] for row in found], dtype=np.int64)
        matrix = np.frombuffer(b"".join(row[1] for row in found), dtype="<f2").reshape(len(found), self._model[1])
        return keys, matrix.astype(np.float32)
