"""Scores: right on examples worked by hand, and errors that name the line."""

import json
from pathlib import Path

import pytest

from ingest.beir import read_collection
from kb.errors import BadInput
from kb.evaluation import evaluate_retrieval
from kb.library import Library
from kb.services.evaluate import ndcg, read_questions, recall, reciprocal_rank


def test_scores_are_those_of_the_books():
    """Every quality claim would rest on a wrong formula."""
    grades = {"a": 1, "b": 1, "z": 0}
    assert ndcg(["a", "b"], grades) == 1.0
    assert ndcg(["x", "a"], grades) == pytest.approx(0.6309 / 1.6309, abs=1e-3)
    assert ndcg(["z"], grades) == 0.0
    assert recall(["x", "a"], grades, 2) == 0.5
    assert recall(["x", "a"], grades, 1) == 0.0
    assert reciprocal_rank(["x", "z", "b"], grades) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"], grades) == 0.0


def write_collection(folder: Path, corpus: list[dict], qrels_name: str = "qrels/test.tsv") -> Path:
    (folder / qrels_name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in corpus))
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "small students"}\n{"_id": "q2", "text": "unjudged"}\n'
    )
    (folder / qrels_name).write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    return folder


DOCUMENTS = [
    {"_id": "d1", "title": "Small students", "text": "Small students learn from short traces."},
    {"_id": "d2", "title": "Cooking", "text": "Boil the water, then add salt."},
]


@pytest.mark.parametrize("qrels_name", ["qrels/test.tsv", "qrels_test.tsv", "qrels.tsv"])
def test_a_collection_is_scored_end_to_end(tmp_path: Path, qrels_name: str):
    """A collection in BEIR form could not be used as it is."""
    rows = evaluate_retrieval(write_collection(tmp_path, DOCUMENTS, qrels_name), ablate=True)
    assert rows[0]["variant"] == "all stages"
    assert rows[0]["ndcg@10"] == rows[0]["mrr@10"] == rows[0]["recall@100"] == 1.0
    assert rows[0]["queries"] == 1
    assert {"only lexical", "only dense", "without graph", "without sentences", "without diversity"} <= {
        row["variant"] for row in rows
    }


def test_documents_as_lists_of_sentences_are_read(tmp_path: Path):
    """SciFact's own shape would be refused."""
    corpus = [{"doc_id": 7, "title": "T", "abstract": ["One.", "Two."]}, *DOCUMENTS]
    collection = read_collection(write_collection(tmp_path, corpus))
    first = next(collection.documents())
    assert (first.id, first.text) == ("document:7", "One. Two.")


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (lambda f: (f / "corpus.jsonl").unlink(), "no corpus.jsonl"),
        (lambda f: (f / "queries.jsonl").write_text("not json\n"), "queries.jsonl line 1"),
        (lambda f: (f / "qrels" / "test.tsv").write_text("h\th\th\nq1 d1 1\n"), "test.tsv line 2"),
        (lambda f: (f / "qrels" / "test.tsv").write_text("h\th\th\nq9\td1\t1\n"), "no question has a judgement"),
        (lambda f: (f / "qrels" / "train.tsv").write_text("q1\td1\t1\n"), "--split"),
    ],
)
def test_a_broken_collection_is_one_line_that_names_the_place(tmp_path: Path, break_it, says: str):
    """Somebody would search for the bad line by hand."""
    folder = write_collection(tmp_path, DOCUMENTS)
    break_it(folder)
    with pytest.raises(BadInput) as caught:
        read_collection(folder)
    assert says in str(caught.value)


def test_labelled_questions_name_their_bad_line():
    """A typo in a file of labels would be skipped in silence."""
    with pytest.raises(BadInput, match="x line 2"):
        read_questions('{"question": "a"}\n{"question": 1}\n', "x")
    with pytest.raises(BadInput, match="holds no questions"):
        read_questions("\n", "x")


def test_answers_are_scored_by_how_they_open_and_how_complete_they_are(seed_library: Library, tmp_path: Path):
    """An answer that opens with the wrong note, or is called partial for nothing, would count as a good one."""
    right = {"question": "Are aha moments real self-correction?", "expected": ["are-aha-moments-real-self-correction"]}
    wrong = right | {"expected": ["can-self-correction-be-trained"]}
    lacking = {"question": "Do reasoning models admit hints on radiology?", "expected": ["x"], "whole": False}
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, (right, wrong, lacking))), encoding="utf-8")
    scores = seed_library.evaluate_answers(file)
    assert scores["first_right"] == pytest.approx(1 / 3, abs=1e-3)
    assert scores["needless_partial"] == 0.0
    assert scores["sources_per_answer"] > 1
