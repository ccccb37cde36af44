"""What a sentence says, held against what its evidence says: numbers, names, scope, hedges, negation and direction.

No model is asked. Each check looks for one kind of change that a paraphrase makes without sounding wrong and names the
words in question. A sentence that passes them all is consistent with its evidence, which is less than following from
it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ingest.plain import plain
from kb.domain import Reason
from kb.language import content_terms, rough_stem
from kb.services.checks.amounts import amounts
from kb.services.checks.denials import disowned, is_said, prefixed
from kb.services.checks.dictated import dictated
from kb.services.checks.evidence import CitedText, even, held_share, reason, stems
from kb.services.checks.figures import figures, named, papers
from kb.services.checks.frames import framed
from kb.services.checks.limits import hedged
from kb.services.checks.opposites import opposite
from kb.services.checks.pairs import mixed
from kb.services.checks.scopes import limited
from kb.services.checks.sides import sides
from kb.services.checks.swaps import swapped
from kb.services.checks.ways import denied, turned
from kb.wording import is_number_word

__all__ = ["CitedText", "compare", "held_share", "opposed"]

_LONGEST = 3000
_STRANGE, _THIN = 0.25, 0.6
"""Shares of a sentence's content words that the cited sentences must have: below the first they are about something
else, below the second a reader is warned."""

_OPPOSED = frozenset(("negation", "direction"))


def compare(text: str, cited: CitedText, weights: Mapping[str, float] | None = None) -> tuple[Reason, ...]:
    """Everything in which a sentence differs from the text it cites, in order of place; warnings are marked as such.

    Args:
        text: the sentence.
        cited: what it cites.
        weights: how rare each stem is in the library, so that a rare word counts for more; else all count the same.
    """
    shown, cited = even(plain(text)), cited.even
    if len(shown) > _LONGEST:
        return (reason("content", f"is longer than {_LONGEST:,} characters, which no check can read", (0, len(shown))),)
    aligned = cited.aligned(shown)
    changed, excused = sides(shown, aligned)
    found = [
        *(list(_strange(shown, cited, weights or {})) or _added(shown, cited)),
        *_caused(shown, cited),
        *papers(shown, cited),
        *figures(shown, aligned, cited),
        *amounts(shown, aligned),
        *named(shown, aligned, cited),
        *hedged(shown, aligned),
        *limited(shown, aligned),
        *framed(shown, aligned),
        *dictated(shown, aligned),
        *denied(shown, aligned),
        *prefixed(shown, aligned),
        *_called_false(shown, aligned, cited),
        *(changed or list(swapped(shown, aligned)) or mixed(shown, aligned)),
        *turned(shown, aligned, excused),
        *(opposite(shown, aligned) if not excused else ()),
    ]
    return tuple(sorted(found, key=lambda r: (r.char_start, r.kind)))


def opposed(one: str, other: str) -> bool:
    """Whether one of two sentences denies the other or turns it round."""
    found = compare(one, CitedText([other], other, None))
    return any(reason.kind in _OPPOSED and not reason.warning for reason in found)


def _called_false(text: str, aligned: Sequence[str], cited: CitedText) -> Iterator[Reason]:
    """What a sentence calls false and the evidence says."""
    for clause, span in disowned(text):
        if is_said(clause, aligned) and not any(r.kind in _OPPOSED for r in compare(clause, cited) if not r.warning):
            yield reason("negation", "calls false what the passage says", span)


_JOINT = re.compile(r",\s(?:and\s|which\s|so\s|because\s)?|\s(?:and|because|since)\s|;\s")
_ADDED, _ADDED_SHARE = 3, 0.34
"""Content words of a part that says something of its own, and the share of them that the passage must have."""


def _added(text: str, cited: CitedText) -> Iterator[Reason]:
    """A part of the sentence of which the passage knows next to nothing, beside others of which it does."""
    edges = [0, *(m.end() for m in _JOINT.finditer(text)), len(text)]
    for start, end in pairwise(edges):
        part = text[start:end].strip(" .,;")
        wanted = {rough_stem(t) for t in content_terms(part) if not is_number_word(t)}
        if len(wanted) >= _ADDED and len(wanted & cited.stems) < len(wanted) * _ADDED_SHARE:
            yield reason("content", f"adds “{part}”, of which the passage says nothing", (start, end), warning=True)
            return


_CAUSE = re.compile(r"\b(?:because(?: of)?|due to|owing to|thanks to|on account of|as a result of)\s", re.IGNORECASE)
_CAUSE_END = re.compile(r"[,;:]\s")
_CAUSE_WORDS = 2


def _caused(text: str, cited: CitedText) -> Iterator[Reason]:
    """A cause of which the passage knows next to nothing: nobody can look it up there."""
    for cue in _CAUSE.finditer(text):
        stop = _CAUSE_END.search(text, cue.end())
        end = stop.start() if stop else len(text)
        wanted = {rough_stem(t) for t in content_terms(text[cue.end() : end]) if not is_number_word(t)}
        if len(wanted) >= _CAUSE_WORDS and len(wanted & cited.stems) < len(wanted) * _ADDED_SHARE:
            words = text[cue.start() : end].strip(" .")
            yield reason("content", f"adds the cause “{words}”, of which the passage says nothing", (cue.start(), end))


def _strange(text: str, cited: CitedText, weights: Mapping[str, float]) -> Iterator[Reason]:
    """Content that the cited sentences do not have. Sharing words proves nothing; sharing next to none disproves."""
    held = stems(" ".join(cited.quotes))
    share = held_share(text, held, weights)
    if share < _THIN:
        missing = [t for t in content_terms(text) if not is_number_word(t) and rough_stem(t) not in held]
        listed = ", ".join(f"“{term}”" for term in missing[:6])
        words = "says what the passage does not" if share < _STRANGE else "goes beyond the passage's words"
        yield reason("content", f"{words}: {listed}", (0, len(text)), warning=share >= _STRANGE)
