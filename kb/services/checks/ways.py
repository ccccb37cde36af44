"""Denials and directions that only one of the two texts has."""

import re
from collections.abc import Iterator, Sequence

from kb.directions import Direction, clauses, directions
from kb.domain import Reason
from kb.language import content_terms, rough_stem
from kb.services.checks.evidence import reason, stems
from kb.wording import Mention, content_stems, negations

_PHRASE_END = re.compile(r"[,;:()]|\.\s")
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
            start, end = _clause(own, mention)
            if len(negations(own[start:end])) % 2 == 0:
                continue  # "does not lack"
            scope = _governed(own, mention, end)
            shared = scope & stems(other)
            if not scope or len(shared) * 2 < len(scope):
                continue
            if len(negations(_restating(other, shared))) % 2 == 0 and not _opposite_said(own, other):
                span = (mention.char_start, mention.char_end) if own is text else (0, len(text))
                yield reason("negation", words.format(mention.text), span)
                return


def _clause(text: str, mention: Mention) -> tuple[int, int]:
    return next(((a, b) for a, b in clauses(text) if a <= mention.char_start < b), (0, len(text)))


def _governed(text: str, mention: Mention, end: int) -> frozenset[str]:
    """Stems of the next three content words that a negation governs."""
    stop = _PHRASE_END.search(text, mention.char_end, end)
    after = text[mention.char_end : stop.start() if stop else end]
    return frozenset(rough_stem(t) for t in content_terms(after)[:3])


def _restating(text: str, shared: frozenset[str]) -> str:
    """The clauses of a text that hold some of the words."""
    return " ".join(text[a:b] for a, b in clauses(text) if content_stems(text[a:b]) & shared)


def _opposite_said(first: str, second: str) -> bool:
    """Whether a denial is made up for by a word of the opposite direction: "not reliable" for "unreliable"."""
    there = {(d.family, d.sign) for d in directions(second)}
    here = {(d.family, d.sign) for d in directions(first)}
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
        if any(d.family == own.family and d.sign == other[0].sign and d.likeness(other[0]) for d in mine):
            continue
        if any(a <= own.char_start < b for a, b in excused):
            continue
        if not _negated(text, own) and not _negated(other[1], other[0]):
            span = own.char_start, own.char_end
            yield reason("direction", f"says “{own.text}” where the passage says “{other[0].text}”", span)


def _closest(
    own: Direction, others: Sequence[tuple[Direction, str]], sign: int
) -> tuple[Direction, str] | None:
    found = [pair for pair in others if pair[0].family == own.family and pair[0].sign == sign]
    return max(found, key=lambda pair: own.likeness(pair[0]), default=None)


def _negated(text: str, direction: Direction) -> bool:
    """Whether a denial stands just before a word of direction."""
    return bool(negations(text[max(0, direction.char_start - _BEFORE) : direction.char_end]))
