"""Markdown as readable text, wikilinks, and text that is safe to print."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.plain import Wikilink, plain, terminal_safe, wikilinks

MARKED = [
    ("[[can-tuning-keep-steps]] holds", "can tuning keep steps holds"),
    ("[[Does tuning hurt?]] holds", "Does tuning hurt? holds"),
    ("[[slug|the words]] and [[slug#part|more]]", "the words and more"),
    ("[[slug#part]] and [[#part]] and ![[folder/figure-one.md]]", "slug and part and figure one"),
    ("| [[slug\\|words]] | 2 |", "words | 2"),
    ('a [link](https://a.b/c_(d)) and ![alt text](x.png "t")', "a link and alt text"),
    ("[![alt](i.png)](https://a.b) [text][ref]", "alt text"),
    ("**bold *and italic* words** ~~gone~~ ==seen== __b__ _i_ ***x***", "bold and italic words gone seen b i x"),
    ("这是**重点**内容", "这是重点内容"),
    ("`code_span*` and ``a ` b``", "code_span* and a ` b"),
    ("found[^1] it [^note].", "found it ."),
    ("# Heading #\n\n## Two", "Heading Two"),
    ("- one\n* two\n+ three\n1. four\n2) five", "one two three four five"),
    ("- [ ] open\n- [x] done", "open done"),
    ("> quoted\n> > deeper\n> [!note] Title", "quoted deeper Title"),
    ("<b>x</b> <img src=x onerror='y'><br/> <!-- gone --> end", "x end"),
    ("AT&amp;T &lt;script&gt; &#65; &copy; &unknown; a&b", "AT&T <script> A © &unknown; a&b"),
    ("<https://a.b/_c_>", "https://a.b/_c_"),
    ("```python\na*b*c # x\n```\nend", "a*b*c # x end"),
    ("\\*not\\* \\[[x]] \\`", "*not* [[x]] `"),
    ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a | b 1 | 2"),
    ("Title\n=====\ntext\n\n---\n\nmore", "Title text more"),
    ("wrapped\nlines   with\tspace", "wrapped lines with space"),
]

UNMARKED = [
    "arXiv:2411.15382v1 and cs/0112017",
    "snake_case_name, a_b, __init__x and _x",
    "2 * 3 * 4, 5*3 and 2*4, 2**3 and 4**5",
    "$x_1 * y_2 * z$ and $$a_b$$",
    "costs $5 and $10",
    "p < .05, a < b and c > d, x <- y",
    "a == b == c, a ~ b, ~5%",
    "see [12] and [1][2] and m[i][j]",
    "https://a.b/snake_case_/_x_?a=1&copy=2",
    "f(*args, **kwargs)",
    "one * two",
    "C# and F#",
    "0.5B-7B models - not - larger",
    "it ended in\n2023. The next".replace("\n", " "),
]


@pytest.mark.parametrize(("markdown", "shown"), MARKED)
def test_markup_goes_and_words_stay(markdown: str, shown: str) -> None:
    """Else answers show raw Markdown, or the search sees markup as words."""
    assert plain(markdown) == shown


@pytest.mark.parametrize("text", UNMARKED)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    """Else ids, formulas and names in quotations are altered."""
    assert plain(text) == text


def test_a_number_at_the_start_of_a_wrapped_line_is_no_list_mark() -> None:
    """Else a year or result vanishes from a quotation."""
    assert plain("It ended in\n2023. The next") == "It ended in 2023. The next"


@given(st.text(st.sampled_from(list("ab_*`[]()!|$<>&;#\\~=-. \n1:/\ue000\ue001")), max_size=80))
def test_plain_text_is_one_line_and_never_fails(text: str) -> None:
    """Else one odd sentence stops an answer, or private marks leak into it."""
    shown = plain(text)
    assert shown == " ".join(shown.split())
    assert "\ue000" not in shown


@given(st.text(st.characters(categories=["L", "Nd"]), max_size=80))
def test_words_are_never_changed(text: str) -> None:
    """Else other scripts are mangled."""
    assert plain(text) == " ".join(text.split())


def test_wikilinks_have_exact_places_and_parts() -> None:
    """Else links resolve to the wrong note, or edits of links hit other text."""
    text = "a [[one]] ![[two#part|shown words]] [[Three four|x]]"
    found = wikilinks(text)
    assert [(link.target, link.heading, link.alias) for link in found] == [
        ("one", "", ""), ("two", "part", "shown words"), ("Three four", "", "x"),
    ]  # fmt: skip
    assert [text[link.char_start : link.char_end] for link in found] == [
        "[[one]]", "![[two#part|shown words]]", "[[Three four|x]]",
    ]  # fmt: skip
    assert wikilinks(text, 3, 20) == []
    assert wikilinks("[[a\\|b]]") == [Wikilink("a", "", "b", 0, 8)]


@pytest.mark.parametrize(
    "text",
    [
        "`[[a]]`",
        "``x [[a]]``",
        "$[[a]]$",
        "$$\n[[a]]\n$$",
        "\\[[a]]",
        "[[#part]]",
        "[[]]",
        "[[a",
        "[a]",
        "[[a\nb]]",
        "[[|b]]",
    ],
)
def test_what_is_code_math_or_incomplete_is_no_wikilink(text: str) -> None:
    """Else code about wikilinks is reported as broken links."""
    assert wikilinks(text) == []


def test_a_path_in_a_wikilink_stays_a_text() -> None:
    """Else a note could name files outside the library."""
    assert [link.target for link in wikilinks("[[../../etc/passwd]]")] == ["../../etc/passwd"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x\x1b]8;;http://a\x1b\\y", "xy"),
        ("\x9b31mx\x1b\x1bcy", "xy"),
        ("a\x1b]unfinished", "aunfinished"),
        ("a\u202eb\u2066c\u200bd\ufeffe\u00adf\U000e0041g", "abcdefg"),
        ("a\x00b\x08c\rd\x7fe\x85f", "abcdef"),
        ("a\tb\nc\u2028d", "a\tb\nc\nd"),
        ("\ud800x", "x"),
        ("é e\u0301 \u0627\u0644 字 \U0001f600", "é e\u0301 \u0627\u0644 字 \U0001f600"),
    ],
)
def test_nothing_that_a_terminal_obeys_or_hides_gets_through(text: str, shown: str) -> None:
    """Else a note's title can rewrite the screen or hide words."""
    assert terminal_safe(text) == shown


@given(st.text())
def test_safe_text_is_printable_as_it_is(text: str) -> None:
    """Else printing fails on a surrogate, or cleaning twice gives another text."""
    safe = terminal_safe(text)
    safe.encode("utf-8")
    assert "\x1b" not in safe
    assert terminal_safe(safe) == safe


SEEDS = ["[", "[[", "[[a", "[a](", "![[", "`", "`` `", "```\n", "$", "$a ", "*a", "**a *b", "_a", "__a_b", "~~a", "==a"]
SEEDS += [
    "<a ",
    "<!--",
    "&amp",
    "\\(",
    "http://a!?",
    "| a |\n",
    "> - 1. ",
    "\x1b[",
    "\x1b]",
    "\ue000",
    "[^a",
    "[a][",
    "# ",
    "= ",
    "\n ",
]


@pytest.mark.parametrize("function", [plain, terminal_safe, wikilinks])
def test_hostile_text_takes_linear_time(
    function: Callable[[str], object], assert_linear: Callable[[Callable[[str], object], str], None]
) -> None:
    """Else 40 kB of brackets hang the program."""
    for seed in SEEDS:
        assert_linear(function, seed)


def test_importing_is_light() -> None:
    """Else every command waits for a Markdown or YAML parser that it does not use."""
    code = "import sys, ingest.plain; sys.exit(bool({'markdown_it', 'ruamel.yaml', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
