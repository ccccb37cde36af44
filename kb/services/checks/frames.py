"""What the evidence mentions and does not state: what it doubts, has little of, or says of half a course."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.directions import Direction, directions
from kb.domain import Reason
from kb.language import content_terms, rough_stem
from kb.services.checks.evidence import held_share, is_restated, reason, stems
from kb.wording import hedges, negations

_INSIDE = 0.8
"""Share of a sentence's content words that must stand inside a frame for the sentence to state what is framed."""
_DOUBTS = re.compile(
    r"\b(?:disput(?:e|es|ed|ing)|refut(?:e|es|ed|ing)|contradict(?:s|ed|ing)?|challeng(?:e|es|ed|ing)|reject(?:s|ed|ing)?"
    r"|doubt(?:s|ed|ing|ful)?|disprov(?:e|es|ed|en|ing)|debunk(?:s|ed|ing)?|falsif(?:y|ies|ied|ying)|myth|mistaken|untrue"
    r"|unsupported|unproven|(?:little|scant|no|weak) (?:empirical )?(?:support|evidence|backing)"
    r"|(?:do|does|did) not hold|fails? to hold)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"\b(?:(?:premise|claim|hypothesis|idea|assumption|notion|view|belief|conjecture|expectation|intuition|assertion)"
    r"s? that|whether|in which|where)\s",
    re.IGNORECASE,
)
_BREAK = re.compile(r"[,;:]\s")
_LITTLE = re.compile(r"(?<!\ba )\b(?:little|scant|hardly any|barely any|scarcely any) (\w{3,})", re.IGNORECASE)
_SMALL = re.compile(r"\b(?:little|scant\w*|hardly|barely|scarcely|weak\w*|limited|poor\w*|un\w{4,})\b", re.IGNORECASE)
_THEN = re.compile(r"\b(?:then|before|followed by|only to)\b", re.IGNORECASE)
_STAGED = re.compile(
    r"\b(?:first|initial\w*|early|later?|eventual\w*|until|peak\w*|then|before|up to)\b", re.IGNORECASE
)


def framed(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """What the best quote doubts, has little of or says of half a course, and the sentence says outright."""
    evidence = aligned[0] if aligned else ""
    if not evidence or not (is_restated(text, evidence) or held_share(text, stems(evidence), {}) >= _INSIDE):
        return
    span = (0, len(text))
    is_plain = not (negations(text) or hedges(text) or _DOUBTS.search(text) or _OPENS.search(text))
    if is_plain and (doubt := _doubted(text, evidence)):
        yield reason("framing", f"states what the passage only mentions (“{doubt}”)", span)
        return
    if not (negations(text) or _SMALL.search(text)):
        said = stems(text)
        for little in _LITTLE.finditer(evidence):
            if rough_stem(little[1].casefold()) in said and content_terms(little[1]):
                yield reason("negation", f"drops “{little[0]}” of the passage", span)
                return
    if half := _half_told(text, evidence):
        yield reason("direction", f"tells of a course only “{half.text}”", (half.char_start, half.char_end))


def _doubted(text: str, evidence: str) -> str:
    """The doubting words of the evidence whose object is all that a sentence says; empty where there are none."""
    for doubt in _DOUBTS.finditer(evidence):
        opening = next(iter(_OPENS.finditer(evidence, 0, doubt.start())), None)
        parts = [evidence[doubt.end() :]]
        if opening and not _BREAK.search(evidence, opening.end(), doubt.start()):
            parts.append(evidence[opening.end() : doubt.start()])
        if any(held_share(text, stems(part), {}) >= _INSIDE for part in parts):
            return doubt[0]
    return ""


def _half_told(text: str, evidence: str) -> Direction | None:
    """A direction of the sentence that the evidence has in one breath with its opposite: "rises and then falls"."""
    mine, theirs = directions(text), directions(evidence)
    if _STAGED.search(text):
        return None
    for own in mine:
        if any((d.family, d.sign) == (own.family, -own.sign) for d in mine):
            continue
        for one, other in pairwise(theirs):
            is_course = one.family == other.family == own.family and one.sign == -other.sign
            between = evidence[one.char_end : other.char_start]
            if is_course and len(between) <= 30 and _THEN.search(between):
                return own
    return None
