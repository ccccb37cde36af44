"""What the catalog tells of its sources besides their text: versions, outlines, jobs and followed searches."""

import json
from collections.abc import Iterable

from kb.domain import Follow, Paper, Source, SourceKind
from kb.identity import ArxivId
from kb.stores.records import Records


class SourceRecords(Records):
    """Versions and outlines of sources, single jobs, follows. See `kb.ports.Catalog` for the words of each method."""

    def superseded(self) -> dict[str, str]:
        """Superseded sources, each with the id of the newest version."""
        return dict(self._db.execute("SELECT id, superseded_by FROM sources WHERE superseded_by IS NOT NULL"))

    def versions_of(self, base: str) -> list[str]:
        """Ids of the sources that are versions of an arXiv paper, oldest first; one without a version before all."""
        first = f"arxiv:{base}"
        rows = self._db.execute("SELECT id FROM sources WHERE id >= ? AND id < ?", (first, f"{first}w"))
        found = {row[0]: ArxivId.parse(row[0]) for row in rows}
        return sorted((i for i, arxiv_id in found.items() if arxiv_id.base == base), key=lambda i: found[i].version)

    def outlines(self, kind: SourceKind | None = None, topic: str = "") -> list[Source]:
        """Sources without their text, superseded ones among them, in order of id."""
        conditions, values = ["1"], []
        if kind is not None:
            conditions.append("kind = ?")
            values.append(str(kind))
        if topic:
            conditions.append("EXISTS (SELECT 1 FROM json_each(record, '$.topics') WHERE value = ?)")
            values.append(topic)
        rows = self._db.execute(f"SELECT record FROM sources WHERE {' AND '.join(conditions)} ORDER BY id", values)
        return [Source.model_validate({**json.loads(row[0]), "text": ""}, extra="ignore") for row in rows]

    def saying(self, words: str) -> list[str]:
        """Ids of the sources with a passage or title that has these words in this order, in order of id."""
        query = (
            "SELECT DISTINCT p.source_id FROM passages_fts f JOIN passages p ON p.key = f.rowid"
            " WHERE passages_fts MATCH ? ORDER BY p.source_id"
        )
        phrase = '"' + words.replace('"', '""') + '"'
        return [row[0] for row in self._db.execute(query, (phrase,))]

    def forget_vectors(self, text_hashes: Iterable[str]) -> int:
        """Forget vectors of texts that no passage has any more; how many there were. Call within `writing`."""
        delete = (
            "DELETE FROM vectors WHERE text_hash = ?"
            " AND NOT EXISTS (SELECT 1 FROM passages p WHERE p.text_hash = vectors.text_hash)"
        )
        return sum(self._db.execute(delete, (text_hash,)).rowcount for text_hash in set(text_hashes))

    def withdrawn_papers(self) -> list[Paper]:
        """Papers that arXiv says were withdrawn, in order of id."""
        rows = self._db.execute("SELECT record FROM papers WHERE json_extract(record, '$.withdrawn') ORDER BY id")
        return [Paper.model_validate_json(row[0], extra="ignore") for row in rows]

    def same_document(self, title: str, text: str) -> str | None:
        """Id of a document with this title and text, wherever it came from."""
        row = self._db.execute(
            "SELECT id FROM sources WHERE kind = ? AND title = ? AND text = ? ORDER BY id LIMIT 1",
            (SourceKind.DOCUMENT, title, text),
        ).fetchone()
        return str(row[0]) if row else None

    def borne_ids(self) -> list[tuple[str, str]]:
        """Documents whose file bears an arXiv id, as (id of the document, arXiv id), in order."""
        rows = self._db.execute(
            "SELECT DISTINCT s.id, j.record ->> '$.options.bears' FROM jobs j"
            " JOIN sources s ON s.id = j.record ->> '$.source_id'"
            " WHERE j.kind = 'document' AND j.state = 'done' AND s.kind = 'document'"
            " AND j.record ->> '$.options.bears' IS NOT NULL ORDER BY 1, 2"
        )
        return [(str(document), str(bears)) for document, bears in rows]

    def forget_job(self, target: str) -> None:
        """Forget an ingest item."""
        self._db.execute("DELETE FROM jobs WHERE target = ?", (target,))

    def forget_jobs_of(self, source_id: str) -> None:
        """Forget the items that a source came from."""
        self._db.execute(
            "DELETE FROM jobs WHERE kind IN ('paper', 'document') AND json_extract(record, '$.source_id') = ?",
            (source_id,),
        )

    def put_follow(self, follow: Follow) -> None:
        """Keep a followed search."""
        self._db.execute("INSERT OR REPLACE INTO follows VALUES (?, ?)", (follow.id, follow.model_dump_json()))

    def forget_follow(self, follow_id: str) -> None:
        """Stop following a search."""
        self._db.execute("DELETE FROM follows WHERE id = ?", (follow_id,))

    def follows(self) -> list[Follow]:
        """Followed searches, in order of id."""
        rows = self._db.execute("SELECT record FROM follows ORDER BY id")
        return [Follow.model_validate_json(row[0], extra="ignore") for row in rows]
