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
_ASKED = re.compile(
    r"\b(?:whether|(?:premise|claim|hypothes[ie]s|idea|assumption|notion|view|belief|conjecture|expectation|intuition|assertion"
    r"|slogan|verdict|question|possibility|suggestion|prediction)s?(?:\s(?:holds|is|was))?\sthat)\s",
    re.IGNORECASE,
)
"""Before what is asked, or held by somebody, and not stated."""
_SUPPOSED = re.compile(
    r"(?<!\swhat\s)\b(?:would|could)\s(?:\w+\s){0,2}?(?:weaken|strengthen|confirm|refute|overturn|change|show|tell|settle"
    r"|decide|narrow|test|restore|return|count|turn|disprove|prove|support|undermine|challenge|resolve|speak|mean|fall|need)\b",
    re.IGNORECASE,
)
"""Behind what is imagined: "a metric that stayed above chance would overturn this"."""
_IMAGINED = re.compile(r"\b(?:would|could)\b", re.IGNORECASE)
_GUESSED = re.compile(
    r",\s(?:a|an|one)\s(?:\w+\s)?(?:prediction|conjecture|hypothesis|guess|possibility|suggestion|claim)\s(?:that|which)\b"
    r"|\bas\s(?:a|one)\s(?:\w+\s)?(?:hypothesis|possibility|conjecture|guess)\b"
    r"|\b(?:is|are|remains?)\s(?:a|an|only|still|mere)?\s?(?:conjecture|speculation|guess\w*|hypothes[ie]s|untested|open)\b",
    re.IGNORECASE,
)
"""Behind what is only guessed."""
_TOLD = re.compile(
    r"\bas (?:told|retold|rumoured)\b(?: (?:by|in) [^,;:]{3,60})?"
    r"|^(?:an?|the) (?:inquiry page|lesson|earlier|older|previous)(?: (?:synthesis|note|account|page))?"
    r" (?:says|speaks|tells|holds|claims|reports|cites|credits)\b"
    r"|^(?:a|one) (?:common|popular|widespread|frequent) (?:\w+ )?(?:view|intuition|belief|claim|idea)\b",
    re.IGNORECASE,
)
"""Before what is told at second hand."""
_REPORTED = re.compile(
    r"\b(?:is|are|was|were)\s(?:said|claimed|believed|alleged|supposed|assumed|expected|held)\s(?:\w+\s)?to\s",
    re.IGNORECASE,
)
"""In the middle of what others say."""
_IF = re.compile(r"(?:^|[,;:]\s)(?:but\s|and\s)?(?:if|were|should|suppose|supposing)\s", re.IGNORECASE)
_SENTENCE_PART = re.compile(r"[;:]\s|,\s(?:so|since|because|although|though|while|whereas|but|and|which|as)\s|\.\s")
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
    is_hedged = any(m.key == "modality" for m in hedges(text)) or _IMAGINED.search(text)
    is_plain = not (is_hedged or _DOUBTS.search(text) or _OPENS.search(text) or _IF.search(text))
    denies = bool(negations(text))
    if is_plain and (frame := _mentioned(text, evidence, denies) or ("" if denies else _doubted(text, evidence))):
        yield reason("framing", f"states what the passage only mentions (“{frame}”)", span)
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
        parts = [_SENTENCE_PART.split(evidence[doubt.end() :], maxsplit=1)[0]]
        if opening and not _BREAK.search(evidence, opening.end(), doubt.start()):
            parts.append(evidence[opening.end() : doubt.start()])
        if any(held_share(text, stems(part), {}) >= _INSIDE for part in parts):
            return doubt[0]
    return ""


def _mentioned(text: str, evidence: str, denies: bool) -> str:
    """The words by which the evidence asks, supposes or retells all that a sentence says; empty where none do."""
    said = stems(text)
    for frame, start, end in _frames(evidence):
        if said & stems(frame) or (denies and not negations(evidence[start:end])):
            continue
        outside = stems(evidence[:start]) | stems(evidence[end:])
        if held_share(text, stems(evidence[start:end]), {}) >= _INSIDE > held_share(text, outside, {}):
            return " ".join(frame.split()).strip(" ,")
    return ""


def _frames(evidence: str) -> Iterator[tuple[str, int, int]]:
    """Words that frame a part of the evidence, with the span of that part."""
    for opening in (_ASKED, _IF, _TOLD):
        for match in opening.finditer(evidence):
            stop = _SENTENCE_PART.search(evidence, match.end())
            end = evidence.find(";", match.end()) if opening is _TOLD else stop.start() if stop else -1
            yield match[0], match.end(), end if end >= 0 else len(evidence)
    for closing in (_SUPPOSED, _GUESSED, _REPORTED):
        for match in closing.finditer(evidence):
            starts = [m.end() for m in _SENTENCE_PART.finditer(evidence, 0, match.start())]
            stop = _SENTENCE_PART.search(evidence, match.end()) if closing is _REPORTED else match
            yield match[0], max(starts, default=0), stop.start() if stop else len(evidence)


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
