"""Comparisons whose sides the sentence changed over: "A beats B" where the evidence has "B leads A".

Verbs of winning and losing, active or passive, and two scores against each other all say who is ahead, so that they
are compared with one another. Other comparisons are compared with those made by the same word.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.directions import clauses, directions
from kb.domain import Reason
from kb.language import content_terms, rough_stem
from kb.services.checks.evidence import reason
from kb.wording import negations, numbers, value_of

_COMPARATOR = re.compile(
    r"\b(?P<wins>(?:outperform|surpass|exceed|overtake|beat|lead)(?:s|ed|n|en|ing)?(?! to\b)|led|outdid|ahead of)\b"
    r"|\b(?P<loses>underperform\w*|trail(?:s|ed|ing)?|lag(?:s|ged|ging)?|behind|loses? to|lost to)\b"
    r"|\b(?:scor|rank|perform|stand|plac|com)(?:e|es|ed|s|ing)?\s(?:\w+\s){0,3}?(?:(?P<above>above)|(?P<below>below))\b"
    r"|\b(?P<figures>against|versus|vs)(?=\s[\d.]+%?\s(?:for|of|by|in)\s)"
    r"|\b(?:than|versus|vs|compared (?:to|with)|over|as (?:much|often|many|long) as)\b",
    re.IGNORECASE,
)
_PASSIVE_BEFORE = re.compile(r"\b(?:is|are|was|were|be|been|being|gets?|got)\s(?:\w+ly\s)?$", re.IGNORECASE)
_BY = re.compile(r"\s(?:(?!by\b)[\w-]+\s){0,6}?by\b", re.IGNORECASE)
_RIGHT_END = re.compile(r"[,;]|\.\s|\s(?:because|when|if|in that|at|by|while|and)\s")
_LEFT_START = re.compile(r",\s|\bthat\s")
_ORDER = re.compile(r"\b(?:before|after|with|without)\b", re.IGNORECASE)
"""Words that search leaves out and that yet tell one side of a comparison from the other."""
_EMPTY = frozenset("ones one those other others same respectively whereas while compared against although yet".split())
_WINS = "wins"
_MERITS = frozenset(("worth", "trust", "rank"))
"""Families of words of which a comparative says who is ahead: "more accurate than"."""
_NEAR_THAN, _DENIED = 25, 40
_SCORED = re.compile(r"\b(?:scor|reach|achiev|accura)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Compared:
    """A comparison: what stands on both sides of the word that compares, the winner first where there is one."""

    left: frozenset[str]
    right: frozenset[str]
    cue: str
    """The word that compares; "wins" for all that say who is ahead."""
    way: tuple[str, int] | None
    span: tuple[int, int]


def sides(text: str, aligned: Sequence[str]) -> tuple[list[Reason], list[tuple[int, int]]]:
    """Comparisons with their sides changed over; and those that come to the same in other words."""
    own, agreed = list(_comparisons(text)), list[tuple[int, int]]()
    for quote in aligned if own else ():
        others = list(_comparisons(quote))
        for mine in own:
            for theirs in others:
                if mine.cue == theirs.cue and _are_crossed(mine, theirs):
                    if mine.way and theirs.way and mine.way == (theirs.way[0], -theirs.way[1]):
                        return [], [mine.span]
                    words = "changes over the two sides of the passage's comparison"
                    return [reason("sides", words, mine.span)], [mine.span]
                if mine.cue == theirs.cue == _WINS and mine.left & theirs.left and mine.right & theirs.right:
                    agreed.append(mine.span)
    return [], agreed


def _are_crossed(mine: _Compared, theirs: _Compared) -> bool:
    left, right = mine.left - mine.right, mine.right - mine.left
    other_left, other_right = theirs.left - theirs.right, theirs.right - theirs.left
    over, back, stayed = right & other_left, left & other_right, right & other_right
    if mine.cue == _WINS:
        return bool(over and back) and len(over | back) >= len(left & other_left) + len(stayed)
    return bool(over and back) and len(over) >= len(stayed)


def _comparisons(text: str) -> Iterator[_Compared]:
    for start, end in clauses(text):
        for cue in _COMPARATOR.finditer(text, start, end):
            if sign := _winner(text, cue):
                yield from _won(text, cue, sign, (start, end))
                if cue[0].casefold() != "than":
                    continue
            before, after = text[start : cue.start()], _up_to_end(text, cue.end(), end)
            ways = directions(before)
            way = (ways[-1].family, ways[-1].sign) if ways else None
            left, right = _side_words(before), _side_words(after)
            if left and right:
                yield _Compared(left, right, rough_stem(cue[0].casefold()), way, (start, end))


def _winner(text: str, cue: re.Match[str]) -> int:
    """1 where what stands before the word is ahead, -1 where it is behind, 0 where the word does not say."""
    if cue["figures"]:
        one = [m for m in numbers(text[: cue.start()]) if cue.start() - m.char_end <= 2]
        other = [m for m in numbers(text[cue.end() :]) if m.char_start <= 2]
        if not (one and other and _SCORED.search(text, 0, cue.start())):
            return 0
        ahead = value_of(one[-1]) - value_of(other[0])
        return (ahead > 0) - (ahead < 0)
    if cue[0].casefold() == "than":
        return _better(text[: cue.start()])
    sign = 1 if cue["wins"] or cue["above"] else -1 if cue["loses"] or cue["below"] else 0
    return -sign if sign and _is_passive(text, cue) else sign


def _better(before: str) -> int:
    """1 where the words before "than" say that their subject is the better one, -1 the worse, 0 where they do not."""
    ways = [d for d in directions(before) if d.family in _MERITS and len(before) - d.char_end <= _NEAR_THAN]
    if not ways or negations(before[-_DENIED:]):
        return 0
    return ways[-1].sign


def _is_passive(text: str, cue: re.Match[str]) -> bool:
    return bool(_PASSIVE_BEFORE.search(text[max(0, cue.start() - 25) : cue.start()]) and _BY.match(text, cue.end()))


def _won(text: str, cue: re.Match[str], sign: int, clause: tuple[int, int]) -> Iterator[_Compared]:
    """A comparison that says who is ahead: the two sides next to its word."""
    start, end = clause
    by = _BY.match(text, cue.end()) if _is_passive(text, cue) else None
    before = _LEFT_START.split(text[start : cue.start()])[-1]
    one, other = _side_words(before), _side_words(_up_to_end(text, by.end() if by else cue.end(), end))
    if one and other:
        yield _Compared(one if sign > 0 else other, other if sign > 0 else one, _WINS, None, clause)


def _up_to_end(text: str, start: int, end: int) -> str:
    stop = _RIGHT_END.search(text, start, end)
    return text[start : stop.start() if stop else end]


def _side_words(text: str) -> frozenset[str]:
    words = (rough_stem(t) for t in content_terms(text) if not t.isdigit() and t not in _EMPTY)
    return frozenset((*words, *(m[0].casefold() for m in _ORDER.finditer(text))))
