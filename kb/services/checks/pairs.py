"""What the evidence pairs, and the sentence pairs otherwise: "A on X and B on Y" told as "A on Y".

Both texts are cut into parts, and each part of the evidence at a preposition into what is said and of what. Where a
part of the sentence says what one part of the evidence says, and says it of what another speaks of, the two were mixed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, permutations

from kb.domain import Reason
from kb.language import content_stems
from kb.services.checks.evidence import is_restated, reason

_JOINT = re.compile(
    r"[;:]\s|,\s(?:(?:and|but|while|whereas)\s)?|\s(?:and|but|while|whereas|against|versus|compared (?:to|with))\s"
)
_PIVOT = re.compile(
    r"\b(?:as|at|on|in|for|by|with|without|within|before|after|during|under|over|from|into|outside|beyond|when|if"
    r"|ahead of)\b",
    re.IGNORECASE,
)
_TELLING = frozenset(
    ("without", "within", "before", "ahead of", "after", "during", "under", "over", "outside", "beyond")
)
"""Prepositions that say something by themselves: "before the chain and within it"."""
_HALF, _AHEAD = 0.5, 0.4
"""Share of a half's own words that a part must have, and by how much more than of the other's."""
_MOST_PARTS, _NEAR = 8, 6


@dataclass(frozen=True, slots=True)
class _Halved:
    """A part of a text, cut at one preposition."""

    before: frozenset[str]
    after: frozenset[str]
    pivot: str
    """The preposition, in lower case."""
    words: str
    """What stands behind the cut, that included."""

    @property
    def stems(self) -> frozenset[str]:
        return self.before | self.after


def mixed(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """The first part of a sentence that says of one thing what the evidence says of another."""
    if not aligned or not is_restated(text, aligned[0]):
        return
    mine = [(span, _stems(text[slice(*span)])) for span in _parts(text)]
    halves = [_halved(aligned[0], *span) for span in _parts(aligned[0])]
    for one, other in chain.from_iterable(map(permutations, pairwise(halves))):
        if not (one and other and _are_parallel(one, other)):
            continue
        said, of = one.before - other.stems, other.after - one.stems
        instead, meant = other.before - one.stems, one.after - other.stems
        is_told = one.after & other.after or (len(said) > 1 and len(of | meant) > 2)
        if not (said and of and instead and meant and is_told):
            continue
        for span, stems in mine:
            if _is_rather(stems, said, instead) and _is_rather(stems, of, meant):
                words = f"says of “{other.words}” what the passage says of “{one.words}”"
                yield reason("binding", words, span)
                return


def _are_parallel(one: _Halved, other: _Halved) -> bool:
    return one.pivot == other.pivot or {one.pivot, other.pivot} <= _TELLING


def _is_rather(stems: frozenset[str], one: frozenset[str], other: frozenset[str]) -> bool:
    share = len(one & stems) / len(one)
    return share >= _HALF and share - len(other & stems) / len(other) >= _AHEAD


def _parts(text: str) -> list[tuple[int, int]]:
    edges = [0, *(m.end() for m in _JOINT.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(edges) if a < b][:_MOST_PARTS]


def _halved(text: str, start: int, end: int) -> _Halved | None:
    """A part cut at its first preposition with content on both sides; None where there is none."""
    for pivot in _PIVOT.finditer(text, start, end):
        words = " ".join(text[pivot.start() : end].split()[:_NEAR]).strip(" ,.;:")
        before, after = _stems(text[start : pivot.start()]), _stems(words)
        if before and after:
            return _Halved(before, after, pivot[0].casefold(), words)
    return None


def _stems(text: str) -> frozenset[str]:
    told = (m[0].casefold() for m in _PIVOT.finditer(text))
    return content_stems(text) | _TELLING.intersection(told)
