"""A process that runs command lines in children of its own and kills them at chosen moments.

It imports everything once and forks for each run, so that a run costs a fraction of a new interpreter's start. Run as
`python -m tests.crash` it reads one JSON object a line (`arguments`, and `kill_at`, `kill_after_seconds` or `full_at`) and answers
each with one: `code` (negative: the signal that ended it), `moments`, `out` and `err`. `arguments` of None ask for the
state of the library in `root` instead.
"""

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
_WRITES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
_TABLES = {
    "sources": "SELECT id, kind, title, text, record, content_hash, superseded_by FROM sources",
    "passages": "SELECT source_id, ordinal, kind, char_start, char_end, text_hash, title, body FROM passages",
    "full text": "SELECT f.title, f.body FROM passages_fts f JOIN passages p ON p.key = f.rowid",
    "names": "SELECT * FROM names",
    "links": "SELECT * FROM links",
    "claims": "SELECT * FROM claims",
    "papers": "SELECT * FROM papers",
    "follows": "SELECT id, json_remove(record, '$.since') FROM follows",
    "ledger": "SELECT claim_id, kind, json_remove(record, '$.happened_at') FROM ledger",
    "prompts": "SELECT id, record FROM prompts",
    "replies": "SELECT id, json_remove(record, '$.received_at') FROM replies",
    "inquiries": "SELECT id, json_remove(record, '$.asked_at') FROM inquiries",
    "vectors": "SELECT text_hash, model_id, dimension, hex(vector) FROM vectors",
    "files": "SELECT path, size, content_hash, source_id FROM files",
    "jobs": "SELECT * FROM jobs",
    "settings": "SELECT name, value FROM settings WHERE name NOT IN ('generation', 'floor', 'identity')",
    "floor": "SELECT substr(value, instr(value, ':')) FROM settings WHERE name = 'floor'",
}


class Crasher:
    """The process, to be used in a `with` statement."""

    def __enter__(self) -> "Crasher":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash"],
            cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def __call__(self, *arguments: object, **how: Any) -> dict[str, Any]:
        """Run a command line; `kill_at` and `full_at` count moments from 1."""
        return self._ask({"arguments": list(map(str, arguments)), **how})

    def state(self, root: Path) -> dict[str, Any]:
        """Everything that two libraries with the same notes must have in common."""
        answer = self._ask({"arguments": None, "root": str(root)})
        assert answer["code"] == 0, answer
        state: dict[str, Any] = json.loads(answer["out"])
        return state

    def _ask(self, job: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(job), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def state_of(root: Path) -> dict[str, Any]:
    """The catalog's rows without what may differ (keys, times, counters), and whether the derived files agree."""
    import chromadb

    from graph.snapshot import Snapshot

    with closing(sqlite3.connect(root / ".kb" / "catalog.sqlite3")) as db:
        state: dict[str, Any] = {name: sorted(map(repr, db.execute(query))) for name, query in _TABLES.items()}
        keys = sorted(str(row[0]) for row in db.execute("SELECT key FROM passages WHERE text_hash <> ''"))
        generation = int(db.execute("SELECT value FROM settings WHERE name = 'generation'").fetchone()[0])
        floor = db.execute("SELECT value FROM settings WHERE name = 'floor'").fetchone()[0]
        state["integrity"] = db.execute("PRAGMA integrity_check").fetchall()
    client = chromadb.PersistentClient(root / ".kb" / "chroma" / "index")
    graph = Snapshot.load(root / ".kb" / "graph.npz")
    assert graph is not None
    state["Chroma holds the catalog's keys"] = (
        sorted(client.get_collection("passages", embedding_function=None).get(include=[])["ids"]) == keys
    )
    tails, heads, kinds, _ = graph.adjacency.directed()
    state["nodes"] = graph.ids
    state["edges"] = sorted((graph.ids[a], graph.ids[b], int(k)) for a, b, k in zip(tails, heads, kinds, strict=True))
    state["the graph is current"] = graph.generation == generation
    state["the floor is current"] = floor.startswith(f"{generation}:")
    state["notes"] = sorted(
        (p.relative_to(root).as_posix(), p.read_text()) for p in (root / "notes").rglob("*") if p.is_file()
    )
    state["leftovers"] = sorted(p.name for p in (root / ".kb" / "chroma").glob("*-*"))
    return state


class _Moments:
    """Counts what a run does to the disk, and ends the process or fills the disk at the moment it was told."""

    def __init__(self, kill_at: int | None, full_at: int | None, report: Path) -> None:
        self._kill_at, self._full_at, self._report, self._n = kill_at, full_at, report, 0

    def watch(self) -> None:
        """Every change of a file that Python makes, every transaction's beginning, end and commit, every Chroma write."""
        from chromadb.api.models.Collection import Collection

        from kb.stores.catalog import SqliteCatalog

        def hook(event: str, values: tuple[Any, ...]) -> None:
            is_write = event in _WRITES or (
                event == "open" and isinstance(values[2], int) and values[2] & (os.O_WRONLY | os.O_RDWR)
            )
            if is_write and values[0] != str(self._report):
                self.pass_one(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(values[0])))

        original, upsert = SqliteCatalog.writing, Collection.upsert

        @contextmanager
        def writing(catalog: SqliteCatalog) -> Iterator[None]:
            with original(catalog):
                self.pass_one(sqlite3.OperationalError("database or disk is full"))
                yield
                self.pass_one(sqlite3.OperationalError("database or disk is full"))
            self.pass_one()

        def upserting(collection: Collection, *values: Any, **named: Any) -> None:
            self.pass_one(RuntimeError("chromadb: No space left on device"))
            upsert(collection, *values, **named)
            self.pass_one()

        SqliteCatalog.writing = writing  # type: ignore[method-assign]
        Collection.upsert = upserting  # type: ignore[method-assign]
        sys.addaudithook(hook)

    def pass_one(self, full: Exception | None = None) -> None:
        """One moment goes by; it may be the last, or the one from which on the disk is full, which raises `full`."""
        self._n += 1
        if full and self._full_at and self._n >= self._full_at:
            raise full
        if self._n == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self) -> None:
        self._full_at = None
        self._report.write_text(str(self._n))


def _serve() -> None:
    import tempfile

    import chromadb.api.rust
    import networkx
    import onnxruntime

    import kb.cli.app
    import kb.library
    import kb.providers.extractive
    import kb.providers.minilm

    assert chromadb.api.rust
    assert networkx
    assert onnxruntime
    assert kb.cli.app
    assert kb.library
    assert kb.providers.extractive
    assert kb.providers.minilm
    with tempfile.TemporaryDirectory(prefix="kb-crash-") as scratch:
        for line in sys.stdin:
            print(json.dumps(_run(json.loads(line), Path(scratch))), flush=True)


def _run(job: dict[str, Any], scratch: Path) -> dict[str, Any]:
    files = {name: scratch / name for name in ("out", "err", "moments")}
    for path in files.values():
        path.write_text("")
    child = os.fork()
    if not child:
        _be_the_child(job, files)
    if seconds := job.get("kill_after_seconds"):
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    said = {name: path.read_text(errors="replace") for name, path in files.items()}
    return {"code": os.waitstatus_to_exitcode(status), **said, "moments": int(said["moments"] or 0)}


def _be_the_child(job: dict[str, Any], files: dict[str, Path]) -> None:
    code = 99
    try:
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(files[name], os.O_WRONLY | os.O_TRUNC), number)
        if job["arguments"] is None:
            print(json.dumps(state_of(Path(job["root"]))))
            code = 0
        else:
            from kb.cli.app import run

            moments = _Moments(job.get("kill_at"), job.get("full_at"), files["moments"])
            moments.watch()
            code = run(job["arguments"])
            moments.write()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
