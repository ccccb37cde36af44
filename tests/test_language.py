"""Questions taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import BadInput
from kb.language import COMPARATIVES, base_form, content_stems, content_terms, counted, rough_stem, spellings
from kb.services.question import parse_question, reads_as


@pytest.mark.parametrize(
    ("question", "facets"),
    [
        ("why do small models lose faithfulness", ("small models", "faithfulness")),
        ("what is the capital of France", ("capital of France",)),
        ("best treatment for gout", ("treatment", "gout")),
        (
            "Where do memorization errors arise in chain-of-thought reasoning?",
            ("memorization errors", "chain-of-thought reasoning"),
        ),
        (
            "Does the optimal length of a chain of thought shrink as models get better?",
            ("optimal length", "chain of thought", "models"),
        ),
    ],
)
def test_facets_are_the_noun_phrases(question: str, facets: tuple[str, ...]):
    """The absence report would speak of verbs and function words."""
    assert parse_question(question).facets == facets


@given(
    st.text()
    | st.lists(st.sampled_from("The models' distillation isn’t DISTILLED of larger ß x".split())).map(" ".join)
)
def test_stems_are_those_of_the_words_to_search_for(text: str):
    """Sentences would be chosen by other words than the question's."""
    assert content_stems(text) == set(map(rough_stem, content_terms(text)))


@pytest.mark.parametrize("word", COMPARATIVES)
def test_what_becomes_a_base_form_is_found_by_it(word: str):
    """A question would be asked of the index by a word that no longer finds the question's own."""
    found = spellings(base_form(word))
    assert found[0] == base_form(word)
    assert word in found
    assert spellings(word) == (word,)


def test_both_sides_of_a_comparison_are_seen():
    """An answer put together from parts would pass for a head-to-head comparison."""
    question = parse_question("Why do smaller models lose reasoning faithfulness more than larger models?")
    assert question.compared == ("smaller models", "larger models")
    assert parse_question("SFT versus RL on maths").compared == ("SFT", "RL")
    assert parse_question("why do small models fail").compared == ()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("why do small models lose faithfulness", "why small models lose faithfulness"),
        ("Why does fine-tuning damage reasoning?", "why fine-tuning damages reasoning"),
        ("Do filler tokens help?", "whether filler tokens help"),
        ("Does RL teach or sharpen?", "“Does RL teach or sharpen?”"),
        ("gout", "“gout”"),
    ],
)
def test_a_question_reads_as_a_clause_or_is_quoted(question: str, words: str):
    """The first sentence of an answer would be broken English."""
    assert reads_as(parse_question(question)) == words


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "?!", "why do they do that", "x" * 2001])
def test_what_cannot_be_asked_is_one_clear_line(text: str):
    """An empty or endless question would end in a traceback."""
    with pytest.raises(BadInput) as caught:
        parse_question(text)
    assert "\n" not in str(caught.value)
    assert caught.value.cure


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(text: str):
    """Operators, control characters or other scripts could raise something other than BadInput."""
    try:
        question = parse_question(text)
    except BadInput:
        return
    assert question.facets
    assert reads_as(question)


def test_one_of_something_is_no_plural():
    """“Searched: 1 passages of 1 sources” would stand below an answer."""
    assert [counted(n, "passage") for n in (0, 1, 2100)] == ["0 passages", "1 passage", "2,100 passages"]
    assert counted(2, "inquiry", "inquiries") == "2 inquiries"
