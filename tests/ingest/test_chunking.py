"""Passages: exact spans within the window, in one section each, with the sentences that may be quoted."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk
from ingest.markdown import blocks
from ingest.notes import parse_note
from ingest.plain import plain
from kb.domain import Passage, PassageKind, Source

Count = Callable[[str], int]

NOTE = """---
title: Does it hold?
claims:
  - text: It holds for 7B models.
    as_of: 2024-11
claim: It holds for 7B models.
summary: >-
  It holds. Small models
  differ.
---
Opening words.

# Findings

First sentence of the findings. Second sentence here.

- An item that is [[linked|shown]].
- Another item.

## Details

| a | b |
|---|---|
| 1 | 2 |

<!-- hidden -->

Final words.
"""


def texts(passages: list[Passage]) -> list[tuple[str, tuple[str, ...], str]]:
    return [(passage.kind.value, passage.section, passage.text) for passage in passages]


def check(source: Source, passages: list[Passage], count: Count, max_tokens: int) -> None:
    """What holds for all passages of all sources."""
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    for passage in passages:
        assert passage.source_id == source.id
        assert passage.text == source.text[passage.char_start : passage.char_end] == passage.text.strip() != ""
        if len(passage.text) > 1:
            assert count(passage.text) <= max_tokens
            assert count(plain(passage.text)) <= max_tokens
        position = passage.char_start
        for start, end in passage.sentences:
            assert position <= start < end <= passage.char_end
            position = end
    body = [passage for passage in passages if passage.kind is PassageKind.BODY]
    assert all(one.char_end <= two.char_start for one, two in pairwise(body))


def test_a_note_gives_claim_summary_and_sections(count_words: Count) -> None:
    """Else headings are quoted, sections mixed, or the claim cannot be found and cited."""
    passages = chunk(parse_note(NOTE, "a.md"), count_words, 60)
    assert texts(passages) == [
        ("claim", (), "It holds for 7B models."),
        ("summary", (), "It holds. Small models\n  differ."),
        ("body", (), "Opening words."),
        (
            "body",
            ("Findings",),
            "First sentence of the findings. Second sentence here.\n\n"
            "- An item that is [[linked|shown]].\n- Another item.",
        ),
        ("body", ("Findings", "Details"), "| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- hidden -->\n\nFinal words."),
    ]
    assert passages[0].char_start == NOTE.index("claim: It") + len("claim: ")
    quotable = [[NOTE[start:end] for start, end in passage.sentences] for passage in passages]
    assert quotable == [
        ["It holds for 7B models."],
        ["It holds.", "Small models\n  differ."],
        ["Opening words."],
        [
            "First sentence of the findings.",
            "Second sentence here.",
            "An item that is [[linked|shown]].",
            "Another item.",
        ],
        ["Final words."],
    ]


@pytest.mark.parametrize(
    ("yaml", "found"),
    [
        ('claim: "Quoted words."', "Quoted words."),
        ("claim: 'Quoted words.'", "Quoted words."),
        ('"claim" : Quoted words.', "Quoted words."),
        ("claim: |\n  Two\n\n  parts.", "Two\n\n  parts."),
        ("claim: Two\n  parts. # a comment", "Two\n  parts."),
        ("title: It is so.\nclaim: It is so.", "It is so."),
        ("claim: 'It''s so.'", None),
        ('claim: "A \\"word\\"."', None),
        ("claim:", None),
    ],
)
def test_the_claim_is_a_passage_where_it_stands_verbatim(count_words: Count, yaml: str, found: str | None) -> None:
    """Else a citation of the claim points at other words, such as the title's."""
    note = parse_note(f"---\n{yaml}\n---\nBody.\n", "a.md")
    passages = [passage for passage in chunk(note, count_words, 50) if passage.kind is PassageKind.CLAIM]
    assert [passage.text for passage in passages] == ([found] if found else [])
    if found:
        assert passages[0].char_start >= note.text.index("claim")


def test_a_paper_is_all_body_even_if_it_looks_like_a_note(count_words: Count, paper: Callable[[str], Source]) -> None:
    """Else the beginning of a paper is taken for front matter and lost."""
    passages = chunk(paper("---\nclaim: x\n\n---\nText of the paper.\n"), count_words, 50)
    assert {passage.kind for passage in passages} == {PassageKind.BODY}
    assert "claim: x" in passages[0].text


def test_blocks_stay_whole_and_are_packed(count_words: Count, paper: Callable[[str], Source]) -> None:
    """Else passages are torn in the middle of a thought, or each line becomes one."""
    text = "One two three.\n\nFour five six.\n\nSeven eight nine ten.\n"
    assert [p.text for p in chunk(paper(text), count_words, 6)] == [
        "One two three.\n\nFour five six.",
        "Seven eight nine ten.",
    ]


def test_a_long_block_is_cut_between_sentences(count_words: Count, paper: Callable[[str], Source]) -> None:
    """Else quotations end in the middle of a sentence."""
    text = "> One two three. Four\n> five six. Seven eight."
    passages = chunk(paper(text), count_words, 7)
    assert [passage.text for passage in passages] == ["> One two three.", "Four\n> five six. Seven eight."]


def test_a_long_sentence_is_cut_between_words_and_not_quotable(
    count_words: Count, paper: Callable[[str], Source]
) -> None:
    """Else half a sentence is offered as a quotation."""
    text = "Short one. Long " + "word " * 20 + "end. Last one."
    passages = chunk(paper(text), count_words, 8)
    check(paper(text), passages, count_words, 8)
    quoted = [text[start:end] for passage in passages for start, end in passage.sentences]
    assert quoted == ["Short one.", "Last one."]


def test_a_word_of_ten_thousand_characters_is_cut_between_characters(
    count_words: Count, paper: Callable[[str], Source]
) -> None:
    """Else an encoded image, which counts as one unknown word, is one endless passage."""
    source = paper("Before. " + "x" * 10_000 + " after.")
    passages = chunk(source, count_words, 50)
    assert "".join(passage.text.replace(" ", "") for passage in passages) == source.text.replace(" ", "")
    assert max(len(passage.text) for passage in passages) <= 50 * 20
    characters = chunk(source, lambda text: len(text) + 2, 50)
    check(source, characters, lambda text: len(text) + 2, 50)


def test_a_small_rest_is_joined_if_it_fits_after_all(paper: Callable[[str], Source]) -> None:
    """Else many passages are a few words without context."""

    def generous(text: str) -> int:
        # Counts every text one higher than its parts, as rounding does.
        return len(text.split()) + bool(text.strip())

    text = "One two three.\n\nFour five six.\n\nSeven."
    assert [passage.text for passage in chunk(paper(text), generous, 8)] == [text]


def test_code_and_tables_are_cut_between_lines(count_words: Count, paper: Callable[[str], Source]) -> None:
    """Else a long table is cut in the middle of a cell."""
    rows = "".join(f"| row {n} | value |\n" for n in range(10))
    passages = chunk(paper("| a | b |\n|---|---|\n" + rows), count_words, 16)
    assert all(passage.text.startswith("|") and passage.text.endswith("|") for passage in passages)
    assert not any(passage.sentences for passage in passages)


def test_comments_and_bare_images_give_no_passage(count_words: Count, paper: Callable[[str], Source]) -> None:
    """Else the search returns passages that show nothing."""
    hidden = "<!-- " + "hidden words\n" * 50 + "-->"
    assert chunk(paper(hidden + "\n\n![](x.png)\n\n<div></div>\n"), count_words, 20) == []
    assert chunk(paper(""), count_words, 20) == []


def test_a_text_of_headings_only_can_still_be_found(count_words: Count, paper: Callable[[str], Source]) -> None:
    """Else an outline is in the library but in no answer."""
    (passage,) = chunk(paper("# One\n\n## Two\n"), count_words, 20)
    assert passage.text == "# One\n\n## Two"


def test_a_window_without_room_is_refused(paper: Callable[[str], Source]) -> None:
    """Else a wrong setting ends in an endless loop."""
    with pytest.raises(ValueError, match="max_tokens"):
        chunk(paper("Text."), lambda text: len(text) + 2, 2)


def test_markup_that_only_works_together_cannot_overfill_a_passage(paper: Callable[[str], Source]) -> None:
    """Else a passage is longer than the model's window and its end is never read."""
    text = "- `a\n- b` \\*\\* c\n- d `e\n- f`\n[x]: http://a.b/" + "c/" * 50 + "\n\nend"

    def count(markdown: str) -> int:
        return sum(1 for character in markdown if not character.isspace())

    for max_tokens in range(4, 40):
        check(paper(text), chunk(paper(text), count, max_tokens), count, max_tokens)


PARTS = st.sampled_from([
    "# H\n", "## Part\n", "Words here. ", "More words, e.g. these. ", "[[A link? Yes.]] ", "$x. y$ ", "\n", "\n\n",
    "- ", "> ", "1. ", "```\ncode here\n```\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "<!-- no -->\n", "[r]: u\n",
    "字。字！", "é\U0001f600 ", "&amp; ", "`", "**", "longword" * 9 + " ", "![](i.png)\n", "---\n", "\\* ",
])  # fmt: skip
COUNTERS: list[Count] = [
    lambda text: len(text.split()),
    lambda text: len(text.split()) + 2,
    lambda text: (len(text) + 3) // 4 + 2,
    lambda text: sum(1 for character in text if not character.isspace()),
]


@given(st.lists(PARTS, max_size=40).map("".join), st.sampled_from(COUNTERS), st.integers(3, 40))
def test_passages_are_exact_fit_the_window_and_lose_no_prose(text: str, count: Count, max_tokens: int) -> None:
    """Else words can never be found, are found twice, or are cut off by the model."""
    source = Source(id="arxiv:2411.15382v1", kind="paper", title="A paper", text=text)
    passages = chunk(source, count, max_tokens)
    check(source, passages, count, max_tokens)
    assert passages == chunk(source, count, max_tokens)
    covered = {offset for passage in passages for offset in range(passage.char_start, passage.char_end)}
    for block in blocks(text):
        if block.quotable and plain(text[block.char_start : block.char_end]):
            missing = set(range(block.char_start, block.char_end)) - covered
            assert not "".join(text[offset] for offset in missing).strip()


@given(st.lists(PARTS, max_size=30).map("".join), st.integers(3, 40))
def test_no_passage_reaches_over_a_heading(text: str, max_tokens: int) -> None:
    """Else a passage's section is wrong for half of it."""
    source = Source(id="arxiv:2411.15382v1", kind="paper", title="A paper", text=text)
    found = blocks(text)
    headings = [block for block in found if block.kind == "heading"]
    passages = chunk(source, COUNTERS[0], max_tokens)
    if any(block.kind != "heading" and plain(text[block.char_start : block.char_end]) for block in found):
        for passage in passages:
            assert not any(
                passage.char_start < block.char_end and block.char_start < passage.char_end for block in headings
            )
            above = [block for block in headings if block.char_start < passage.char_start]
            assert passage.section == (above[-1].section if above else ())


def test_a_hostile_text_takes_linear_time(
    assert_linear: Callable[[Callable[[str], object], str], None], count_words: Count, paper: Callable[[str], Source]
) -> None:
    """Else one note blocks the ingest of all others."""
    for seed in ("word ", "Go. ", "x", "[[a]] ", "| a |\n", "a\n\n", "# a\n", "字"):
        assert_linear(lambda text: chunk(paper(text), count_words, 100), seed)


@given(words_by_page=st.lists(st.integers(0, 40), min_size=1, max_size=8))
def test_a_passage_is_on_the_page_where_it_starts(
    count_words: Count, paper: Callable[[str], Source], words_by_page: list[int]
) -> None:
    """Broken: a citation sends its reader to the wrong page of a paper."""
    texts = [
        "".join(f"Page{number} word{n} here.\n\n" for n in range(count)) for number, count in enumerate(words_by_page)
    ]
    starts = tuple(sum(map(len, texts[:number])) for number in range(len(texts)))
    passages = chunk(paper("".join(texts)).model_copy(update={"pages": starts}), count_words, 12)
    assert all(passage.text.startswith(f"Page{(passage.page or 0) - 1} ") for passage in passages)


def test_a_source_without_pages_has_passages_without_pages(
    count_words: Callable[[str], int], paper: Callable[[str], Source]
) -> None:
    """Broken: a web page's citation names a page."""
    assert {passage.page for passage in chunk(paper("One. Two."), count_words, 12)} == {None}
