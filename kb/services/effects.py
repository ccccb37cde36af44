"""What a claim says of models of each size, read by rules: a sign only where the words say what is good or bad.

More of something is good only if that is: accuracy that rises helps, overconfidence that rises hurts, and answers that
get longer just get longer. What is said of larger models alone is not said of small ones.
"""

import math
import re
from collections.abc import Iterator, Sequence

from kb.services.findings import Direction, Size, SizedFinding, direction_of, sized_findings, sizes_of, together

_AMOUNTS = re.compile(
    r"\b(?P<more>(?:increas|rais|ris|grow|climb|amplif|accelerat)\w*|rose|grew)\b"
    r"|\b(?P<less>(?:decreas|reduc|lower|drop|fall|declin|shrink|shorten)\w*|fell|shrank)\b",
    re.IGNORECASE,
)
_WORTH = re.compile(
    r"\b(?:accura\w+|faithful\w*|performance|scores?|pass(?:@\w+| rates?)|success\w*|quality|generali[sz]\w+"
    r"|calibrat\w+|coheren\w+|robust\w*|validity|correct\w*|points|skills?|abilit\w+|reliab\w+|monitorab\w+|capab\w+"
    r"|errors?|tokens?|costs?|hallucinat\w*|latency|unfaithful\w*|over(?:confiden\w+|think\w+)|toxicity|memori[sz]ation"
    r"|bias\w*|sycophan\w+|forgetting|overhead|loss\w*|harm\w*)\b",
    re.IGNORECASE,
)
"""What is good or bad to have more of; `findings` knows which."""
_STAYS_WRONG = re.compile(r"\b(?:stays?|remains?) (?:\w+ )?(?:invalid|incorrect|wrong)\b", re.IGNORECASE)
_DEPENDS = re.compile(r"\bdepends? on (?:how|whether|what|which)\b", re.IGNORECASE)
_WITH_SIZE = re.compile(r"\bwith (?:\w+ )?(?:size|scale|parameter count|capability)\b", re.IGNORECASE)
_NAMED_MODELS = r"(?:models?|ones|students?|scales?|siblings?|sizes?|llms)"
_LARGE = re.compile(rf"(?<!even for the )(?<!even in )\b(?:larger?|largest|bigger|biggest) {_NAMED_MODELS}\b", re.I)
_SMALL = re.compile(rf"(?<!even for the )(?<!even in )\b(?:small(?:er|est)?|tiny) {_NAMED_MODELS}\b", re.IGNORECASE)
_CONTRASTS = re.compile(
    r";\s|,?\s(?:while|whereas|but|yet|although|though)\s|,\sand\s|,\s(?=an?\s\w+\s(?:that|which)\s)"
)


def effect_of(text: str) -> Direction:
    """Which way a clause goes, with amounts that are neither good nor bad by themselves as such.

    >>> effect_of("Tuning raises accuracy."), effect_of("Tuning raises the length of answers.")
    (<Direction.HELPS: 'helps'>, <Direction.RISES: 'rises'>)
    """
    if _DEPENDS.search(text) or _WITH_SIZE.search(text):
        return Direction.UNKNOWN
    found = direction_of(_STAYS_WRONG.sub("hurt", text))
    amounts = list(_AMOUNTS.finditer(text))
    if found not in (Direction.HELPS, Direction.HURTS) or not amounts or _WORTH.search(text):
        return found
    if direction_of(_AMOUNTS.sub("", text)) is not Direction.UNKNOWN:
        return found
    return Direction.RISES if amounts[0]["more"] else Direction.FALLS


def effects(text: str, scope: str) -> tuple[SizedFinding, ...]:
    """What a claim says of which sizes: those of its own clauses, else of its scope as far as it speaks of all of them.

    Args:
        text: of the claim.
        scope: sizes that it was tested on, in words; may be empty.
    """
    own = sized_findings(text, effect_of)
    if own:
        return own
    sizes = sizes_of(scope)
    clauses = _CONTRASTS.split(text)
    if not sizes or not any(_LARGE.search(c) or _SMALL.search(c) for c in clauses):
        return (SizedFinding(sizes, effect_of(text)),) if sizes else ()
    return tuple(_by_clause(clauses, sizes))


def _by_clause(clauses: Sequence[str], sizes: Sequence[Size]) -> Iterator[SizedFinding]:
    """What is said of larger and of smaller models, for the ends of the sizes tested; between them it is not told."""
    low, high = min(size.low for size in sizes), max(sizes, key=lambda size: size.high)
    ends = ((_LARGE, high if high.high == math.inf else Size(high.high, high.high)), (_SMALL, Size(low, low)))
    yield SizedFinding(tuple(sizes), Direction.UNKNOWN)
    for words, end in ends:
        said = [clause for clause in clauses if words.search(clause)]
        if said:
            yield SizedFinding((end,), together(map(effect_of, said)))
