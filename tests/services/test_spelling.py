"""Misspelt words are read as the library spells them, and that is said."""

import pytest

from kb.domain import AnswerStatus
from kb.library import Library
from kb.services.question import parse_question
from kb.services.spelling import respelt


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("does fine-tunning damage resoning", {"tunning": "tuning", "resoning": "reasoning"}),
        ("faithfullness of chains", {"faithfullness": "faithfulness"}),
        ("does caliration suffer", {"caliration": "calibration"}),
        ("Is chain-of-thougth faithful?", {"thougth": "thought"}),
    ],
)
def test_a_slip_is_read_as_what_the_library_has(seed_library: Library, text: str, read_as: dict[str, str]):
    """A paper on “resoning” would be asked for."""
    question = respelt(parse_question(text), seed_library.parts.catalog)
    assert dict(question.read_as) == read_as
    assert question.text == text
    assert set(read_as.values()) <= set(" ".join(question.facets).replace("-", " ").split())


@pytest.mark.parametrize(
    "text",
    [
        "What do lawyers say about explanations?",
        "Can gender bias be removed by projection?",
        "How well do robots plan?",
        "Does dropout help small models?",
        "Does Resonning help small models?",
        "Is watermarking a problem in tower defence games?",
    ],
)
def test_a_real_word_that_is_not_there_stays(seed_library: Library, text: str):
    """Lawyers would be read as layers, and a question on law be answered."""
    question = parse_question(text)
    assert respelt(question, seed_library.parts.catalog) == question


def test_the_answer_says_what_it_read(seed_library: Library):
    """The asker could not see that another word was searched for."""
    answer = seed_library.ask("does fine-tuning damage resoning?")
    assert answer.status is AnswerStatus.ANSWERED
    assert "Here “resoning” was read as “reasoning”." in answer.reading
    assert answer.question == "does fine-tuning damage resoning?"
