"""The catalog's tables and how an older catalog becomes a current one.

Every entry of `MIGRATIONS` takes a catalog from the version of its index to the next; the file's `user_version` says
how many were applied. A catalog of an older version is copied beside itself before it is touched.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from kb.errors import IndexMismatch

_VERSION_1 = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO settings VALUES ('generation', '0');

CREATE TABLE sources (
    number INTEGER PRIMARY KEY,  -- row of the full-text index
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,          -- offsets of passages count code points of this
    record TEXT NOT NULL,        -- the Source as JSON, without its text
    content_hash TEXT NOT NULL
);
CREATE INDEX sources_by_kind ON sources (kind, id);
-- Sources as wholes, beside their passages: BM25 over whole abstracts ranks better than over their parts. Contentless:
-- the words are in passages already, from where a deletion names them again.
CREATE VIRTUAL TABLE sources_fts USING fts5(title, body, content='', tokenize='porter unicode61');

-- What a wikilink may call a source; rank 0 slug, 1 title, 2 alias.
CREATE TABLE names (
    name TEXT NOT NULL, rank INTEGER NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    PRIMARY KEY (name, rank, source_id)
) WITHOUT ROWID;
CREATE INDEX names_by_source ON names (source_id);

CREATE TABLE links (
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT NOT NULL,        -- as written
    name TEXT NOT NULL,          -- as looked up in names
    kind TEXT NOT NULL, line INTEGER NOT NULL,
    why TEXT NOT NULL,           -- the sentence; where there is none, "# " and the heading above
    PRIMARY KEY (source_id, position)
) WITHOUT ROWID;
CREATE INDEX links_by_name ON links (name);

-- AUTOINCREMENT: a key is never used again, so an index can be compared with the catalog by keys alone.
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL,
    section TEXT NOT NULL, page INTEGER,
    char_start INTEGER NOT NULL, char_end INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    text_hash TEXT NOT NULL,     -- of the text that was embedded
    title TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (source_id, ordinal)
);
CREATE INDEX passages_by_hash ON passages (text_hash);
CREATE VIRTUAL TABLE passages_fts USING fts5(
    title, body, content='passages', content_rowid='key', tokenize='porter unicode61'
);
CREATE TRIGGER passages_inserted AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, title, body) VALUES (new.key, new.title, new.body);
END;
CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, title, body) VALUES ('delete', old.key, old.title, old.body);
END;

-- Kept when their passage goes: a text that comes back is not embedded again.
CREATE TABLE vectors (
    text_hash TEXT NOT NULL, model_id TEXT NOT NULL, dimension INTEGER NOT NULL,
    vector BLOB NOT NULL,        -- float16, little-endian
    PRIMARY KEY (text_hash, model_id, dimension)
) WITHOUT ROWID;

CREATE TABLE claims (
    id TEXT NOT NULL, source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    position INTEGER NOT NULL, as_of TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (source_id, position)
) WITHOUT ROWID;
CREATE INDEX claims_by_id ON claims (id);

-- Append-only; outlives the notes that stated a claim.
CREATE TABLE ledger (
    id TEXT PRIMARY KEY, claim_id TEXT NOT NULL, happened_at TEXT NOT NULL, kind TEXT NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX ledger_by_claim ON ledger (claim_id, happened_at);

CREATE TABLE papers (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    content_hash TEXT NOT NULL, source_id TEXT
) WITHOUT ROWID;

CREATE TABLE jobs (
    target TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX jobs_by_state ON jobs (state);

CREATE TABLE inquiries (id TEXT PRIMARY KEY, asked_at TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
"""

_VERSION_2 = """
-- A paper may be told of by papers.jsonl and by arXiv; each keeps its own word.
ALTER TABLE papers RENAME TO papers_1;
CREATE TABLE papers (
    id TEXT NOT NULL, origin TEXT NOT NULL,  -- notes or arxiv
    record TEXT NOT NULL, PRIMARY KEY (id, origin)
) WITHOUT ROWID;
INSERT INTO papers SELECT id, 'notes', record FROM papers_1;
DROP TABLE papers_1;

-- A passage of a superseded version has text_hash '': it can be cited, but it is in no index.
-- Keys that left the indexes, in order: what an index made earlier must no longer find.
CREATE TABLE gone (number INTEGER PRIMARY KEY AUTOINCREMENT, key INTEGER NOT NULL);
DROP TRIGGER passages_inserted;
DROP TRIGGER passages_deleted;
CREATE TRIGGER passages_inserted AFTER INSERT ON passages WHEN new.text_hash <> '' BEGIN
    INSERT INTO passages_fts (rowid, title, body) VALUES (new.key, new.title, new.body);
END;
CREATE TRIGGER passages_deleted AFTER DELETE ON passages WHEN old.text_hash <> '' BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, title, body) VALUES ('delete', old.key, old.title, old.body);
    INSERT INTO gone (key) VALUES (old.key);
END;
CREATE TRIGGER passages_retired AFTER UPDATE OF text_hash ON passages
WHEN old.text_hash <> '' AND new.text_hash = '' BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, title, body) VALUES ('delete', old.key, old.title, old.body);
    INSERT INTO gone (key) VALUES (old.key);
END;
ALTER TABLE sources ADD COLUMN superseded_by TEXT;
CREATE INDEX sources_superseded ON sources (superseded_by) WHERE superseded_by IS NOT NULL;

-- Tells this catalog from another at the same place, whose keys would mean something else.
INSERT INTO settings VALUES ('identity', lower(hex(randomblob(8))));

-- What a link may name where nothing bears its target.
ALTER TABLE links ADD COLUMN otherwise TEXT NOT NULL DEFAULT '';
CREATE INDEX links_otherwise ON links (otherwise) WHERE otherwise <> '';

-- Searches whose new papers are wanted.
CREATE TABLE follows (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;

-- Research prompts as they were handed out, and answers that came back.
CREATE TABLE prompts (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE replies (id TEXT PRIMARY KEY, received_at TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;

-- Claims and relations that language models proposed, and what they were asked, so that no answer is paid for twice.
CREATE TABLE proposals (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL,  -- claim or relation
    record TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE asked (id TEXT PRIMARY KEY, asked_at TEXT NOT NULL) WITHOUT ROWID;
"""

MIGRATIONS: list[str] = [_VERSION_1, _VERSION_2]


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """See that a catalog that cannot be changed needs no change.

    Raises:
        IndexMismatch: if another version of the program made it.
    """
    if (version := connection.execute("PRAGMA user_version").fetchone()[0]) != len(MIGRATIONS):
        raise IndexMismatch(
            f"{path} has catalog version {version}, this program reads {len(MIGRATIONS)}, and the folder is read-only",
            cure="Nothing is lost: let the folder be written once, or use the program that made it",
        )


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the catalog at `path` to the current version.

    Raises:
        IndexMismatch: if a newer version of the program made it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise IndexMismatch(
            f"{path} was made by a newer version of this program (catalog version {version}, known: {len(MIGRATIONS)})",
            cure="Install a newer inquiring-kb",
        )
    if version == len(MIGRATIONS):
        return
    if version:
        _back_up(connection, path.with_name(f"{path.name}.v{version}.backup"))
    # Looked at again under the write lock: another process may have migrated meanwhile.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        for script in MIGRATIONS[version:]:
            for statement in _statements(script):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    """Single statements of a script: `executescript` would commit the transaction that they must share."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the catalog beside itself, consistently even while others read it."""
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()
