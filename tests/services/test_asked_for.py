"""Questions for a person, a date, a paper or a number: what the catalog says of it, marked as that."""

import pytest

from kb.domain import Sentence, SupportState
from kb.library import Library
from kb.services.asked_for import told_beside
from kb.services.asking import counts_holdings, kinds_of
from kb.services.question import counted_thing, parse_question


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Who first measured faithfulness, when, and with how many models?", ("who", "when")),
        ("Which paper introduced FRODO and when?", ("when", "which paper")),
        ("When was the 13 languages study published and by whom?", ("who", "when")),
        ("In which study did SFT hurt?", ("which paper",)),
        ("When do small models fail?", ()),
        ("What happens when chains grow?", ()),
        ("What works for small models?", ()),
        ("Are students who see short traces better?", ()),
    ],
)
def test_the_kind_of_question_is_told(text: str, kinds: tuple[str, ...]):
    """A question for a date would be answered with findings alone, or one for conditions with dates."""
    assert kinds_of(text) == kinds


def test_what_asks_for_a_paper_is_no_subject():
    """“first”, “models” and “study” would be covered, and the question count as answered."""
    asked = parse_question("Who first measured self-correction, when, and with how many models?")
    assert asked.facets == ("self-correction",)
    assert parse_question("When was the 13 languages study published and by whom?").facets == ("13 languages",)


@pytest.mark.parametrize(
    ("question", "paper"),
    [
        ("Which paper introduced FRODO and when?", "Debjit Paul et al., 2024-02"),
        ("When was the 13 languages study published and by whom?", "Eric Onyame et al., 2026-05"),
    ],
)
def test_authors_and_date_come_from_the_catalog(seed_library: Library, question: str, paper: str):
    """The library knows both and would say neither."""
    answer = seed_library.ask(question)
    assert "By the catalog, and not by a quoted sentence" in answer.reading
    assert f"rests on {paper}" in answer.reading
    assert all(paper not in sentence.text for sentence in answer.sentences)


def test_no_paper_is_guessed(seed_library: Library):
    """A paper that shares some words would pass for the one that was asked for."""
    answer = seed_library.ask("Who showed that bigger models rely less on their own reasoning, and when?")
    assert "stands under Sources" in answer.reading
    assert "By the catalog" not in answer.reading


def test_the_first_is_not_named(seed_library: Library):
    """The oldest paper that some note cites would pass for the first of all."""
    reading = seed_library.ask("Who first measured chain-of-thought faithfulness, and when?").reading
    assert "Whether one of them was the first the library cannot tell." in reading
    assert "By the catalog" not in reading


def test_nothing_later_is_told_as_of_a_date(seed_library: Library):
    """A paper of 2026 would be named in an answer as of 2025."""
    answer = seed_library.ask("When was the 13 languages study published and by whom?", as_of="2025-12")
    assert "2605.27901" not in answer.reading


def test_a_number_that_no_sentence_gives_is_missed(seed_library: Library):
    """“How many people” would be answered by sentences that name the company."""
    answer = seed_library.ask("How many people work at OpenAI?")
    assert "asks for a number of “people”, and no sentence here gives one" in answer.reading
    assert counted_thing(parse_question("Why do models fail?")) == ""


def test_a_number_that_is_there_is_not_missed(seed_library: Library):
    """The answer would deny its own sentence."""
    question = parse_question("How many frontier models react to the removal of a step?")
    (sentence,) = [
        s
        for s in seed_library.ask("Do bigger models reason less faithfully?").sentences
        if "10 frontier models" in s.text
    ]
    assert told_beside(question, (), [sentence], seed_library.parts.catalog) == ""


def test_holdings_are_counted_and_it_is_said_how(seed_library: Library):
    """Ten findings would answer a question for the number of papers."""
    question = "How many papers does the library have on fine-tuning?"
    assert counts_holdings(question)
    assert parse_question(question).core == "fine-tuning?"
    reading = seed_library.ask(question).reading
    assert "By a count of words, " in reading
    assert not counts_holdings("How many papers report a gain?")


def test_a_count_is_that_of_the_search(small_library: Library):
    """The number would be made up."""
    reading = small_library.ask("How many notes do I have on distillation?").reading
    having = [note for note in small_library.notes() if "distillation" in note.text.casefold()]
    assert f"stand in a passage of {len(having)} note" in reading


@pytest.mark.parametrize("word", ["always", "never"])
def test_a_universal_that_no_finding_bears_out_is_marked(seed_library: Library, word: str):
    """What the question takes for granted would pass for what the library says."""
    asked = seed_library.ask(f"Is it true that larger models are {word} more faithful?")
    assert f"The question says “{word}”, and no sentence here says that of “larger models”" in asked.reading
    assert "The question says" not in seed_library.ask("Are larger models more faithful?").reading


def test_a_universal_that_a_sentence_has_is_left_alone(seed_library: Library):
    """The answer would deny its own sentence."""
    question = parse_question("Do probes always help?")
    sentence = Sentence(text="Probes always help.", state=SupportState.QUOTED, theme="")
    assert told_beside(question, (), [sentence], seed_library.parts.catalog) == ""
