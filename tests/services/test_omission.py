"""Facets that the library covers in other words, and those that it really lacks."""

import numpy as np
import pytest

from kb.domain import AnswerStatus
from kb.library import Library
from kb.services.omission import Asked, Omission, carrying, omissions
from kb.services.question import parse_question


def omitted(library: Library, text: str) -> dict[str, Omission]:
    """What each facet of a question does for it."""
    parts, question = library.parts, parse_question(text)
    retrieval = parts.retriever.retrieve(text, for_writing=True)
    vectors = [hit.vector for r in retrieval.ranked for hit in r.sentences if hit.vector is not None]
    found = omissions(question, Asked(retrieval.vector, np.array(vectors)), parts.embedder)
    return dict(zip(question.facets, found, strict=True))


def test_a_thing_that_is_lacking_keeps_the_question_away(seed_library: Library):
    """What the library never speaks of would count as said in other words."""
    found = omitted(seed_library, "Does watermarking make the chain of thought of reasoning models less faithful?")
    assert found["watermarking"].gain < -0.05
    assert not found["watermarking"].is_said(1.0)


def test_a_facet_in_other_words_brings_the_question_nearer(seed_library: Library):
    """An answer on strong teachers would be called partial because no note says "smart"."""
    text = "Will a big smart teacher confuse my little student model?"
    found = omitted(seed_library, text)["smart teacher"]
    assert found.gain > 0.02
    assert found.is_said(0.7)
    assert seed_library.ask(text).status is AnswerStatus.ANSWERED


def test_a_name_has_no_other_words(seed_library: Library):
    """What is said of one model would be taken for another's."""
    answer = seed_library.ask("Does fine-tuning make the chain of thought of Zephyr-9 students less faithful?")
    assert [f.covered for f in answer.absence.facets if "Zephyr-9" in f.text] == [False]
    assert answer.status is AnswerStatus.PARTIAL


@pytest.mark.parametrize(("gain", "missing", "said"), [(-0.01, 0.0, True), (-0.01, 1.0, False), (0.03, 1.0, True)])
def test_words_that_the_library_never_uses_must_bring_more(gain: float, missing: float, said: bool):
    """An unknown word moves the question little, so that hardly anything would be lacking."""
    assert Omission(0.1, gain).is_said(missing) is said


def test_side_words_do_not_carry_a_question():
    """The answer would be said to be put together because no source also has the word "slip"."""
    assert carrying([Omission(0.02, 0.0), Omission(0.3, 0.0), Omission(0.12, 0.0)]) == [False, True, True]
    assert carrying([]) == []


def test_a_question_of_one_facet_is_nothing_without_it(seed_library: Library):
    """The empty rest would be compared with what the library says."""
    assert omitted(seed_library, "and distillation?") == {"distillation": Omission(1.0, -1.0)}
