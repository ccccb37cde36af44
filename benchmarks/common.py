"""What every benchmark shares: real abstracts or made ones, timing, a table, and JSON beside it."""

import gzip
import json
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kb.domain import Source, SourceKind
from kb.identity import normalise

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
RESULTS = Path(__file__).resolve().parent / "results"

_TERMS = (
    "reasoning model language chain thought training data accuracy benchmark student teacher reward policy token "
    "attention probe faithful step answer question evaluation scale parameter loss gradient sample distribution task"
).split()


def abstracts(n: int) -> Iterator[Source]:
    """The first n abstracts of the shared arXiv snapshot; made-up ones of the same length where it is absent."""
    path = SHARED / "arxiv" / "snapshot-10k.jsonl.gz"
    if not path.is_file():
        yield from _made_up(n)
        return
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number >= n:
                return
            record = json.loads(line)
            text = normalise(" ".join(record["abstract"].split())) or record["title"]
            title = " ".join(record["title"].split())
            yield Source(id=f"document:{record['id']}", kind=SourceKind.DOCUMENT, title=title, text=text)


def _made_up(n: int) -> Iterator[Source]:
    chance = random.Random(7)
    for number in range(n):
        sentences = [" ".join(chance.choices(_TERMS, k=18)).capitalize() + f" {number}." for _ in range(8)]
        title = " ".join(chance.choices(_TERMS, k=7))
        yield Source(id=f"document:made-{number}", kind=SourceKind.DOCUMENT, title=title, text=" ".join(sentences))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def process_seconds(command: Sequence[str], **options: Any) -> float:
    """Wall time of a fresh process that must succeed."""
    return seconds(lambda: subprocess.run(command, check=True, capture_output=True, **options))


def alternate(runs: int, **commands: Sequence[str]) -> dict[str, list[float]]:
    """Times of several commands, taken in turn so that a drift of the machine's speed meets them all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(process_seconds(command, cwd=ROOT))
    return times


def report(name: str, rows: list[dict[str, Any]], note: str = "") -> None:
    """Print rows as a table and keep them, with the machine they were taken on, as JSON."""
    columns = list(rows[0])
    cells = [[_shown(row[column]) for column in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    for line in [columns, *cells]:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
    if note:
        print(note)
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": len(_cores())}
    record = {"benchmark": name, "machine": machine, "rows": rows, "note": note}
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    if "--json" in sys.argv:
        print(json.dumps(record, indent=2))


def _cores() -> set[int]:
    import os

    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def _shown(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
