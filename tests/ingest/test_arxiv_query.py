"""Searches in arXiv's language."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.arxiv_query import search_query
from kb.errors import BadId, BadInput


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("faithfulness", "all:faithfulness"),
        ("the faithfulness of small models", "all:faithfulness AND all:small AND all:models"),
        ('"small models" faithfulness', 'all:"small models" AND all:faithfulness'),
        ("chain-of-thought", 'all:"chain of thought"'),
        ("GPT-4o (vision)", 'all:"GPT 4o" AND all:vision'),
        ("faithful? at all: [tools] *", "all:faithful AND all:tools"),
        ("overfit AND-like and", 'all:overfit AND all:"AND like"'),
        ("ti:faithful ANDNOT au:smith", "(ti:faithful ANDNOT au:smith)"),
        ("reasoning OR logic", "(reasoning OR logic)"),
        ("cat:cs.CL", "(cat:cs.CL)"),
        ("Überanpassung 北京", "all:Überanpassung AND all:北京"),
    ],
)
def test_words_and_experts_are_both_understood(query: str, expected: str):
    """A search would find something else than was meant."""
    assert search_query(query) == expected


def test_category_and_dates_narrow_a_search():
    """The whole of arXiv would come in."""
    assert search_query("x1", category="cs.CL") == "all:x1 AND cat:cs.CL"
    assert search_query("", category="cs") == "cat:cs.*"
    assert search_query("", category="cond-mat.mtrl-sci") == "cat:cond-mat.mtrl-sci"
    assert search_query("", category="quant-ph") == "cat:quant-ph"


@pytest.mark.parametrize(
    ("since", "until", "span"),
    [
        ("2024", "", "202401010000 TO 299912312359"),
        ("", "2024", "199101010000 TO 202412312359"),
        ("2024-02", "2024-02", "202402010000 TO 202402312359"),
        ("2024-02-29", "2024-03-01", "202402290000 TO 202403012359"),
    ],
)
def test_dates_are_filled_up_to_whole_days(since: str, until: str, span: str):
    """Papers of the first or last day, month or year would be missing."""
    assert search_query("x1", since=since, until=until) == f"all:x1 AND submittedDate:[{span}]"


@pytest.mark.parametrize(
    "options",
    [
        {"query": ""},
        {"query": "..."},
        {"query": "x", "category": "cs.CL OR cat:math"},
        {"query": "x", "category": "CS"},
        {"query": "x", "since": "2025", "until": "2024"},
        {"query": "x", "since": "yesterday"},
        {"query": 'ti:"open'},
        {"query": "all:(a"},
        {"query": "a\0b"},
        {"query": "a" * 3000},
    ],
)
def test_what_cannot_be_read_is_said_at_once(options: dict[str, str]):
    """ArXiv would be asked for nothing, or for everything."""
    with pytest.raises((BadInput, BadId)) as caught:
        search_query(**options)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=80))
def test_plain_words_cannot_break_out_of_their_fields(text: str):
    """Brackets, colons and quotation marks of a question would be read as the search language."""
    if re.search(r"\b(AND|OR|ANDNOT)\b|\w:", text):
        return
    try:
        made = search_query(text)
    except BadInput:
        return
    term = r'all:(?:"[^\W_]+(?: [^\W_]+)+"|[^\W_]+)'
    assert re.fullmatch(rf"{term}(?: AND {term})*", made)


def test_reading_a_search_takes_linear_time():
    """A pasted text could keep the program busy."""
    began = time.monotonic()
    for text in ("a-" * 999, '"' * 1998, "a'" * 999, "(" * 999 + ")" * 999, "ti" * 999):
        try:
            search_query(text)
        except BadInput:
            continue
    assert time.monotonic() - began < 1
