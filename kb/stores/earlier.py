"""Full-text search over superseded versions of papers, which the library's own indexes do not hold.

They are indexed beside the catalog for one reading of it, and scored by BM25 with the numbers of the library's index:
in a small index of their own other words would be rare, and other texts long.
"""

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

_K1, _B = 1.2, 0.75
"""As in SQLite's own `bm25`."""
_TITLE_WEIGHT, _BODY_WEIGHT = 2.0, 1.0
_MARK = "\x01"
_FILL = {
    "passages": "SELECT key, title, body FROM main.passages WHERE source_id IN (SELECT id FROM earlier)",
    "sources": (
        "SELECT s.number, s.title, (SELECT group_concat(body, char(10)) FROM"
        " (SELECT body FROM main.passages WHERE source_id = s.id ORDER BY ordinal))"
        " FROM main.sources s WHERE s.id IN (SELECT id FROM earlier)"
    ),
}


class EarlierVersions:
    """An index of some versions and their passages, in temporary tables of a catalog's connection.

    Args:
        db: the connection.
        ids: of the versions.
    """

    def __init__(self, db: sqlite3.Connection, ids: Iterable[str]) -> None:
        self._db = db
        db.execute("CREATE TEMP TABLE earlier (id TEXT PRIMARY KEY) WITHOUT ROWID")
        db.executemany("INSERT INTO earlier VALUES (?)", ((source_id,) for source_id in ids))
        for table, rows in _FILL.items():
            db.execute(
                f"CREATE VIRTUAL TABLE temp.earlier_{table} USING fts5(title, body, tokenize='porter unicode61')"
            )
            db.execute(f"INSERT INTO earlier_{table} (rowid, title, body) {rows}")

    def holding(self, phrase: str) -> set[int]:
        """Keys of the passages that hold an FTS5 expression."""
        return {row[0] for row in self._db.execute("SELECT rowid FROM earlier_passages(?)", (phrase,))}

    def scores(self, table: str, phrases: Sequence[str], k: int) -> dict[int, float]:
        """BM25 of at most k passages or sources that hold some of the phrases, as the library's index would give it.

        Args:
            table: `passages` or `sources`.
            phrases: FTS5 expressions of one phrase each.
            k: how many at most, the best first as far as this small index can tell.
        """
        best = f"SELECT rowid FROM earlier_{table}(?) ORDER BY rank LIMIT ?"
        keys = [row[0] for row in self._db.execute(best, (" OR ".join(phrases), k))] if phrases else []
        if not keys:
            return {}
        n_rows, *n_tokens = self._numbers(f"SELECT block FROM {table}_fts_data WHERE id = 1")
        usual = sum(n_tokens) / max(n_rows, 1) or 1.0
        length = {key: sum(self._numbers(f"SELECT sz FROM earlier_{table}_docsize WHERE id = ?", key)) for key in keys}
        found = dict.fromkeys(keys, 0.0)
        for phrase in phrases:
            n_holding = self._db.execute(f"SELECT count(*) FROM {table}_fts(?)", (phrase,)).fetchone()[0]
            rarity = max(math.log((n_rows - n_holding + 0.5) / (n_holding + 0.5)), 1e-6)
            for key, often in self._often(table, phrase):
                if key in found:
                    norm = _K1 * (1 - _B + _B * length[key] / usual)
                    found[key] += rarity * often * (_K1 + 1) / (often + norm)
        return found

    def _often(self, table: str, phrase: str) -> Iterator[tuple[int, float]]:
        """How often each row holds a phrase, the title's weight counted in."""
        marked = ", ".join(f"highlight(earlier_{table}, {column}, char(1), '')" for column in (0, 1))
        for key, title, body in self._db.execute(f"SELECT rowid, {marked} FROM earlier_{table}(?)", (phrase,)):
            yield key, _TITLE_WEIGHT * title.count(_MARK) + _BODY_WEIGHT * body.count(_MARK)

    def _numbers(self, select: str, *values: object) -> list[int]:
        """The numbers of a record of FTS5: rows and tokens of each column of an index, or a row's tokens."""
        row = self._db.execute(select, values).fetchone()
        numbers, value = [], 0
        for byte in row[0] if row else b"\0":
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                numbers.append(value)
                value = 0
        return numbers
