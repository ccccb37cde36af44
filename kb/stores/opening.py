"""How the catalog's file is opened: for reading and writing, or for reading where nothing can be written."""

import os
import sqlite3
from pathlib import Path

from filelock import FileLock

BUSY_SECONDS = 30


def may_write(path: Path) -> bool:
    """Whether a file and its folder can be written."""
    effective = os.access in os.supports_effective_ids
    return all(os.access(place, os.W_OK, effective_ids=effective) for place in (path, path.parent))


def to_read(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, also to a file in a folder that cannot be written, as on a read-only disk."""
    wal = path.with_name(f"{path.name}-wal")
    # Where nobody can write and no log is left, SQLite needs no files of its own beside the catalog.
    is_still = not may_write(path) and not (wal.exists() and wal.stat().st_size)
    address = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if is_still else ''}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def use_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Let readers and a writer work side by side, which the file remembers from then on.

    SQLite does not wait for another process that makes the same change: it says at once that the file is locked. So
    the processes that find a new file take turns.
    """
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    with FileLock(path.with_name("opening.lock"), timeout=BUSY_SECONDS):
        connection.execute("PRAGMA journal_mode = WAL")
