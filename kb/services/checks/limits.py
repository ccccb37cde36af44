"""Hedges of the evidence that the sentence dropped, and generality that it added."""

import re
from collections.abc import Iterator, Sequence

from kb.domain import Reason
from kb.services.checks.evidence import is_restated, reason, speaks_of
from kb.services.checks.left_out import COPY_WORDS, PARAPHRASE_WORDS, Restated
from kb.wording import Mention, hedges, negations, numbers

_KEEPS = {
    "modality": {"modality", "ability", "part"},
    "ability": {"modality", "ability", "part", "bound"},
    "part": {"part", "modality", "mean", "bound"},
    "bound": {"bound", "part"},
    "mean": {"mean", "part"},
}
"""Kinds of hedge, any of which keeps one that the evidence has."""
_NEAR_NUMBER = 30
_ACROSS = re.compile(r"\s(?:across|over)\s")
_UNDONE = re.compile(r"\bun\w{3,}(?:ed|en)\b")
_ENABLES = re.compile(r"\b(?:lets?|letting|allow\w*|enabl\w*|permit\w*)\b", re.IGNORECASE)
_DENIED_BEFORE = re.compile(r"\b(?:without|not|no|nor|never)\s(?:\w+\s)?$", re.IGNORECASE)
_NOT_QUITE = re.compile(r"(?:\bnot|n[’']t|\bhardly|\bbarely|\bscarcely|\balmost)\s$", re.IGNORECASE)
"""Before a universal that is none: "not always", "hardly any"."""
_WIDE_START = re.compile(r"(?:No|None|Nobody|Nothing)\b")


def hedged(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Hedges of the evidence that the sentence dropped, and universals that it added."""
    if not aligned:
        return
    mine, best = hedges(text), aligned[0]
    theirs = hedges(best) if is_restated(text, best) else []
    words = {m.text.casefold() for m in theirs} & {m.text.casefold() for m in mine}
    kinds = {m.key for m in mine if m.text.casefold() not in words} | ({"ability"} if _ENABLES.search(text) else set())
    pair = Restated(text, best)
    for hedge in theirs:
        if hedge.text.casefold() in words or hedge.key not in _KEEPS or kinds & _KEEPS[hedge.key]:
            continue
        is_of_figure = hedge.key in ("bound", "mean")
        is_said = _figure_restated(text, best, hedge) if is_of_figure else speaks_of(text, best, hedge)
        if pair.own_words <= COPY_WORDS:  # a copy has the words on both sides, if it is of that part
            stands_between = pair.has_both_sides(hedge)
            is_said = stands_between if hedge.key == "part" else is_said or stands_between
        if is_said:
            is_free = hedge.key != "modality" and pair.own_words > PARAPHRASE_WORDS
            yield reason("hedge", f"drops “{hedge.text}” of the passage", (0, len(text)), warning=is_free)
            break
    yield from _widened(text, mine, " ".join(aligned))


def _figure_restated(text: str, evidence: str, hedge: Mention) -> bool:
    """Whether the figure that a limit belongs to is in the sentence."""
    if hedge.key == "mean" and _ACROSS.match(
        evidence, hedge.char_end
    ):  # the figure behind it counts what it is a mean of
        head = evidence[: hedge.char_start]
        return not numbers(head) and is_restated(text, head)
    near = [m for m in numbers(evidence) if -_NEAR_NUMBER <= m.char_start - hedge.char_end <= _NEAR_NUMBER]
    return bool({m.key for m in near} & {m.key for m in numbers(text)}) if near else speaks_of(text, evidence, hedge)


def _widened(text: str, mine: Sequence[Mention], evidence: str) -> Iterator[Reason]:
    universals = [m for m in mine if m.key == "all" and not _NOT_QUITE.search(text[: m.char_start])]
    wide = [(m.text, (m.char_start, m.char_end)) for m in universals]
    if start := _WIDE_START.match(text):
        wide.append((start[0], start.span()))
    there = {m.key for m in hedges(evidence)}
    for word, span in wide:
        alike = (
            "no|none|neither|nothing|nobody"
            if _WIDE_START.fullmatch(word)
            else "each|both|every|all|whichever|whatever|whoever|regardless"
        )
        known = re.search(rf"\b(?:{re.escape(word)}|{alike})\b", evidence, re.IGNORECASE)
        if _WIDE_START.fullmatch(word) and negations(evidence):
            continue  # what denies is compared by itself
        if word.casefold() == "any" and _DENIED_BEFORE.search(text[: span[0]]) and negations(evidence):
            continue
        if word.casefold() == "never" and (negations(evidence) or _UNDONE.search(evidence)):
            continue
        if not known and "all" not in there:
            yield reason("scope", f"“{word}” is more than the passage says", span)
