"""Denials and directions that only one of the two texts has."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.directions import Direction, clauses, directions
from kb.domain import Reason
from kb.language import content_terms, rough_stem
from kb.services.checks.evidence import reason, stems
from kb.wording import Mention, content_stems, negations

_PHRASE_END = re.compile(r",\s")
_UNTIL = re.compile(r"\b(?:until|unless|as long as|except)\b", re.IGNORECASE)
_BEFORE = 25


def denied(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A denial that only one of the two has."""
    evidence = aligned[0] if aligned else ""
    if not aligned or _UNTIL.search(text) or _UNTIL.search(evidence):
        return
    for own, other, words in (
        (text, evidence, "denies what the passage says (“{}”)"),
        (evidence, text, "drops “{}” of the passage"),
    ):
        for mention in negations(own):
            start, end = _phrase(own, mention)
            if len(negations(own[start:end])) % 2 == 0:
                continue  # "does not lack"
            scope = _governed(own, mention, start, end)
            shared = scope & stems(other)
            if not scope or len(shared) * 2 < len(scope):
                continue
            if all(len(negations(phrase)) % 2 == 0 for phrase in _restating(other, shared)) and not _opposite_said(own, other):
                span = (mention.char_start, mention.char_end) if own is text else (0, len(text))
                yield reason("negation", words.format(mention.text), span)
                return


def _phrases(text: str) -> list[tuple[int, int]]:
    """Spans of the clauses, cut at commas, too."""
    found = []
    for start, end in clauses(text):
        edges = [start, *(m.end() for m in _PHRASE_END.finditer(text, start, end)), end]
        found += [(a, b) for a, b in pairwise(edges) if a < b]
    return found


def _phrase(text: str, mention: Mention) -> tuple[int, int]:
    return next(((a, b) for a, b in _phrases(text) if a <= mention.char_start < b), (0, len(text)))


def _governed(text: str, mention: Mention, start: int, end: int) -> frozenset[str]:
    """Stems of the next three content words in the phrase, which a negation governs, or of those before it at its end."""
    after = content_terms(text[mention.char_end : end])[:3]
    return frozenset(rough_stem(t) for t in after or content_terms(text[start : mention.char_start])[-3:])


def _restating(text: str, shared: frozenset[str]) -> list[str]:
    """The phrases of a text that hold some of the words."""
    return [text[a:b] for a, b in _phrases(text) if content_stems(text[a:b]) & shared]


def _opposite_said(first: str, second: str) -> bool:
    """Whether a denial is made up for by a word of the opposite direction: "not reliable" for "unreliable"."""
    there, here = ({(d.family, d.sign) for d in directions(t) if d.family != "presence"} for t in (second, first))
    return any((family, -sign) in there and (family, sign) not in there for family, sign in here)


def turned(text: str, aligned: Sequence[str], excused: Sequence[tuple[int, int]]) -> Iterator[Reason]:
    """A word of direction where the evidence has its opposite about the same things.

    Args:
        text: the sentence.
        aligned: the quotes that it restates.
        excused: spans of comparisons whose sides were changed over with their direction, which comes to the same.
    """
    theirs = [(d, quote) for quote in aligned for d in directions(quote)]
    mine = directions(text)
    for own in mine:
        same, other = (_closest(own, theirs, sign) for sign in (own.sign, -own.sign))
        if other is None or own.likeness(other[0]) <= (own.likeness(same[0]) if same else 0.0):
            continue
        # "Reduces weight gain" has both; the one that the sentence has elsewhere is no contradiction.
        near = own.likeness(other[0])
        if any((d.family, d.sign) == (own.family, other[0].sign) and d.likeness(other[0]) >= near for d in mine):
            continue
        if any(a <= own.char_start < b for a, b in excused):
            continue
        if not _negated(text, own) and not _negated(other[1], other[0]):
            span = own.char_start, own.char_end
            yield reason("direction", f"says “{own.text}” where the passage says “{other[0].text}”", span)


def _closest(
    own: Direction, others: Sequence[tuple[Direction, str]], sign: int
) -> tuple[Direction, str] | None:
    found = [pair for pair in others if pair[0].sign == sign and _are_akin(own, pair[0])]
    return max(found, key=lambda pair: own.likeness(pair[0]), default=None)


def _are_akin(own: Direction, other: Direction) -> bool:
    """Whether two are of one family, or say of the same next word that it rises and that it gets worse."""
    if own.family == other.family:
        return True
    return {own.family, other.family} == {"amount", "worth"} and own.likeness(other) >= 1


def _negated(text: str, direction: Direction) -> bool:
    """Whether a denial stands just before a word of direction."""
    return bool(negations(text[max(0, direction.char_start - _BEFORE) : direction.char_end]))
