"""Paragraphs of an answer that speak of several claims, taken apart by sentence so that no verdict strays."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ingest.reply_lines import Group, Segment
from ingest.reply_words import tags_at_start, tags_in

_END = re.compile(r"[.!?][*_)]{0,3}(?:[ ]?\[\^?[0-9]{1,3}\]|[¹²³⁰⁴-⁹]){0,6}\s{1,4}(?=[^\w\s]{0,4}[A-ZÄÖÜ0-9])|\n")
_ABBREVIATED = re.compile(r"(?:\bal|\be\.g|\bi\.e|\bvs|\bcf|\bFig|\bSec|\bz\.B|\A\W{0,3}[0-9]{1,2}|\n[0-9]{1,2})\Z")
_BARE_TAG = re.compile(r"(?<![\w.(-])C(?P<n>[0-9]{1,2})(?![\w.-]*\w)(?! (?:dataset|corpus|data)\b)")
_QUOTED = re.compile(r"“[^“”\n]{0,800}”|\"[^\"\n]{0,800}\"|„[^„“”\n]{0,800}[“”]")


def masked(text: str) -> str:
    """The text with quotations blotted out, place by place."""
    return _QUOTED.sub(lambda match: "x" * len(match[0]), text)


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
    """The group itself, or its runs of sentences where some speak of other claims.

    After a sentence on another claim, one without a tag could be about either: it keeps none.
    """
    runs = [Group(group.tags, [])]
    for segment in group.segments:
        if segment.kind in {"row", "quote", "fence"}:
            runs[-1].segments.append(segment)
            continue
        if runs[-1].tags != group.tags:
            runs.append(Group(group.tags, []))
        for start, end in sentences(segment.text):
            piece, current = segment.text[start:end], runs[-1]
            tags = tags_of(piece)
            if tags and not set(tags) <= set(current.tags):
                runs.append(Group(tags, []))
            elif not tags and current.tags != group.tags:
                runs.append(Group((), []))
            run = runs[-1]
            if run.segments and run.segments[-1].kind == segment.kind and start and run is current:
                run.segments[-1].text += piece
            else:
                run.segments.append(Segment(segment.kind, piece, segment.indent, segment.cells))
    yield from [group] if len(runs) == 1 else [run for run in runs if run.segments]
