"""What the evidence gives to one thing and the sentence to another: figures, names, words of size.

Two parts of the evidence and two parts of the sentence are laid beside each other. Where each part of the sentence has
most of its words from one part of the evidence but a figure, a name or a word of size from the other, and the other way
round, the two were swapped.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise, permutations

from kb.directions import direction_of
from kb.domain import Reason
from kb.language import ABBREVIATIONS, content_terms, rough_stem
from kb.services.checks.evidence import reason
from kb.wording import name_key, names, numbers, value_of

_CONTRAST = re.compile(
    r";\s|:\s|\.\s|,?\s\b(?:whereas|while|but|against|compared (?:to|with)|versus|yet|although)\b", re.IGNORECASE
)
_JOINT = re.compile(r",?\sand\s|,\s", re.IGNORECASE)
_ASIDE = re.compile(r"\((?i:arxiv)[^()]*\)")
_EMPTY = frozenset("ones one those other others same respectively whereas while compared against although yet".split())
_MAX_PARTS = 12
_MARK = re.compile(r"[^\W_](?:[\w.+²-]*\w)?%?")


@dataclass(frozen=True)
class _Part:
    """A part of a text: its words in order, each with its kind; figures and names have keys of their own."""

    words: tuple[tuple[str, str], ...]
    char_start: int
    char_end: int

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.words)


def swapped(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """The first pair of parts that changed something over, and comparisons with their sides changed over."""
    for quote in aligned:
        for cut, judge in ((_JOINT, _exchanged), (None, _heads_changed)):
            mine, theirs = _parts(text, cut, quote), _parts(quote, cut, text)
            for first, second in combinations(mine, 2):
                for one, other in permutations(theirs, 2):
                    if found := judge(first, second, one, other):
                        yield reason(*found, (first.char_start, second.char_end))
                        return
    evidence = " ".join(aligned)
    theirs = _parts(evidence, _JOINT, text)
    for part in _parts(text, _JOINT, evidence) if len(numbers(evidence)) > 1 else ():
        for other in theirs:
            if words := _wrong_owner(part, other, theirs):
                yield reason("binding", words, (part.char_start, part.char_end))
                return


def _parts(text: str, joint: re.Pattern[str] | None, beside: str) -> list[_Part]:
    """Cut at words of contrast, and at the last joint between two figures or where no figures are at every joint.

    A name of the text beside it is one here, too, where a sentence's first word hides it.
    """
    text = _ASIDE.sub(lambda m: " " * len(m[0]), text)
    known = frozenset(m.key for m in names(beside))
    cuts = {m.start() for m in _CONTRAST.finditer(text)}
    if joint:
        figures = numbers(text)
        cuts |= {m.start() for m in joint.finditer(text) if len(figures) < 2}
        for one, other in pairwise(figures):
            between = [m.start() for m in joint.finditer(text, one.char_end, max(one.char_end, other.char_start))]
            cuts |= set(between[-1:])
    edges = [0, *sorted(cuts), len(text)]
    marks = _marks(text)
    return [_part(text, a, b, marks, known) for a, b in list(pairwise(edges))[:_MAX_PARTS] if a < b]


def _marks(text: str) -> list[tuple[str, str, int]]:
    """Kind, key and place of each figure, without its unit, and of each name that is no abbreviation of a method."""
    found = [("number", str(value_of(m)), m.char_start) for m in numbers(text)]
    return found + [("name", m.key, m.char_start) for m in names(text) if m.text.casefold() not in ABBREVIATIONS]


def _part(text: str, start: int, end: int, marks: Sequence[tuple[str, str, int]], known: frozenset[str]) -> _Part:
    words = [mark for mark in marks if start <= mark[2] < end]
    taken = {at for _, _, at in words}
    for match in _MARK.finditer(text, start, end):
        if match.start() in taken:
            continue
        if name_key(match[0]) in known and match[0][0].isupper():
            words.append(("name", name_key(match[0]), match.start()))
        else:
            for term in content_terms(match[0]):
                if term not in _EMPTY and not term.isdigit():
                    way = direction_of(term)
                    words.append((f"{way[0]} {way[1]}" if way else "word", rough_stem(term), match.start()))
    return _Part(tuple((kind, key) for kind, key, _ in sorted(words, key=lambda w: w[2])), start, end)


def _exchanged(first: _Part, second: _Part, one: _Part, other: _Part) -> tuple[str, str] | None:
    """Counterparts that changed places, where the rest of both parts stayed."""
    stayed = (first.keys - second.keys) & (one.keys - other.keys), (second.keys - first.keys) & (other.keys - one.keys)
    gone = (first.keys - second.keys) & (other.keys - one.keys), (second.keys - first.keys) & (one.keys - other.keys)
    for mine in gone[0]:
        for theirs in gone[1]:
            is_lone = len(gone[0]) == len(gone[1]) == 1 and mine[0] == theirs[0] == "word" and min(map(len, stayed)) > 1
            if not (_are_counterparts(mine, theirs) or is_lone):
                continue
            kinds = {mine[0], theirs[0]}
            if is_lone:
                kinds = set()
            elif any(kind in kinds for kind, _ in stayed[0]) and any(kind in kinds for kind, _ in stayed[1]):
                continue
            rest = [sum(_weight(k) for k in keys if k[0] not in kinds) for keys in (*stayed, *gone)]
            if rest[0] and rest[1] and rest[0] + rest[1] > rest[2] + rest[3]:
                if mine[0] in ("number", "name"):
                    return "binding", "gives to one what the passage gives to the other"
                return "sides", "changes over the two sides of the passage's contrast"
    return None


def _weight(key: tuple[str, str]) -> int:
    return 2 if key[0] in ("number", "name") else 1


def _are_counterparts(one: tuple[str, str], other: tuple[str, str]) -> bool:
    if one[0] in ("number", "name"):
        return one[0] == other[0]
    family, _, sign = one[0].rpartition(" ")
    return bool(family) and other[0] == f"{family} {-int(sign)}"


def _heads_changed(first: _Part, second: _Part, one: _Part, other: _Part) -> tuple[str, str] | None:
    """Two clauses in contrast of which each begins with words of the one and goes on with words of the other."""
    mine, theirs = one.keys - other.keys, other.keys - one.keys

    def course(part: _Part, beside: _Part) -> str:
        marks = ["a" if w in mine else "b" for w in part.words if w in (mine | theirs) and w not in beside.keys]
        return "".join(m for i, m in enumerate(marks) if i == 0 or marks[i - 1] != m)

    if (course(first, second), course(second, first)) == ("ba", "ab"):
        return "sides", "changes over the two sides of the passage's contrast"
    return None


def _wrong_owner(part: _Part, other: _Part, theirs: Sequence[_Part]) -> str:
    """A figure that stands with another name than in the evidence, and without its own."""
    figures = {w for w in part.words if w[0] == "number"} & {w for w in other.words if w[0] == "number"}
    elsewhere = [p for p in theirs if p is not other and p.char_start != other.char_start]
    figures = {f for f in figures if all(f not in p.keys for p in elsewhere)}
    own = {key for kind, key in other.words if kind == "name"}
    mine = {key for kind, key in part.words if kind == "name"}
    foreign = {key for p in elsewhere for kind, key in p.words if kind == "name"} - own
    if figures and own and mine and not mine & own and mine & foreign:
        return f"gives to {sorted(mine & foreign)[0]} the figure that the passage gives to {sorted(own)[0]}"
    return ""
