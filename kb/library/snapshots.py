"""Whole metadata snapshots in."""

from collections.abc import Sequence
from pathlib import Path

from ingest.snapshot import Wanted, names
from kb.domain import SnapshotReport
from kb.errors import BadInput
from kb.identity import parse_date, slugify
from kb.ports import Progress, no_progress
from kb.services.snapshot_in import Order, take
from kb.upkeep import Upkeep
from kb.wiring import Parts


class Snapshots:
    """Bulk ingest of arXiv's public metadata into one library."""

    def __init__(self, parts: Parts, upkeep: Upkeep) -> None:
        self._parts, self._upkeep = parts, upkeep

    def add(
        self,
        path: str | Path,
        *,
        categories: Sequence[str] = (),
        since: str = "",
        limit: int | None = None,
        topics: Sequence[str] = (),
        progress: Progress = no_progress,
    ) -> SnapshotReport:
        """Add the papers of a snapshot file by their abstracts; the same call goes on where an earlier one stopped.

        Args:
            path: JSON lines, plain or compressed by gzip or zstandard.
            categories: `cs.CL`, or `cs` for an archive; none for all.
            since: first submission, `YYYY[-MM[-DD]]`; earlier papers are left out.
            limit: how many papers at most.
            topics: what the papers are filed under.
            progress: hears of lines read.

        Raises:
            BadInput: if the file cannot be read, or the date is none.
            LibraryBusy: if another process is writing.
        """
        if limit is not None and limit < 1:
            raise BadInput(f"a limit of {limit} takes nothing", cure="Give 1 or more")
        wanted = Wanted(names(categories), parse_date(since) if since else "")
        order = Order(Path(path), wanted, limit, tuple(dict.fromkeys(map(slugify, topics))))
        parts = self._parts
        parts.check_model()
        with parts.lock.held():
            report = take(order, parts.catalog, parts.embedder, progress)
            self._upkeep.synchronise(progress, retry=False)
        return report
