"""Links to headings and blocks of notes that are not there, each with the heading that is nearest."""

import difflib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from ingest.front_matter import read_front_matter
from ingest.markdown import blocks
from ingest.plain import BLOCK_ID, plain, terminal_safe
from kb.errors import KbError
from kb.language import content_stems
from kb.ports import Catalog, HeadingLink

_LIKE = 0.6
"""Likeness of letters from which one heading may be meant by another; below it, words that both have decide."""
_SHOWN, _LISTED = 80, 3
_COMPARED = 300
"""Headings of a note that one that is not there is compared with."""
_NOT_IN_LINKS = re.compile(r"[\[\]|#^]")
_BLOCK_ID = re.compile(BLOCK_ID, re.MULTILINE)
_ANCHOR = re.compile(r"(?:\b(?:id|name)=[\"']?+|\{#)([^\s\"'<>{}]++)")
"""Places that an author named in HTML, or as Pandoc and MkDocs do."""
_REPEATED = re.compile(r"-[0-9]{1,3}\Z")
"""What GitHub appends to the second heading of the same words."""
_SKIPPED = re.compile(r",[0-9]{1,3}:?\Z")


@dataclass(frozen=True, slots=True)
class LostHeading:
    """A link to a part that its target does not have."""

    source: str
    """Id of the note with the link."""
    line: int
    written: str
    """The link, as a wikilink."""
    there: str
    """What is wrong with it, in words."""
    cure: str


def lost_headings(catalog: Catalog) -> list[LostHeading]:
    """Links to headings and blocks that are not there, by note and place.

    Headings are compared by their letters and digits alone: wikilinks name them in words, Markdown links by an anchor
    such as `no-such-heading`. Paths of headings (`a#b`) and Dendron's `a,1:#b` are understood.
    """
    links = catalog.heading_links()
    texts = {source.id: source.text for source in catalog.sources({link.found for link in links})} if links else {}
    outlines = {source_id: _Outline(text) for source_id, text in texts.items()}
    found = ((link, outlines[link.found].lost(link.heading)) for link in links if link.found in outlines)
    return [_lost(link, part, outlines[link.found]) for link, part in found if part]


def _lost(link: HeadingLink, part: str, outline: "_Outline") -> LostHeading:
    part, target, heading = (
        " ".join(terminal_safe(text).split())[:_SHOWN] for text in (part, link.target, link.heading)
    )
    where = "that note" if link.target else "this note"
    there = f"{where} has no {'block' if part.startswith('^') else 'heading'} “{part}”"
    if part.startswith("^"):
        cure = f"write {part} at the end of the block that is meant"
    elif nearest := outline.nearest(part):
        cure = f"the nearest is [[{target}#{' '.join(_NOT_IN_LINKS.sub(' ', nearest).split())}]]"
    elif outline.headings:
        cure = f"its headings are {', '.join(f'“{words}”' for words in outline.headings[:_LISTED])}"
        cure += " and others" if len(outline.headings) > _LISTED else ""
    else:
        cure = "it has none; link to it as a whole" if link.target else "it has none; write one, or drop the link"
    return LostHeading(link.source, link.line, f"[[{target}#{heading}]]", there, cure)


class _Outline:
    """The headings of a text, and what else in it a link can lead to."""

    def __init__(self, text: str) -> None:
        self._text = text
        start = 0
        with suppress(KbError):
            start = read_front_matter(text).body_start
        marked = [text[b.char_start : b.char_end] for b in blocks(text, start) if b.level]
        self.headings: Sequence[str] = list(dict.fromkeys(filter(None, map(plain, marked))))
        # Obsidian writes the marks of a heading's own links as words.
        self._keys = {_key(form) for words in marked for form in (words, plain(words))}

    def lost(self, written: str) -> str:
        """The first part of a path of headings that is not there; empty where all are."""
        # Dendron writes behind a colon where what it shows of the target ends.
        path = map(str.strip, written.partition(":#")[0].split("#"))
        return next((part for part in path if part and not self._has(part)), "")

    def nearest(self, heading: str) -> str:
        """The heading that is most like one that is not there; empty where none is."""
        if near := difflib.get_close_matches(_key(heading), self._by_key, 1, _LIKE):
            return self._by_key[near[0]]
        wanted = content_stems(heading.replace("-", " "))
        n_shared, best = max(((len(wanted & own), -n) for n, own in enumerate(self._stems)), default=(0, 0))
        return self.headings[-best] if n_shared else ""

    def _has(self, part: str) -> bool:
        if part.startswith("^"):
            return part[1:].casefold() in self._named
        return any(_key(form) in self._known for form in _forms(part))

    @cached_property
    def _by_key(self) -> dict[str, str]:
        return {_key(words): words for words in reversed(self.headings[:_COMPARED])}

    @cached_property
    def _stems(self) -> list[frozenset[str]]:
        return [content_stems(words) for words in self.headings[:_COMPARED]]

    @cached_property
    def _named(self) -> frozenset[str]:
        """Names of blocks, and of places that an author named, in small letters."""
        blocks_named = (match[0].strip()[1:] for match in _BLOCK_ID.finditer(self._text))
        return frozenset(name.casefold() for name in (*blocks_named, *_ANCHOR.findall(self._text)))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self._keys | set(map(_key, self._named)) | {""})


def _forms(part: str) -> Sequence[str]:
    """A part as written, without the number of a repetition, and without Dendron's number of lines to leave out."""
    return (part, _REPEATED.sub("", part), _SKIPPED.sub("", part))


def _key(heading: str) -> str:
    """Letters and digits of a heading: what its words and all anchors that are made of them have in common."""
    return "".join(filter(str.isalnum, heading.casefold()))
