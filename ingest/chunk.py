"""Cuts a source's text into passages: exact spans that fit the embedding model's window and keep to one section."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.front_matter import yaml_span
from ingest.markdown import Block, blocks
from ingest.plain import plain
from ingest.sentences import sentences
from kb.domain import Passage, PassageKind, Source

Span = tuple[int, int]

# Keeps an encoded image, which a tokenizer may count as one unknown word, from becoming one endless passage.
_MAX_CHARS_PER_TOKEN = 20
_SMALL_REST = 0.25
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A piece that fits a passage, with its cost in tokens and the sentences that may be quoted from it."""

    char_start: int
    char_end: int
    cost: int
    quotable: tuple[Span, ...]
    section: tuple[str, ...] = ()


def chunk(source: Source, count_tokens: Callable[[str], int], max_tokens: int) -> list[Passage]:
    """Passages of a source, in order: claim and summary where the front matter holds them verbatim, then the body.

    Every passage has at most `max_tokens` tokens by `count_tokens`, as Markdown and as plain text. Blocks stay whole
    where they fit; else they are cut between sentences, words or, in the end, characters. Headings are not part of
    passages but of their `section`. A passage's page, counted from 1, is the one on which it starts.

    Raises:
        ValueError: if not even one token fits beside those that `count_tokens` adds to every text.
    """
    cutter = _Cutter(source.text, count_tokens, max_tokens)
    span = yaml_span(source.text) if source.id.startswith("note:") else None
    drafts = list(_front_units(source, cutter, span)) if span else []
    found = blocks(source.text, span[2] if span else 0)
    body = cutter.passages(found) or cutter.passages([replace(block, kind="paragraph") for block in found])
    drafts += [(PassageKind.BODY, unit) for unit in body]
    return [_passage(source, ordinal, kind, unit) for ordinal, (kind, unit) in enumerate(drafts)]


def claim_passages(note: Source) -> list[Passage]:
    """Each dated claim of a note as a passage of its own, where its words stand unescaped in the front matter.

    Claims are kept apart from the passages that are searched, since most repeat what the body says.
    """
    span = yaml_span(note.text) if note.claims else None
    places = [_field_span(note.text, span, "claims", claim.text) for claim in note.claims] if span else []
    units = [_Unit(start, end, 0, ((start, end),)) for start, end in filter(None, places)]
    return [_passage(note, ordinal, PassageKind.CLAIM, unit) for ordinal, unit in enumerate(units)]


def _front_units(
    source: Source, cutter: "_Cutter", span: tuple[int, int, int]
) -> Iterator[tuple[PassageKind, "_Unit"]]:
    fields = ((PassageKind.CLAIM, "claim", source.claim), (PassageKind.SUMMARY, "summary", source.summary))
    for kind, key, words in fields:
        if place := _field_span(source.text, span, key, words):
            for unit in cutter.pack(cutter.units(Block("paragraph", *place, ()))):
                yield kind, unit


def _passage(source: Source, ordinal: int, kind: PassageKind, unit: _Unit) -> Passage:
    return Passage(
        source_id=source.id,
        ordinal=ordinal,
        kind=kind,
        section=unit.section,
        page=bisect_right(source.pages, unit.char_start) or None,
        char_start=unit.char_start,
        char_end=unit.char_end,
        text=source.text[unit.char_start : unit.char_end],
        sentences=unit.quotable,
    )


def _field_span(text: str, span: tuple[int, int, int], key: str, words: str) -> Span | None:
    """Where a field's words stand in the front matter, however they are wrapped; None where they are escaped."""
    yaml_start, yaml_end, _ = span
    opening = re.compile(rf"^[ \t\"']*{key}[ \t\"']*:", re.MULTILINE).search(text, yaml_start, yaml_end)
    if not opening or not words:
        return None
    match = re.compile(r"\s+".join(map(re.escape, words.split()))).search(text, opening.end(), yaml_end)
    return match.span() if match else None


class _Cutter:
    """Cuts one text into units and packs them."""

    def __init__(self, text: str, count_tokens: Callable[[str], int], max_tokens: int) -> None:
        self.text = text
        self.count_tokens = count_tokens
        self.overhead = count_tokens("")
        self.budget = max_tokens - self.overhead
        if self.budget < 1:
            raise ValueError(f"max_tokens is {max_tokens}, but an empty text has {self.overhead} already")

    def cost(self, start: int, end: int, shown: str | None = None) -> int:
        """Tokens of a span as Markdown or as plain text, whichever is more, without those added to every text.

        A span too long to fit is not counted exactly.
        """
        by_length = -(-(end - start) // _MAX_CHARS_PER_TOKEN)
        if by_length > self.budget:
            return by_length
        markdown = self.text[start:end]
        shown = plain(markdown) if shown is None else shown
        tokens = self.count_tokens(markdown)
        if shown != markdown:
            tokens = max(tokens, self.count_tokens(shown))
        return max(tokens - self.overhead, by_length)

    def passages(self, found: Sequence[Block]) -> list[_Unit]:
        """Blocks packed into passages, section by section."""
        packed: list[_Unit] = []
        units: list[_Unit] = []
        for block in found:
            if block.kind == "heading":
                packed += self.pack(units)
                units = []
            else:
                units += self.units(block)
        return packed + self.pack(units)

    def units(self, block: Block) -> list[_Unit]:
        """A block as one unit if it fits, else its sentences (of code and tables: its lines), or parts of these."""
        start, end = block.char_start, block.char_end
        shown = plain(self.text[start:end])
        if not shown:
            return []
        cost = self.cost(start, end, shown)
        spans = sentences(self.text, start, end) if block.quotable else []
        if cost <= self.budget:
            return [_Unit(start, end, cost, tuple(filter(self.has_words, spans)), block.section)]
        pieces = spans or [m.span() for m in _LINE.finditer(self.text, start, end) if m[0].strip()]
        found: list[_Unit] = []
        for index, (first, last) in enumerate(pieces):
            quotable = tuple(filter(self.has_words, [(first, last)] if block.quotable else []))
            # What lies between sentences, such as the marks of a list or quotation, goes with the one before.
            until = pieces[index + 1][0] if index + 1 < len(pieces) else end
            found += self.sized(start if index == 0 else first, until, quotable, block.section)
        return found

    def has_words(self, span: Span) -> bool:
        """Whether a span holds anything to quote."""
        return any(character.isalnum() for character in plain(self.text[slice(*span)]))

    def sized(self, start: int, end: int, quotable: tuple[Span, ...], section: tuple[str, ...]) -> list[_Unit]:
        """A piece as one unit if it fits, else its words packed; parts of a sentence cannot be quoted."""
        end = start + len(self.text[start:end].rstrip())
        cost = self.cost(start, end)
        if cost <= self.budget:
            return [_Unit(start, end, cost, quotable, section)]
        words = _WORD.finditer(self.text, start, end)
        return self.pack([part for word in words for part in self.halved(*word.span(), section)])

    def halved(self, start: int, end: int, section: tuple[str, ...]) -> list[_Unit]:
        """A word as one unit if it fits, else halved until it does; a single character always does."""
        cost = self.cost(start, end)
        if cost <= self.budget or end - start == 1:
            return [_Unit(start, end, cost, (), section)]
        middle = (start + end) // 2
        return self.halved(start, middle, section) + self.halved(middle, end, section)

    def pack(self, units: Sequence[_Unit]) -> list[_Unit]:
        """Neighbours joined as long as they fit, into as few groups as it takes and of about the same size.

        The units' costs add up to more than they cost together; where that may matter it is measured.
        """
        whole = sum(unit.cost for unit in units)
        n_groups = -(-whole // self.budget)
        if self.budget < whole <= (1 + _SMALL_REST) * self.budget and len(one := self.joined(list(units))) == 1:
            return one
        groups: list[list[_Unit]] = []
        total = seen = place = 0
        for unit in units:
            gap = self.gap_cost(groups[-1][-1].char_end, unit.char_start) if groups else 0
            wanted = (2 * seen + unit.cost) * n_groups // (2 * whole) if whole else 0
            if groups and wanted <= place and total + gap + unit.cost <= self.budget:
                groups[-1].append(unit)
                total += gap + unit.cost
            else:
                groups.append([unit])
                place = max(wanted, place + 1) if len(groups) > 1 else wanted
                total = unit.cost
            seen += unit.cost
        return [joined for group in groups for joined in self.joined(group)]

    def gap_cost(self, start: int, end: int) -> int:
        """Tokens of what stands between two units and belongs to neither, such as a link definition."""
        return 0 if self.text[start:end].isspace() or start == end else self.cost(start, end)

    def joined(self, group: list[_Unit]) -> list[_Unit]:
        """Units as one, or as they were if together they are longer than their sum, as odd markup can make them."""
        if len(group) == 1:
            return group
        first, last = group[0], group[-1]
        cost = self.cost(first.char_start, last.char_end)
        if cost > self.budget:
            return group
        quotable = tuple(span for unit in group for span in unit.quotable)
        return [_Unit(first.char_start, last.char_end, cost, quotable, first.section)]
