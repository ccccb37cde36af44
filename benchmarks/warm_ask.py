"""Warm answers: latency of asking in one process over 10,000 abstracts, by exact scan and by Chroma.

    python benchmarks/warm_ask.py [N] [--json]

The aim: p50 under 100 ms at 10,000.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from common import abstracts, report, seconds

from kb.library import Library
from kb.services import add

QUESTIONS = (
    "why do small models lose faithfulness",
    "Why does fine-tuning sometimes damage chain-of-thought reasoning even when accuracy improves?",
    "How does retrieval augmentation change hallucination in language models?",
    "Do diffusion models memorise their training images?",
    "What limits the context length of transformers?",
    "How robust is reinforcement learning from human feedback to noisy labels?",
    "Can graph neural networks generalise to larger graphs?",
    "Does quantisation hurt small language models more than large ones?",
)
ROUNDS = 4


def main() -> None:
    """Build a library of abstracts, then ask every question several times."""
    n = next((int(a) for a in sys.argv[1:] if a.isdigit()), 10_000)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        root = Library.create(Path(folder) / "library")
        with Library.open(root) as library:
            parts = library.parts
            building = seconds(lambda: add.add_sources(abstracts(n), parts.catalog, parts.embedder))
            parts.absence.calibrate()
            indexing = seconds(lambda: parts.chroma.synchronise())
        for index in ("scan", "chroma"):
            rows.append({"index": index, **timed(root, index)})
    note = f"{n:,} abstracts; read and embedded in {building:.0f} s, indexed in Chroma in {indexing:.0f} s."
    report("warm_ask", rows, note)


def timed(root: Path, index: str) -> dict[str, float | int]:
    """Latencies in milliseconds of answering with one kind of index."""
    (root / "kb.toml").write_text(f'vector_index = "{index}"\n', encoding="utf-8")
    with Library.open(root) as library:
        ask = library.parts.answerer.ask
        for question in QUESTIONS:
            ask(question)
        times = [seconds(lambda q=q: ask(q)) * 1000 for _ in range(ROUNDS) for q in QUESTIONS]
        library_ask = [seconds(lambda q=q: library.ask(q)) * 1000 for q in QUESTIONS]
    return {
        "asks": len(times),
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
        "p50_ms_with_refresh": float(np.percentile(library_ask, 50)),
    }


if __name__ == "__main__":
    main()
