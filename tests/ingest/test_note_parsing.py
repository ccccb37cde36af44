"""Notes as sources: fields, links and claims, each from where its author wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.notes import parse_note
from kb.domain import Flaw, Link, SourceKind
from kb.errors import BadNote

NOTE = """---
title: Does fine-tuning disconnect reasoning steps?
claim: Fine-tuning makes the stated reasoning
  less decisive.
summary: "Two sentences. Here they are."
kind: synthesis
date: 2026-11-20
topics: [cot-faithfulness, Fine Tuning]
tags: "#small/models reasoning"
aliases: [tuning note]
parent: "[[what-makes-it-faithful|parent]]"
sources:
  - arXiv:2411.15382
  - https://arxiv.org/abs/2305.04388v2
  - https://example.org/post
  - arXiv:2411.15382
tensions:
  - can-tuning-keep-steps
claims:
  - text: Fine-tuning lowers the influence of steps.
    as_of: 2024-11
    evidence: [2411.15382]
    scope: {model: instruction-tuned models, size: 7B}
custom: kept
---
# A heading with [[in-heading]]

First sentence. The price was paid, which [[other-note#part|another note]] explains.
Embedded: ![[figure]]. Both [[a]] and [[b]] are here.

`[[code]]` and $[[math]]$ and [[#own-heading]]

```
[[fenced]]
```

| a | b |
|---|---|
| [[in-table\\|x]] | 2 |
"""


def test_every_field_is_read_from_where_it_stands() -> None:
    """Else the library shows a note as something else than its author wrote."""
    note = parse_note(NOTE, "topic/Does Tuning Hurt.md")
    assert note.id == "note:does-tuning-hurt"
    assert note.kind is SourceKind.NOTE
    assert note.title == "Does fine-tuning disconnect reasoning steps?"
    assert note.claim == "Fine-tuning makes the stated reasoning less decisive."
    assert note.summary == "Two sentences. Here they are."
    assert note.date == "2026-11-20"
    assert note.topics == ("cot-faithfulness", "fine-tuning", "small-models", "reasoning")
    assert note.references == ("arXiv:2411.15382", "arXiv:2305.04388v2", "https://example.org/post")
    assert note.aliases == ("tuning note",)
    assert note.origin == "topic/Does Tuning Hurt.md"
    assert note.text == NOTE
    assert not note.generated


def test_claims_keep_date_scope_and_evidence() -> None:
    """Else the ledger cannot tell what a claim was found on."""
    (claim,) = parse_note(NOTE, "a.md").claims
    assert claim.text == "Fine-tuning lowers the influence of steps."
    assert claim.as_of == "2024-11"
    assert claim.evidence == ("arXiv:2411.15382",)
    assert (claim.scope.model, claim.scope.size, claim.scope.task) == ("instruction-tuned models", "7B", None)


def test_links_know_target_line_and_reason() -> None:
    """Else the graph has edges without a why, and broken links cannot be found in the file."""
    links = parse_note(NOTE, "a.md").links
    assert links[:2] == (
        Link(target="what-makes-it-faithful", kind="parent", line=11),
        Link(target="can-tuning-keep-steps", kind="tension", line=18),
    )
    assert [(link.target, link.line) for link in links[2:]] == [
        ("in-heading", 26), ("other-note", 28), ("figure", 29), ("a", 29), ("b", 29), ("", 31), ("in-table", 39),
    ]  # fmt: skip
    assert links[3].why == "The price was paid, which another note explains."
    assert links[4].why == "Embedded: figure."
    assert links[5].why == links[6].why == "Both a and b are here."


def test_plain_markdown_is_a_note() -> None:
    """Else a vault without front matter could not be used."""
    note = parse_note("Text.\n\n# The *title*\n\nMore.\n", "some file.md")
    assert (note.id, note.title, note.claim, note.date) == ("note:some-file", "The title", "", None)
    assert parse_note("## Only a part\n", "some file.md").title == "some file"
    assert parse_note("", "x.md").title == "x"


def test_a_document_and_a_draft_say_what_they_are() -> None:
    """Else generated or foreign text passes for an argued note."""
    assert parse_note("---\nkind: document\n---\n", "x.md").kind is SourceKind.DOCUMENT
    assert parse_note("---\ngenerated: true\n---\n", "x.md").generated
    assert parse_note("---\nstatus: draft\n---\n", "x.md").generated
    assert not parse_note("---\nstatus: [done]\ngenerated: false\n---\n", "x.md").generated


def test_single_texts_stand_for_lists_of_one() -> None:
    """Else `topics: reasoning` is an error, or a list of letters."""
    note = parse_note("---\ntopics: One, Two\nsources: 2411.15382\naliases: other\ntensions: that\n---\n", "x.md")
    assert note.topics == ("one", "two")
    assert note.references == ("arXiv:2411.15382",)
    assert note.aliases == ("other",)
    assert [(link.target, link.kind) for link in note.links] == [("that", "tension")]


def test_a_date_may_carry_a_time() -> None:
    """Else notes made by Obsidian's date property are errors."""
    assert parse_note("---\ndate: 2024-05-01T10:00:00+02:00\n---\n", "x.md").date == "2024-05-01"
    assert parse_note("---\ndate: 2024-05\n---\n", "x.md").date == "2024-05"
    assert parse_note("---\ndate:\n---\n", "x.md").date is None


@pytest.mark.parametrize(
    ("yaml", "line", "words"),
    [
        ("title: [a, b]", 2, "`title` is not a text"),
        ("title: x\nclaim: {a: b}", 3, "`claim` is not a text"),
        ("summary:\n  - a", 3, "`summary` is not a text"),
        ("topics: {a: b}", 2, "`topics` is not a list of texts"),
        ("topics:\n  - a\n  - [b]", 4, "`topics` is not a list of texts"),
        ("parent: [[slug]]", 2, "`parent` is not a list of texts"),
        ("sources:\n  - title: x", 3, "`sources` is not a list of texts"),
        ("date: yesterday", 2, "is not a date"),
        ("date: 2024-13", 2, "is not a date"),
        ("date: [2024]", 2, "`date` is not a text"),
        ("claims: text", 2, "`claims` is not a list"),
        ("claims:\n  - just text", 3, "no `text` and `as_of`"),
        ("claims:\n  - text: A.\n    as_of: [2024]", 4, "`as_of` is not a text; the claim"),
        ("Summary: It is so.", 2, "`Summary` is not written as `summary`"),
        ("claims:\n  - Text: A.\n    as_of: 2024-11\n    text: B.\n    Evidence: [x]", 6, "not written as `evidence`"),
        ("claims:\n  - text: A claim.", 3, "no `as_of`"),
        ("claims:\n  - as_of: 2024-11", 3, "no `text`"),
        ("claims:\n  - text: ''\n    as_of: 2024-11", 3, "no `text`"),
        ("claims:\n  - text: A.\n    as_of: 11/2024", 4, "is not a date"),
        ("claims:\n  - text: A.\n    as_of: 2024-11\n    scope: 7B", 5, "`scope` is not a mapping"),
        ("claims:\n  - text: A.\n    as_of: 2024-11\n    scope: {models: 7B}", 5, "has no `models`"),
        ("claims:\n  - text: A.\n    as_of: 2024-11\n    scope: {model: [7B]}", 5, "`model` is not a text"),
        ("claims:\n  - text: A.\n    as_of: 2024-11\n    evidence: {a: b}", 5, "`evidence` is not a list of texts"),
    ],
)
def test_a_wrong_field_is_left_out_and_named_with_its_line_and_cure(yaml: str, line: int, words: str) -> None:
    """Else a note is lost for one field, or the person is not told where it is wrong."""
    flaws: list[Flaw] = []
    note = parse_note(f"---\n{yaml}\n---\n# Heading\n\nBody\n", "x.md", flaws.append)
    (flaw,) = flaws
    assert (flaw.line, words in flaw.what, flaw.what.endswith(" is left out")) == (line, True, True)
    assert flaw.cure
    assert note.text.endswith("Body\n")
    assert note.title in ("Heading", "x")


def test_all_wrong_fields_are_named_at_once_and_the_good_ones_stay() -> None:
    """Else a person mends a note, adds it, and is told of the next field."""
    flaws: list[Flaw] = []
    note = parse_note(
        "---\ntitle: Is it so?\ndate: 21/11/2026\nSummary: It is.\nsources: [2411.15382, {a: b}]\ntopics: one\n"
        "claims:\n  - It is so.\n  - {text: A., as_of: Nov 2024}\n  - {text: B., as_of: 2024-11, scope: {size: 7B, age: 3}}\n"
        "---\nBody\n",
        "x.md",
        flaws.append,
    )
    assert sorted(flaw.line for flaw in flaws) == [3, 4, 5, 8, 9, 10]
    assert (note.title, note.date, note.summary, note.topics) == ("Is it so?", None, "", ("one",))
    assert note.references == ("arXiv:2411.15382",)
    assert [(claim.text, claim.scope.size) for claim in note.claims] == [("B.", "7B")]


@pytest.mark.parametrize(
    ("written", "references"),
    [
        ("2411.15382, https://arxiv.org/abs/2305.04388v2", ("arXiv:2411.15382", "arXiv:2305.04388v2")),
        ("https://a.org/x,y", ("https://a.org/x,y",)),
        ("https://a.org/x, cs/0112017,", ("https://a.org/x", "arXiv:cs/0112017")),
        ("Smith, J. and Doe, A. (2020)", ("Smith, J. and Doe, A. (2020)",)),
        ("'2411.15382, the first one'", ("2411.15382, the first one",)),
    ],
)
def test_ids_with_commas_between_are_several_sources(written: str, references: tuple[str, ...]) -> None:
    """Else answers say that they rest on one paper of two names, or a name is torn at its comma."""
    assert parse_note(f"---\nsources: {written}\n---\n", "x.md").references == references


def test_nothing_to_say_is_no_error() -> None:
    """Else the empty template of a new note cannot be read."""
    names = (
        "title",
        "claim",
        "summary",
        "kind",
        "date",
        "topics",
        "tags",
        "parent",
        "sources",
        "tensions",
        "claims",
        "aliases",
    )
    note = parse_note("---\n" + "\n".join(f"{name}:" for name in names) + "\n---\n", "new.md")
    assert (note.title, note.topics, note.links, note.claims) == ("new", (), (), ())
    note = parse_note("---\nclaims:\n  - {text: A., as_of: 2024, scope: , evidence: }\n---\n", "new.md")
    assert note.claims[0].evidence == ()


def test_a_long_sentence_full_of_links_does_not_multiply() -> None:
    """Else one line with 10,000 links becomes gigabytes of reasons."""
    note = parse_note("[[a]] and " * 10_000, "x.md")
    assert len(note.links) == 10_000
    assert max(len(link.why) for link in note.links) <= 500


PARTS = st.sampled_from([
    "---\n", "title: T\n", "claims:\n", "  - text: x\n", "date: 2024\n", "# H\n", "[[a]] ", "`", "$", "```\n", "- ",
    "> ", "\n", "| a |\n|---|\n", "<div>\n", "\u202eabc ", "e\u0301 ", "word. ", "[[../../etc/passwd]]",
    "<script>x</script>", "\t",
])  # fmt: skip


@given(st.lists(PARTS, max_size=30).map("".join))
def test_any_text_is_a_note_or_a_bad_note(text: str) -> None:
    """Else one odd file stops the ingest of all others."""
    try:
        note = parse_note(text, "x.md")
    except BadNote:
        return
    assert note.text == text
    assert all(1 <= link.line <= text.count("\n") + 1 for link in note.links)
