"""Opposites that are no direction: before and after, kept in and left out, agreed and disagreed.

A pair speaks against a sentence where the sentence has only the one and the evidence only the other, of the same thing.
"""

import re
from collections.abc import Iterator, Sequence

from kb.domain import Reason
from kb.language import content_stems
from kb.services.checks.evidence import is_restated, reason
from kb.wording import negations

_PAIRS = (
    (r"before|prior to|preced\w+|ahead of|until", r"after|afterwards|following"),
    (
        r"ke(?:ep\w*|pt) (?:\w+ )?in|includ\w+|add(?:s|ed|ing)?|insert\w*",
        r"le(?:av\w+|ft) (?:\w+ )?out|omit\w*|exclud\w+|remov\w+",
    ),
    (r"agree[sd]?|agreement", r"disagree[sd]?|disagreement|conflict\w*"),
    (r"accept\w*", r"reject\w*|refus\w+"),
    (r"early|earlier|earliest|first", r"late|later|latest|last"),
    (r"same|identical", r"different|distinct|differs?"),
    (r"inside|internal\w*|inner", r"outside|external\w*|outer"),
    (r"visible|shown|reveal\w*|disclos\w+|admit\w*", r"hidden|hides?|conceal\w*|den(?:y|ies|ied)"),
    (r"simple|simpler|simplest", r"complex|complicated"),
    (r"narrow\w*", r"widen\w*|wide|wider|broad\w*"),
    (r"cheap|cheaper|inexpensive", r"expensive|costly|dear"),
    (r"begin\w*|start\w*|opens?", r"end(?:s|ed|ing)?|stop\w*|clos\w+"),
    (r"remember\w*|recall\w*|memori[sz]\w+", r"forget\w*|forgot\w*|unlearn\w*"),
    (r"true|truths?|right", r"false|falsehoods?|wrong"),
    (r"safe|safer|safely", r"dangerous|unsafe|risky"),
    (r"top|highest|maxim\w+", r"bottom|lowest|minim\w+"),
    (r"most|mostly|majority|many", r"few|minority"),
    (r"deep|deeper", r"shallow|shallower"),
    (r"converg\w+", r"diverg\w+"),
    (r"attract\w*", r"repel\w*"),
    (r"over-?confiden\w+", r"under-?confiden\w+"),
    (r"over-?estimat\w+", r"under-?estimat\w+"),
    (r"in-distribution", r"out-of-distribution|out of distribution"),
)
_SIDES = [tuple(re.compile(rf"\b(?:{side})\b", re.IGNORECASE) for side in pair) for pair in _PAIRS]
_AROUND, _DENIED = 4, 25


def opposite(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """The first word of the sentence of which the evidence has the opposite, and not the word."""
    if not aligned or not is_restated(text, aligned[0]):
        return
    evidence = aligned[0]
    for pair in _SIDES:
        for one, other in (pair, pair[::-1]):
            mine, theirs = one.search(text), other.search(evidence)
            if not mine or not theirs or other.search(text) or one.search(" ".join(aligned)):
                continue
            if _beside(text, mine) & _beside(evidence, theirs) and _is_denied(text, mine) == _is_denied(
                evidence, theirs
            ):
                words = f"says “{mine[0]}” where the passage says “{theirs[0]}”"
                yield reason("direction", words, mine.span())
                return


def _beside(text: str, word: re.Match[str]) -> frozenset[str]:
    """Stems of the content words next to a word."""
    before, after = text[: word.start()].split()[-_AROUND:], text[word.end() :].split()[:_AROUND]
    return content_stems(" ".join([*before, ",", *after]))


def _is_denied(text: str, word: re.Match[str]) -> bool:
    return bool(negations(text[max(0, word.start() - _DENIED) : word.end()]))
