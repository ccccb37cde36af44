"""What a sentence says, held against what its evidence says: numbers, names, scope, hedges, negation and direction.

No model is asked. Each check looks for one kind of change that a paraphrase makes without sounding wrong and names the
words in question. A sentence that passes them all is consistent with its
evidence, which is less than following from it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import pairwise

from ingest.plain import plain
from kb.domain import Reason
from kb.language import ABBREVIATIONS, content_terms, rough_stem
from kb.wording import (
    Direction,
    Mention,
    clauses,
    content_stems,
    directions,
    hedges,
    name_key,
    names,
    negations,
    numbers,
    value_of,
)

_MOST_ALIGNED = 3
_STRANGE, _THIN = 0.5, 0.75
"""Shares of a sentence's content words that the evidence must have: below the first it says something else, below the
second a reader is warned."""
_ROUNDING = Decimal("0.05")
_APPROXIMATELY = re.compile(
    r"\b(?:about|nearly|roughly|almost|around|approximately|some|close to|circa|ca\.)\s*$", re.IGNORECASE
)
_LIMITING = re.compile(r"\b(?:on|in|for|across|with|among|within|under)\s$", re.IGNORECASE)
_RESTATED = 0.5
"""Share of a sentence's content words that a quote must have for its hedges and limits to count."""
_COMPARATOR = re.compile(
    r"\b(?:than|outperform\w*|surpass\w*|exceed\w*|beats?|over|versus|vs|compared (?:to|with)|underperform\w*"
    r"|trails?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CitedText:
    """What a sentence is held against: the words that it cites, with what stands around them."""

    quotes: Sequence[str]
    """Cited sentences, without markup; the whole passage's sentences where no smaller part was cited."""
    context: str
    """Title, section and passage, without markup: names and numbers may come from here, too."""

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of all content words."""
        return content_stems(" ".join([*self.quotes, self.context]))

    def aligned(self, text: str) -> list[str]:
        """Those few quotes that a sentence restates, best first."""
        wanted = set(content_stems(text)) | {m.key for m in (*numbers(text), *names(text))}
        found: list[str] = []
        pool = [(quote, set(content_stems(quote)) | {m.key for m in (*numbers(quote), *names(quote))})
                for quote in self.quotes]  # fmt: skip
        while pool and len(found) < _MOST_ALIGNED:
            quote, words = max(pool, key=lambda pair: (len(pair[1] & wanted), -len(pair[1])))
            shared = words & wanted
            if found and len(shared) < 2:
                break
            found.append(quote)
            wanted -= shared
            pool = [pair for pair in pool if pair[0] is not quote]
        return found


def compare(text: str, cited: CitedText, weights: Mapping[str, float] | None = None) -> tuple[Reason, ...]:
    """Everything in which a sentence differs from the text it cites, in order of place; warnings are marked as such.

    Args:
        text: the sentence.
        cited: what it cites.
        weights: how rare each stem is in the library, so that a rare word counts for more; else all count the same.
    """
    shown = plain(text)
    aligned = cited.aligned(shown)
    found = [
        *_strange(shown, cited, weights or {}),
        *_numbers(shown, aligned, cited),
        *_names(shown, cited),
        *_bindings(shown, aligned),
        *_hedges(shown, aligned),
        *_scope(shown, aligned),
        *_negation(shown, aligned),
    ]
    sides, ways = list(_sides(shown, aligned)), list(_direction(shown, aligned))
    # "Small depend more than large" and "large depend less than small" say the same.
    found += [] if sides and ways else [*sides, *ways]
    return tuple(sorted(found, key=lambda r: (r.char_start, r.kind)))


def _reason(kind: str, text: str, span: tuple[int, int], warning: bool = False) -> Reason:
    return Reason(kind=kind, text=text, char_start=span[0], char_end=span[1], warning=warning)


def _strange(text: str, cited: CitedText, weights: Mapping[str, float]) -> Iterator[Reason]:
    """Content that the evidence does not have at all. Sharing words proves nothing; sharing none disproves."""
    share = held_share(text, cited.stems, weights)
    if share < _THIN:
        missing = [t for t in content_terms(text) if not t.isdigit() and rough_stem(t) not in cited.stems]
        listed = ", ".join(f"“{term}”" for term in missing[:6])
        words = "says what the passage does not" if share < _STRANGE else "goes beyond the passage's words"
        yield _reason("content", f"{words}: {listed}", (0, len(text)), warning=share >= _STRANGE)


def held_share(text: str, stems: frozenset[str], weights: Mapping[str, float]) -> float:
    """Share of a sentence's content words, by weight, whose stems are among those given; 1 where it has none."""
    wanted = {rough_stem(t) for t in content_terms(text) if not t.isdigit()}
    total = sum(weights.get(stem, 1.0) for stem in wanted)
    return sum(weights.get(stem, 1.0) for stem in wanted & stems) / total if total else 1.0


def _numbers(text: str, aligned: Sequence[str], cited: CitedText) -> Iterator[Reason]:
    near = [m for quote in aligned for m in numbers(quote)]
    far = numbers(cited.context)
    for number in numbers(text):
        if _has_number(number, near, text) or _has_number(number, far, text):
            continue
        same_value = [m for m in (*near, *far) if value_of(m) == value_of(number)]
        span = number.char_start, number.char_end
        if number.text.isalpha() and not same_value:
            clash = _counted_otherwise(text, number, " ".join(aligned))
            words = f"says “{clash[0]}”, the passage “{clash[1]}”" if clash else f"counts “{number.text}” itself"
            yield _reason("number", words, span, warning=clash is None)
        elif same_value:
            yield _reason("number", f"{number.text} is {same_value[0].text} in the passage", span)
        else:
            yield _reason("number", f"{number.text} does not occur in the passage", span)


def _has_number(number: Mention, others: Sequence[Mention], text: str) -> bool:
    if any(other.key == number.key for other in others):
        return True
    # "72.2 to 77.4%" and a table's bare 77.4 leave the unit to the reader; two different units do not.
    value, unit = value_of(number), number.key.partition(" ")[2]
    bare = [o for o in others if not unit or not o.key.partition(" ")[2]]
    if any(value_of(other) == value for other in bare):
        return True
    if not _APPROXIMATELY.search(text[: number.char_start]):
        return False
    same_unit = (o for o in others if o.key.partition(" ")[2] == unit)
    return any(abs(value_of(o) - value) <= abs(value) * _ROUNDING for o in same_unit)


def _counted_otherwise(text: str, number: Mention, evidence: str) -> tuple[str, str] | None:
    """What both texts count, where they count it differently: "three tests" against "two tests"."""
    noun = re.match(r"\s+(?:[\w-]+\s+){0,2}?([^\W\d_]+)", text[number.char_end :])
    if not noun:
        return None
    words = text[number.char_end :].split()[:3]
    stems = [rough_stem(w.strip(".,;:").casefold()) for w in words]
    for other in numbers(evidence):
        following = [rough_stem(w.strip(".,;:").casefold()) for w in evidence[other.char_end :].split()[:3]]
        if shared := next((w for w, s in zip(words, stems, strict=True) if s in following and len(s) > 3), None):
            shared = shared.strip(".,;:")
            return f"{number.text} {shared}", f"{other.text} {shared}"
    return None


def _names(text: str, cited: CitedText) -> Iterator[Reason]:
    whole = " ".join([*cited.quotes, cited.context])
    keys = {m.key for m in names(whole)}
    words = {name_key(w) for w in re.findall(r"[\w.+-]*\w", whole)}
    folded = f" {' '.join(re.findall(r'[a-z0-9]+', whole.casefold()))} "
    for name in names(text):
        if name.key in keys or name.key in words:
            continue
        if f" {' '.join(re.findall(r'[a-z0-9]+', name.text.casefold()))} " in folded:
            continue
        if _is_written_out(name.text, whole, cited) or _is_written_out(name.text, text[: name.char_start], cited):
            continue
        # Of "HIV-positive" only HIV is a name.
        pieces = [m for piece in name.text.split("-") for m in names(f"x {piece}")] if "-" in name.text else []
        if pieces and not any(c.isdigit() for c in name.text) and all(p.key in keys | words for p in pieces):
            continue
        yield _reason("name", f"“{name.text}” does not occur in the passage", (name.char_start, name.char_end))


def _is_written_out(name: str, text: str, cited: CitedText) -> bool:
    """Whether a text has the words that a short form stands for."""
    known = ABBREVIATIONS.get(name.casefold(), "")
    if known and content_stems(known) <= cited.stems:
        return True
    letters = "".join(c for c in name.removesuffix("s") if c.isalpha()).casefold()
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", text.casefold()))
    return 3 <= len(letters) <= 6 and name[:2].isupper() and letters in initials


def _bindings(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A number that belongs to another name than in the evidence."""
    evidence = " ".join(aligned)
    theirs = _bound(evidence)
    for number, name in _bound(text).items():
        other = theirs.get(number)
        keys = {m.key for m in names(evidence)}
        if other and name and other.key != name.key and name.key in keys and len(set(_all(theirs))) > 1:
            span = name.char_start, name.char_end
            yield _reason("binding", f"gives to {name.text} the figure that the passage gives to {other.text}", span)


def _all(bound: dict[str, Mention | None]) -> Iterator[str]:
    return (m.key for m in bound.values() if m)


def _bound(text: str) -> dict[str, Mention | None]:
    """For each number that occurs once, the only name in its part of the sentence, or the nearest one before it."""
    found: dict[str, Mention | None] = {}
    all_names = names(text)
    counted = [m.key for m in numbers(text)]
    for number in numbers(text):
        if counted.count(number.key) > 1:
            continue
        start, end = _part(text, number.char_start)
        inside = [n for n in all_names if start <= n.char_start < end]
        before = [n for n in inside if n.char_start < number.char_start]
        found[number.key] = inside[0] if len(inside) == 1 else before[-1] if before else None
    return found


_PART_END = re.compile(r",\s|;\s|\band\b|\bbut\b|\bwhile\b|\bwhereas\b|\.\s")


def _part(text: str, at: int) -> tuple[int, int]:
    edges = [0, *(m.end() for m in _PART_END.finditer(text)), len(text)]
    return next((a, b) for a, b in pairwise(edges) if a <= at < b or b == len(text))


def _sides(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A comparison with its sides changed over: "A beats B" for "B beats A"."""
    mine = _compared(text)
    for quote in aligned:
        theirs = _compared(quote)
        for left, right, cue, span in mine:
            for other_left, other_right, other_cue, _ in theirs:
                if cue != other_cue:
                    continue
                crossed = (left & other_right) - (right | other_left), (right & other_left) - (left | other_right)
                straight = (left & other_left) | (right & other_right)
                if crossed[0] and crossed[1] and not (straight - left & right):
                    yield _reason("sides", "changes over the two sides of the passage's comparison", span)
                    return


def _compared(text: str) -> list[tuple[frozenset[str], frozenset[str], str, tuple[int, int]]]:
    """Both sides of each comparison: what stands before the cue in its clause, and what stands after it."""
    found = []
    for start, end in clauses(text):
        for cue in _COMPARATOR.finditer(text, start, end):
            left, right = _side_words(text[start : cue.start()]), _side_words(text[cue.end() : end])
            if left and right:
                found.append((left, right, rough_stem(cue[0].casefold()), (start, end)))
    return found


def _side_words(text: str) -> frozenset[str]:
    return frozenset(rough_stem(t) for t in content_terms(text) if not t.isdigit())


def _hedges(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Hedges of the evidence that the sentence dropped, and universals that it added."""
    if not aligned:
        return
    mine = hedges(text)
    kinds = {m.key for m in mine}
    best = aligned[0]
    for theirs in hedges(best) if _is_restated(text, best) else ():
        kept = {
            "modality": kinds & {"modality", "ability", "part"},
            "part": kinds & {"part", "modality", "mean", "bound"},
            "bound": kinds & {"bound", "part"},
            "mean": kinds & {"mean", "part"},
        }.get(theirs.key, {""})
        if not kept and _speaks_of(text, best, theirs):
            yield _reason("hedge", f"drops “{theirs.text}” of the passage", (0, len(text)))
            break
    all_quotes = " ".join(aligned).casefold()
    for wide in mine:
        if wide.key == "all" and not re.search(rf"\b{re.escape(wide.text.casefold())}\b", all_quotes):
            kinds_there = {m.key for m in hedges(all_quotes)}
            if "all" not in kinds_there:
                span = wide.char_start, wide.char_end
                yield _reason("scope", f"“{wide.text}” is more than the passage says", span)


def _is_restated(text: str, quote: str) -> bool:
    return held_share(text, content_stems(quote), {}) >= _RESTATED


def _speaks_of(text: str, evidence: str, mention: Mention) -> bool:
    """Whether the sentence restates the part of the evidence in which a word stands."""
    stems = content_stems(text)
    for start, end in clauses(evidence):
        if start <= mention.char_start < end:
            after = content_stems(evidence[mention.char_end : end])
            around = after or content_stems(evidence[start:end])
            return len(around & stems) >= max(1, len(around) // 2)
    return False


def _scope(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Names and sizes that limit what the evidence says, of which the sentence keeps none."""
    if not aligned:
        return
    best = aligned[0]
    if not _is_restated(text, best):
        return
    limits = [m for m in (*names(best), *_sizes(best)) if _LIMITING.search(_before(best, m.char_start))]
    if not limits:
        return
    keys = {m.key for m in (*names(text), *numbers(text))}
    stems = content_stems(text)
    lost = [m for m in limits if m.key not in keys and not content_stems(m.text) <= stems]
    if lost and len(lost) == len(limits):
        yield _reason("scope", f"drops the scope “{_phrase(best, lost[0])}” of the passage", (0, len(text)))
    elif lost:
        yield _reason("scope", f"keeps not all of the scope: “{_phrase(best, lost[0])}”", (0, len(text)), warning=True)


def _sizes(text: str) -> list[Mention]:
    return [m for m in numbers(text) if re.search(r"\d\s?[BM]\b|illion\b", m.text)]


def _before(text: str, at: int) -> str:
    """What stands before a mention, without articles, adjectives in lower case and other names of the same list."""
    head = text[max(0, at - 60) : at]
    return re.sub(r"(?:\b(?:the|a|an|both|all)\s|[\w.+-]*[A-Z\d][\w.+-]*(?:,| and| or)\s)+$", "", head)


def _phrase(text: str, mention: Mention) -> str:
    word = text[max(0, mention.char_start - 12) : mention.char_start].split()
    return f"{word[-1]} {mention.text}" if word else mention.text


def _negation(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A denial that only one of the two has."""
    if not aligned:
        return
    evidence = aligned[0]
    for denied, other, words in (
        (text, evidence, "denies what the passage says (“{}”)"),
        (evidence, text, "drops “{}” of the passage"),
    ):
        for mention in negations(denied):
            scope = _after(denied, mention)
            shared = scope & content_stems(other)
            if scope and len(shared) >= min(2, len(scope)) and not negations(_restating(other, shared)):
                is_other_way = _opposite_said(denied, other)
                span = (mention.char_start, mention.char_end) if denied is text else (0, len(text))
                if not is_other_way:
                    yield _reason("negation", words.format(mention.text), span)
                    return


def _after(text: str, mention: Mention) -> frozenset[str]:
    """Stems of the next three content words that a negation governs."""
    _, end = next(((a, b) for a, b in clauses(text) if a <= mention.char_start < b), (0, len(text)))
    return frozenset(rough_stem(t) for t in content_terms(text[mention.char_end : end])[:3])


def _restating(text: str, stems: frozenset[str]) -> str:
    """The clauses of a text that hold some of the words."""
    return " ".join(text[a:b] for a, b in clauses(text) if content_stems(text[a:b]) & stems)


def _opposite_said(first: str, second: str) -> bool:
    """Whether a denial is made up for by a word of the opposite direction: "not reliable" for "unreliable"."""
    there = {(d.family, d.sign) for d in directions(second)}
    here = {(d.family, d.sign) for d in directions(first)}
    return any((family, -sign) in there and (family, sign) not in there for family, sign in here)


def _direction(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A word of direction where the evidence has its opposite about the same things."""
    theirs = [d for quote in aligned for d in directions(quote)]
    mine = directions(text)
    for own in mine:
        same, other = (_closest(own, theirs, sign) for sign in (own.sign, -own.sign))
        if other is None or own.likeness(other) <= (own.likeness(same) if same else 0.0):
            continue
        # "Reduces weight gain" has both; the one that the sentence has elsewhere is no contradiction.
        if any(d.family == own.family and d.sign == other.sign and d.likeness(other) for d in mine):
            continue
        if not any(_negated(t, d) for t, d in ((text, own), (" ".join(aligned), other))):
            span = own.char_start, own.char_end
            yield _reason("direction", f"says “{own.text}” where the passage says “{other.text}”", span)


def _closest(own: Direction, others: Sequence[Direction], sign: int) -> Direction | None:
    found = [d for d in others if d.family == own.family and d.sign == sign]
    return max(found, key=own.likeness, default=None)


def _negated(text: str, direction: Direction) -> bool:
    """Whether a denial stands just before a word of direction."""
    at = text.find(direction.text)
    return bool(negations(text[max(0, at - 25) : at + len(direction.text)])) if at >= 0 else False
