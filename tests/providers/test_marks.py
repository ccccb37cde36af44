"""The plain protocol, as models really write it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.providers.marks import Mark, Marked, read_line

S = "Tuned models keep their answer."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f'{S} [2] "they keep it"', [Marked(S, (Mark((2,), ("they keep it",)),))]),
        (f"{S} [2] “they keep it”", [Marked(S, (Mark((2,), ("they keep it",)),))]),
        (f"- {S[:-1]} [2].", [Marked(S, (Mark((2,)),))]),
        (f"3. **{S}** [1, 3]", [Marked(S, (Mark((1, 3)),))]),
        (f"{S} [1][2]", [Marked(S, (Mark((1,)), Mark((2,))))]),
        (f"{S} [1-3]", [Marked(S, (Mark((1, 2, 3)),))]),
        (f"{S} [Passage 2], [Source 4]", [Marked(S, (Mark((2,)), Mark((4,))))]),
        (f"{S} 【2】", [Marked(S, (Mark((2,)),))]),
        (f"{S} [^2]", [Marked(S, (Mark((2,)),))]),
        (f'{S} "they keep it" [2]', [Marked(S, (Mark((2,), ("they keep it",)),))]),
        (f'{S} [2] (quote: "they keep it")', [Marked(S, (Mark((2,), ("they keep it",)),))]),
        ("Tuned models [2] keep it [3].", [Marked("Tuned models keep it.", (Mark((2,)), Mark((3,))))]),
        (
            'One is so. [1] "one" Two is so. [2] "two"',
            [Marked("One is so.", (Mark((1,), ("one",)),)), Marked("Two is so.", (Mark((2,), ("two",)),))],
        ),
        ("One is so. Two is so. [2]", [Marked("One is so.", ()), Marked("Two is so.", (Mark((2,)),))]),
        ('They call it "performative" [2].', [Marked('They call it "performative"', (Mark((2,)),))]),
        ('> [2] "they keep it"', [Marked("", (Mark((2,), ("they keep it",)),))]),
        ('"they keep it"', [Marked("", (Mark((), ("they keep it",)),))]),
        ("See [a link](http://x.org) and [[a-note]].", [Marked("See [a link](http://x.org) and [[a-note]].", ())]),
        ("", []),
        ("[1]", [Marked("", (Mark((1,)),))]),
    ],
)
def test_lines_of_small_models_are_read(line: str, expected: list[Marked]):
    """A sentence would lose its citation, or carry its marks as words."""
    assert read_line(line) == expected


@given(st.text(alphabet='ab. [](){}"“”0123,-–^*【】>\n', max_size=120))
def test_any_line_is_read(line: str):
    """A model's nonsense would end in an exception."""
    for marked in read_line(line):
        assert marked.text or marked.marks


@pytest.mark.parametrize("piece", ["[1", '"', "[1] ", "[1,", '"a" ', "** ", "[1]. ", "“"])
def test_reading_takes_linear_time(piece: str):
    """A hostile answer would stall the program."""
    taken = []
    for n in (2_000, 8_000):
        start = time.perf_counter()
        read_line(piece * n)
        taken.append(time.perf_counter() - start)
    assert taken[1] < 1.5 or taken[1] < 10 * taken[0]
