"""A quote is found at exact offsets, whatever typography or markup is in between."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.services.quote_place import locate
from kb.services.quote_survival import survives

TEXT = (
    "We show that **fine-tuning** lowers faithful-\nness by −3.5 points (from 41.2% to 37.7%), “mostly” in models of\n"
    "0.5B–7B. See [[a-note|the other note]]. Efﬁcient models gain 1,000 tokens."
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("We show", "We show"),
        ("lowers faithfulness by -3.5 points", "lowers faithful-\nness by −3.5 points"),
        ('"mostly" in models of 0.5B-7B.', "“mostly” in models of\n0.5B–7B."),
        ("mostly", "mostly"),
        ("See the other note", "See [[a-note|the other note]]"),
        ("Efficient models gain 1,000 tokens", "Efﬁcient models gain 1,000 tokens"),
    ],
)
def test_the_span_is_that_of_the_words_as_they_stand(quote: str, found: str) -> None:
    """A citation would point beside the words that it quotes."""
    span = locate(quote, TEXT)
    assert span is not None
    assert TEXT[slice(*span)] == found


@pytest.mark.parametrize("quote", ["fine-tuning raises faithfulness", "gain 1", "by 3.5 points", "", "…"])
def test_what_does_not_stand_there_has_no_place(quote: str) -> None:
    """An altered quote would get offsets and pass for verbatim."""
    assert locate(quote, TEXT) is None


@given(st.lists(st.sampled_from("a b 1 -2 3.5 z's “q” (c) d,".split()), min_size=1, max_size=14), st.data())
def test_every_run_of_words_is_found_where_it_first_stands(words: list[str], data: st.DataObject) -> None:
    """A verbatim quote would get a span with other words in it."""
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    text, quote = " ".join(words), " ".join(words[start:end])
    span = locate(quote, text)
    assert span is not None
    assert survives(quote, text[slice(*span)])
    assert len(text[slice(*span)]) <= len(quote)
    assert span[1] <= len(" ".join(words[:end]))


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_place_is_given_exactly_where_a_quote_survives(quote: str, text: str) -> None:
    """One of two checks would call a quote altered that the other lets through."""
    span = locate(quote, text)
    assert (span is not None) == survives(quote, text)
    assert span is None or 0 <= span[0] < span[1] <= len(text)


def test_a_hostile_text_is_searched_in_nearly_linear_time() -> None:
    """A long passage made to defeat the search would stop an answer."""

    def seconds(n: int) -> float:
        started = perf_counter()
        locate("b " * 20, "a " * n + "b " * 20)
        locate("x", "[[" * n + " x")
        return perf_counter() - started

    seconds(1000)
    assert seconds(40_000) < 60 * max(seconds(4_000), 0.001)
