"""How a passage may bear on a claim, by cues of direction, scope and number: a hint for a reader, never a verdict."""

import re
from enum import StrEnum

from pydantic import Field

from kb.domain import Claim, Record
from kb.services.findings import Direction, direction_of, sizes_of
from kb.services.scope import scope_terms
from kb.wording import numbers

_OUTDOES = re.compile(
    r"\b(?:outperform|surpass|exceed|beat|overcom|supersed|improv(?:es|ed|ing) (?:up)?on|state[- ]of[- ]the[- ]art|"
    r"no longer|previously|prior work|revisit|contrary to|in contrast to|challeng)",
    re.IGNORECASE,
)
_MOST_NUMBERS = 6


class Relation(StrEnum):
    """What a passage may mean for a claim."""

    CONTRADICTS = "contradicts"
    SUPERSEDES = "supersedes"
    SCOPE_DIFFERS = "scope_differs"
    SUPPORTS = "supports"
    UNCLEAR = "unclear"


class Hint(Record):
    """A guess by rules, with what it rests on."""

    relation: Relation
    cues: tuple[str, ...] = Field((), description="in words")


def hint(claim: Claim, text: str, about: str = "") -> Hint:
    """How a sentence may bear on a claim.

    Args:
        claim: with its scope, which counts as well as its words.
        text: the sentence, without markup.
        about: more that tells its scope, such as the title of its source.
    """
    stated, found = direction_of(claim.text), direction_of(text)
    cues = _scope_cues(claim, f"{text} {about}")
    differs = bool(cues)
    told = {stated, found} - {Direction.UNKNOWN, Direction.MIXED}
    if {stated, found} & {Direction.UNKNOWN, Direction.MIXED}:
        relation = Relation.SCOPE_DIFFERS if differs else Relation.UNCLEAR
    elif len(told) == 2:
        relation = Relation.SCOPE_DIFFERS if differs else Relation.CONTRADICTS
        cues = (*cues, f"the claim says {_said(stated)}, the passage {_said(found)}")
    else:
        relation = Relation.SUPERSEDES if _OUTDOES.search(text) else Relation.SUPPORTS
        relation = Relation.SCOPE_DIFFERS if differs else relation
        cues = (*cues, f"both say {_said(stated)}")
    return Hint(relation=relation, cues=(*cues, *_number_cues(claim.text, text)))


def _said(direction: Direction) -> str:
    return {"helps": "that it helps or rises", "hurts": "that it hurts or falls"}.get(direction, "that nothing changes")


def _scope_cues(claim: Claim, text: str) -> tuple[str, ...]:
    """Conditions that both name and that have nothing in common."""
    of_claim = f"{claim.text}. {claim.scope}"
    cues = []
    mine, theirs = sizes_of(of_claim), sizes_of(text)
    if mine and theirs and not any(a.meets(b) for a in mine for b in theirs):
        cues.append("other model sizes")
    stated, found = scope_terms(of_claim), scope_terms(text)
    if stated["task"] and found["task"] and not stated["task"] & found["task"]:
        cues.append(f"another task ({', '.join(sorted(found['task'])[:2])})")
    return tuple(cues)


def _number_cues(claim: str, text: str) -> tuple[str, ...]:
    """Which of the claim's figures the passage repeats, or that it has others."""
    mine, theirs = ({number.key: number.text for number in numbers(words)} for words in (claim, text))
    if not mine or not theirs:
        return ()
    if same := [words for key, words in mine.items() if key in theirs]:
        return (f"the same figures: {', '.join(same[:_MOST_NUMBERS])}",)
    return (f"other figures: {', '.join(list(theirs.values())[:_MOST_NUMBERS])}",)
