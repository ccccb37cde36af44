"""Whether a sentence goes against what was told before it, so that it may be led in as doing so."""

from collections.abc import Iterable, Iterator

from kb.directions import Direction, clauses, directions
from kb.wording import negations

_RESULTS = frozenset(("amount", "worth", "trust", "effect", "link", "force"))
"""Families of directions that say how something turned out, not what it is: more or less, better or worse."""
_KIN = {"amount": "worth"}
"""Faithfulness falls, and tuning raises faithfulness: the one is an amount, the other a worth."""
_NO_WAY = frozenset(("most", "least"))
_EVERYWHERE = frozenset(("model", "llm", "languag", "arxiv", "task"))
_ALIKE = 0.3
"""How far two directions must be about the same, and what must be left of that when those that agree are taken off.
Chosen on the answers to the development questions."""


def goes_against(sentence: str, told: Iterable[str]) -> bool:
    """Whether a sentence turns round or denies what one of others says of the same thing.

    It sees few of those that do, and seldom errs: what helps one thing and hurts another is no dispute.

    >>> goes_against("Tuning lowers the faithfulness of chains.", ["Tuning raises the faithfulness of chains."])
    True
    """
    own = list(_signed(sentence))
    return any(_is_opposed([_turn(one, other) for other in _signed(text) for one in own]) for text in told)


def _is_opposed(turns: list[float]) -> bool:
    return max(turns, default=0.0) >= _ALIKE and sum(turns) >= _ALIKE


def _turn(one: tuple[Direction, int], other: tuple[Direction, int]) -> float:
    """How far two directions are about the same thing: above zero if they are opposite, below if they agree."""
    (way, sign), (other_way, other_sign) = one, other
    if _KIN.get(way.family, way.family) != _KIN.get(other_way.family, other_way.family):
        return 0.0
    shared = (way.around.keys() & other_way.around.keys()) - _EVERYWHERE
    likeness = sum(1 / (way.around[stem] * other_way.around[stem]) for stem in shared if len(stem) > 1)
    return likeness if sign != other_sign else -likeness


def _signed(text: str) -> Iterator[tuple[Direction, int]]:
    """Directions of a text that say how something turned out, each with its sign, turned where its clause denies it."""
    denials = [denial.char_start for denial in negations(text)]
    edges = clauses(text)
    for way in directions(text):
        if way.family in _RESULTS and way.text.casefold() not in _NO_WAY:
            start = max((a for a, _ in edges if a <= way.char_start), default=0)
            n = sum(start <= denial < way.char_start for denial in denials)
            yield way, way.sign * (-1) ** n
