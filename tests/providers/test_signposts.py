"""Sentences that only point at other notes: told from findings, and kept out of answers."""

import json
from pathlib import Path

import pytest

from ingest.plain import plain
from kb.library import Library
from kb.signposts import is_signpost

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
LINKING = "Prefix training links the question to whether self-correction can be trained."
ASKING = "Larger models beat smaller siblings, and the interesting question is at what."


@pytest.mark.parametrize(("half", "least"), [("dev", 0.8), ("test", 0.55)])
def test_signposts_are_told_from_findings(half: str, least: float):
    """A finding would be kept out of answers for its words, or pointers would fill them."""
    lines = (BENCHMARKS / f"signposts-{half}.jsonl").read_text("utf-8").splitlines()
    labelled = [(is_signpost(plain(row["sentence"])), row["signpost"]) for row in map(json.loads, lines)]
    right = labelled.count((True, True))
    assert right / sum(found for found, _ in labelled) >= 0.95
    assert right / sum(meant for _, meant in labelled) >= least


@pytest.mark.parametrize("sentence", [LINKING, ASKING, "Three disagreements about longer thinking remain open."])
def test_what_only_points_is_a_signpost(sentence: str):
    """A sentence that makes no sense outside its note would be quoted as a finding."""
    assert is_signpost(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Prefix training raises accuracy by 3%, which links the question to whether it can be trained.",
        "The disagreement is about the baseline: against instruction-tuned models reasoning models look better on "
        "complex tasks, while longer thinking makes them worse.",
        "Models under 300M parameters often fall below zero-shot under full fine-tuning.",
        "",
    ],
)
def test_what_tells_a_finding_is_none(sentence: str):
    """The result of a study would be lost with the words that tie it to another."""
    assert not is_signpost(sentence)


def test_answers_do_without_signposts(seed_library: Library):
    """Two sentences that say nothing outside their notes stood in answers as findings."""
    asked = (
        ("Does self-correction work in small models?", ""),
        ("Do bigger models reason less faithfully?", "2024-12"),
    )
    for question, as_of in asked:
        told = [plain(sentence.text) for sentence in seed_library.ask(question, as_of=as_of).sentences]
        assert told
        assert not any(is_signpost(sentence) for sentence in told)
