"""Where sentences begin and end."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import sentences

ONE = [
    "Smith et al. show that it falls.",
    "Smith et al. (2023) and Lee et al. [4] agree.",
    "Tests, e.g. GSM8K, i.e. mathematics, cf. Wei vs. Lee, differ.",
    "See Fig. 2, Figs. 3 and 4, Eq. (3), Sec. 4, No. 5, pp. 7 and vol. 2 for more.",
    "It was in Sept. 2024 in St. Louis.",
    "It took approx. 3 hours with Dr. Smith and Prof. Lee.",
    "J. Smith and A. B. Jones wrote it.",
    "A 0.5B model of v1.2 lost 3.5 points in 2411.15382 and arXiv:2305.04388v2 alike.",
    "The effect (p < .05) is small.",
    "See https://a.b/c.d?e=f.g! for more.",
    "It goes on... and on… and on.",
    "It goes on ... And on.",
    'He asked "why?" and left.',
    "The (strange. indeed) case.",
    "It (did it work?) worked.",
    "Use `model. Fit. Now` here.",
    "Where $x. Y$ and $$a. B$$ hold.",
    "As [[Does it work? Yes. No!]] says.",
    "As [[slug|words. More words]] says.",
    "As [the paper. Part two](https://a.b/c.D) says.",
    "In U.S. English it differs.",
    "This was shown in [12].",
    "A hard-wrapped\nsentence goes\n  over lines.",
    "Yahoo! is a name.",
    "version 2. is lower case",
    "No end here",
]

MANY = [
    ["He said so.", "Then he left."],
    ['He said "so."', "Then he left."],
    ["He said “so.”", "“Then he left.”"],
    ["(It was so.)", "Then he left."],
    ["Was it so?", "It was!", "Good."],
    ["It fell. [3]", "Then it rose."],
    ["It fell. [3, 4] [7]", "Then it rose."],
    ["It fell.[^1]", "Then it rose."],
    ["It fell [3].", "Then it rose [4]."],
    ["It fell.", "[3] shows that."],
    ["It fell.", "[[some-slug]] shows that."],
    ["It fell.", "[a link](x) shows that."],
    ["It fell.", "`code` shows that."],
    ["It fell.", "$x$ shows that."],
    ["It fell.", "7B models did not."],
    ["It fell.", "(So it did.)"],
    ["**It fell.**", "*So it did.*", "Yes."],
    ["It fell to 2411.15382.", "Then it rose."],
    ["It fell by 0.5.", "Then it rose."],
    ["See https://a.b/c.", "Then it rose."],
    ["Is it so? [4]", "It is."],
    ["The answer is no.", "It ended."],
    ["It took 30 sec.", "Then 5 ms.", "Then it ended."],
    ["It used maths, etc.", "Then it rose."],
    ["It went up.", "\U0001f600 Nice."],
    ["It was shown by [[slug]].", "Then it rose."],
    ["It is so.", "Él lo dijo.", "Это так.", "Да."],
]


@pytest.mark.parametrize("text", ONE)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    """Else half sentences are quoted as evidence."""
    assert split(text) == [text]


@pytest.mark.parametrize("expected", MANY)
@pytest.mark.parametrize("space", [" ", "\n", "  \n  "])
def test_sentences_end_where_a_reader_ends_them(expected: list[str], space: str) -> None:
    """Else a quotation drags its neighbour along."""
    assert split(space.join(expected)) == expected


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


def test_list_and_quote_marks_are_not_part_of_sentences() -> None:
    """Else quotations begin with a dash or carry a stray mark."""
    assert split("- One. Two.") == ["One.", "Two."]
    assert split("12. One.\n    Two.") == ["One.", "Two."]
    assert split("> - [x] One. Two.") == ["One.", "Two."]
    assert split("> One\n> goes on.\n> Two.\n>> Three.") == ["One\n> goes on.", "Two.", "Three."]
    assert split("> [!note] One.\n> Two.") == ["One.", "Two."]


def test_a_blank_line_ends_a_sentence() -> None:
    """Else a heading-like line without a full stop runs into the next paragraph."""
    assert split("No stop\n\nNext one") == ["No stop", "Next one"]
    assert split("> No stop\n>\n> Next one") == ["No stop", "Next one"]


def test_wide_stops_end_sentences_without_space() -> None:
    """Else a Chinese or Japanese paragraph is one sentence."""
    assert split("这是第一句。第二句！「第三句？」第四") == ["这是第一句。", "第二句！", "「第三句？」", "第四"]


def test_only_the_span_that_was_asked_for_is_read() -> None:
    """Else a block's sentences reach into its neighbours."""
    text = "One. Two. Three. Four."
    assert [text[start:end] for start, end in sentences(text, 5, 16)] == ["Two.", "Three."]
    assert sentences(text, 4, 5) == []
    assert sentences("", 0, 0) == []


PIECES = st.sampled_from([
    "[[Is it? Yes. No]]", "$a. B$", "`x. Y`", "0.5B", "2411.15382", "https://a.b/c.d", "word", "Word", "et al.",
    "e.g.", "end.", "Why?", '"So."', "(x.)", ".", "[3]", "…", "\n", "\n\n", "> ", "- ", "。", "é", "**", "[a. B](c)",
    "U.S.",
])  # fmt: skip


@given(st.lists(PIECES, max_size=25), st.sampled_from([" ", "\n", " "]))
def test_spans_are_exact_ordered_and_lose_only_space_and_marks(pieces: list[str], space: str) -> None:
    """Else quotations overlap, or words of a text can never be quoted."""
    text = space.join(pieces)
    spans = sentences(text, 0, len(text))
    bounds = [0, *(offset for span in spans for offset in span), len(text)]
    assert bounds == sorted(bounds)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""
    between = (text[bounds[n] : bounds[n + 1]] for n in range(0, len(bounds), 2))
    assert all(set(gap) <= set(" \n>-") for gap in between)


@given(st.lists(PIECES, max_size=25))
def test_no_sentence_cuts_a_link_formula_number_or_address(pieces: list[str]) -> None:
    """Else a quotation holds half a link or half a number."""
    text = " ".join(pieces)
    inside = set()
    position = 0
    for piece in pieces:
        if piece[0] in "[$`0h2" and piece != "[3]":
            inside |= set(range(position + 1, position + len(piece)))
        position += len(piece) + 1
    assert not inside & {offset for span in sentences(text, 0, len(text)) for offset in span}


SEEDS = [
    ". ",
    "? ",
    ". [1]",
    ". [",
    "... ",
    "e.g. ",
    "A. ",
    "。",
    "\n",
    "\n> ",
    ">",
    " ",
    '."',
    ".)",
    "a.b",
    "[[",
    "$",
    "`",
    "http://a.!",
    "- ",
    "[a](",
]


def test_hostile_text_takes_linear_time(assert_linear: Callable[[Callable[[str], object], str], None]) -> None:
    """Else one page of dots hangs the program."""
    for seed in SEEDS:
        assert_linear(lambda text: sentences(text, 0, len(text)), seed)
