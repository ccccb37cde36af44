"""Hedges and limits of the evidence that the sentence dropped, and generality that it added."""

import re
from collections.abc import Iterator, Sequence

from kb.domain import Reason
from kb.language import content_stems
from kb.services.checks.evidence import is_restated, reason, speaks_of, stems
from kb.wording import Mention, hedges, names, numbers

_KEEPS = {
    "modality": {"modality", "ability", "part"},
    "ability": {"modality", "ability", "part", "bound"},
    "part": {"part", "modality", "mean", "bound"},
    "bound": {"bound", "part"},
    "mean": {"mean", "part"},
}
"""Kinds of hedge, any of which keeps one that the evidence has."""
_NEAR_NUMBER = 30
_WIDE_START = re.compile(r"(?:No|None|Nobody|Nothing)\b")


def hedged(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Hedges of the evidence that the sentence dropped, and universals that it added."""
    if not aligned:
        return
    mine, best = hedges(text), aligned[0]
    theirs = hedges(best) if is_restated(text, best) else []
    words = {m.text.casefold() for m in theirs} & {m.text.casefold() for m in mine}
    kinds = {m.key for m in mine if m.text.casefold() not in words}
    for hedge in theirs:
        if hedge.text.casefold() in words or hedge.key not in _KEEPS or kinds & _KEEPS[hedge.key]:
            continue
        if _figure_restated(text, best, hedge) if hedge.key in ("bound", "mean") else speaks_of(text, best, hedge):
            yield reason("hedge", f"drops “{hedge.text}” of the passage", (0, len(text)))
            break
    yield from _widened(text, mine, " ".join(aligned))


def _figure_restated(text: str, evidence: str, hedge: Mention) -> bool:
    """Whether the figure that a limit belongs to is in the sentence."""
    near = [m for m in numbers(evidence) if -_NEAR_NUMBER <= m.char_start - hedge.char_end <= _NEAR_NUMBER]
    return bool({m.key for m in near} & {m.key for m in numbers(text)}) if near else speaks_of(text, evidence, hedge)


def _widened(text: str, mine: Sequence[Mention], evidence: str) -> Iterator[Reason]:
    wide = [(m.text, (m.char_start, m.char_end)) for m in mine if m.key == "all"]
    if start := _WIDE_START.match(text):
        wide.append((start[0], start.span()))
    there = {m.key for m in hedges(evidence)}
    for word, span in wide:
        alike = "no|none|neither|nothing|nobody" if _WIDE_START.fullmatch(word) else "each|both"
        known = re.search(rf"\b(?:{re.escape(word)}|{alike})\b", evidence, re.IGNORECASE)
        if not known and "all" not in there:
            yield reason("scope", f"“{word}” is more than the passage says", span)


_LIMIT = re.compile(
    r"\b(?:on|in|for|across|among|within|under|when|if|unless|where|provided"
    r"|of(?=(?: at (?:most|least)| up to)? \d))\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"under|when|if|unless|where|provided", re.IGNORECASE)
_LIMIT_END = re.compile(r"[,;:()]|\.\s|\s(?:and (?:the|a|in)|but|by|without|than|because|which|that|to)\s")
_WORD = re.compile(r"\S+")
_CONDITION_WORDS = 3
_SIZE = re.compile(r"\d\s?[BM]\b|illion\b")


def limited(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Conditions, and names and sizes that limit what the evidence says, of which the sentence keeps nothing."""
    if not aligned or not is_restated(text, aligned[0]):
        return
    best = aligned[0]
    limits = [m for m in _limits(best) if speaks_of_rest(text, best, m)]
    lost = [m for m in limits if not _is_kept(text, m)]
    conditions = [m for m in lost if m.key == "condition"]
    if conditions:
        yield reason("scope", f"drops the condition “{conditions[0].text}” of the passage", (0, len(text)))
    elif lost and len(lost) == len(limits):
        yield reason("scope", f"drops the scope “{lost[0].text}” of the passage", (0, len(text)))
    elif lost:
        yield reason("scope", f"keeps not all of the scope: “{lost[0].text}”", (0, len(text)), warning=True)


def _limits(text: str) -> Iterator[Mention]:
    """Phrases that begin with a word of condition, or with a preposition before a name or a size."""
    cues = list(_LIMIT.finditer(text))
    for number, cue in enumerate(cues):
        stop = _LIMIT_END.search(text, cue.end())
        end = min(
            stop.start() if stop else len(text), cues[number + 1].start() if number + 1 < len(cues) else len(text)
        )
        phrase = text[cue.start() : end].strip()
        is_condition = bool(_CONDITION.fullmatch(cue[0]))
        if is_condition and content_stems(phrase):
            # A condition's first words say what it is about; what follows may be the main clause again.
            words = list(_WORD.finditer(phrase))[: 1 + _CONDITION_WORDS]
            phrase = phrase[: words[-1].end()]
            yield Mention("limit", "condition", phrase, cue.start(), cue.start() + len(phrase))
        elif not is_condition and (names(phrase) or _SIZE.search(phrase)):
            yield Mention("limit", "scope", phrase, cue.start(), cue.start() + len(phrase))


def speaks_of_rest(text: str, evidence: str, limit: Mention) -> bool:
    """Whether the sentence restates what a limit limits: the words before it, or after it where it comes first."""
    before = content_stems(re.split(r"[,;:()]\s|\s(?:but|while|whereas|and)\s", evidence[: limit.char_start])[-1])
    around = before or content_stems(re.split(r"[;:()]|\.\s", evidence[limit.char_end :])[0])
    return len(around & stems(text)) * 2 >= len(around) > 0


def _is_kept(text: str, limit: Mention) -> bool:
    """Whether a sentence has one of the names and sizes of a limit, or half of its words."""
    keys = {m.key for m in (*names(text), *numbers(text))}
    if {m.key for m in (*names(limit.text), *numbers(limit.text))} & keys:
        return True
    words = content_stems(limit.text)
    share = len(words & stems(text)) / len(words) if words else 1.0
    return share > 0 if limit.key == "condition" else share >= 0.5
