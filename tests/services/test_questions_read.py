"""How questions are read, and what is said of the parts that the library does not hold."""

import pytest

from kb.domain import AnswerStatus
from kb.library import Library
from kb.services.question import parse_question, reads_as


@pytest.mark.parametrize(
    "text", ["arXiv:2411.15382", "what does https://arxiv.org/abs/2411.15382v2 say?", "2411.15382"]
)
def test_a_question_for_a_paper_is_answered_from_what_cites_it(small_library: Library, text: str):
    """Digits would be searched for like words, and an answer on other papers be given."""
    assert parse_question(text).papers == ("2411.15382",)
    answer = small_library.ask(text)
    assert answer.status is AnswerStatus.ANSWERED
    assert {s.id for s in answer.sources} == {"note:does-tuning-loosen-steps"}


def test_a_paper_that_nothing_cites_is_missed(small_library: Library):
    """A question for it would be answered by what is near its digits."""
    answer = small_library.ask("2501.99998")
    assert answer.status is AnswerStatus.INSUFFICIENT
    assert [facet.text for facet in answer.absence.facets] == ["2501.99998"]


def test_an_id_among_words_is_one_facet():
    """The prefix would be a subject of its own, that some source must cover."""
    question = parse_question("does arXiv:2411.15382 hold for distilled students?")
    assert question.papers == ()
    assert question.facets == ("2411.15382", "distilled students")


def test_what_is_missing_is_named_where_the_rest_is_one_thing(small_library: Library):
    """One thing cannot be covered "together"; the reader would not learn what is missing."""
    answer = small_library.ask("is chain of thought faithful after fine-tuning in medical diagnosis")
    assert "medical diagnosis" in answer.reading
    assert "together, so" not in answer.reading
    assert "covers" not in answer.reading


def test_a_comparison_that_was_found_is_not_denied(seed_library: Library):
    """A third thing that is missing would make the report say that nothing compares the first two."""
    answer = seed_library.ask("Are larger models better at executing plans than small models in medical diagnosis?")
    assert "head to head" not in answer.absence.note + answer.reading
    assert "medical diagnosis" in answer.absence.note


def test_an_absence_report_names_the_state_of_the_library(small_library: Library):
    """A kept "we hold nothing" could not be tied to what the library held then."""
    refused = small_library.ask("best treatment for gout")
    assert refused.status is AnswerStatus.INSUFFICIENT
    assert refused.generation == small_library.ask("do long chains hurt small models").generation > 0
    assert refused.writer == "extractive"


def test_questions_that_begin_alike_are_kept_apart(small_root):
    """The second would take the place of the first, unseen."""
    begin = "what is known about the long and winding history of the price of tea in "
    with Library.open(small_root) as library:
        kept = [library.save(library.ask(begin + country)).id for country in ("China", "India", "China")]
        assert len(set(kept)) == 2
        assert {inquiry.id for inquiry in library.inquiries()} == set(kept)


def test_two_sentences_are_quoted_whole():
    """The reading would run on behind a question mark."""
    text = "Do small models lose faithfulness? How would you fix it?"
    assert reads_as(parse_question(text)) == f"“{text}”"


def test_words_that_only_ask_are_no_facets():
    """The library would be said to cover "known" and "list"."""
    assert parse_question("What is known about distillation?").facets == ("distillation",)
    assert parse_question("List the papers on hints").facets == ("hints",)


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("Why can't models play Tower of Hanoi with many disks?", ("models", "Tower of Hanoi", "disks")),
        ("Don’t they know something about their own mistakes?", ("mistakes",)),
        ("What did we get from it afterwards that is about faithfulness?", ("faithfulness",)),
    ],
)
def test_words_that_name_nothing_are_no_facets(text: str, facets: tuple[str, ...]):
    """Answers would be called partial for want of "can't", "something" and "afterwards"."""
    assert parse_question(text).facets == facets


def test_what_was_done_instead_is_no_comparison():
    """The library would be said not to compare transformers with words head to head."""
    assert parse_question("Did toy transformers use dots instead of words?").compared == ()
    assert parse_question("Do models recall answers rather than reasons?").compared == ()
    assert parse_question("Do dots help more than words?").compared == ("dots", "words")


def test_a_noun_is_not_read_as_the_verb():
    """The reading would be ungrammatical: "make up for its lacks of thinking"."""
    question = parse_question("Does a tool outweigh its lack of depth?")
    assert reads_as(question) == f"“{question.text}”"
