"""Links between notes as vaults really write them, and marks that are no part of a sentence."""

import time

import pytest

from ingest.chunk import chunk
from ingest.markdown import blocks
from ingest.notes import parse_note
from ingest.plain import note_links, plain
from ingest.sentences import sentences


def targets(text: str) -> list[str]:
    return [link.target for link in parse_note(text, "folder/note.md").links]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("See [[other]] and [[b/other#part|words]].", ["other", "b/other"]),
        ("![[other]] is shown here.", ["other"]),
        ("![[picture.png]] ![[talk.MP3|300]] [[paper.pdf#page=3]]", []),
        ("See [words](../b/other.md#part) and [more](my%20note.md).", ["../b/other.md", "my note.md"]),
        ("See [a page](https://example.org/x.md) and [mail](mailto:a@b.md).", []),
        ("![a picture](other.png) and [a file](other.txt)", []),
        ("`[[code]]` and `[code](x.md)` and \\[[no]] too", []),
        ("```\n[[code]] [code](x.md)\n```", []),
        ("[[words|#a heading of this note]]", []),
        ("[[11.12 RAG]] and [[v1.0]]", ["11.12 RAG", "v1.0"]),
    ],
)
def test_links_that_lead_to_notes_are_read_and_others_are_not(text: str, wanted: list[str]):
    """A link would be lost, or a picture be reported as a broken link."""
    assert targets(text) == wanted


def test_what_is_shown_may_be_the_target():
    """In vaults written with Dendron every link would be broken."""
    link = parse_note("[[The words|a.b.target]]", "note.md").links[0]
    assert (link.target, link.otherwise) == ("The words", "a.b.target")


@pytest.mark.parametrize(
    ("text", "why", "under"),
    [
        ("## See also\n\n- [[a]]\n", "", "See also"),
        ("## **Papers** on it\n\n1. [[a|A title]], [[b]]\n", "", "Papers on it"),
        ("# T\n\n## [[a]]\n", "", "T"),
        ("- [[a]]", "", ""),
        ("## See also\n\n![[a]]\n", "", "See also"),
        ("## See also\n\n- [[a]]: it says more.\n", "a: it says more.", ""),
        ("## S\n\n[[a|Small models lose their thread.]]\n", "Small models lose their thread.", ""),
        ("## S\n\nFirst. Both [[a]] and [[b]] say so. Third.\n", "Both a and b say so.", ""),
    ],
)
def test_a_link_without_words_is_told_by_the_heading_above(text: str, why: str, under: str):
    """The name of a note would pass for the reason why it is linked."""
    links = parse_note(text, "note.md").links
    assert {(link.why, link.under) for link in links} == {(why, under)}


def said(text: str) -> list[str]:
    """Sentences that may be quoted."""
    spans = [s for b in blocks(text) if b.quotable for s in sentences(text, b.char_start, b.char_end)]
    return [text[a:b] for a, b in spans]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("#ai #llm/small #2026-notes", []),
        ("Tuning loosens the steps. #ai #llm", ["Tuning loosens the steps."]),
        ("#ai Tuning loosens the steps.", ["Tuning loosens the steps."]),
        ("Tuning loosens the steps. ^claim-1", ["Tuning loosens the steps."]),
        ("- Tuning loosens the steps. ^b2\n- Issue #12 says so.", ["Tuning loosens the steps.", "Issue #12 says so."]),
        ("> [!note] A title\n> Tuning loosens the steps.", ["Tuning loosens the steps."]),
        ("> [!warning]- Folded title", []),
        ("> [!tip]\n> One says this.\n> Two says that.", ["One says this.", "Two says that."]),
        ("> Quoted words stay.", ["Quoted words stay."]),
        ("C# is a language and x^2 a square.", ["C# is a language and x^2 a square."]),
    ],
)
def test_tags_block_names_and_callout_titles_are_in_no_sentence(text: str, wanted: list[str]):
    """An answer would quote a hashtag."""
    assert said(text) == wanted


def test_a_tag_inside_a_sentence_is_shown_as_its_word():
    """A quoted sentence would have a hole, or a mark that only an editor knows."""
    assert plain("Use #spaced-repetition for this. ^id1") == "Use spaced-repetition for this."
    assert plain("Issue #12 and C# and a#b stay.") == "Issue #12 and C# and a#b stay."
    assert plain("# Heading\n\n#tag") == "Heading tag"


def test_links_in_a_callout_are_links():
    """A vault that keeps its links in callouts would fall apart."""
    assert targets("> [!info] See [[a]]\n> and [[b]].") == ["a", "b"]


def test_passages_of_a_callout_are_exact():
    """A citation would point beside the words."""
    source = parse_note(
        "# T\n\n> [!note] Title\n> Words of the note stand here. #tag ^id\n\nMore words follow.\n", "n.md"
    )
    for passage in chunk(source, lambda text: len(text.split()), 60):
        assert source.text[passage.char_start : passage.char_end] == passage.text
        for start, end in passage.sentences:
            assert source.text[start:end] in ("Words of the note stand here.", "More words follow.")


@pytest.mark.parametrize("part", ["[a](", "[[a|", "#", "# ", "^", "#a ", " ^a", "> [!a] ", "[a](b.md", "![["])
def test_hostile_marks_take_linear_time(part: str):
    """One note could hold a library up for minutes."""

    def taken(n: int) -> float:
        text = part * (n // len(part))
        started = time.perf_counter()
        note_links(text)
        plain(text)
        sentences(text, 0, len(text))
        return time.perf_counter() - started

    taken(2_000)
    small = min(taken(20_000) for _ in range(3))
    assert taken(80_000) < 16 * small + 0.3
