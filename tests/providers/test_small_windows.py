"""Models that read little at once: what they are shown, and what a reader is told that they were not."""

import json

import pytest

from kb.errors import BadInput
from kb.library import Library
from kb.providers.excerpts import excerpts_of
from tests.model_server import Asked, Handler, ModelServer, ollama

QUESTION = "Why do smaller models lose reasoning faithfulness?"


def first_passage(handler: Handler, asked: Asked) -> None:
    text = asked.body["messages"][1]["content"].split("[1] ")[1].split("\n")[1].split(". ")[0]
    ollama(f"{text.rstrip('.')}. [1]")(handler, asked)


@pytest.fixture
def windowed(models: ModelServer, monkeypatch: pytest.MonkeyPatch):
    """Sets how many tokens the model reads at once."""
    models.plays = [first_passage]

    def set_window(n_tokens: int) -> None:
        options = {"base_url": models.url, "context_window": n_tokens}
        monkeypatch.setenv("KB_LLM_OPTIONS", json.dumps(options))

    return set_window


def test_evidence_that_did_not_fit_is_told(kb, small_root, seed_library: Library, models: ModelServer, windowed):
    """A reader would take an answer from a part of the evidence for one from all of it."""
    library = ("--library", seed_library.root)
    windowed(2_048)
    ran = kb(*library, "ask", QUESTION, "--llm", "ollama:small", "--json")
    (remark,) = ran.json["remarks"]
    n_all = sum(len(e.sentences) for e in seed_library.parts.answerer.brief(QUESTION).evidence)
    assert f" of {n_all} sentences did not fit its window of 2,048 tokens" in remark
    assert remark.startswith("ollama:small was not shown all: ")
    assert remark.rstrip(".") in ran.err
    sent = sum(len(message["content"]) for message in models.calls[0].body["messages"])
    assert 3_000 < sent <= (2_048 - 512) * 3
    windowed(16_384)
    ran = kb(*library, "ask", QUESTION, "--llm", "ollama:small", "--json")
    assert (ran.code, ran.json["remarks"]) == (0, [])


def test_a_draft_tells_it_too(kb, seed_library: Library, models: ModelServer, windowed):
    """A person would accept a note for what the library holds on its question."""
    windowed(2_048)
    topic = "faithfulness of small models"
    ran = kb("--library", seed_library.root, "note", "draft", "--about", topic, "-o", "-", "--llm", "ollama:small")
    assert ran.code == 0, ran.err
    assert "sentences did not fit its window of 2,048 tokens" in ran.err


def test_every_character_of_the_excerpts_is_counted(seed_library: Library):
    """A prompt would be longer than the model reads, and lose its rules or its question without a word."""
    brief = seed_library.parts.answerer.brief(QUESTION)
    for room in (500, 1_000, 2_000, 4_000, 8_000):
        excerpts = excerpts_of(brief, room)
        told = sum(len(f"[{e.number}] {e.title}\n{e.text}\n\n") for e in excerpts)
        assert excerpts
        assert told <= room


def test_a_window_without_room_is_refused(kb, shared_root, models: ModelServer, windowed):
    """A model would be asked without its rules, or without a passage, and answer from memory."""
    windowed(1_024)
    ran = kb("--library", shared_root, "ask", QUESTION, "--llm", "ollama:small")
    assert ran.code == 2
    assert "reads 1,024 tokens at once" in ran.err
    assert not models.calls
    windowed(2_048)
    with Library.open(shared_root, llm="ollama:small") as library:
        brief = library.parts.answerer.brief(QUESTION)
        long = type(brief)("why " * 1_000, brief.reads_as, brief.facets, brief.evidence, brief.tensions)
        with pytest.raises(BadInput, match="the question alone nearly fills"):
            library.parts.answerer.draft(long)
    assert not models.calls


def test_many_refused_sentences_leave_room_for_passages(seed_library: Library, models: ModelServer, windowed):
    """Sentences to be mended would push out the passages that they are to be mended by."""
    windowed(4_096)
    wrong = "\n".join(f"Of these {n} % is made up at length, which nobody ever said or will. [1]" for n in range(40))
    models.plays = [ollama(wrong), ollama("1: nothing better")]
    with Library.open(seed_library.root, llm="ollama:small") as library:
        answer = library.ask(QUESTION)
    assert answer.n_unsupported == 40
    assert answer.is_unwritten
    mending = models.calls[1].body["messages"]
    assert sum(len(message["content"]) for message in mending) <= (4_096 - 1_024) * 3
    assert mending[1]["content"].count("refused because") > 5
    assert "\n[3] " in mending[1]["content"]
