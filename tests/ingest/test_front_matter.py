"""Front matter: read as written, refused where unsafe, edited without loss."""

import json
import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.front_matter import MAX_FRONT_MATTER_BYTES, read_front_matter
from ingest.yaml_tree import MAX_DEPTH, MAX_VALUES
from kb.errors import BadNote
from kb.identity import normalise

NOTE = """---
# Kept: who argued this note through
title: Does fine-tuning disconnect reasoning steps?   # open since May
claim: 'It''s so'
summary: >
  Two lines
  folded.

topics: [cot, "fine-tuning"]
sources:
  - arXiv:2411.15382
  # the second one is a preprint
  - arXiv:2305.04388
custom: {a: 1, b: [x, y]}
---
# Body

---
Text.
"""


def yaml(text: str) -> str:
    return f"---\n{text}\n---\nBody\n"


@pytest.mark.parametrize(
    "written",
    [
        "no",
        "yes",
        "on",
        "true",
        "2024-11",
        "2024-11-05",
        "1:30",
        "0123",
        "1e3",
        "0x1F",
        "1_000",
        ".5",
        "12:30:45",
        "=",
        "<<",
    ],
)
def test_scalars_stay_as_they_are_written(written: str) -> None:
    """Else a claim's month turns into a date, a topic `no` into False and an id into octal."""
    assert read_front_matter(yaml(f"key: {written}")).content == {"key": written}


@pytest.mark.parametrize("written", ["", "~", "null"])
def test_nothing_is_none_but_quoted_words_are_words(written: str) -> None:
    """Else an empty field becomes the text "null", or a quoted word vanishes."""
    front = read_front_matter(yaml(f'key: {written}\nquoted: "{written}"'))
    assert front.content == {"key": None, "quoted": written}


def test_a_text_without_front_matter_is_all_body() -> None:
    """Else plain Markdown could not be a note."""
    for text in ("", "Just text.\n", "\n---\na: b\n---\n", "----\na: b\n----\n", "---x\n"):
        front = read_front_matter(text)
        assert (front.fields, front.body_start, front.text) == ({}, 0, text)


def test_empty_front_matter_has_no_fields() -> None:
    """Else a freshly made Obsidian note is an error."""
    for text in ("---\n---\nBody", "---\n\n---\nBody", "---\n# only a comment\n---\nBody", "---  \n---  \nBody"):
        front = read_front_matter(text)
        assert front.fields == {}
        assert text[front.body_start :] == "Body"


def test_values_know_their_place_and_line() -> None:
    """Else errors name the wrong line and edits hit the wrong text."""
    front = read_front_matter(NOTE)
    title = front.fields["title"]
    assert NOTE[title.char_start : title.char_end] == "Does fine-tuning disconnect reasoning steps?"
    assert {key: value.line for key, value in front.fields.items()} == {
        "title": 3, "claim": 4, "summary": 5, "topics": 9, "sources": 11, "custom": 14,
    }  # fmt: skip
    assert NOTE[front.body_start :] == "# Body\n\n---\nText.\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\na: b\n", 1, "never ends"),
        (yaml("a: b\na: c"), 3, "second time"),
        (yaml("a:\n  b: 1\n  b: 2"), 4, "second time"),
        (yaml("a: &x 1\nb: *x"), 2, "anchor or alias"),
        (yaml("b: *x"), 2, "anchor or alias"),
        (yaml("a: 1\nb: !!python/object/apply:os.system [ls]"), 3, "tag"),
        (yaml("a: !!str 1"), 2, "tag"),
        (yaml("a: !local 1"), 2, "tag"),
        (yaml("a: ! 1"), 2, "tag"),
        (yaml("a: [1, 2"), 3, "not valid YAML"),
        (yaml("a: b: c"), 2, "not valid YAML"),
        (yaml("a: 1\n\tb: 2"), 3, "not valid YAML"),
        (yaml("title: {{ template }}"), 2, "not a plain text"),
        (yaml("[a, b]: c"), 2, "not a plain text"),
        (yaml("- a\n- b"), 2, "key: value"),
        (yaml("just words"), 2, "key: value"),
        (yaml("a: b\n...\nc: d"), 4, "more than one document"),
        (yaml("a: \x07bell"), 2, "not valid YAML"),
        (yaml('a: "\\UFFFFFFFF"'), 2, "not valid YAML"),
        (yaml("a: " + "[" * (MAX_DEPTH + 5) + "]" * (MAX_DEPTH + 5)), 2, "levels deep"),
        (yaml("\n".join("  " * n + "a:" for n in range(MAX_DEPTH + 5))), MAX_DEPTH + 1, "levels deep"),
        (yaml("a: " + "[" * 50_000), 2, "levels deep"),
        (yaml("a: " + "{b: " * 20_000), 2, "levels deep"),
        (yaml("- " * 50_000), 2, "levels deep"),
        (yaml("a: [" + "b," * MAX_VALUES + "]"), 2, "values"),
        (yaml("a: " + "x" * MAX_FRONT_MATTER_BYTES), 1, "larger than 256 KB"),
        (yaml("a: " + "é" * (MAX_FRONT_MATTER_BYTES // 2)), 1, "larger than 256 KB"),
    ],
)
def test_unsafe_or_broken_yaml_is_refused_with_line_and_cure(text: str, line: int, words: str) -> None:
    """Else a bomb hangs the program, a tag runs code, or the person cannot find the mistake."""
    with pytest.raises(BadNote, match=words) as caught:
        read_front_matter(text)
    assert caught.value.line == line
    assert caught.value.cure


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    """Else 332 bytes of YAML fill the memory."""
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{new}: &{new} [*{old}, *{old}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(BadNote, match="anchor"):
        read_front_matter(yaml(bomb))


@given(st.text(st.sampled_from(list("ab:-[]{}#&*!|>'\"%@`,?~ \n\t\\\x85\u2028\ufeff")), max_size=60))
def test_no_yaml_raises_anything_but_bad_note(text: str) -> None:
    """Else one odd note stops all the others."""
    try:
        front = read_front_matter(f"---\n{text}\n---\n")
    except BadNote:
        return
    assert front.content is not None


def test_an_escaped_surrogate_does_not_get_in() -> None:
    """Else the text cannot be stored as UTF-8, and the program fails far from the cause."""
    value = read_front_matter(yaml('a: "x\\uD800\\0y"')).content["a"]
    assert isinstance(value, str)
    value.encode("utf-8")
    assert "\0" not in value


def test_setting_a_key_changes_only_its_lines() -> None:
    """Else an edit by the program rewrites what a person wrote: comments, quotes, order."""
    edited = read_front_matter(NOTE).with_value("topics", ["one", "no", "two words"]).text
    new = "topics:\n  - one\n  - no\n  - two words\n"
    assert edited == NOTE.replace('topics: [cot, "fine-tuning"]\n', new)


def test_a_comment_behind_a_replaced_value_stays() -> None:
    """Else a person's remark is lost with the old value."""
    front = read_front_matter(NOTE).with_value("title", "Is it so?")
    assert "title: Is it so? # open since May\n" in front.text
    assert front.content["title"] == "Is it so?"


def test_a_folded_value_is_replaced_whole() -> None:
    """Else its second line stays behind and breaks the YAML."""
    front = read_front_matter(NOTE).with_value("summary", "Short.")
    assert front.text == NOTE.replace("summary: >\n  Two lines\n  folded.\n", "summary: Short.\n")


def test_a_new_key_comes_last_and_makes_front_matter_where_there_was_none() -> None:
    """Else a plain Markdown file could not be given a title."""
    front = read_front_matter(NOTE).with_value("parent", "some-slug")
    assert front.text == NOTE.replace("b: [x, y]}\n", "b: [x, y]}\nparent: some-slug\n")
    assert read_front_matter("Text.\n").with_value("title", "Why?").text == "---\ntitle: Why?\n---\nText.\n"
    assert read_front_matter("---\n---\nText.\n").with_value("title", "Why?").text == "---\ntitle: Why?\n---\nText.\n"


def test_claims_are_written_as_the_note_format_shows_them() -> None:
    """Else a ledger update leaves notes that look machine-made."""
    claims = [
        {"text": "Steps matter less.", "as_of": "2024-11", "evidence": ["arXiv:2411.15382"], "scope": {"model": "7B"}}
    ]
    front = read_front_matter("---\ntitle: T\n---\n").with_value("claims", claims)
    assert front.text == (
        "---\ntitle: T\nclaims:\n  - text: Steps matter less.\n    as_of: 2024-11\n"
        "    evidence:\n      - arXiv:2411.15382\n    scope:\n      model: 7B\n---\n"
    )
    assert front.content["claims"] == claims


def test_dates_are_written_bare_and_bools_as_words() -> None:
    """Else Obsidian shows the date as a text in quotes."""
    front = (
        read_front_matter("---\ndate: 2024-01-01\n---\n").with_value("date", "2026-11-20").with_value("generated", True)
    )
    assert front.text == "---\ndate: 2026-11-20\ngenerated: true\n---\n"


def test_removing_a_key_removes_its_lines_only() -> None:
    """Else other keys go with it."""
    front = read_front_matter(NOTE)
    assert front.without("claim").text == NOTE.replace("claim: 'It''s so'\n", "")
    assert front.without("unknown") is front


def test_front_matter_in_braces_is_read_but_not_edited() -> None:
    """Else an edit would put a line into the middle of a flow mapping."""
    front = read_front_matter("---\n{title: T, date: 2024}\n---\n")
    assert front.content == {"title": "T", "date": "2024"}
    with pytest.raises(BadNote, match="braces"):
        front.with_value("title", "U")
    with pytest.raises(BadNote, match="braces"):
        front.without("title")


def test_indented_front_matter_keeps_its_margin() -> None:
    """Else an added key would end the mapping."""
    front = read_front_matter("---\n  title: T\n  date: 2024\n---\n").with_value("title", "U").with_value("parent", "p")
    assert front.text == "---\n  title: U\n  date: 2024\n  parent: p\n---\n"


KEYS = st.sampled_from(["title", "summary", "sources", "new"])
CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff")
TEXTS = st.text(CHARACTERS, max_size=30).map(normalise)
LINES = st.lists(TEXTS, min_size=1, max_size=3).map("\n".join)
VALUES = st.one_of(
    TEXTS, LINES, st.lists(TEXTS, max_size=3), st.dictionaries(st.text(string.ascii_letters, min_size=1), TEXTS)
)


@given(KEYS, VALUES)
@example("title", "\n")
@example("title", "a\n---\nb\n\n")
@example("title", " a\n b")
def test_what_is_set_is_read_back_and_all_else_stays(key: str, value: object) -> None:
    """Else a title with a colon, a quote or `---` in it destroys the note."""
    before = read_front_matter(NOTE)
    after = before.with_value(key, value)  # type: ignore[arg-type]
    assert after.content == before.content | {key: value}
    assert after.text[after.body_start :] == before.text[before.body_start :]
    assert after.text.count("# Kept: who argued") == 1


def test_reading_is_linear_in_time(assert_linear: Callable[[Callable[[str], object], str], None]) -> None:
    """Else a large hostile note blocks every other one."""

    def read(text: str) -> None:
        try:
            read_front_matter(yaml("a: " + text))
        except BadNote:
            return

    for seed in ("[", "- ", "word ", "[a,"):
        assert_linear(read, seed)


ITEMS = st.lists(
    st.text(string.ascii_letters + " :#'\"-", min_size=1, max_size=12).map(str.strip).filter(bool), max_size=3
)


@given(ITEMS, st.sampled_from(["", "  ", "    "]), st.booleans())
def test_an_item_more_leaves_every_other_line_alone(items: list[str], margin: str, has_comment: bool):
    """Accepting a claim would rewrite the claims that a person wrote, or lose comments."""
    comment = "# by hand\n" if has_comment else ""
    listed = "".join(f"{margin}- text: {json.dumps(item)}  # kept\n" for item in items)
    before = (
        f"---\ntitle: A\nclaims:\n{listed}{comment}other: b\n---\nBody\n" if items else "---\ntitle: A\n---\nBody\n"
    )
    front = read_front_matter(before)
    after = front.with_item("claims", {"text": "New: 50%", "as_of": "2025-02", "evidence": ["arXiv:2411.15382"]})
    assert set(before.splitlines()) <= set(after.text.splitlines())
    old, new = front.content.get("claims") or [], after.content["claims"]
    assert new == [*old, {"text": "New: 50%", "as_of": "2025-02", "evidence": ["arXiv:2411.15382"]}]
    assert {k: v for k, v in after.content.items() if k != "claims"} == {
        k: v for k, v in front.content.items() if k != "claims"
    }


@pytest.mark.parametrize("written", ["claims: []", "claims:", "claims: [{text: a, as_of: 2024-11}]", "claims: ~"])
def test_an_item_is_added_to_lists_in_any_form(written: str):
    """A note whose list is empty or in brackets could not take a claim."""
    after = read_front_matter(yaml(written)).with_item("claims", {"text": "b"})
    claims = after.content["claims"]
    assert isinstance(claims, list)
    assert claims[-1] == {"text": "b"}
    assert len(claims) == 1 + written.count("text")


def test_an_item_is_not_added_to_what_is_no_list():
    """A text would be thrown away."""
    with pytest.raises(BadNote, match="not a list"):
        read_front_matter(yaml("claims: some words")).with_item("claims", {"text": "b"})
