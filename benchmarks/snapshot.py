"""A metadata snapshot end to end: rates of parsing, cutting, embedding, recording and indexing, memory, sizes.

    python benchmarks/snapshot.py FILE [--library DIR] [--json]

Takes every paper of FILE (JSON lines, plain or compressed) into a library in DIR, which is kept, or in a temporary
folder. How far it is, and how much memory it uses, is written to DIR/ingest.log as it goes, a JSON object each 1,000
lines. Started again on the same DIR it goes on, as the command does.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from common import ROOT, process_seconds, report

from ingest.abstracts import abstract_source
from ingest.snapshot import read_snapshot
from kb.library import Library
from kb.services import snapshot_in
from kb.services.add import cut
from kb.stores.catalog import SqliteCatalog

SAMPLE = 1000
EVERY = 1000
INTERRUPTED = 1500


def main() -> None:
    """Measure single steps on a sample, then everything on the whole file."""
    file = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(sys.argv[sys.argv.index("--library") + 1] if "--library" in sys.argv else scratch)
        Library.create(root)
        with Library.open(root) as library:
            rows = [*steps(file, library), *whole(file, library, root)]
        rows += interrupted(file)
        note = f"{file.name}; cpu_s is the process's, all threads together. {sizes(root, rows[0]['n'])}"
    report("snapshot", rows, note)


def sizes(root: Path, n: int) -> str:
    """What a library takes on disk."""
    parts = {"catalog": "catalog.sqlite3", "Chroma": "chroma/index", "vectors for scans": "matrix"}
    mb = {name: sum(f.stat().st_size for f in _files(root / ".kb" / place)) / 1e6 for name, place in parts.items()}
    each = ", ".join(f"{name} {1000 * size / n:.1f} MB" for name, size in mb.items())
    return f"On disk per 1,000 papers: {each}."


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]


def steps(file: Path, library: Library) -> Iterator[dict[str, Any]]:
    """Parsing of the whole file; cutting and embedding of a sample."""
    catalog, embedder = library.parts.catalog, library.parts.embedder
    with timed("parsing") as row:
        row["n"] = sum(line.archived is not None for line in read_snapshot(file))
    yield row
    lines = islice((line for line in read_snapshot(file) if line.archived), 0, 20 * SAMPLE, 20)
    sources = [abstract_source(line.archived) for line in lines if line.archived]
    embedder.embed(["warm"])
    with timed("cutting, a sample") as row:
        _, texts = cut(sources, catalog, embedder)
        row["n"] = len(sources)
    yield row
    with timed("embedding, a sample's texts") as row:
        embedder.embed(list(texts.values()))
        row["n"] = len(texts)
    yield row


def whole(file: Path, library: Library, root: Path) -> Iterator[dict[str, Any]]:
    """The pipeline as the command runs it, then what is derived, then the same file again."""
    parts = library.parts
    recording = recorded_seconds()
    with timed("pipeline: parse, cut, embed, record") as row, (root / "ingest.log").open("a") as log:
        order = snapshot_in.Order(file)
        before = _so_far(parts.catalog, order)
        done = snapshot_in.take(order, parts.catalog, parts.embedder, Log(log))
        row["n"] = done.wanted - before
    if row["n"]:  # else an earlier run took everything; its log tells how fast
        yield row
        yield {**row, "what": "of it: recording", "wall_s": recording[0], "per_s": row["n"] / (recording[0] or 1)}
    yield from derived(library)
    with timed("the same file again") as row:
        row["n"] = snapshot_in.take(order, parts.catalog, parts.embedder).wanted
    yield row


def derived(library: Library) -> Iterator[dict[str, Any]]:
    """Everything that is made from the catalog."""
    parts = library.parts
    with timed("laying out vectors, passages") as row:
        row["n"] = parts.matrix.synchronise()
    yield row
    with timed("indexing in Chroma, passages") as row:
        row["n"] = parts.chroma.synchronise()
    yield row
    with timed("graph and floor") as row:
        library._upkeep.derive(lambda *_: None)
        row["n"] = parts.catalog.count("sources")
    yield row


def interrupted(file: Path) -> Iterator[dict[str, Any]]:
    """A run of the command that is killed half-way, and the same command again."""
    with tempfile.TemporaryDirectory() as folder:
        root = Library.create(folder)
        arguments = ["--library", folder, "arxiv", "snapshot", str(file), "--limit", str(INTERRUPTED)]
        command = [sys.executable, "-c", "from kb.cli import main; main()", *arguments]
        with Library.open(root) as library, timed("killed (SIGKILL) half-way") as row:
            count = library.parts.catalog.count
            process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            while count("paper") < INTERRUPTED / 2 and process.poll() is None:
                time.sleep(0.1)
            process.kill()
            process.wait()
            row["n"] = count("paper")
        yield row
        with timed("the same command again") as again:
            process_seconds(command, cwd=ROOT)
        with Library.open(root) as library:
            again["n"] = library.parts.catalog.count("paper") - row["n"]
            assert row["n"] + again["n"] == INTERRUPTED
        yield {**again, "per_s": again["n"] / again["wall_s"]}


class Log:
    """A progress that writes down time, memory and lines."""

    def __init__(self, file: Any) -> None:
        self._file, self._next, self._started = file, 0, time.perf_counter()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Write a line where enough was done since the last."""
        if done < self._next:
            return
        self._next = done + EVERY
        figures = {"line": done, "of": total, "s": round(time.perf_counter() - self._started, 1), **memory()}
        self._file.write(json.dumps({**figures, "cpu_s": round(time.process_time(), 1)}) + "\n")
        self._file.flush()


@contextmanager
def timed(what: str) -> Iterator[dict[str, Any]]:
    """A row with wall and CPU time, and the rate at which its `n` things were done."""
    row: dict[str, Any] = {"what": what, "n": 0}
    wall, cpu = time.perf_counter(), time.process_time()
    yield row
    row["wall_s"], row["cpu_s"] = time.perf_counter() - wall, time.process_time() - cpu
    row["per_s"] = row["n"] / row["wall_s"]
    row["peak_mb"] = memory()["peak_mb"]


def memory() -> dict[str, int]:
    """Memory of the process now and at most so far, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rss_mb": pages * resource.getpagesize() >> 20, "peak_mb": peak >> 10}


def recorded_seconds() -> list[float]:
    """Time that goes into transactions from now on, as its only item."""
    total, original = [0.0], SqliteCatalog.writing

    @contextmanager
    def writing(catalog: SqliteCatalog) -> Iterator[None]:
        started = time.perf_counter()
        with original(catalog):
            yield
        total[0] += time.perf_counter() - started

    SqliteCatalog.writing = writing
    return total


def _so_far(catalog: SqliteCatalog, order: snapshot_in.Order) -> int:
    job = catalog.job(order.target)
    return job.options["report"]["wanted"] if job else 0


if __name__ == "__main__":
    main()
