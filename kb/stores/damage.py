"""Whether a catalog's file is whole: disks fail, and other programs write where they should not."""

import sqlite3
from contextlib import closing
from pathlib import Path

from kb.errors import DamagedCatalog
from kb.stores.opening import to_read

IRREPLACEABLE = ("inquiries", "prompts", "replies", "ledger", "follows", "proposals", "asked")
"""Tables whose rows can be read again from nowhere else."""
_WHOLE_UP_TO = 1 << 30
"""Bytes up to which all of a file is looked at while somebody waits, a few seconds' worth."""
_CURE = "Run `kb rebuild`: it makes the catalog anew from the notes, saves what else can be read and says what it lost"


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that the file itself is broken, rather than locked, full or out of reach."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def damaged(path: Path, reason: object) -> DamagedCatalog:
    """The error that names a damaged catalog."""
    return DamagedCatalog(f"the library's catalog {path} is damaged ({reason})", cure=_CURE)


def damage_in(path: Path, *, thorough: bool = False) -> str:
    """What is broken in a catalog's file, in SQLite's words; empty where it is sound or not there.

    Args:
        path: of the catalog.
        thorough: whether all of a large file is looked at, which may take minutes, and its full-text indexes too,
            for which the file must be writable.
    """
    if not path.exists():
        return ""
    is_whole = thorough or path.stat().st_size <= _WHOLE_UP_TO
    try:
        with closing(sqlite3.connect(path, isolation_level=None) if thorough else to_read(path)) as db:
            known = {row[0] for row in db.execute("SELECT name FROM sqlite_master")}
            checks = [""] if is_whole else [f"('{table}')" for table in IRREPLACEABLE if table in known]
            found = [row[0] for check in checks for row in db.execute(f"PRAGMA quick_check{check}")]
            if thorough:
                for index in known & {"passages_fts", "sources_fts"}:
                    db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 0)")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    return "; ".join(" ".join(line.split()) for line in found if line != "ok")[:200]
