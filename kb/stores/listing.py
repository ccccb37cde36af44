"""Lists of sources as people leaf through them: filtered, newest first, a page at a time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kb.domain import Source, SourceKind
from kb.identity import ArxivId
from kb.ports import Dated
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

    def dates(self) -> list[Dated]:
        """Every source with its date, superseded versions too, in order of id."""
        updated = (
            "SELECT id, record ->> '$.version', record ->> '$.updated' FROM papers"
            " WHERE record ->> '$.updated' IS NOT NULL ORDER BY 3"
        )
        newest = {paper: (int(version or 0), date) for paper, version, date in self._db.execute(updated)}
        select = (
            "SELECT id, kind, record ->> '$.date', record ->> '$.version_date', superseded_by FROM sources ORDER BY id"
        )
        return [_dated(row, newest) for row in self._db.execute(select)]


def _dated(row: tuple[str, str, str | None, str | None, str | None], newest: Mapping[str, tuple[int, str]]) -> Dated:
    """A source with its date. That of a paper is its first version's; those of later ones are kept or known of papers.

    Args:
        row: id, kind, date, the version's date, and what superseded it.
        newest: number and date of the newest version that is known of each paper.
    """
    source_id, kind, date, own, successor = row
    dated = Dated(source_id, SourceKind(kind), own or date or "", successor or "")
    paper = ArxivId.parse(source_id) if source_id.startswith("arxiv:") else None
    if own or paper is None or paper.version < 2:
        return dated
    number, latest = newest.get(paper.base, (0, ""))
    if number == paper.version:
        return replace(dated, date=latest)
    return replace(dated, date="" if successor else latest or dated.date, is_latest=not successor)
