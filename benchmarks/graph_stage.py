"""What the graph adds to retrieval: SciFact's training split with and without the walk, question by question.

    python benchmarks/graph_stage.py [--json]

Abstracts have no links, so the walk goes over near edges alone. Differences come with a paired bootstrap interval
(95 %, 5,000 samples of questions). Needs the shared SciFact folder; the test split is never read.
"""

import sys
import tempfile
from collections.abc import Mapping

import numpy as np
from common import SHARED, report

from ingest.beir import read_collection
from kb.library import Library
from kb.ports import Matrix
from kb.services import add
from kb.services.evaluate import ndcg, recall

_SAMPLES = 5_000
_SCORES = ("ndcg@10", "recall@10", "recall@50", "recall@100")


def main() -> None:
    """Score both variants and their difference."""
    folder = SHARED / "scifact"
    if not folder.is_dir():
        sys.exit("The shared SciFact folder is not here.")
    collection = read_collection(folder, "train")
    with tempfile.TemporaryDirectory() as place, Library.open(Library.create(place)) as library:
        parts = library.parts
        add.add_sources(collection.documents(), parts.catalog, parts.embedder)
        parts.derive_graph()
        whole, scores = parts.retrieval, {}
        for name, settings in (("with the graph", whole), ("without", whole.without("graph"))):
            parts.retriever.settings = settings
            rows = [
                scored(parts.retriever.retrieve(text).ranked, collection.judgements[query])
                for query, text in sorted(collection.queries.items())
            ]
            scores[name] = np.array(rows)
    rows = [
        {"variant": name, **dict(zip(_SCORES, own.mean(axis=0).tolist(), strict=True))} for name, own in scores.items()
    ]
    report("graph_stage", rows, differences(scores["with the graph"] - scores["without"]))


def scored(ranked: object, grades: Mapping[str, int]) -> list[float]:
    """One question's scores."""
    ids = [r.source_id.removeprefix("document:") for r in ranked]  # type: ignore[attr-defined]
    return [ndcg(ids, grades, 10), *(recall(ids, grades, k) for k in (10, 50, 100))]


def differences(gained: Matrix) -> str:
    """Mean differences with their intervals, in words."""
    drawn = np.random.default_rng(7).integers(len(gained), size=(_SAMPLES, len(gained)))
    words = []
    for column, name in enumerate(_SCORES):
        low, high = np.percentile(gained[:, column][drawn].mean(axis=1), [2.5, 97.5])
        words.append(f"{name} {gained[:, column].mean():+.4f} ({low:+.4f} to {high:+.4f})")
    return "The graph adds: " + "; ".join(words)


if __name__ == "__main__":
    main()
