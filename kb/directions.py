"""Words that say which way something goes, in families of opposites, and the clauses that they stand in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from kb.language import COMPARATIVES, STOP_WORDS, rough_stem

# Up and down, by family. Verbs stand for all their forms; comparatives for those of the adjective.
_VERBS = {
    "amount": (
        "increase raise rise rose risen grow grew grown gain boost lift climb add expand lengthen extend amplify"
        " elevate augment accelerate",
        "decrease reduce lower fall fell fallen drop decline shrink shrank cut lose lost diminish shorten curtail"
        " attenuate dampen blunt lessen slow delay",
    ),
    "worth": (
        "improve help benefit strengthen succeed enhance tighten repair restore ameliorate alleviate rescue",
        "degrade worsen hurt harm damage weaken deteriorate fail impair loosen undermine erode exacerbate aggravate",
    ),
    "rank": (
        "outperform exceed surpass beat lead",
        "underperform trail lag",
    ),
    "link": ("support confirm", "contradict refute disprove"),
    "effect": (
        "promote enable induce encourage activate stimulate trigger facilitate potentiate",
        "prevent inhibit suppress block discourage abolish abrogate repress halt hinder impede disrupt deactivate"
        " inactivate",
    ),
    "need": ("need require", "spare"),
    "keeping": ("keep kept retain preserve maintain", ""),
}  # fmt: skip
_OTHERS = {
    "amount": (
        "growth more high higher most great additional above upward",
        "reduction less low fewer least loss below downward",
    ),
    "worth": (
        "improvement better best beneficial effective success superior helpful",
        "degradation worse worst harmful ineffective failure inferior unhelpful",
    ),
    "size": ("large big", "small"),
    "length": ("long", "short"),
    "force": ("strong strongly", "weak weakly"),
    "effort": ("easy easily", "hard difficult"),
    "number of times": (
        "frequent frequently common commonly often usually mostly",
        "rare rarely seldom uncommon infrequent infrequently",
    ),
    "trust": (
        "reliable reliably robust faithful accurate correct valid stable consistent interpretable",
        "unreliable brittle fragile unfaithful inaccurate incorrect wrong invalid unstable inconsistent",
    ),
    "presence": ("with including presence", "without excluding absence"),
    "link": ("positively", "negatively inversely"),
    "pace": ("fast quick quickly rapid rapidly", "slow slowly gradual gradually"),
    "possible": ("possible able", "impossible unable"),
}  # fmt: skip
# Where these stand they are no direction: "at most", "as long as", "or fewer".
_NO_DIRECTION = re.compile(
    r"\b(?:at (?:most|least)|as (?:long|far|much|many) as|or (?:more|fewer|less)|(?:no|not) (?:more|less) than"
    r"|more than|f[ae]ll(?:s|en|ing)? (?:within|into|inside|outside|under|short)"
    r"|high(?:er)? school|long[- ](?:chain|form|horizon|context)\w*|(?:short|long)[- ]?term|most (?=of\b))\b",
    re.IGNORECASE,
)


def _forms(verb: str) -> Iterator[str]:
    yield verb
    if verb.endswith("e"):
        yield from (verb + "s", verb + "d", verb[:-1] + "ing")
    elif verb.endswith("y"):
        yield from (verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing")
    else:
        yield from (verb + end for end in ("s", "es", "ed", "ing"))
        yield from (verb + verb[-1] + end for end in ("ed", "ing"))


def _table() -> dict[str, tuple[str, int]]:
    table = {}
    for families, forms in ((_VERBS, _forms), (_OTHERS, lambda word: iter((word,)))):
        for family, sides in families.items():
            for sign, words in zip((1, -1), sides, strict=True):
                table.update({form: (family, sign) for word in words.split() for form in forms(word)})
    return table


_DIRECTIONS = _table()
_COURSES = frozenset(
    form for sides in _VERBS.values() for words in sides for word in words.split() for form in _forms(word)
)
_COMPARED = {word: _DIRECTIONS[base] for word, base in COMPARATIVES.items() if base in _DIRECTIONS}
_WORD = re.compile(r"[^\W\d_]+")
_DEGREES = {"more": 1, "most": 1, "less": -1, "least": -1}
_MERITS = frozenset(
    "performance accuracy score scores results faithfulness reliability calibration generalisation".split()
)
"""What is better the more of it there is."""
_JOINT = frozenset(("and", "or", "but"))
_UNDONE = re.compile(r"(?:un|non)-?(?=[a-z]{4})")
_CLAUSE_END = re.compile(r"[;:()—]|,?\s\b(?:but|while|whereas|although|though|however|despite)\b|,\syet\b|\.\s")
_NEAR = 6


@dataclass(frozen=True, slots=True)
class Direction:
    """A word that says which way: its family of opposites, its sign, and the words around it."""

    family: str
    sign: int
    text: str
    char_start: int
    char_end: int
    around: Mapping[str, int]
    """Stems of the content words near it in its clause, without other directions, each with its distance in words."""

    moves_merit: bool = False
    """Whether what it moves is better the more of it there is, so that more of it is an improvement."""

    def likeness(self, other: "Direction") -> float:
        """How far two speak of the same thing: shared words, those next to both most."""
        return sum(1 / (distance * other.around[s]) for s, distance in self.around.items() if s in other.around)


def directions(text: str) -> list[Direction]:
    """Every word that says which way, with the words near it."""
    text = _NO_DIRECTION.sub(lambda m: " " * len(m[0]), text)
    found = []
    for start, end in clauses(text):
        words = list(_WORD.finditer(text, start, end))
        stems = [_content_stem(word[0]) for word in words]
        cuts = _joined_verbs(words)
        for i, word in enumerate(words):
            if _is_degree_of_next(words, i):
                continue
            if way := _way(words, i):
                around: dict[str, int] = {}
                first = max((cut for cut in cuts if cut < i), default=0)
                last = min((cut for cut in cuts if cut > i), default=len(stems))
                for j in range(max(first, i - _NEAR), min(last, i + 1 + _NEAR)):
                    if stems[j] and j != i:
                        around[stems[j]] = min(abs(i - j), around.get(stems[j], _NEAR))
                found.append(Direction(*way, word[0], *word.span(), around, _moves_merit(words, i)))
    return found


def _is_degree_of_next(words: Sequence[re.Match[str]], i: int) -> bool:
    """Whether a word says only how much the next one does: "more" of "more often", "less" of "less accurate"."""
    if words[i][0].casefold() not in _DEGREES or i + 1 == len(words):
        return False
    return words[i].end() + 1 == words[i + 1].start() and direction_of(words[i + 1][0]) is not None


def _way(words: Sequence[re.Match[str]], i: int) -> tuple[str, int] | None:
    """Family and sign of a word in its place: "less" before it turns it round."""
    if not (way := direction_of(words[i][0])):
        return None
    family, sign = way
    if i and _is_degree_of_next(words, i - 1):
        sign *= _DEGREES[words[i - 1][0].casefold()]
    return family, sign


def _moves_merit(words: Sequence[re.Match[str]], i: int) -> bool:
    """Whether what a word moves is better the more of it there is: "raises accuracy"."""
    behind = [word[0].casefold() for word in words[i + 1 : i + 3]]
    return bool(_MERITS.intersection(takewhile(lambda word: word not in _JOINT, behind)))


def _joined_verbs(words: Sequence[re.Match[str]]) -> list[int]:
    """Places of conjunctions with a verb of direction behind and one before: each of the two has its own objects."""
    verbs = [i for i, word in enumerate(words) if is_course(word[0])]
    return [i - 1 for i in verbs[1:] if words[i - 1][0].casefold() in _JOINT]


def clauses(text: str) -> list[tuple[int, int]]:
    """Spans between semicolons, colons, brackets and words of contrast."""
    edges = [0, *(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(edges) if a < b]


def direction_of(word: str) -> tuple[str, int] | None:
    """Family and sign of a word, None if it says no way."""
    word = word.casefold()
    if way := _DIRECTIONS.get(word) or _COMPARED.get(word):
        return way
    prefix = _UNDONE.match(word)
    if prefix and word[prefix.end() :] in _COURSES:  # unharmed, undiminished
        family, sign = _DIRECTIONS[word[prefix.end() :]]
        return family, -sign
    return None


def is_course(word: str) -> bool:
    """Whether a word is a verb that says what happens, as "lowers" does and "low" does not."""
    return word.casefold() in _COURSES


def _content_stem(word: str) -> str:
    lowered = word.casefold()
    return "" if lowered in STOP_WORDS or direction_of(lowered) else rough_stem(lowered)
