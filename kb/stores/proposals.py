"""What language models proposed, in the catalog, and what they were asked already."""

import sqlite3
from collections.abc import Iterable

from kb.domain import Proposal, ProposedRelation
from kb.identity import content_hash


class ProposalRecords:
    """The part of the catalog that keeps proposals of models. Nothing that answers a question reads it."""

    _db: sqlite3.Connection

    def put_proposed_claims(self, proposals: Iterable[Proposal]) -> None:
        """Keep claims that a model proposed until somebody decides; call within `writing`."""
        rows = [(_claim_id(p), "claim", p.model_dump_json()) for p in proposals]
        self._db.executemany("INSERT OR REPLACE INTO proposals VALUES (?, ?, ?)", rows)

    def proposed_claims(self) -> list[Proposal]:
        """Claims that models proposed and nobody has decided on, in order of note and place."""
        rows = self._db.execute("SELECT record FROM proposals WHERE kind = 'claim'")
        found = [Proposal.model_validate_json(row[0], extra="ignore") for row in rows]
        return sorted(found, key=lambda p: (p.note, p.source != p.note, p.source, p.char_start, p.claim.id))

    def forget_proposed_claims(self, proposals: Iterable[Proposal]) -> None:
        """Forget claims that somebody decided on; call within `writing`."""
        self._db.executemany("DELETE FROM proposals WHERE id = ?", [(_claim_id(p),) for p in proposals])

    def put_relation(self, relation: ProposedRelation) -> None:
        """Keep a proposed relation, in place of what was kept of its pair; call within `writing`."""
        row = (relation.id, "relation", relation.model_dump_json())
        self._db.execute("INSERT OR REPLACE INTO proposals VALUES (?, ?, ?)", row)

    def relations(self) -> list[ProposedRelation]:
        """Relations that models proposed, those accepted and rejected among them, in order of id."""
        rows = self._db.execute("SELECT record FROM proposals WHERE kind = 'relation' ORDER BY id")
        return [ProposedRelation.model_validate_json(row[0], extra="ignore") for row in rows]

    def put_asked(self, question: str, asked_at: str) -> None:
        """Remember that a model was asked something and answered; call within `writing`."""
        self._db.execute("INSERT OR IGNORE INTO asked VALUES (?, ?)", (question, asked_at))

    def was_asked(self, question: str) -> bool:
        """Whether a model has answered this already; a question is named by a hash of all that it says."""
        return self._db.execute("SELECT 1 FROM asked WHERE id = ?", (question,)).fetchone() is not None


def _claim_id(proposal: Proposal) -> str:
    return content_hash(proposal.note, proposal.claim.id)[:20]
