"""Which claims a research prompt shows: by the notes alone, and those that a reader would want."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.domain import Claim, Source, SourceKind
from kb.exchange import ResearchPrompt
from kb.identity import cited_ids
from kb.library import Library
from kb.services import add
from kb.services.prompt_claims import relevant_claims
from kb.services.prompt_words import listed
from tests.conftest import REPOSITORY
from tests.test_seed_library import SOURCES

LABELS = {
    split: [
        json.loads(line)
        for line in (REPOSITORY / "benchmarks" / f"prompt-claims-{split}.jsonl").read_text("utf-8").splitlines()
    ]
    for split in ("dev", "test")
}
QUESTIONS = [labelled["question"] for labelled in LABELS["dev"][:2]]
SUBJECTS = [
    "small models",
    "faithfulness after fine-tuning",
    "chains of thought",
    "distilled students",
    "larger models",
]
FINDINGS = [
    "We damage the reasoning of {s} on purpose and watch accuracy improve.",
    "Why {s} lose reasoning faithfulness more than others is measured on forty tasks.",
    "We fine-tune {s} and show that the chain-of-thought reasoning sometimes drives the answer.",
    "A theory of {s} predicts where the written steps matter.",
]


def abstracts() -> Iterator[Source]:
    """Invented papers on the very subject of the questions."""
    for number, (subject, finding) in enumerate((s, f) for s in SUBJECTS for f in FINDINGS):
        text = f"{finding.format(s=subject)} Experiment {number} covers {subject} and reports faithfulness, too."
        title = f"On {subject}, part {number}"
        paper = Source(
            id=f"arxiv:2606.{19000 + number}v1", kind=SourceKind.PAPER, title=title, text=text, date="2026-06"
        )
        yield paper.model_copy(update={"reading": "abstract"})


@pytest.fixture
def own_library(seed_library: Library, tmp_path: Path) -> Iterator[Library]:
    """A copy of the seed library that a test may change."""
    root = shutil.copytree(seed_library.root, tmp_path / "library", copy_function=shutil.copy2)
    with Library.open(root) as library:
        yield library


def test_papers_beside_the_notes_change_no_claim(own_library: Library):
    """With every paper that a person fetches, the findings that a prompt hands out would change by themselves."""
    before = [own_library.prompts.render(question, as_of="2026-11") for question in QUESTIONS]
    add.add_sources(abstracts(), own_library.parts.catalog, own_library.parts.embedder)
    own_library.refresh()
    after = [own_library.prompts.render(question, as_of="2026-11") for question in QUESTIONS]
    assert own_library.parts.catalog.count(SourceKind.PAPER) == len(SUBJECTS) * len(FINDINGS)
    assert [prompt.claims for prompt in after] == [prompt.claims for prompt in before]
    assert all("full texts: quotations have to come" in prompt.text for prompt in after)


@pytest.mark.parametrize("split", LABELS)
def test_labels_name_claims_of_the_notes(split: str):
    """A reworded claim would silently count as missed, and the figures in the docs be wrong."""
    known = {claim.id for source in SOURCES.values() for claim in source.claims}
    for labelled in LABELS[split]:
        assert {*labelled["central"], *labelled["related"]} <= known
        assert not set(labelled["central"]) & set(labelled["related"])
    assert not {x["question"] for x in LABELS["dev"]} & {x["question"] for x in LABELS["test"]}


def test_prompts_show_what_belongs_to_the_question(seed_library: Library):
    """A change of ranking would fill prompts with findings about something else."""
    precisions, recalls = [], []
    for labelled in LABELS["dev"]:
        shown = {c.claim.id for c in seed_library.prompts.render(labelled["question"], as_of="2026-11").claims}
        precisions.append(len(shown & {*labelled["central"], *labelled["related"]}) / len(shown))
        recalls.append(len(shown & set(labelled["central"])) / len(labelled["central"]))
    assert sum(precisions) / len(precisions) > 0.78
    assert sum(recalls) / len(recalls) > 0.55


@pytest.mark.parametrize(
    "question", ["bananas and cheese", "What is the best treatment for gout?", "How do tides work?"]
)
def test_nothing_is_shown_for_what_no_note_is_about(seed_library: Library, question: str):
    """The role would claim a speciality at random, and a model be asked to re-test what nobody asked about."""
    prompt = seed_library.prompts.render(question, as_of="2026-11")
    assert not prompt.claims
    assert "specialises in the field of the question below" in prompt.text
    assert "@claim" not in prompt.text
    assert "Open questions beside this one" not in prompt.text


def test_findings_stand_under_their_notes_questions_each_with_an_anchor(seed_library: Library):
    """A reader would face a list of facts, without knowing what each speaks to or which paper to open."""
    prompt = seed_library.prompts.render(QUESTIONS[0], as_of="2026-11")
    findings, anchors = prompt.text.split("Anchor papers")[0], prompt.text.split("Anchor papers")[1].split("\n\n")[0]
    places = [findings.index(f"- [{c.tag}] ") for c in prompt.claims]
    assert places == sorted(places)
    for c, place in zip(prompt.claims, places, strict=True):
        heading = findings[:place].rstrip().rsplit("**", 2)[1]
        assert heading == SOURCES[c.notes[0].removeprefix("note:")].title
        assert f"[{c.tag}]" in anchors
    assert len({c.notes[0] for c in prompt.claims}) == findings.count("?**\n")


def test_what_no_note_states_stands_apart(seed_library: Library):
    """A finding that an earlier answer brought would look like one of the notes'."""
    parts = seed_library.parts
    taken_in = Claim(text="Small models lose faithfulness of reasoning less than larger ones.", as_of="2026-10")
    notes, edges = parts.catalog.sources(kind=SourceKind.NOTE), parts.edges()
    pool = relevant_claims(
        QUESTIONS[0], notes, parts.catalog, parts.embedder, edges, until="2026-11", besides=[taken_in]
    )
    place = next(i for i, c in enumerate(pool.candidates) if c.claim == taken_in)
    assert place < 10
    assert pool.candidates[place].notes == ()


def arguments_in(prompt: ResearchPrompt) -> dict[str, str]:
    """What stands as argued under each note's question."""
    return dict(re.findall(r"^\*\*(.+)\*\*\nArgued: (.+)$", prompt.text, re.MULTILINE))


def test_a_note_says_how_it_argues_in_its_own_words(seed_library: Library):
    """A reader would see facts in good order, and not what they have to do with the question; or take a fact for one."""
    for question in QUESTIONS:
        argued = arguments_in(seed_library.prompts.render(question, as_of="2026-11"))
        assert len(argued) >= 2
        texts = {source.title: source for source in SOURCES.values()}
        for title, sentence in argued.items():
            assert sentence in texts[title].text
            assert not cited_ids(sentence)
            assert sentence not in {claim.text for claim in texts[title].claims}


def test_open_questions_are_no_headings(seed_library: Library):
    """A reader would be asked twice for the same, once as the heading of findings and once as a question beside them."""
    for question in QUESTIONS:
        text = seed_library.prompts.render(question, as_of="2026-11").text
        headings = set(re.findall(r"^\*\*(.+\?)\*\*$", text, re.MULTILINE))
        lines = text.split("Open questions beside this one:\n")[1].split("\n\n")[0].split("\n")
        asked = {line.removeprefix("- ").split(": ")[-1] for line in lines}
        assert headings
        assert asked
        assert not headings & asked


def test_nothing_is_argued_by_notes_that_came_later(seed_library: Library):
    """A prompt for a past date would hand out hindsight."""
    prompt = seed_library.prompts.render(QUESTIONS[0], as_of="2025-06")
    assert prompt.claims
    assert not arguments_in(prompt)


def test_what_speaks_against_a_finding_never_stands_before_the_best(seed_library: Library):
    """The prompt for a question would open with the objection to its best finding."""
    parts, question = seed_library.parts, "Can models be fine-tuned without damaging their chain-of-thought reasoning?"
    notes = parts.catalog.sources(kind=SourceKind.NOTE)
    pools = [
        relevant_claims(question, notes, parts.catalog, parts.embedder, edges, until="2026-11").candidates
        for edges in ([e for e in parts.edges() if e.kind != "tension"], parts.edges())
    ]
    against = [[c.notes[0] for c in pool].index("note:can-fine-tuning-keep-reasoning-faithful") for pool in pools]
    assert pools[0][0] == pools[1][0]
    assert 0 < against[1] < against[0]


def test_names_with_an_and_stay_apart_in_a_list():
    """The role would read “small models and execution and tools”."""
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["small models", "execution and tools"]) == "small models, and execution and tools"
