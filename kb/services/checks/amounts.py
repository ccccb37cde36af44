"""What a figure says beside its value: a bound, a unit, a share in words, a place in "from … to …".

Figures of a sentence are laid beside those of the evidence with the same value. One that is an upper bound there and a
lower one here, that counts parameters there and tokens here, or that is where a course ends and not where it begins,
says something else with the same digits.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from kb.directions import directions
from kb.domain import Reason
from kb.language import content_stems, rough_stem
from kb.services.checks.evidence import is_restated, reason
from kb.wording import Mention, numbers, value_of

_ARTICLE = r"\s(?:(?:a|an|the|about|around|some|nearly|roughly)\s)?"
_EXACT = re.compile(rf"\b(?:exactly|precisely){_ARTICLE}$", re.IGNORECASE)
_MOST = re.compile(
    r"\b(?:at most|up to|(?:no|not) more than|less than|fewer than|below|under|a maximum of|as much as|as many as)"
    rf"{_ARTICLE}$",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?:at least|(?:no|not) (?:less|fewer) than|more than|greater than|over|above|exceed(?:s|ed|ing)?|beyond"
    rf"|a minimum of){_ARTICLE}$",
    re.IGNORECASE,
)
_MOST_AFTER = re.compile(r"\s?or (?:fewer|less|lower)\b", re.IGNORECASE)
_LEAST_AFTER = re.compile(r"\s?(?:or|and) (?:more|higher|above)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:no|none|not|never|neither|nor|nobody|cannot|without)\b|n[’']t\b", re.IGNORECASE)
_MOST_FIGURES = 30
_CUE_CHARS, _CLAUSE_CHARS, _COURSE_CHARS = 30, 80, 40

_GAIN = r"gain(?:s|ed|ing)?|sav(?:e|es|ed|ing)|add(?:s|ed|ing)?|w[io]ns?|recover(?:s|ed|ing)?"
_LOSS = (
    r"costs?|costing|los(?:e|es|t|ing)|drop(?:s|ped|ping)?|sacrific(?:es?|ed|ing)|forfeit(?:s|ed|ing)?|shed(?:s|ding)?"
)
_BALANCE = re.compile(rf"\b(?:(?P<gain>{_GAIN})|(?P<loss>{_LOSS}))\b", re.IGNORECASE)

# What is counted or measured: nouns of one class may stand for each other, and those of two classes never do.
_CLASSES = {
    **{unit: (unit,) for unit in ("second", "minute", "hour", "day", "week", "month", "year", "layer", "head", "dollar",
       "bit", "byte", "epoch")},
    **dict.fromkeys(("parameter", "weight"), ("parameter",)),
    **dict.fromkeys(("token", "word"), ("token",)),
    **dict.fromkeys(("model", "llm", "system", "student"), ("model",)),
    **dict.fromkeys(("dataset", "benchmark", "suite", "language", "domain", "field"), ("test",)),
    **dict.fromkeys(("task",), ("test", "item")),
    **dict.fromkeys(("problem", "question", "example", "sample", "instance", "case", "item"), ("item",)),
    **dict.fromkeys(("trace", "chain", "solution"), ("item",)),
}  # fmt: skip
_UNIT_CLASSES = {"%": ("share",), "points": ("share", "points"), "times": ("times",)}
_NOUN = re.compile(r"(?:[\s-]?(?:[a-z]+-)?[a-z]+){1,3}", re.IGNORECASE)
_FACTOR = re.compile(r"\ba factor of\s$", re.IGNORECASE)

_FROM = re.compile(r"\bfrom\s(?:about\s|around\s|roughly\s|only\s|just\s)?$", re.IGNORECASE)
_TO = re.compile(r"\s?(?:up |down )?to\s(?:about |around |roughly |only |just )?", re.IGNORECASE)
_BY = re.compile(
    rf"\bby\s(?:(?:up to|at least|at most|as much as|more than|another|a further)\s)?$|\bby{_ARTICLE}$", re.IGNORECASE
)
_TO_BEFORE = re.compile(
    rf"\b(?:(?:up|down|back)\s)?to{_ARTICLE}$|\bto\s(?:as (?:much|many|little|few) as|only|just)\s$", re.IGNORECASE
)
_TOTAL = re.compile(
    r"\b(?:c[ao]m(?:e|es|ing)|amount(?:s|ed|ing)?|add(?:s|ed)? up|equal|close|similar) to\b", re.IGNORECASE
)
_TIMES_OVER = re.compile(r"\b(?:doubl(?:e|es|ed|ing)|tripl(?:e|es|ed|ing)|halv(?:e|es|ed|ing))\b", re.IGNORECASE)
_RATIOS = {"doubl": 2.0, "tripl": 3.0, "halv": 0.5}
_RATIO_SLACK = 0.15

_SHARE = re.compile(
    r"\b(?:(?P<less>(?:less|fewer) than|under|below|not even)\s|(?P<more>more than|over|above|well over)\s"
    r"|(?P<about>about|nearly|roughly|almost|around|some|close to|approximately)\s)?(?:an?\s|one\s)?"
    r"(?P<word>half|two[- ]thirds|third|three[- ]quarters|quarter|fifth|tenth|majority|minority|most)\b"
    r"(?=\s(?:of\b|the\b|its\b|[a-z-]+s\b)|[.,;:]|$)",
    re.IGNORECASE,
)
_SHARES = {
    "half": 50.0, "two-thirds": 66.7, "third": 33.3, "three-quarters": 75.0, "quarter": 25.0, "fifth": 20.0,
    "tenth": 10.0,
}  # fmt: skip
_OPEN_SHARES = ("most", "majority", "minority")
_SLACK, _LOOSE_SLACK = 2.0, 5.0


def amounts(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Figures whose value the evidence has, with another bound, unit or part in a course; and shares in words."""
    evidence = " ".join(aligned)
    theirs = numbers(evidence)
    for number in numbers(text)[:_MOST_FIGURES]:
        alike = [m for m in theirs if value_of(m) == value_of(number)][:_MOST_FIGURES]
        span = number.char_start, number.char_end
        checks = (_other_bound, _other_unit, _other_step)
        if words := next(filter(None, (check(text, number, evidence, alike) for check in checks)), ""):
            yield reason("number", words, span)
        elif words := _other_balance(text, number, evidence, alike):
            yield reason("direction", words, span)
    yield from _other_course(text, evidence)
    for share, interval in shares(text):
        if words := _other_share(text, share, interval, aligned):
            yield reason("number", words, share.span())


def shares(text: str) -> Iterator[tuple[re.Match[str], tuple[float, float]]]:
    """Shares in words, each with the per cent that it may stand for: "about half" gives 45 to 55."""
    for match in _SHARE.finditer(text):
        word = match["word"].casefold().replace(" ", "-")
        if word in _OPEN_SHARES:
            yield match, (0.0, 50.0) if word == "minority" else (50.0, 100.0)
            continue
        value = _SHARES[word]
        slack = _LOOSE_SLACK if match["about"] else _SLACK
        low, high = (0.0 if match["less"] else value - slack), (100.0 if match["more"] else value + slack)
        yield match, (value if match["more"] else low, value if match["less"] else high)


def _other_share(text: str, share: re.Match[str], interval: tuple[float, float], aligned: Sequence[str]) -> str:
    """The figure of the evidence that a share in words cannot stand for; empty where one can, or none belongs to it."""
    if not aligned or re.search(rf"\b{re.escape(share['word'])}\b", " ".join(aligned), re.IGNORECASE):
        return ""
    counted = content_stems(" ".join(text[share.end() :].split()[:4]))
    evidence = aligned[0]
    found = [m for m in numbers(evidence) if m.key.endswith(" %")]
    near = [m for m in found if counted & content_stems(" ".join(evidence[m.char_end :].split()[:3]))]
    lone = found if len(found) == 1 and is_restated(text, evidence) and " %" not in _keys(text) else []
    told = near or lone
    if not told or any(interval[0] <= value_of(m) <= interval[1] for m in told):
        return ""
    return f"says “{share[0]}”, the passage “{told[0].text}”"


def _keys(text: str) -> str:
    return " ".join(m.key for m in numbers(text))


def is_share(number: Mention, text: str, evidence: str) -> bool:
    """Whether a "half" stands for a figure of the evidence, or a figure for its "half"."""
    if number.key.endswith(" %"):
        told = [i for m, i in shares(evidence) if not (m["less"] or m["more"] or m["word"].casefold() in _OPEN_SHARES)]
        return any(low <= value_of(number) <= high for low, high in told)
    percents = [float(value_of(m)) for m in numbers(evidence) if m.key.endswith(" %")]
    return any(
        match.start() <= number.char_start < match.end() and any(low <= p <= high for p in percents)
        for match, (low, high) in shares(text)
    )


def _bound(text: str, number: Mention) -> int:
    """1 for a lower bound, -1 for an upper one, 0 for neither."""
    before = text[max(0, number.char_start - _CUE_CHARS) : number.char_start]
    if _MOST.search(before) or _MOST_AFTER.match(text, number.char_end):
        return -1
    if cue := _LEAST.search(before):
        start = number.char_start - len(before) + cue.start()
        is_denied = _NONE.search(re.split(r"[,;:]", text[max(0, start - _CLAUSE_CHARS) : start])[-1])
        return -1 if is_denied else 1
    return 1 if _LEAST_AFTER.match(text, number.char_end) or number.text.endswith("+") else 0


def _other_bound(text: str, number: Mention, evidence: str, alike: Sequence[Mention]) -> str:
    mine, theirs = _bound(text, number), {_bound(evidence, m): m for m in alike}
    is_exact = _EXACT.search(text[max(0, number.char_start - _CUE_CHARS) : number.char_start])
    if is_exact and theirs and 0 not in theirs:
        return f"says exactly {number.text}, which is a bound in the passage"
    if mine and -mine in theirs and mine not in theirs and 0 not in theirs:
        sides = ("at most", "at least") if mine < 0 else ("at least", "at most")
        return f"says {sides[0]} {number.text}, the passage {sides[1]} that"
    return ""


def _other_balance(text: str, number: Mention, evidence: str, alike: Sequence[Mention]) -> str:
    """Says where a figure is a gain here and a loss there, or the other way round."""
    mine, theirs = _balance(text, number), [found for m in alike if (found := _balance(evidence, m))]
    if not mine or not theirs or any(found.lastgroup == mine.lastgroup for found in theirs):
        return ""
    return f"says “{mine[0]}” of {number.text}, the passage “{theirs[0][0]}”"


def _balance(text: str, number: Mention) -> re.Match[str] | None:
    """The last word of gain or loss before a figure in its part of the sentence."""
    part = re.split(r"[;:]\s", text[max(0, number.char_start - _CLAUSE_CHARS) : number.char_start])[-1]
    return next(iter(reversed(list(_BALANCE.finditer(part)))), None)


def _other_unit(text: str, number: Mention, evidence: str, alike: Sequence[Mention]) -> str:
    mine, theirs = _measure(text, number), [_measure(evidence, m) for m in alike]
    if not mine or not theirs or not all(theirs) or any(set(mine[1]) & set(other[1]) for other in theirs if other):
        return ""
    other = next(m[0] for m in theirs if m)
    return f"says {number.text.split()[0]} {mine[0]}, the passage {other}"


def _measure(text: str, number: Mention) -> tuple[str, tuple[str, ...]] | None:
    """The unit or the noun that a figure is a number of, with what it may be taken for."""
    unit = number.key.partition(" ")[2]
    if _FACTOR.search(text[max(0, number.char_start - 20) : number.char_start]):
        unit = "times"
    if unit:
        return unit, _UNIT_CLASSES[unit]
    words = _NOUN.match(text, number.char_end)
    for word in re.findall(r"[a-z]+", words[0].casefold()) if words else ():
        if word in ("of", "for", "in", "on", "and", "to", "by", "with", "per", "as", "from"):
            return None
        if found := _CLASSES.get(word.removesuffix("s")):
            return word, found
    return None


# Courses: "from 50% to 57%".


def _courses(text: str) -> list[tuple[Mention, Mention]]:
    """Figures between which something goes, in the order of its going."""
    found = []
    for one, other in pairwise(numbers(text)):
        is_range = other.char_start < one.char_end
        between = "to" if is_range else text[one.char_end : other.char_start]
        is_joined = "to" in text[one.char_start : other.char_start] if is_range else _TO.fullmatch(between)
        if is_joined and _FROM.search(text[max(0, one.char_start - 20) : one.char_start]):
            found.append((one, other))
    return found


def _other_course(text: str, evidence: str) -> Iterator[Reason]:
    """Courses that run the other way in the evidence, or that the sentence itself tells of with the wrong verb."""
    theirs = {(value_of(a), value_of(b)) for a, b in _courses(evidence)}
    for one, other in _courses(text):
        mine = value_of(one), value_of(other)
        span = one.char_start, other.char_end
        if mine[::-1] in theirs and mine not in theirs:
            words = f"goes from {_figure(one)} to {_figure(other)}, in the passage the other way"
            yield reason("direction", words, span)
        elif mine in theirs and (word := _wrong_verb(text, one, mine)):
            yield reason("direction", f"says “{word}” of a course from {_figure(one)} to {_figure(other)}", span)
    for match in _TIMES_OVER.finditer(text) if theirs else ():
        ratio = next(r for stem, r in _RATIOS.items() if match[0].casefold().startswith(stem))
        if not _TIMES_OVER.search(evidence) and not any(_has_ratio(a, b, ratio) for a, b in theirs):
            a, b = next(iter(sorted(theirs)))
            yield reason("number", f"says “{match[0]}”, the passage from {a} to {b}", match.span())


def _other_step(text: str, number: Mention, evidence: str, alike: Sequence[Mention]) -> str:
    """Says where a figure is how far something moves here and a place on its way there, or the other way round."""
    mine, theirs = _step(text, number), {_step(evidence, m) for m in alike}
    if mine == "by" and theirs == {"to"}:
        return f"moves by {number.text}, which in the passage is where it comes from or gets to"
    if mine == "to" and theirs == {"by"}:
        return f"gets to {number.text}, which in the passage is how far it moves"
    return ""


def _step(text: str, number: Mention) -> str:
    """What a figure is: "by" where something changes by it, "to" where a change begins or ends; empty for others."""
    start = max(0, number.char_start - _CLAUSE_CHARS)
    before, around = text[start : number.char_start], text[start : number.char_end + _COURSE_CHARS]
    if any(number.char_start - start in (m.char_start for m in course) for course in _courses(around)):
        return "to"
    if not any(d.family in ("amount", "worth", "rank") for d in directions(before)):
        return ""
    return "by" if _BY.search(before) else "to" if _TO_BEFORE.search(before) and not _TOTAL.search(before) else ""


def _has_ratio(one: Decimal, other: Decimal, ratio: float) -> bool:
    return bool(one) and abs(float(other / one) / ratio - 1) <= _RATIO_SLACK


def _figure(number: Mention) -> str:
    return f"{value_of(number)}{'%' if number.key.endswith('%') else ''}"


def _wrong_verb(text: str, number: Mention, course: tuple[Decimal, Decimal]) -> str:
    """The word just before a course that says it goes the other way."""
    start = max(0, number.char_start - _COURSE_CHARS)
    ways = [d for d in directions(text[start : number.char_start]) if d.family == "amount"]
    if not ways or course[0] == course[1]:
        return ""
    rises = course[1] > course[0]
    return ways[-1].text if (ways[-1].sign > 0) != rises else ""


def counted_otherwise(text: str, number: Mention, evidence: str) -> tuple[str, str] | None:
    """What both texts count, where they count it differently: "three tests" against "two tests"."""
    words = [w.strip(".,;:") for w in text[number.char_end :].split()[:3]]
    found = [rough_stem(w.casefold()) for w in words]
    for other in numbers(evidence):
        following = [rough_stem(w.strip(".,;:").casefold()) for w in evidence[other.char_end :].split()[:3]]
        if shared := next((w for w, s in zip(words, found, strict=True) if s in following and len(s) > 3), None):
            return f"{number.text} {shared}", f"{other.text} {shared}"
    return None
