"""Denials and directions that only one of the two texts has."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from kb.directions import Direction, clauses, direction_of, directions, is_course
from kb.domain import Reason
from kb.language import content_stems, content_terms, rough_stem
from kb.services.checks.denials import undoes
from kb.services.checks.evidence import reason, stems
from kb.wording import Mention, is_number_word, negations

_COMMA = re.compile(r",\s")
_AND = re.compile(r"\s(?:and|or)\s")
_EFFECTS = frozenset(
    """
association associations associated relation relationship correlation link effect effects impact influence difference
differences change changes evidence benefit improvement improvements increase decrease reduction detected found observed
seen significant significantly statistically clear known consistent measurable different differ result
""".split()
)
"""What studies deny of something: behind "no association was detected between" stands what it is."""
_CANCELS, _MOST_DENIALS = 20, 12
_VERBS_ALIKE, _KEPT_ALIKE = 0.5, 0.3
_SENSES = {1: "up", -1: "down"}
_UP_OR_DOWN = frozenset(_SENSES.values())
_COURSES = frozenset(("amount", "worth"))
"""Families of verbs, which say what happens; the others are of adjectives and name things, too."""
_KEPT = re.compile(r"\b(?:intact|preserv\w+|maintain\w*|retain\w*|remain\w*|stay\w*|keeps?|kept)\b", re.IGNORECASE)
_LITTLE = re.compile(
    r"\b(?:little|minimal|negligible|scant|limited) (?:or no )?"
    r"(?:effect|benefit|impact|influence|difference|change|gain|value)\b",
    re.IGNORECASE,
)
_UNALTERED = re.compile(r"\b(?:un(?:affected|altered|changed|touched)|constant|identical|the same)\b", re.IGNORECASE)
_ABSENCE = re.compile(
    r"\b(?:deficien\w+|absen\w+|depriv\w+|deplet\w+|eliminat\w+|remov\w+|ablat\w+|omit\w*|omission"
    r"|knock\w*|free of|withh\w+|leav\w+ (?:\w+ )?out)\b",
    re.IGNORECASE,
)
_LACK = re.compile(r"without|lack\w*|absen\w+|missing|no|none", re.IGNORECASE)
_REFERENCE = re.compile(r"\b(?:compared (?:to|with)|versus|vs|relative to|than)\b[^.;,]{0,60}$", re.IGNORECASE)
"""Behind these words stands what something is compared with, of which a sentence need not tell."""
_INSTEAD, _COMPARES = (
    re.compile(r"rather than|instead of", re.IGNORECASE),
    re.compile(r"\b(?:than|instead of|in place of)\b", re.I),
)
"""Of two things compared, the one that is not chosen may be put either way."""
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
        phrases = [(_senses(other[a:b]), bool(_denials(other[a:b]))) for a, b in _phrases(other)]
        own_phrases, held = _phrases(own), _senses(other)
        for mention in _denials(own)[:_MOST_DENIALS]:
            around = next(((a, b) for a, b in own_phrases if a <= mention.char_start < b), (0, len(own)))
            said = own[around[0] : mention.char_end] + _AND.split(own[mention.char_end : around[1]], maxsplit=1)[0]
            if own is evidence and _REFERENCE.search(own, 0, mention.char_start):
                continue
            if _INSTEAD.fullmatch(mention.text) and _COMPARES.search(other):
                continue
            if _LACK.fullmatch(mention.text) and _ABSENCE.search(other):
                continue
            if _is_restated_without(own, mention, around, phrases, held) and not _is_made_up_for(said, other):
                span = (mention.char_start, mention.char_end) if own is text else (0, len(text))
                yield reason("negation", words.format(mention.text), span)
                return


def _denials(text: str) -> list[Mention]:
    """Negations, without pairs that cancel each other out: "does not lack"."""
    found: list[Mention] = []
    for mention in negations(text):
        if found and mention.char_start - found[-1].char_end <= _CANCELS:
            found.pop()
        else:
            found.append(mention)
    return found


def _is_restated_without(
    own: str,
    mention: Mention,
    phrase: tuple[int, int],
    others: Sequence[tuple[frozenset[str], bool]],
    held: frozenset[str],
) -> bool:
    """Whether a text says what another denies, in no phrase with a denial.

    Args:
        own: the text that denies.
        mention: its denial.
        phrase: span of the phrase that this stands in.
        others: phrases of the other text, as stems and whether they deny something.
        held: stems of the other text.
    """
    start, end = phrase
    governed = _AND.split(own[mention.char_end : end], maxsplit=1)[0]
    terms = [t for t in content_terms(governed) if t not in _EFFECTS and not is_number_word(t)]
    after = frozenset([_sense(t) for t in terms][:3])
    scope = after or content_stems(own[start : mention.char_start])
    shared = scope & held
    if len(after) > 1 and _sense(terms[0]) not in held and len(shared) * 3 <= len(scope) * 2:
        return False  # of what is denied, the other text does not have the verb
    if not shared or len(shared) * 2 < len(scope) or (shared <= _UP_OR_DOWN and not scope <= _UP_OR_DOWN):
        return False
    if len(scope) == 1 and len(content_stems(own[start:end]) & held) * 2 < len(content_stems(own[start:end])):
        return False
    around = _senses(own[start:end]) if after else _senses(own)
    return not any(denies for words, denies in others if words & around)


def _sense(word: str) -> str:
    """Stem of a word, and for all words of rising or getting better one and the same: a gain is an improvement."""
    way = direction_of(word)
    return _SENSES[way[1]] if way and way[0] in _COURSES else rough_stem(word)


def _senses(text: str) -> frozenset[str]:
    return stems(text) | {_SENSES[d.sign] for d in directions(text) if d.family in _COURSES}


def _phrases(text: str) -> list[tuple[int, int]]:
    """Spans of the clauses, cut at commas, too."""
    found = []
    for start, end in clauses(text):
        edges = [start, *(m.end() for m in _COMMA.finditer(text, start, end)), end]
        found += [(a, b) for a, b in pairwise(edges) if a < b]
    return found


def _is_made_up_for(first: str, second: str) -> bool:
    """Whether a word does a denial's work: "unreliable" or "undecided" for "not", "intact" for "without harm"."""
    there, here = ({(d.family, d.sign) for d in directions(t) if d.family != "presence"} for t in (second, first))
    if any((family, -sign) in there and (family, sign) not in there for family, sign in here):
        return True
    if _LITTLE.search(first) or _LITTLE.search(second):
        return True
    if _KEPT.search(first) or _KEPT.search(second) or _UNALTERED.search(second):
        return True
    return undoes(second, first) or undoes(first, second)


def turned(text: str, aligned: Sequence[str], excused: Sequence[tuple[int, int]]) -> Iterator[Reason]:
    """A word of direction where the evidence has its opposite about the same things.

    Args:
        text: the sentence.
        aligned: the quotes that it restates.
        excused: spans of comparisons whose sides were changed over with their direction, which comes to the same.
    """
    theirs = [(d, quote) for quote in aligned for d in directions(quote)]
    mine = directions(text)
    both = _with_both_signs(mine) & _with_both_signs([d for d, _ in theirs])
    for own in mine:
        # "Strong" and "weak" in both texts: which belongs to what is for the check of swaps to see.
        if own.family not in _COURSES and (own.family in both or _is_beside_its_opposite(own, mine)):
            continue
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


def _with_both_signs(found: Sequence[Direction]) -> set[str]:
    signs = {(d.family, d.sign) for d in found}
    return {family for family, sign in signs if (family, -sign) in signs}


def _is_beside_its_opposite(own: Direction, mine: Sequence[Direction]) -> bool:
    """As in "tells correct from incorrect traces"."""
    return any(
        (d.family, d.sign) == (own.family, -own.sign) and abs(d.char_start - own.char_start) <= _BEFORE for d in mine
    )


def _closest(own: Direction, others: Sequence[tuple[Direction, str]], sign: int) -> tuple[Direction, str] | None:
    found = [pair for pair in others if pair[0].sign == sign and _are_akin(own, pair[0])]
    return max(found, key=lambda pair: own.likeness(pair[0]), default=None)


def _are_akin(own: Direction, other: Direction) -> bool:
    """Whether two are of one family, or say of the same word that it rises and that it gets worse or is prevented.

    Verbs may stand a word or two before what they move; adjectives stand next to it.
    """
    if own.family == other.family:
        return True
    if "keeping" in (own.family, other.family):  # who keeps something does not lose or harm it
        is_lost = bool({own.family, other.family} & _COURSES) and own.sign != other.sign
        return is_lost and own.likeness(other) >= _KEPT_ALIKE
    are_courses = is_course(own.text) and is_course(other.text)
    families = {own.family, other.family}
    if families == {"amount", "effect"}:
        return are_courses and own.likeness(other) >= _VERBS_ALIKE
    if families == {"amount", "worth"} and any(d.family == "amount" and d.moves_merit for d in (own, other)):
        return True
    return families == {"amount", "worth"} and own.likeness(other) >= (_VERBS_ALIKE if are_courses else 1)


def _negated(text: str, direction: Direction) -> bool:
    """Whether a denial stands just before a word of direction."""
    return bool(negations(text[max(0, direction.char_start - _BEFORE) : direction.char_end]))
