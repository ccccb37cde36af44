"""What the catalog keeps besides sources and passages, and the connection that all of it shares."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kb.domain import Claim, Inquiry, Job, Paper
from kb.errors import BadInput, KbError
from kb.ports import FileState
from kb.stores.damage import damaged, is_damage
from kb.stores.opening import BUSY_SECONDS, may_write, to_read, use_wal
from kb.stores.salvage import Salvage, copy_rows
from kb.stores.schema import check_version, migrate

_MAX_VARIABLES = 500


class Records:
    """Papers, claims, files, jobs, inquiries and settings of a catalog, in one SQLite file.

    WAL mode lets readers go on while one writer commits; `synchronous=FULL` makes a committed item survive power loss.

    Args:
        path: the SQLite file; made where it does not exist.
        model_id: embedding model whose vectors are read and written.
        dimension: length of that model's vectors.

    Raises:
        IndexMismatch: if a newer version of the program made the file.
        BadInput: if the file is not a catalog, or is damaged.
    """

    _is_writing = False

    def __init__(self, path: Path, model_id: str, dimension: int) -> None:
        self._model = (model_id, dimension)
        self.is_read_only = path.exists() and not may_write(path)
        """Whether the library can be asked, but not changed."""
        try:
            if self.is_read_only:
                self._db = to_read(path)
                check_version(self._db, path)
                return
            self._db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            use_wal(self._db, path)
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            migrate(self._db, path)
        except (sqlite3.DatabaseError, OSError) as error:
            if is_damage(error):
                raise damaged(path, error) from error
            raise BadInput(
                f"{path} cannot be opened as a catalog ({error})",
                cure="See that the disk has room and the folder can be read and written; nothing is lost",
            ) from error

    def take_over(self, damaged: Path, salvage: Salvage) -> None:
        """Fill a fresh catalog with what can be read of a damaged one, but for its sources.

        Args:
            damaged: the other file.
            salvage: hears what was saved and lost.
        """
        with self.writing():
            copy_rows(damaged, self._db, salvage)

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One state of the library for all that is read inside, whatever others write meanwhile; may be nested.

        Nothing can be written inside.
        """
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            if self._db.in_transaction:  # a disk that failed may have ended it already
                self._db.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction. A change of passages counts the generation up when it commits.

        Raises:
            KbError: if the disk is full or the file cannot be written; nothing of the transaction is kept then.
        """
        self._passage_changes = 0
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._is_writing = True
            yield
            if self._passage_changes:
                self._db.execute("UPDATE settings SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")
            self._db.execute("COMMIT")
        except BaseException as error:
            # A full disk may have rolled back already.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise KbError(
                    f"the library's catalog could not be written ({error})",
                    cure="See that the disk has room and the folder can be written; the same command then goes on",
                ) from error
            raise
        finally:
            self._is_writing = False

    def claims(self, source_id: str | None = None) -> list[Claim]:
        """Dated claims in order of their notes."""
        where, values = ("WHERE source_id = ?", (source_id,)) if source_id else ("", ())
        rows = self._db.execute(f"SELECT record FROM claims {where} ORDER BY source_id, position", values)
        return [Claim.model_validate_json(row[0], extra="ignore") for row in rows]

    def put_papers(self, papers: Iterable[Paper], origin: str = "notes") -> None:
        """Record bibliographic facts; those from `notes` take the place of all from there. Call within `writing`."""
        if origin == "notes":
            self._db.execute("DELETE FROM papers WHERE origin = 'notes'")
        rows = [(paper.id, origin, paper.model_dump_json()) for paper in papers]
        self._db.executemany("INSERT OR REPLACE INTO papers VALUES (?, ?, ?)", rows)

    def papers(self, ids: Iterable[str]) -> dict[str, Paper]:
        """Bibliographic facts by arXiv id without version; arXiv's own word goes before that of the notes."""
        rows = sorted(self._in_batches("SELECT id, origin, record FROM papers WHERE id IN", ids), key=lambda r: r[1])
        found = {paper_id: record for paper_id, _, record in reversed(rows)}
        return {paper_id: Paper.model_validate_json(found[paper_id], extra="ignore") for paper_id in sorted(found)}

    # Files and jobs

    def put_file(self, state: FileState) -> None:
        """Remember what was seen of a note file."""
        self._db.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            (state.path, state.size, state.mtime_ns, state.content_hash, state.source_id),
        )

    def forget_file(self, path: str) -> None:
        """Forget a note file that is gone, and its job."""
        self._db.execute("DELETE FROM files WHERE path = ?", (path,))
        self._db.execute("DELETE FROM jobs WHERE target = ?", (path,))

    def files(self) -> dict[str, FileState]:
        """Every known note file, by path."""
        return {row[0]: FileState(*row) for row in self._db.execute("SELECT * FROM files")}

    def put_job(self, job: Job) -> None:
        """Record what became of an item."""
        row = (job.target, job.kind, job.state, job.model_dump_json())
        self._db.execute("INSERT OR REPLACE INTO jobs VALUES (?, ?, ?, ?)", row)

    def job(self, target: str) -> Job | None:
        """What became of one item."""
        row = self._db.execute("SELECT record FROM jobs WHERE target = ?", (target,)).fetchone()
        return Job.model_validate_json(row[0], extra="ignore") if row else None

    def jobs(self, state: str | None = None) -> list[Job]:
        """Ingest items in order of target."""
        where, values = ("WHERE state = ?", (state,)) if state else ("", ())
        rows = self._db.execute(f"SELECT record FROM jobs {where} ORDER BY target", values)
        return [Job.model_validate_json(row[0], extra="ignore") for row in rows]

    # Inquiries and settings

    def put_inquiry(self, inquiry: Inquiry) -> None:
        """Keep an inquiry, replacing an earlier answer to the same question."""
        row = (inquiry.id, inquiry.asked_at, inquiry.model_dump_json())
        self._db.execute("INSERT OR REPLACE INTO inquiries VALUES (?, ?, ?)", row)

    def inquiry(self, inquiry_id: str) -> Inquiry | None:
        """One stored inquiry."""
        row = self._db.execute("SELECT record FROM inquiries WHERE id = ?", (inquiry_id,)).fetchone()
        return Inquiry.model_validate_json(row[0], extra="ignore") if row else None

    def inquiries(self) -> list[Inquiry]:
        """All stored inquiries, newest first."""
        rows = self._db.execute("SELECT record FROM inquiries ORDER BY asked_at DESC, id")
        return [Inquiry.model_validate_json(row[0], extra="ignore") for row in rows]

    def setting(self, name: str) -> str | None:
        """A value that the library keeps about itself."""
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def set_setting(self, name: str, value: str) -> None:
        """Keep a value about the library."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def _in_batches(self, select: str, values: Iterable[object], *before: object) -> Iterator[tuple[Any, ...]]:
        """Rows of `select … IN (values)`, asked in batches below SQLite's limit of bound values."""
        wanted = list(values)
        for i in range(0, len(wanted), _MAX_VARIABLES):
            batch = wanted[i : i + _MAX_VARIABLES]
            marks = ", ".join("?" * len(batch))
            with closing(self._db.execute(f"{select} ({marks})", (*before, *batch))) as cursor:
                yield from cursor.fetchall()
