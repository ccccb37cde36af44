"""Lists of sources as people leaf through them: filtered, newest first, a page at a time."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from kb.domain import Source, SourceKind
from kb.identity import ArxivId
from kb.stores.records import Records


class Listing(Records):
    """Pages of sources. See `kb.ports.Catalog` for the words of each method."""

    def listed(
        self,
        kinds: Sequence[SourceKind],
        *,
        ids: Sequence[str] | None = None,
        topic: str = "",
        since: str = "",
        until: str = "",
        first: int = 0,
        n: int = 20,
    ) -> tuple[list[Source], int]:
        """Current sources of some kinds without their text, newest first or in the order of `ids`, and how many."""
        conditions: list[tuple[str, list[Any]]] = [
            (f"kind IN ({','.join('?' * len(kinds))}) AND superseded_by IS NULL", list(map(str, kinds)))
        ]
        if ids is not None:
            conditions.append(("id IN (SELECT value FROM json_each(?))", [json.dumps(list(ids))]))
        if topic:
            conditions.append(("EXISTS (SELECT 1 FROM json_each(record, '$.topics') WHERE value = ?)", [topic]))
        if since:
            conditions.append(("json_extract(record, '$.date') >= ?", [since]))
        if until:
            conditions.append(("substr(json_extract(record, '$.date'), 1, ?) <= ?", [len(until), until]))
        where = " AND ".join(condition for condition, _ in conditions)
        values = [value for _, own in conditions for value in own]
        total = self._db.execute(f"SELECT count(*) FROM sources WHERE {where}", values).fetchone()[0]
        order = "json_extract(record, '$.date') DESC, id"
        if ids is not None:
            order = "(SELECT key FROM json_each(?) WHERE value = sources.id)"
            values.append(json.dumps(list(ids)))
        rows = self._db.execute(
            f"SELECT record FROM sources WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?", [*values, n, first]
        )
        return [Source.model_validate({**json.loads(row[0]), "text": ""}, extra="ignore") for row in rows], int(total)

    def dates(self) -> list[tuple[str, SourceKind, str]]:
        """Id, kind and date of every current source, in order of id.

        A paper's source bears the date of its first version. That of a later version is known of the newest one; for
        one in between it is the latest that it can be.
        """
        updated = "SELECT id, record ->> '$.updated' FROM papers WHERE record ->> '$.updated' IS NOT NULL ORDER BY 2"
        newest = dict(self._db.execute(updated).fetchall())
        select = "SELECT id, kind, record ->> '$.date' FROM sources WHERE superseded_by IS NULL ORDER BY id"
        return [
            (source_id, SourceKind(kind), _of_version(source_id, newest) or date or "")
            for source_id, kind, date in self._db.execute(select)
        ]


def _of_version(source_id: str, newest: Mapping[str, str]) -> str:
    """When the version of a paper was submitted, if it is known not to be the first."""
    if not source_id.startswith("arxiv:") or source_id.endswith("v1"):
        return ""
    paper = ArxivId.parse(source_id)
    return newest.get(paper.base, "") if paper.version else ""
