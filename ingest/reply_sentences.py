"""Paragraphs of an answer that speak of several claims, taken apart by sentence so that no verdict strays."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ingest.plain import plain
from ingest.reply_lines import Group, Segment
from ingest.reply_words import tags_at_start, tags_in
from kb.ledger import Verdict

_PAPER_FIRST = (
    r"[^\w\s]{0,4}(?:https?://|www\.|doi\b|[aA]r[xX]iv\b|[a-z-]{2,9}/[0-9]{7}|\[[^\[\]\n]{1,300}\]\()[ ]?\S{1,300}+"
    r"(?:[ ]?[(\[][^()\[\]\n]{0,200}[)\]])?[^\w\s]{0,4}(?<![.!?])"
    r"[ ](?![^\w\s]{0,4}(?:https?://|[aA]r[xX]iv\b))[^\w\s]{0,3}[^\W\d_]"
)
"""An id or link that a sentence begins with. One without words after it is the source of what stands before."""
_END = re.compile(
    rf"(?:[.!?][*_)]{{0,3}}(?:[ ]?\[(?:[0-9]{{1,3}}|\^[\w-]{{1,12}})\]|[¹²³⁰⁴-⁹]){{0,6}}\s{{1,4}}"
    rf"(?=[^\w\s]{{0,4}}[A-ZÄÖÜÉÀ0-9]|{_PAPER_FIRST})"
    rf"|[.!?][”\"“»][*_]{{0,3}}\s{{1,4}}(?=[*_]{{0,3}}[A-ZÄÖÜÉÀ]|{_PAPER_FIRST})|\n)"
)
_ABBREVIATED = re.compile(
    r"(?:\bal|\be\.g|\bi\.e|\bvs|\bcf|\bvgl|\b[Rr]efs?|\bresp|\bbzw|\bFig|\bSec|\bz\.B"
    r"|\A\W{0,3}(?:\[?C)?[0-9]{1,2}\]?|\n[0-9]{1,2})\Z"
)
_BARE_TAG = re.compile(r"(?<![\w.(-])C(?P<n>[0-9]{1,2})(?![\w.-]*\w)(?! (?:dataset|corpus|data)\b)")
_QUOTED = re.compile(r"“[^“”\n]{0,800}”|\"[^\"\n]{0,800}\"|„[^„“”\n]{0,800}[“”]|«[^«»\n]{0,800}»")


def masked(text: str) -> str:
    """The text with quotations blotted out, place by place, but for a bare verdict such as “weakened”."""
    return _QUOTED.sub(lambda match: match[0] if _is_verdict(match[0]) else _blotted(match[0]), text)


def _is_verdict(quotation: str) -> bool:
    return quotation[1:-1].casefold().replace(" ", "_") in {*Verdict}


def _blotted(quotation: str) -> str:
    return "x" * (len(quotation) - 2) + _last(quotation)


def _last(quotation: str) -> str:
    """The last two characters of a quotation as far as they may end the sentence that it stands in."""
    return quotation[-2:] if quotation[-2] in ".!?" else "xx"


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of sentences; footnote marks after a full stop belong to the sentence that it ends."""
    shown = masked(text)
    ends = [m.end() for m in _END.finditer(shown) if not _ABBREVIATED.search(shown[max(0, m.start() - 12) : m.start()])]
    return [(a, b) for a, b in pairwise([0, *ends, len(text)]) if text[a:b].strip()]


def tags_of(sentence: str) -> tuple[str, ...]:
    """Tags that a sentence names outside quotations, with or without brackets."""
    shown = masked(sentence)
    bare = tags_in(" ".join(f"[C{m['n']}]" for m in _BARE_TAG.finditer(shown)))
    return tuple(dict.fromkeys((*tags_at_start(shown), *tags_in(shown), *bare)))


def by_claim(group: Group) -> Iterator[Group]:
    """The group without its sentences that speak of other claims, and these, each run of them for itself.

    After a sentence on another claim, one without a tag could be about either: it keeps none until the segment ends,
    unless the group names no other claim.
    """
    main = Group(() if _names_several(group) else group.tags, [], group.over)
    named = {*group.tags, *(tag for segment in group.segments for tag in tags_of(segment.text))}
    current, runs = main, [main]
    for segment in group.segments:
        if segment.kind in {"row", "quote", "fence"}:
            current.segments.append(segment)
            continue
        current = main
        for start, end in sentences(segment.text):
            piece, before = segment.text[start:end], current
            tags = tags_of(piece)
            if tags and not set(tags) <= set(current.tags):
                current = Group(tags, [], group.over)
            elif not tags and current is not main and len(named) > 1:
                current = Group((), [])
            if current is not before:
                runs.append(current)
            if start and current is before:
                current.segments[-1].text += piece
            else:
                current.segments.append(Segment(segment.kind, piece, segment.indent, segment.cells))
    yield from (run for run in runs if run.segments)


def _names_several(group: Group) -> bool:
    """Whether a group speaks of several claims without being opened by their tags, as prose does."""
    first = group.segments[0]
    return first.kind != "row" and len(group.tags) > 1 and not tags_at_start(plain(first.text))
