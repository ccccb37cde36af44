"""Scores of ranked lists against judgements, as trec_eval computes them."""

import math
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter

import numpy as np


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k (Järvelin and Kekäläinen, 2002; linear gain)."""
    gain = sum(grades.get(d, 0) / math.log2(i + 2) for i, d in enumerate(ranked[:k]))
    best = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(grades.values(), reverse=True)[:k]) if g > 0)
    return gain / best if best else 0.0


def recall(ranked: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Share of the relevant documents among the first k."""
    relevant = {d for d, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """One over the place of the first relevant document among the first k, 0 if there is none."""
    return next((1 / i for i, d in enumerate(ranked[:k], 1) if grades.get(d, 0) > 0), 0.0)


def score(
    rank: Callable[[str], Sequence[str]],
    queries: Mapping[str, str],
    judgements: Mapping[str, Mapping[str, int]],
    on_done: Callable[[int], None],
) -> dict[str, float | int]:
    """Mean scores of a ranking function over labelled questions, and its latency in milliseconds.

    Args:
        rank: document ids, best first, for a question.
        queries: question by id.
        judgements: grade by document id, by question id.
        on_done: hears how many questions are done.
    """
    rows, seconds = [], []
    for number, (query_id, text) in enumerate(sorted(queries.items()), 1):
        started = perf_counter()
        ranked = rank(text)
        seconds.append(perf_counter() - started)
        grades = judgements[query_id]
        rows.append((ndcg(ranked, grades), recall(ranked, grades, 10), recall(ranked, grades, 100), reciprocal_rank(ranked, grades)))
        on_done(number)
    means = np.mean(rows, axis=0)
    p50, p95 = np.percentile(seconds, (50, 95)) * 1000
    names = ("ndcg@10", "recall@10", "recall@100", "mrr@10")
    figures = {name: round(float(value), 4) for name, value in zip(names, means, strict=True)}
    return {"queries": len(rows), **figures, "p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}
