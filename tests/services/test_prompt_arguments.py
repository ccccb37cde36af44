"""Which sentences of a note a prompt hands out as the note's argument."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from kb.domain import SourceKind
from kb.library import Library
from kb.services.prompt_arguments import arguments
from kb.wording import leans_back

QUESTION = "Why do small models write steps that do nothing for the answer?"
ARGUES = "Small models may write steps that do nothing for the answer because imitation rewards the look of a step."
NOTE = """\
---
title: What do idle steps cost?
claim: "Pruning shortens written traces without loss on word problems."
summary: "{summary}"
kind: synthesis
date: 2026-10-02
topics: [chain-length]
sources: [arXiv:2411.15382]
claims:
  - text: Pruning shortens written traces without loss on word problems.
    as_of: 2024-11
    evidence: [arXiv:2411.15382]
    scope: {{task: word problems}}
---
Gardens need water in summer and shelter in winter, as every gardener can tell. {body}
"""
REFUSED = {
    "figure": "Small models write 30% more steps that do nothing for the answer because imitation rewards the look.",
    "model": "Small models like Qwen write steps that do nothing for the answer because imitation rewards the look.",
    "model-first": "Llama models may write steps that do nothing for the answer because imitation rewards the look of a step.",
    "benchmark": "On MATH small models write steps that do nothing for the answer because imitation rewards the look.",
    "study": "Small models write steps that do nothing for the answer in the studies that look at imitation of steps.",
    "past": "Small models were seen to write steps that do nothing for the answer after imitation of a larger model.",
    "intuition": "A common intuition holds that small models write steps that do nothing for the answer.",
    "often": "Small models, it is often said, write steps that do nothing for the answer, for the look of a step.",
    "might": "Small models, one might hold, write steps that do nothing for the answer, for the look of a step.",
    "believed": "Small models are widely believed to write steps that do nothing for the answer, for the look of a step.",
    "also": "Small models also write steps that do nothing for the answer because imitation rewards the look of a step.",
    "therefore": "Small models may write, for want of capacity, therefore, steps that do nothing for the answer.",
    "so": "So small models may write steps that do nothing for the answer when imitation rewards the look of a step.",
    "such": "Small models write steps that do nothing for the answer because such imitation rewards the look of a step.",
    "announced": "Imitation suggests why small models write steps that do nothing for the answer, and large ones do not.",
    "test": "Small models that write no steps that do nothing for the answer would overturn what imitation predicts.",
    "cited": "Small models write steps that do nothing for the answer for the look of a step (arXiv:2411.15382).",
    "turned": f"{ARGUES} Two intervention tests point the other way.",
    "however": f"{ARGUES} However, plants like light.",
    "next-paragraph": f"{ARGUES}\n\nYet plants like light.",
}
KEPT = {
    "plain": ARGUES,
    "followed": f"{ARGUES} Plants like light.",
    "short-form": ARGUES.replace("imitation", "SFT"),
    "told-after-colon": "Imitation suggests why small models write steps that do nothing for the answer: looks are learnt.",
}


@pytest.fixture(scope="module")
def argued(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What notes argue to the question, by their slug; each body holds one sentence that speaks to it."""
    root = Library.create(tmp_path_factory.mktemp("argued") / "library")
    for slug, body in {**REFUSED, **KEPT}.items():
        write_note(root, slug, body=body)
    write_note(root, "summary-alone", summary=ARGUES)
    with Library.open(root) as library:
        library.refresh()
        parts = library.parts
        notes = parts.catalog.sources(kind=SourceKind.NOTE)
        found = arguments(QUESTION, notes, parts.catalog, parts.embedder, until="2026-11")
    return {note.removeprefix("note:"): text for note, text in found.items()}


def write_note(root: Path, slug: str, *, body: str = "", summary: str = "Shorter traces cost nothing.") -> None:
    text = NOTE.format(summary=summary, body=body).replace("What do idle", f"What ({slug}) do idle")
    (root / "notes" / f"{slug}.md").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("slug", KEPT)
def test_an_argument_of_the_body_is_handed_out(argued: Mapping[str, str], slug: str):
    """A prompt would lose the sentence that ties findings to its question."""
    assert argued[slug] == KEPT[slug].split(" Plants")[0]


@pytest.mark.parametrize("slug", [*REFUSED, "summary-alone"])
def test_what_is_no_argument_of_the_note_is_not(argued: Mapping[str, str], slug: str):
    """A prompt would argue with results without a paper, with views that the note turns down, or with half a thought."""
    assert slug not in argued


@pytest.mark.parametrize(
    ("sentence", "is_bound"),
    [
        ("These steps are decoration.", True),
        ("Larger models do not need them at all.", True),
        ("Nothing of the kind is known from this note.", True),
        ("Steps can be decoration.", False),
        ("Theseus built steps.", False),
    ],
)
def test_what_points_back_is_seen(sentence: str, is_bound: bool):
    """Answers and prompts would quote sentences that hang in the air."""
    assert leans_back(sentence) is is_bound
