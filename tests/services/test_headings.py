"""Links to parts of notes: what is there is found however it is written, what is not there is told with a cure."""

import time
from collections.abc import Callable
from pathlib import Path

from ingest.notes import parse_note
from kb.library import Library
from kb.ports import Entry
from kb.services.headings import lost_headings
from kb.stores.catalog import SqliteCatalog
from tests.conftest import SMALL_NOTES, Ran, write_notes

TARGET = """\
---
title: Where do headings stand?
---
# Where do they stand

## What's **new** in 2.0, C++ & Rust

A line that others point to. ^claim-1

### See [[does-tuning-loosen-steps|tuning]] again

<a id="by-hand"></a>
## Named by hand {#short}

```
# no heading
```

Setext heading
--------------
"""
THERE = (
    "target#What's new in 2.0, C++ & Rust", "target#what's **NEW** in 2.0, C++ & Rust", "target#see tuning again",
    "target#See does-tuning-loosen-steps tuning again", "target#Where do they stand#Setext heading", "target#^claim-1",
    "target#setext-heading-1", "target#setext-heading,1:#*", "target#*", "target#by-hand", "target#short",
    "target#", "words|dendron://vault/target#setext-heading", "target|C# is a language",
)  # fmt: skip


def lost(root: Path, *lines: str) -> list[str]:
    """What the lint says of links in a note of its own, without the link itself."""
    text = "---\ntitle: Who points where?\n---\n## Own part\n\n" + "\n\n".join(lines)
    write_notes(root / "notes", {"target": TARGET, "pointing": text})
    with Library.open(root) as library:
        library.refresh()
        found = [f for f in library.check_notes() if f.rule == "broken-heading"]
        assert {(f.note, f.file) for f in found} <= {("pointing", "pointing.md")}
        return [f"{f.line}: {f.what.partition('but ')[2]}" for f in found]


def test_parts_that_are_there_are_found_in_every_way_of_writing(small_root: Path):
    """A vault would be full of false alarms."""
    anchors = ["whats-new-in-20-c--rust", "where-do-they-stand", "by-hand", "^claim-1"]
    lines = [*(f"[[{link}]]" for link in THERE), *(f"[x](target.md#{anchor})" for anchor in anchors)]
    assert lost(small_root, *lines, "[[#Own part]] [up](#own-part)", "`[[target#none]]`", "[[nowhere#none]]") == []


SAID = {
    "[[target#Setext headings]]": "no heading “Setext headings”; the nearest is [[target#Setext heading]]",
    "[x](target.md#whats-new-in-3)": "no heading “whats-new-in-3”; the nearest is [[target.md#What's new in 2.0, C++ & Rust]]",
    "[[target#Where do they stand#Here]]": "no heading “Here”; its headings are “Where do they stand”, “What's new in 2.0, "
    "C++ & Rust”, “See tuning again” and others",
    "[[target#no heading]]": "no heading “no heading”; the nearest is [[target#Setext heading]]",
    "[[target#^claim-2]]": "no block “^claim-2”; write ^claim-2 at the end of the block that is meant",
    "[[can-tuning-keep-steps#Costs]]": "no heading “Costs”; it has none; link to it as a whole",
    "[[#Own parts]]": "no heading “Own parts”; the nearest is [[#Own part]]",
    "[[words|target#Tuning, again]]": "no heading “Tuning, again”; the nearest is [[target#See tuning again]]",
}  # fmt: skip


def test_a_part_that_is_not_there_is_told_with_the_nearest(small_root: Path):
    """A link would lead to the top of a note, and nobody would learn why."""
    told = [f"{6 + 2 * n}: {'this' if link.startswith('[[#') else 'that'} note has " for n, link in enumerate(SAID)]
    assert lost(small_root, *SAID) == [place + said for place, said in zip(told, SAID.values(), strict=True)]


def test_doctor_names_file_line_and_cure(kb: Callable[..., Ran], small_root: Path):
    """Whoever renamed a heading would not find the links that named it."""
    slug = "does-length-hurt-small-models"
    text = SMALL_NOTES[slug].replace("[[does-tuning-loosen-steps|", "[[does-tuning-loosen-steps#Gone|")
    write_notes(small_root / "notes", {slug: text})
    kb("--library", small_root, "add")
    ran = kb("--library", small_root, "doctor", "--json")
    (problem,) = ran.json
    assert ran.code == 1
    assert (problem["file"], problem["line"]) == (f"{slug}.md", 12)
    assert "[[does-tuning-loosen-steps#Gone]], but that note has no heading “Gone”" in problem["what"]
    (small_root / "notes" / f"{slug}.md").write_text(SMALL_NOTES[slug], encoding="utf-8")
    kb("--library", small_root, "add")
    assert kb("--library", small_root, "doctor", "--json").json == []


def test_a_heading_that_is_written_later_mends_the_link(small_root: Path):
    """A link would stay reported although its heading is there now."""
    assert len(lost(small_root, "See [[target#Later]].")) == 1
    write_notes(small_root / "notes", {"target": f"{TARGET}\n## Later\n"})
    with Library.open(small_root) as library:
        library.refresh()
        assert "broken-heading" not in {f.rule for f in library.check_notes()}


def test_many_lost_links_to_many_headings_take_little_time(tmp_path: Path):
    """One note from elsewhere could hold `kb doctor` up for hours."""
    text = "".join(f"## Part {n} of it\n\n[[#Other {n}]] [[#{'a#' * 200}]]\n\n" for n in range(600))
    catalog = SqliteCatalog(tmp_path / "catalog.sqlite3", "none", 4)
    with catalog.writing():
        catalog.put(Entry(parse_note(text, "many.md"), [], [], []))
    started = time.perf_counter()
    found = lost_headings(catalog)
    taken = time.perf_counter() - started
    catalog.close()
    assert len(found) == 1_200
    assert taken < 30
