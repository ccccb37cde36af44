"""Scores: of ranked lists against judgements, as trec_eval computes them, and of answers against labelled questions."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from pydantic import Field, ValidationError

from kb.domain import Answer, AnswerStatus, Record
from kb.errors import BadInput


class LabelledQuestion(Record):
    """A question with the notes that should answer it, or marked as one that the library cannot answer."""

    question: str
    expected: tuple[str, ...] = Field((), description="slugs")
    answerable: bool = True
    whole: bool = Field(True, description="whether an answerable question can be answered in all its parts")
    why: str = ""


def read_questions(text: str, name: str) -> list[LabelledQuestion]:
    """Labelled questions, one JSON object a line.

    Raises:
        BadInput: naming the line that cannot be used.
    """
    questions = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                questions.append(LabelledQuestion.model_validate_json(line))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"])) or "line"
                cure = "A line is {question, expected, answerable, whole, why}"
                raise BadInput(f"{name} line {number}: `{where}`: {first['msg']}", cure=cure) from None
    if not questions:
        raise BadInput(f"{name} holds no questions", cure="A line is {question, expected, answerable, whole, why}")
    return questions


def labelled_in(path: Path) -> list[LabelledQuestion]:
    """The labelled questions of a file.

    Raises:
        BadInput: if it cannot be read.
    """
    try:
        return read_questions(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read ({error})", cure="Name a file of labelled questions") from None


def score_answers(questions: Sequence[LabelledQuestion], ask: Callable[[str], Answer]) -> dict[str, object]:
    """How many of the expected notes are among the sources, and whether refusals are right.

    Returns:
        `source_recall` (mean over answerable questions; a refused one counts 0), `first_right` (share of these whose
        answer opens with an expected note), `needless_partial` (share of the answers called partial among those to
        questions that can be answered whole), `sources_per_answer`, `refusal_precision`, `refusal_recall`, counts, and
        `rows`: per question its status, recall, and the slugs that were missed.
    """
    rows: list[dict[str, object]] = []
    recalls: list[float] = []
    opens_right: list[bool] = []
    is_partial: list[bool] = []
    n_sources: list[int] = []
    refused_rightly = refused = 0
    for labelled in questions:
        answer = ask(labelled.question)
        is_refusal = answer.status is AnswerStatus.INSUFFICIENT and not answer.is_unwritten
        found = {source.id.removeprefix("note:") for source in answer.sources}
        missed = [slug for slug in labelled.expected if slug not in found]
        refused += is_refusal
        refused_rightly += is_refusal and not labelled.answerable
        row: dict[str, object] = {
            "question": labelled.question,
            "answerable": labelled.answerable,
            "status": answer.status.value,
        }
        if labelled.answerable and labelled.expected:
            recalls.append(1 - len(missed) / len(labelled.expected))
            opens_right.append(bool(answer.sources) and answer.sources[0].id.removeprefix("note:") in labelled.expected)
            n_sources += [] if is_refusal else [len(found)]
            is_partial += [answer.status is AnswerStatus.PARTIAL] if labelled.whole and not is_refusal else []
            row |= {"recall": round(recalls[-1], 3), "missed": missed, "n_sources": len(found)}
        rows.append(row)
    n_unanswerable = sum(not labelled.answerable for labelled in questions)
    return {
        "questions": len(questions),
        "unanswerable": n_unanswerable,
        "source_recall": _mean(recalls),
        "first_right": _mean(opens_right),
        "needless_partial": _mean(is_partial),
        "sources_per_answer": _mean(n_sources),
        "refusal_precision": round(refused_rightly / refused, 4) if refused else None,
        "refusal_recall": round(refused_rightly / n_unanswerable, 4) if n_unanswerable else None,
        "rows": rows,
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(float(np.mean(values)), 4) if values else None


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
        rows.append(
            (
                ndcg(ranked, grades),
                recall(ranked, grades, 10),
                recall(ranked, grades, 100),
                reciprocal_rank(ranked, grades),
            )
        )
        on_done(number)
    means = np.mean(rows, axis=0)
    p50, p95 = np.percentile(seconds, (50, 95)) * 1000
    names = ("ndcg@10", "recall@10", "recall@100", "mrr@10")
    figures = {name: round(float(value), 4) for name, value in zip(names, means, strict=True)}
    return {"queries": len(rows), **figures, "p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1)}
