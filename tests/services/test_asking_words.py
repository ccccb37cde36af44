"""Words by which people ask are no subject, and neither is what a question excepts or only counts with."""

import pytest

from kb.domain import AnswerStatus
from kb.library import Library
from kb.services.asking import core_of
from kb.services.question import parse_question


@pytest.mark.parametrize(
    "asked",
    [
        "what do my notes say about {}",
        "What does the literature say about {}?",
        "give me an overview of {}",
        "Can you give me a short summary of {}?",
        "summarise what my notes say about {}",
        "pros and cons of {}",
        "What are the advantages and disadvantages of {}?",
        "tell me everything about {}",
        "tell me about {}",
        "explain {}",
        "Please explain {} to me",
        "is there anything on {}",
        "Are there papers on {}?",
        "Do you have anything about {}?",
        "I want to know about {}",
        "I'm interested in {}",
        "literature on {}",
        "evidence for {}",
        "What is the evidence for and against {}?",
        "show me the papers on {}",
        "What do we know about {}?",
        "{} according to my notes",
    ],
)
def test_words_that_only_ask_are_no_subject(asked: str):
    """A library without the word “notes” or “overview” would refuse what it holds, and ask for papers on “overview”."""
    question = parse_question(asked.format("self-correction"))
    assert question.facets == ("self-correction",)
    assert question.core.rstrip("?") == "self-correction"
    assert question.text == asked.format("self-correction")


@pytest.mark.parametrize(
    "text",
    [
        "Why do models explain their answers?",
        "Can you tell a reasoning model how to think?",
        "What evidence do models give?",
        "Do my notes matter to models?",
        "I want models to be faithful",
        "evidence",
        "Summaries of chains mislead readers",
    ],
)
def test_words_that_are_the_subject_stay(text: str):
    """A question about explanations or evidence would be searched for without them."""
    assert core_of(text) == text


def test_what_follows_that_asking_is_a_whole_question():
    """Only its first words would be left out, and “models hide” be read as a thing."""
    assert core_of("Is there evidence that models hide their reasoning?") == "models hide their reasoning?"


def test_an_overview_is_answered_like_the_plain_question(seed_library: Library):
    """Nothing would be found on the “overview of self-correction”."""
    asked = seed_library.ask("give me an overview of self-correction")
    assert asked.status is AnswerStatus.ANSWERED
    assert asked.sentences == seed_library.ask("self-correction").sentences


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        (
            "Is chain of thought faithful in languages other than English?",
            ("chain of thought faithful", "languages"),
        ),
        ("Do models other than Qwen2.5 obey instructions?", ("models", "instructions")),
        ("Are reasoning chains faithful across languages?", ("reasoning chains faithful", "languages")),
        ("Is chain of thought less faithful in maths?", ("chain of thought", "faithful", "maths")),
    ],
)
def test_what_is_excepted_is_no_facet_and_what_is_joined_is_two(text: str, facets: tuple[str, ...]):
    """A paper on English would be asked for, or a thing like “chains faithful across languages” pass for covered."""
    assert parse_question(text).facets == facets


@pytest.mark.parametrize(
    "text",
    [
        "Is chain of thought faithful in languages other than English?",
        "Do models hide hints more than half of the time?",
        "Do chains of more than 3 steps help small models?",
        "Do probes find errors better than chance?",
    ],
)
def test_than_without_two_things_is_no_comparison(text: str):
    """The library would be said not to compare models with half of the time head to head."""
    assert parse_question(text).compared == ()
