"""Research prompts and replies in the catalog."""

import sqlite3

from kb.exchange import Reply, ResearchPrompt


class ExchangeRecords:
    """The part of the catalog that keeps what went out and what came back."""

    _db: sqlite3.Connection

    def put_prompt(self, prompt: ResearchPrompt, made_at: str) -> None:
        """Keep a prompt; the same one again changes nothing. Call within `writing`."""
        row = (prompt.id, made_at, prompt.model_dump_json())
        self._db.execute("INSERT OR IGNORE INTO prompts VALUES (?, ?, ?)", row)

    def prompt(self, prompt_id: str) -> ResearchPrompt | None:
        """One prompt."""
        row = self._db.execute("SELECT record FROM prompts WHERE id = ?", (prompt_id,)).fetchone()
        return ResearchPrompt.model_validate_json(row[0], extra="ignore") if row else None

    def prompts(self) -> list[ResearchPrompt]:
        """All prompts, newest first."""
        rows = self._db.execute("SELECT record FROM prompts ORDER BY made_at DESC, id")
        return [ResearchPrompt.model_validate_json(row[0], extra="ignore") for row in rows]

    def put_reply(self, reply: Reply) -> None:
        """Keep a reply with its audit, replacing an earlier audit of it. Call within `writing`."""
        row = (reply.id, reply.received_at, reply.model_dump_json())
        self._db.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", row)

    def reply(self, reply_id: str) -> Reply | None:
        """One reply."""
        row = self._db.execute("SELECT record FROM replies WHERE id = ?", (reply_id,)).fetchone()
        return Reply.model_validate_json(row[0], extra="ignore") if row else None

    def replies(self) -> list[Reply]:
        """All replies, newest first."""
        rows = self._db.execute("SELECT record FROM replies ORDER BY received_at DESC, id")
        return [Reply.model_validate_json(row[0], extra="ignore") for row in rows]
