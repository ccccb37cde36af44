"""Answers from growing libraries: cold and warm latency at several sizes, and what they come to at 2.7 million papers.

    python benchmarks/scale_ask.py SNAPSHOT [--from LIBRARY] [--keep DIR] [N …] [--json]

Libraries of the first N papers (10,000, 30,000 and all) of the snapshot are made in a temporary folder or in DIR; where
LIBRARY holds the vectors of their texts already, nothing is embedded. Questions are those of questions-dev.jsonl and of
warm_ask.py. Processor time stands beside wall time, since the latter depends on what else the machine does.
"""

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import ROOT, process_seconds, report
from warm_ask import QUESTIONS

from kb.config import CONFIG_FILE
from kb.library import Library
from kb.wiring import CATALOG_FILE

SIZES = (10_000, 30_000, 90_000)
ALL_OF_ARXIV = 2_700_000
WARM_ROUNDS = 2
KB = [sys.executable, "-c", "from kb.cli import main; main()"]


def main() -> None:
    """Make the libraries, ask, fit."""
    snapshot = Path(sys.argv[1])
    sizes = [int(word) for word in sys.argv[2:] if word.isdigit()] or SIZES
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(_option("--keep") or scratch)
        for n in sizes:
            root = library_of(n, snapshot, folder)
            rows += [{"papers": n, **row} for row in asked(root)]
            print(json.dumps(rows[-3:]), file=sys.stderr, flush=True)
    report("scale_ask", rows, "\n".join(fitted(rows)))


def library_of(n: int, snapshot: Path, folder: Path) -> Path:
    """A library of the first n papers, made where it is not there yet."""
    if (folder / str(n) / CONFIG_FILE).exists():
        return folder / str(n)
    root = Library.create(folder / str(n), seed=True)
    with Library.open(root) as library:
        if (source := _option("--from")) and not library.parts.catalog.count("vectors"):
            _copy_vectors(Path(source), library)
        library.snapshots.add(snapshot, limit=n)
    return root


def _copy_vectors(source: Path, library: Library) -> None:
    with closing(sqlite3.connect(library.root / ".kb" / CATALOG_FILE)) as db, db:
        db.execute("ATTACH ? AS other", (str(source / ".kb" / CATALOG_FILE),))
        db.execute("INSERT OR IGNORE INTO vectors SELECT * FROM other.vectors")


def asked(root: Path) -> Iterator[dict[str, Any]]:
    """Latencies of fresh processes, then of one process by scan and by Chroma."""
    questions = [*QUESTIONS, *_labelled()]
    command = [*KB, "--library", str(root), "ask"]
    process_seconds([*command, questions[0]], cwd=ROOT)
    cold = [timed(partial(process_seconds, [*command, question], cwd=ROOT), True) for question in questions]
    yield {"how": "cold process", **figures(cold)}
    for how, long_lived in (("warm, exact scan", False), ("warm, Chroma", True)):
        with Library.open(root, long_lived=long_lived) as library:
            ask = library.parts.answerer.ask
            for question in questions:
                ask(question)
            times = [timed(partial(ask, question)) for question in questions * WARM_ROUNDS]
            yield {"how": how, **figures(times)}


def timed(work: Callable[[], object], in_child: bool = False) -> tuple[float, float]:
    """Wall and processor time of one call, in ms."""
    who = resource.RUSAGE_CHILDREN if in_child else resource.RUSAGE_SELF
    wall, before = time.perf_counter(), resource.getrusage(who)
    work()
    after = resource.getrusage(who)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (time.perf_counter() - wall) * 1000, used * 1000


def figures(times: Sequence[tuple[float, float]]) -> dict[str, float | int]:
    """Percentiles of wall and processor time."""
    wall, cpu = np.array(times).T
    return {
        "asks": len(times),
        "p50_ms": float(np.percentile(wall, 50)),
        "p95_ms": float(np.percentile(wall, 95)),
        "p50_cpu_ms": float(np.percentile(cpu, 50)),
        "p95_cpu_ms": float(np.percentile(cpu, 95)),
    }


def fitted(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The line through processor time over size (least squares), and where it is at all of arXiv."""
    for how in dict.fromkeys(row["how"] for row in rows):
        own = [row for row in rows if row["how"] == how]
        if len(own) < 2:
            continue
        x, y = np.array([(row["papers"], row["p50_cpu_ms"]) for row in own]).T
        slope, base = np.polyfit(x, y, 1)
        off = np.abs(base + slope * x - y).max()
        yield (
            f"{how}: p50 processor time = {base:.0f} ms + {1e4 * slope:.1f} ms per 10,000 papers"
            f" (off by {off:.0f} ms at most); at {ALL_OF_ARXIV:,} papers {(base + slope * ALL_OF_ARXIV) / 1000:.1f} s"
        )


def _labelled() -> list[str]:
    lines = (ROOT / "benchmarks" / "questions-dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines][:16]


def _option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else ""


if __name__ == "__main__":
    main()
