"""The catalog: one SQLite file that holds everything a library cannot read again from its notes."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from kb.domain import Passage, PassageKind, Source, SourceKind
from kb.language import spellings
from kb.ports import Entry, HeldPaper
from kb.stores.exchange import ExchangeRecords
from kb.stores.graph_rows import GraphRows, link_rows, names
from kb.stores.ledger import LedgerRecords
from kb.stores.listing import Listing
from kb.stores.proposals import ProposalRecords
from kb.stores.sources import SourceRecords
from kb.stores.vectors import Vectors

_PASSAGE_COLUMNS = """
    p.key, p.source_id, p.ordinal, p.kind, p.section, p.page, p.char_start, p.char_end, p.sentences,
    substr(s.text, p.char_start + 1, p.char_end - p.char_start)
    FROM passages p JOIN sources s ON s.id = p.source_id
"""
# The same words whenever it is asked, which a contentless index needs to delete a row.
_WHOLE_TEXT = """
    SELECT s.number, s.title, (
        SELECT group_concat(body, char(10)) FROM (SELECT body FROM passages WHERE source_id = s.id ORDER BY ordinal)
    ) FROM sources s WHERE s.id = ?
"""
_COUNTS = {
    **{kind.value: f"SELECT count(*) FROM sources WHERE kind = '{kind.value}'" for kind in SourceKind},
    "sources": "SELECT count(*) FROM sources",
    "passages": "SELECT count(*) FROM passages WHERE text_hash <> ''",
    "superseded": "SELECT count(*) FROM sources WHERE superseded_by IS NOT NULL",
    "claims": "SELECT count(DISTINCT id) FROM claims",
    "inquiries": "SELECT count(*) FROM inquiries",
    "links": "SELECT count(*) FROM links",
    "papers": "SELECT count(DISTINCT id) FROM papers",
    "vectors": "SELECT count(*) FROM vectors",
    "relations": "SELECT count(*) FROM proposals WHERE kind = 'relation' AND record ->> '$.state' = 'proposed'",
}
# What changes without the generation.
_UNCOUNTED_CHANGES = {"inquiries", "papers", "relations"}


class SqliteCatalog(SourceRecords, Vectors, GraphRows, LedgerRecords, ExchangeRecords, ProposalRecords, Listing):
    """A library's catalog; implements `kb.ports.Catalog` and `Ledger`. See `Records` for its arguments and errors."""

    _counts: tuple[int, dict[str, int]] = (-1, {})
    _passages_that, _sources_that = "", ""
    """Conditions on the rows that searches find, where not all of the catalog is asked."""

    # Sources

    def put(self, entry: Entry) -> None:
        """Record a source with its passages, names, links and claims; call within `writing`."""
        source = entry.source
        self.remove(source.id)
        record = source.model_dump_json(exclude={"text"})
        stated = () if source.generated else source.claims  # a draft states nothing until a person takes it over
        self._db.execute(
            "INSERT INTO sources (id, kind, title, text, record, content_hash) VALUES (?, ?, ?, ?, ?, ?)",
            (source.id, source.kind, source.title, source.text, record, source.content_hash),
        )
        self._db.executemany("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", names(source))
        self._db.executemany("INSERT INTO links VALUES (?, ?, ?, ?, ?, ?, ?, ?)", link_rows(source))
        self._db.executemany(
            "INSERT INTO claims VALUES (?, ?, ?, ?, ?)",
            [(c.id, source.id, i, c.as_of, c.model_dump_json()) for i, c in enumerate(stated)],
        )
        self._db.executemany(
            "INSERT INTO passages (source_id, ordinal, kind, section, page, char_start, char_end, sentences,"
            " text_hash, title, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                _passage_row(passage, text_hash, source.title, search_text)
                for passage, text_hash, search_text in zip(
                    entry.passages, entry.text_hashes, entry.search_texts, strict=True
                )
            ],
        )
        self._db.execute(f"INSERT INTO sources_fts (rowid, title, body) {_WHOLE_TEXT}", (source.id,))
        self._passage_changes += 1

    def remove(self, source_id: str) -> None:
        """Forget a source; its passages, names, links and claims go along. Call within `writing`."""
        self._take_from_search(source_id)
        # Passages go first and by name: a cascade would not fire the full-text index's trigger.
        self._db.execute("DELETE FROM passages WHERE source_id = ?", (source_id,))
        self._passage_changes += self._db.execute("DELETE FROM sources WHERE id = ?", (source_id,)).rowcount

    def retire(self, source_id: str, successor: str) -> None:
        """Keep a source for what cites it, but let nothing find it any more. Call within `writing`."""
        self._take_from_search(source_id)
        # A trigger takes the passages from the full-text index; vectors are found by this hash, which nothing has.
        retired = self._db.execute(
            "UPDATE passages SET text_hash = '' WHERE source_id = ? AND text_hash <> ''", (source_id,)
        )
        self._passage_changes += retired.rowcount
        self._db.execute("DELETE FROM names WHERE source_id = ?", (source_id,))
        self._db.execute("UPDATE sources SET superseded_by = ? WHERE id = ?", (successor, source_id))

    def _take_from_search(self, source_id: str) -> None:
        whole = f"{_WHOLE_TEXT} AND s.superseded_by IS NULL"
        self._db.execute(
            f"INSERT INTO sources_fts (sources_fts, rowid, title, body) SELECT 'delete', * FROM ({whole})", (source_id,)
        )

    def source(self, source_id: str) -> Source | None:
        """One source, whole."""
        return next(iter(self.sources([source_id])), None)

    def sources(self, ids: Iterable[str] | None = None, kind: SourceKind | None = None) -> list[Source]:
        """Sources in order of id: those named, else all of a kind that no newer version has superseded."""
        select = "SELECT record, text FROM sources"
        if ids is not None:
            rows = self._in_batches(f"{select} WHERE id IN", ids)
        elif kind is not None:
            rows = self._db.execute(f"{select} WHERE superseded_by IS NULL AND kind = ?", (kind,))
        else:
            rows = self._db.execute(f"{select} WHERE superseded_by IS NULL")
        found = [Source.model_validate({**json.loads(record), "text": text}, extra="ignore") for record, text in rows]
        return sorted(found, key=lambda source: source.id)

    def ids(self) -> list[str]:
        """Ids of all sources that are not superseded, in order."""
        return [row[0] for row in self._db.execute("SELECT id FROM sources WHERE superseded_by IS NULL ORDER BY id")]

    def sources_on(self, arxiv_id: str) -> list[str]:
        """Ids of the sources that are a paper or name it among what they rest on, in order."""
        rows = self._db.execute(
            "SELECT id FROM sources WHERE (id = ? OR (id > ? AND id < ?) OR (kind = 'note' AND record LIKE ?))"
            " AND superseded_by IS NULL ORDER BY id",
            (f"arxiv:{arxiv_id}", f"arxiv:{arxiv_id}v", f"arxiv:{arxiv_id}w", f"%{arxiv_id}%"),
        )
        return [row[0] for row in rows]

    def source_hash(self, source_id: str) -> str | None:
        """Content hash under which the source was recorded."""
        row = self._db.execute("SELECT content_hash FROM sources WHERE id = ?", (source_id,)).fetchone()
        return str(row[0]) if row else None

    def held_papers(self, ids: Iterable[str]) -> dict[str, list[HeldPaper]]:
        """Versions held of each paper, by arXiv id without version."""
        # An index range a paper: ids of papers are no beginnings of one another, and versions begin with v.
        select = (
            "SELECT id, record ->> '$.reading', content_hash, record -> '$.topics', record ->> '$.remark' FROM sources"
            " WHERE id = ? OR (id > ? || 'v' AND id < ? || 'w')"
        )
        found = {paper: self._db.execute(select, [f"arxiv:{paper}"] * 3).fetchall() for paper in ids}
        return {paper: [_held_paper(*row) for row in rows] for paper, rows in found.items() if rows}

    def count(self, kind: str) -> int:
        """How many of a kind there are; the kinds are those of `kb stats`."""
        # Counting reads an index from end to end, and one answer needs it several times.
        generation = self.generation()
        if self._counts[0] != generation or self._is_writing:
            self._counts = (generation, {})
        counts = self._counts[1]
        if kind not in counts or kind in _UNCOUNTED_CHANGES:
            counts[kind] = int(self._db.execute(_COUNTS[kind]).fetchone()[0])
        return counts[kind]

    # Passages and search

    def passages(self, keys: Iterable[int]) -> dict[int, Passage]:
        """Passages by key."""
        return dict(map(_passage, self._in_batches(f"SELECT {_PASSAGE_COLUMNS} WHERE p.key IN", keys)))

    def passages_of(self, source_ids: Iterable[str]) -> dict[int, Passage]:
        """All passages of some sources, by key."""
        return dict(map(_passage, self._in_batches(f"SELECT {_PASSAGE_COLUMNS} WHERE p.source_id IN", source_ids)))

    def keys_of(self, source_ids: Iterable[str], first: int) -> dict[int, str]:
        """Keys of the first so many passages of some sources, with the source of each."""
        select = "SELECT key, source_id FROM passages WHERE ordinal < ? AND source_id IN"
        return dict(self._in_batches(select, source_ids, first))

    def source_ids(self, keys: Iterable[int]) -> dict[int, str]:
        """Source of each passage."""
        return dict(self._in_batches("SELECT key, source_id FROM passages WHERE key IN", keys))

    def lexical(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """Passages by BM25 over any of the terms, title counted double, best first, ties by key."""
        if not terms:
            return []
        rows = self._db.execute(
            "SELECT rowid, -bm25(passages_fts, 2.0, 1.0) AS score FROM passages_fts WHERE passages_fts MATCH ?"
            f" {self._passages_that} ORDER BY score DESC, rowid LIMIT ?",
            (" OR ".join(map(_quoted, terms)), k),
        )
        return [(int(key), float(score)) for key, score in rows]

    def lexical_sources(self, terms: Sequence[str], k: int) -> list[tuple[str, float]]:
        """Sources as wholes by BM25 over any of the terms, title counted double, best first, ties by number."""
        if not terms:
            return []
        rows = self._db.execute(
            "SELECT s.id, found.score FROM (SELECT rowid, -bm25(sources_fts, 2.0, 1.0) AS score FROM sources_fts"
            f" WHERE sources_fts MATCH ? {self._sources_that} ORDER BY score DESC, rowid LIMIT ?) AS found"
            " JOIN sources s ON s.number = found.rowid ORDER BY found.score DESC, found.rowid",
            (" OR ".join(map(_quoted, terms)), k),
        )
        return [(source_id, float(score)) for source_id, score in rows]

    def term_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs, after stemming."""
        query = f"SELECT count(*) FROM passages_fts WHERE passages_fts MATCH ? {self._passages_that}"
        return {term: int(self._db.execute(query, (_quoted(term),)).fetchone()[0]) for term in terms}

    def containing(self, terms: Sequence[str], keys: Sequence[int]) -> dict[str, set[int]]:
        """Which of some passages contain each term, after stemming."""
        query = "SELECT rowid FROM passages_fts WHERE passages_fts MATCH ? AND +rowid IN"
        return {
            term: {row[0] for row in self._in_batches(query, keys, _quoted(term))} if keys else set() for term in terms
        }


def phrases(term: str) -> list[str]:
    """A term as FTS5 phrases: strings, so that no operator in it is obeyed, one for each of its spellings."""
    return ['"' + word.replace('"', '""') + '"' for word in spellings(term)]


def _quoted(term: str) -> str:
    """A term as one FTS5 expression."""
    spelled = phrases(term)
    return spelled[0] if len(spelled) == 1 else f"({' OR '.join(spelled)})"


def _passage_row(passage: Passage, text_hash: str, title: str, search_text: str) -> tuple[Any, ...]:
    return (
        passage.source_id, passage.ordinal, passage.kind, json.dumps(passage.section, ensure_ascii=False), passage.page,
        passage.char_start, passage.char_end, json.dumps(passage.sentences), text_hash, title, search_text,
    )  # fmt: skip


def _passage(row: tuple[Any, ...]) -> tuple[int, Passage]:
    """A passage from its row. Validation is skipped: the row was written from a validated passage."""
    key, source_id, ordinal, kind, section, page, start, end, sentences, text = row
    return key, Passage.model_construct(
        source_id=source_id,
        ordinal=ordinal,
        kind=PassageKind(kind),
        section=tuple(json.loads(section)),
        page=page,
        char_start=start,
        char_end=end,
        text=text,
        sentences=tuple(map(tuple, json.loads(sentences))),
    )


def _held_paper(source_id: str, reading: str, content_hash: str, topics: str | None, remark: str | None) -> HeldPaper:
    return HeldPaper(source_id, reading, content_hash, tuple(json.loads(topics or "[]")), remark or "")
