"""What can still be read of a damaged catalog, row by row; what cannot be what it should be is left out.

A damaged page ends a walk over its table, so every table is walked from both ends. Pages may be torn in their middle,
where SQLite sees nothing wrong: a row counts only if its record is one.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kb.domain import Follow, Inquiry, Job, Paper, Proposal, ProposedRelation, Record, Source
from kb.exchange import Reply, ResearchPrompt
from kb.ledger import LedgerEvent
from kb.stores.opening import to_read

_UNIT = 0.02
"""How far from 1 the length of a vector in half precision may be."""


@dataclass(slots=True)
class Salvage:
    """What was saved and what was lost."""

    saved: dict[str, int] = field(default_factory=dict)
    """Rows by table; sources under `sources`."""
    torn: list[str] = field(default_factory=list)
    """Tables some of whose rows were lost."""


def _vector(row: tuple[Any, ...]) -> None:
    """Raises ValueError if the row's vector is not one."""
    _, _, dimension, blob = row
    vector = np.frombuffer(blob, dtype="<f2").astype(np.float32)
    if len(vector) != dimension or not abs(float(np.linalg.norm(vector)) - 1) < _UNIT:
        raise ValueError


def _proposal(row: tuple[Any, ...]) -> None:
    kinds: dict[str, type[Record]] = {"claim": Proposal, "relation": ProposedRelation}
    kinds[row[1]].model_validate_json(row[2], extra="ignore")


def _asked(row: tuple[Any, ...]) -> None:
    """Raises ValueError if the row names no question."""
    bytes.fromhex(row[0])


_CHECKS: dict[str, Callable[[tuple[Any, ...]], object]] = {
    "inquiries": lambda row: Inquiry.model_validate_json(row[2], extra="ignore"),
    "prompts": lambda row: ResearchPrompt.model_validate_json(row[2], extra="ignore"),
    "replies": lambda row: Reply.model_validate_json(row[2], extra="ignore"),
    "ledger": lambda row: LedgerEvent.model_validate_json(row[4], extra="ignore"),
    "follows": lambda row: Follow.model_validate_json(row[1], extra="ignore"),
    "proposals": _proposal,
    "asked": _asked,
    "papers": lambda row: Paper.model_validate_json(row[2], extra="ignore"),
    "jobs": lambda row: Job.model_validate_json(row[3], extra="ignore"),
    "vectors": _vector,
}
"""Tables that are saved, each with what raises an error for a row that is none."""
_WHERE = {"papers": "WHERE origin = 'arxiv'", "jobs": "WHERE kind IN ('paper', 'document', 'snapshot', 'item')"}


def copy_rows(damaged: Path, fresh: sqlite3.Connection, salvage: Salvage) -> None:
    """Copy the rows of all tables but sources into a fresh catalog; call within its `writing`."""
    with closing(to_read(damaged)) as db:
        for table, check in _CHECKS.items():
            rows, is_torn = _rows(db, f"SELECT * FROM {table} {_WHERE.get(table, '')}", check)
            salvage.saved[table] = len(rows)
            salvage.torn += [table] * is_torn
            for row in rows:
                fresh.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def saved_sources(damaged: Path, salvage: Salvage) -> Iterator[tuple[Source, str | None]]:
    """Papers and documents that were not read from the notes folder, each with the version that superseded it."""
    with closing(to_read(damaged)) as db:
        select = "SELECT id FROM sources WHERE id NOT LIKE 'note:%'"
        ids, is_torn = _rows(db, select, lambda row: str(row[0]).index(":"))
        salvage.saved["sources"] = 0
        for row in ids:
            one = "SELECT id, record, text, content_hash, superseded_by FROM sources WHERE id = ?"
            found, is_row_torn = _rows(db, one, _source, row)
            is_torn |= is_row_torn
            salvage.saved["sources"] += len(found)
            yield from ((_source(row), row[4]) for row in found)
        salvage.torn += ["sources"] * is_torn


def _source(row: tuple[Any, ...]) -> Source:
    """Raises ValueError if the row is no source, or another than was recorded."""
    source = Source.model_validate({**json.loads(row[1]), "text": row[2]}, extra="ignore")
    if (source.id, source.content_hash) != (row[0], row[3]):
        raise ValueError
    return source


def _rows(
    db: sqlite3.Connection, select: str, check: Callable[[tuple[Any, ...]], object], values: tuple[Any, ...] = ()
) -> tuple[list[tuple[Any, ...]], bool]:
    """Rows that can be read and pass, and whether some could not or did not."""
    found: dict[tuple[Any, ...], None] = {}  # as a set that keeps its order
    is_torn = False
    for order in ("", " DESC"):
        try:
            for row in db.execute(f"{select} ORDER BY 1{order}", values):
                found[row] = None
            break
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            is_torn = True
    good = [row for row in found if _passes(row, check)]
    return good, is_torn or len(good) < len(found)


def _passes(row: tuple[Any, ...], check: Callable[[tuple[Any, ...]], object]) -> bool:
    try:
        check(row)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True
