"""The ledger's events in the catalog."""

import sqlite3
from collections.abc import Iterable

from kb.domain import Claim
from kb.ledger import LedgerEvent, in_order


class LedgerRecords:
    """The part of the catalog that keeps the ledger; implements `kb.ports.Ledger`. Nothing is changed or removed."""

    _db: sqlite3.Connection

    def append_events(self, events: Iterable[LedgerEvent]) -> int:
        """Record events; how many were new. Call within `writing`."""
        rows = [(e.id, e.claim_id, e.happened_at, e.kind.value, e.stored) for e in in_order(events)]
        return self._db.executemany("INSERT OR IGNORE INTO ledger VALUES (?, ?, ?, ?, ?)", rows).rowcount if rows else 0

    def events(self, claim_id: str | None = None) -> list[LedgerEvent]:
        """Events of one claim or of all, oldest first, ties by id."""
        where, values = ("WHERE claim_id = ?", (claim_id,)) if claim_id else ("", ())
        rows = self._db.execute(f"SELECT record FROM ledger {where} ORDER BY happened_at, id", values)
        return [LedgerEvent.model_validate_json(row[0]) for row in rows]

    def stated_claims(self) -> list[tuple[str, Claim]]:
        """Every dated claim with the id of the note that states it, in order of notes."""
        rows = self._db.execute("SELECT source_id, record FROM claims ORDER BY source_id, position")
        return [(source_id, Claim.model_validate_json(record, extra="ignore")) for source_id, record in rows]
