"""Blocks of Markdown with exact places."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.markdown import Lines, blocks
from ingest.plain import plain

TEXT = """---
front: matter
---
Before all headings.

# One *big* part

A paragraph over
two lines.
- item one
  goes on
- item two

  second paragraph

  1. nested
- [ ] task

## A part

> quoted
> words
>
> > deeper

```py
# no heading
[[no link]]
```

    indented code

$$
x
- y
$$

| a | b |
|---|---|
| 1 | 2 |

<div>
raw
</div>

[ref]: https://a.b

***

Under
=====

Last $$a$$ words.
"""


def test_every_block_has_its_kind_place_and_section() -> None:
    """Else passages have wrong sections, or code is quoted as prose."""
    start = TEXT.index("Before")
    found = [(block.kind, block.section, TEXT[block.char_start : block.char_end]) for block in blocks(TEXT, start)]
    one, part, under = ("One big part",), ("One big part", "A part"), ("Under",)
    assert found == [
        ("paragraph", (), "Before all headings."),
        ("heading", one, "# One *big* part"),
        ("paragraph", one, "A paragraph over\ntwo lines."),
        ("list_item", one, "- item one\n  goes on"),
        ("list_item", one, "- item two"),
        ("list_item", one, "second paragraph"),
        ("list_item", one, "1. nested"),
        ("list_item", one, "- [ ] task"),
        ("heading", part, "## A part"),
        ("quote", part, "> quoted\n> words"),
        ("quote", part, "> > deeper"),
        ("code", part, "```py\n# no heading\n[[no link]]\n```"),
        ("code", part, "indented code"),
        ("math", part, "$$\nx\n- y\n$$"),
        ("table", part, "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("html", part, "<div>\nraw\n</div>"),
        ("heading", under, "Under\n====="),
        ("paragraph", under, "Last $$a$$ words."),
    ]


def test_only_prose_is_quotable() -> None:
    """Else an answer quotes a table row or a line of code."""
    assert {block.kind for block in blocks(TEXT, TEXT.index("Before")) if block.quotable} == {
        "paragraph",
        "list_item",
        "quote",
    }


def test_the_path_of_headings_follows_their_levels() -> None:
    """Else a passage claims to stand under a heading that ended."""
    text = "# A\n### B\n## C\n#### D\n# E\n#\ntext\n"
    sections = [block.section for block in blocks(text)]
    assert sections == [("A",), ("A", "B"), ("A", "C"), ("A", "C", "D"), ("E",), (), ()]
    assert [block.level for block in blocks(text)] == [1, 3, 2, 4, 1, 1, 0]


@pytest.mark.parametrize(
    "text", ["$$ unclosed\n\ntext", "$$\n\n$$", "$$a$$ and words", "    $$x$$", "text $$\nx\n$$ text"]
)
def test_dollars_that_are_no_math_block_stay_prose_or_code(text: str) -> None:
    """Else a price in double dollars swallows the rest of the note."""
    assert "math" not in {block.kind for block in blocks(text)}


@pytest.mark.parametrize(
    "text", ["$$x$$", "words\n$$\n# x\n$$\nwords", "> $$\n> x\n> $$", "- $$\n  x\n  $$", "$$x\n y$$"]
)
def test_math_blocks_are_found_wherever_blocks_may_stand(text: str) -> None:
    """Else a formula's minus becomes a list item."""
    assert "math" in {block.kind for block in blocks(text)}


def test_lists_of_25_levels_are_read_and_ten_thousand_do_no_harm() -> None:
    """Else a deep outline loses text, or a hostile one ends the program."""
    outline = "".join("  " * level + f"- level {level}\n" for level in range(25))
    assert len(blocks(outline)) == 25
    blocks("- " * 10_000)
    blocks(">" * 10_000 + " x")


def test_lines_translate_offsets() -> None:
    """Else errors and links point at the wrong line."""
    lines = Lines("ab\n\nc")
    assert [lines.line_of(offset) for offset in range(5)] == [0, 0, 0, 1, 2]
    assert [lines.start(line) for line in range(4)] == [0, 3, 4, 6]


PARTS = st.sampled_from([
    "# H\n", "## H2\n", "text ", "é字\U0001f600 ", "- ", "1. ", "> ", "```\n", "$$\n", "\n", "\n\n", "    ", "\t",
    "| a |\n|---|\n", "<div>\n", "<!-- ", "-->\n", "[r]: u\n", "===\n", "---\n", "\u2028", "\x0b", "\x85", "[[x]] ",
])  # fmt: skip


@given(st.lists(PARTS, max_size=40).map("".join))
def test_spans_are_exact_in_order_and_apart(text: str) -> None:
    """Else passages overlap or cite the wrong words."""
    position = 0
    for block in blocks(text):
        words = text[block.char_start : block.char_end]
        assert words == words.strip() != ""
        assert block.char_start >= position
        position = block.char_end


@given(
    st.lists(
        st.sampled_from(["words here\n", "- item\n", "> quote\n", "\n", "# H\n", "```\ncode\n```\n"]), max_size=20
    ).map("".join)
)
def test_no_word_of_prose_is_lost(text: str) -> None:
    """Else part of a note can never be found."""
    covered = "".join(text[block.char_start : block.char_end] for block in blocks(text))
    for word in ("words", "item", "quote", "code", "H"):
        assert covered.count(word) == text.count(word), plain(text)


def test_hostile_text_takes_linear_time(assert_linear: Callable[[Callable[[str], object], str], None]) -> None:
    """Else one note blocks the ingest of all others."""
    for seed in ("[", "[a]: ", "- a\n", "> ", "|a", "$$\n", "$$a\n", "<!--", "```\n", "a\n=\n"):
        assert_linear(blocks, seed)
