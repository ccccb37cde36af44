"""What a sentence commits itself to is found, with its place."""

import time

from hypothesis import given
from hypothesis import strategies as st

from kb.directions import directions
from kb.wording import hedges, names, negations, numbers


def keys(text: str) -> list[str]:
    return [m.key for m in numbers(text)]


def test_numbers_have_units_scales_and_both_ends_of_a_range():
    """A swapped unit or a range's other end would pass the gate."""
    assert keys("from 14-24% to 6.43 percentage points") == ["14 %", "24 %", "6.43 points"]
    assert keys("0.5B, 7 billion and 1.3M parameters, 128K tokens") == ["500000000", "7000000000", "1300000", "128000"]
    assert keys("twice as many, three tests, 2-fold, 3x") == ["2 times", "3", "2 times", "3 times"]
    assert keys("1,319 problems") == ["1319"]


def test_ids_dates_citation_marks_and_figure_numbers_are_no_numbers():
    """Every citation would be an unsupported number."""
    assert keys("as told (arXiv:2411.15382v2, 2024-11) [3, 4], see Figure 2 and Table 3.1") == []
    assert keys("GSM8K and GPT-4 and Qwen2.5-7B") == []


def test_names_are_words_with_capitals_or_digits_inside_or_a_capital_in_mid_sentence():
    """A swapped model or data set would pass the gate."""
    found = [m.text for m in names("Models such as GPT-4o, Llama 2 and Mistral do this on GSM8K. Others do not.")]
    assert found == ["GPT-4o", "Llama 2", "Mistral", "GSM8K"]
    assert names("Small models fail. May they learn?") == []


def test_hedges_negations_and_directions_are_told_apart():
    """A dropped "may" and an added "always" are different lies."""
    assert [m.key for m in hedges("It may help some models, always up to 5 points, on average.")] == [
        "modality", "part", "all", "bound", "mean",
    ]  # fmt: skip
    assert [m.text for m in negations("It does not help, not only here, without tools")] == ["not", "without"]
    assert [(d.family, d.sign) for d in directions("accuracy increases and faithfulness decreased")] == [
        ("amount", 1), ("amount", -1),
    ]  # fmt: skip


@given(st.text(max_size=300))
def test_every_mention_stands_where_it_says(text: str):
    """A reader would be shown the wrong words."""
    for mention in (*names(text), *hedges(text), *negations(text)):
        assert text[mention.char_start : mention.char_end] == mention.text
    for mention in (*numbers(text), *directions(text)):
        assert 0 <= mention.char_start < mention.char_end <= len(text)


def test_hostile_text_takes_linear_time():
    """One pasted line could hang the program."""
    for piece in ("1,", "a-", "A", "1.", "not ", "[1, ", "2 to 3 ", "Aa1-", "1-", "up to ", "more "):
        started = time.perf_counter()
        for text in (piece * (20_000 // len(piece)),):
            numbers(text), names(text), hedges(text), negations(text), directions(text)
        assert time.perf_counter() - started < 3, piece
