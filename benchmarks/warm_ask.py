"""Warm answers: latency of asking in one process over 10,000 abstracts, by exact scan and by Chroma.

    python benchmarks/warm_ask.py [N] [--json]

Every question is asked once, and what counts is this first time: nothing that is remembered of a question helps it. The
last column is for the same questions asked again. The aim: p50 under 100 ms at 10,000.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from common import abstracts, report, seconds

from kb.library import Library
from kb.services import add

QUESTIONS = (
    "Why does fine-tuning sometimes damage chain-of-thought reasoning even when accuracy improves?",
    "How does retrieval augmentation change hallucination in language models?",
    "Do diffusion models memorise their training images?",
    "What limits the context length of transformers?",
    "How robust is reinforcement learning from human feedback to noisy labels?",
    "Can graph neural networks generalise to larger graphs?",
    "Does quantisation hurt small language models more than large ones?",
    "why do small models lose faithfulness",
    "Does federated learning protect privacy against gradient inversion attacks?",
    "How do vision transformers compare with convolutional networks on small datasets?",
    "What makes speech recognition fail on accented speakers?",
    "Which methods detect deepfake videos across generators?",
    "Can large language models plan robot manipulation tasks?",
    "How is catastrophic forgetting avoided in continual learning?",
    "What do sparse autoencoders reveal about language model features?",
    "Does knowledge distillation transfer adversarial robustness?",
    "How are recommender systems biased towards popular items?",
    "Can code generation models fix security vulnerabilities?",
    "How does tokenisation affect multilingual translation quality?",
    "What improves sample efficiency in offline reinforcement learning?",
    "How well do language models solve mathematical olympiad problems?",
    "Do multimodal models understand charts and tables?",
    "How can autonomous driving be tested in simulation?",
    "What is known about the energy consumption of training neural networks?",
    "Why do neural networks overfit with label noise?",
    "How does contrastive learning help medical image segmentation?",
    "Can prompt injection attacks on agents be prevented?",
    "Does mixture of experts training collapse to few experts?",
    "How are time series forecast with transformers?",
    "What causes object hallucination in vision-language models?",
    "How does differential privacy affect model accuracy?",
    "Are LLM judges biased by answer length?",
)
WARM_UP = ("What is known about protein folding?", "Do cats and dogs get along?")


def main() -> None:
    """Build a library of abstracts, then ask every question."""
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
        for question in WARM_UP:
            library.ask(question)
        first, again = ([seconds(lambda q=q: library.ask(q)) * 1000 for q in QUESTIONS] for _ in range(2))
    return {
        "asks": len(first),
        "p50_ms": float(np.percentile(first, 50)),
        "p95_ms": float(np.percentile(first, 95)),
        "p50_ms_again": float(np.percentile(again, 50)),
    }


if __name__ == "__main__":
    main()
