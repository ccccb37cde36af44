"""Quotes word for word: typography does not matter, words and numbers do."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.services.quote_survival import survives

TEXT = (
    "We show that **fine-tuning** lowers faithful-\nness by −3.5 points (from 41.2% to 37.7%), “mostly” in models of\n"
    "0.5B–7B. See [[a-note|the other note]]. Efﬁcient models gain 1,000 tokens."
)


@pytest.mark.parametrize(
    "quote",
    [
        "fine-tuning lowers faithfulness",
        "lowers faithfulness by -3.5 points (from 41.2% to 37.7%)",
        'by −3.5 points (from 41.2 % to 37.7 %), "mostly" in   models',
        "models of 0.5B-7B.",
        "“See the other note”",
        "Efficient models gain 1,000 tokens",
        "We show that fine-\u00adtuning lowers",
    ],
)
def test_typography_does_not_matter(quote: str) -> None:
    """Quotes would be called altered because a dash, a ligature or a line end is another."""
    assert survives(quote, TEXT)


@pytest.mark.parametrize(
    "quote",
    [
        "fine-tuning raises faithfulness",
        "by 3.5 points",
        "by −3.6 points",
        "from 1.2% to 37.7%",
        "from 41.2% to 37",
        "gain 1,00",
        "gain 1",
        "efficient models gain",
        "models efficient gain",
        "show that ... lowers",
        "",
        "…",
    ],
)
def test_words_and_numbers_matter(quote: str) -> None:
    """A quote altered by one word, digit, sign or letter case would pass for verbatim."""
    assert not survives(quote, TEXT)


@given(st.lists(st.sampled_from("a b 1 -2 3.5 x-y z's “q”".split()), min_size=1, max_size=12), st.data())
def test_every_run_of_whole_words_survives(words: list[str], data: st.DataObject) -> None:
    """A verbatim quote would be refused because of where it begins or ends."""
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    assert survives(" ".join(words[start:end]), " ".join(words))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_borne(quote: str, text: str) -> None:
    """Text from a model's answer would end an audit in an exception."""
    assert isinstance(survives(quote, text), bool)


def test_hostile_text_takes_linear_time() -> None:
    """A long answer made to defeat the comparison would stop an import."""

    def seconds(n: int) -> float:
        started = perf_counter()
        survives("a" * (n // 2) + " b", "a" * n)
        survives("a " * (n // 2) + "b", "a " * n)
        survives("-1." * (n // 4), "-1." * n)
        return perf_counter() - started

    seconds(1000)
    assert seconds(80_000) < 40 * max(seconds(8_000), 0.001)
