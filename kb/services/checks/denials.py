"""What a sentence takes back by its frame or by a prefix, where the evidence says it outright.

"It is false that X" denies X, whatever X says; "uncorrelated" denies "correlates". Both are found by what is left when
the denial is taken away: if the evidence says that, the sentence speaks against it.
"""

import re
from collections.abc import Iterator, Sequence

from kb.domain import Reason
from kb.language import content_terms, rough_stem
from kb.services.checks.evidence import held_share, reason, stems
from kb.wording import Mention, negations

_FALSE = re.compile(
    r"\b(?:it is|it’s|it's|is it|it was)\s(?:(?:simply|just|plainly|demonstrably)\s)?(?:false|untrue|wrong|incorrect"
    r"|mistaken|a myth|not (?:true|so|the case|right))\s(?:to (?:say|claim|think) )?that\s",
    re.IGNORECASE,
)
_CONTRARY = re.compile(
    r"\b(?:contrary to|against|in contrast to|unlike)\s(?:the|a|any)\s(?:\w+\s)?(?:claim|view|idea|notion|belief|"
    r"|finding|report|assertion|thesis|statement)s?\sthat\s",
    re.IGNORECASE,
)
_CLAIM_END = re.compile(r"[,;]\s|\.$|$")
_HELD = 0.6
"""Share of a denied clause's content words that the evidence must have to be what is denied."""

_PREFIXED = re.compile(r"\b(?P<free>un|non)-?(?P<rest>[a-z]{5,})\b|\b(?:in|im|ir|il|dis)(?P<exact>[a-z]{6,})\b")
_WORD = re.compile(r"[a-z]{5,}")
_ROOT = 5
_ENDINGS = ("ly", "ed", "es", "s", "ing", "ness")


def disowned(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Clauses that a sentence says are false, each with the span of the words that say so."""
    for frame in (_FALSE, _CONTRARY):
        for match in frame.finditer(text):
            end = len(text) if frame is _FALSE else _CLAIM_END.search(text, match.end()).start()  # type: ignore[union-attr]
            yield text[match.end() : end], match.span()


def is_said(clause: str, aligned: Sequence[str]) -> bool:
    """Whether the evidence says most of a clause and does not itself call it false."""
    evidence = " ".join(aligned)
    said_false = _FALSE.search(evidence) or _CONTRARY.search(evidence)
    return not said_false and held_share(clause, stems(evidence), {}) >= _HELD


def prefixed(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Words of the sentence that are words of the evidence with a prefix that denies them, or the other way round."""
    evidence = " ".join(aligned)
    for word, root in _undone(text):
        if _is_plain(root, evidence, text, word):
            words = f"says “{word.text}”, which denies the passage's own word"
            yield reason("negation", words, (word.char_start, word.char_end))
    for word, root in _undone(evidence):
        if _is_plain(root, text, evidence, word):
            yield reason("negation", f"drops what denies in “{word.text}” of the passage", (0, len(text)))


def undoes(text: str, other: str) -> bool:
    """Whether a text has a word with a prefix that denies, and the other what that denies: "unstated" and "states"."""
    words = _WORD.findall(other.casefold())
    return any(
        _is_form(word, root, _base(root), found.key) or (found.key == "free" and word[:_ROOT] == root[:_ROOT])
        for found, root in _undone(text)
        for word in words
    )


def _undone(text: str) -> Iterator[tuple[Mention, str]]:
    """Words with a prefix that denies, each with what it denies."""
    for match in _PREFIXED.finditer(text.casefold()):
        root = match["rest"] or match["exact"]
        key = "free" if match["rest"] else "exact"
        yield Mention("prefix", key, text[match.start() : match.end()], *match.span()), root


def _is_plain(root: str, text: str, other: str, word: Mention) -> bool:
    """Whether a text has a word without the prefix that the other text has with it, and nothing else denies it."""
    if rough_stem(word.text.casefold()) in {rough_stem(t) for t in content_terms(text)}:
        return False
    base = _base(root)
    found = [m for m in _WORD.finditer(text.casefold()) if _is_form(m[0], root, base, word.key)]
    plain_here = any(_is_form(m[0], root, base, word.key) for m in _WORD.finditer(other.casefold()))
    if not found or plain_here or negations(other[max(0, word.char_start - 25) : word.char_start]):
        return False
    return not any(negations(text[max(0, m.start() - 30) : m.start()]) for m in found)


def _is_form(word: str, root: str, base: str, key: str) -> bool:
    return word == root or _base(word) == base or (key == "free" and rough_stem(word) == rough_stem(root))


def _base(word: str) -> str:
    return next((word.removesuffix(end) for end in _ENDINGS if word.endswith(end) and len(word) > len(end) + 4), word)
