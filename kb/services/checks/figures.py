"""Numbers, names and papers that the evidence does not have."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from kb.domain import Reason
from kb.identity import cited_ids
from kb.language import ABBREVIATIONS, content_stems, rough_stem
from kb.services.checks.amounts import counted_otherwise, is_share
from kb.services.checks.evidence import CitedText, is_restated, reason, stems
from kb.wording import Mention, name_key, names, numbers, value_of

_ROUNDING = Decimal("0.05")
_APPROXIMATELY = re.compile(
    r"\b(?:about|nearly|roughly|almost|around|approximately|some|close to|circa|ca\.)\s*$", re.IGNORECASE
)
_DATED = re.compile(
    r"arxiv:\s?(?P<id>(?P<year>\d\d)(?P<month>\d\d)\.\d{4,5})(?:v1)?,?\s\(?(?P<date>20\d\d-(?:0[1-9]|1[0-2]))\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_SUBJECT_CHARS, _BEFORE, _LONG_NAME = 60, 100, 8


def papers(text: str, cited: CitedText) -> Iterator[Reason]:
    """Papers that a sentence names and that what it cites neither is nor rests on, or that it dates wrongly."""
    yield from _dated(text, cited.context)
    if cited.papers is None:
        return
    for arxiv_id in cited_ids(text):
        if arxiv_id.base not in cited.papers:
            yield reason("citation", f"names {arxiv_id}, on which the cited source does not rest", (0, len(text)))


def _dated(text: str, context: str) -> Iterator[Reason]:
    """Papers with a month beside them that is not the month of their id, unless the evidence dates them so."""
    for match in _DATED.finditer(text):
        stated = match["date"]
        if stated != f"20{match['year']}-{match['month']}" and match[0] not in context:
            words = f"dates arXiv:{match['id']} to {stated}, which by its id is of 20{match['year']}-{match['month']}"
            yield reason("citation", words, match.span("date"))


def figures(text: str, aligned: Sequence[str], cited: CitedText) -> Iterator[Reason]:
    """Numbers that the evidence does not have, or has with another unit."""
    evidence = " ".join(aligned)
    near = [m for quote in aligned for m in numbers(quote)]
    far = numbers(cited.context)
    for number in numbers(text):
        if _has(number, near, text) or _is_year(number, cited) or is_share(number, text, evidence):
            continue
        span = number.char_start, number.char_end
        clash = counted_otherwise(text, number, evidence)
        if _has(number, far, text):
            if clash and not any(_counts_the_same(text, number, cited.context, m) for m in far):
                yield reason("number", f"says “{clash[0]}”, the passage “{clash[1]}”", span)
            continue
        same_value = [m for m in (*near, *far) if value_of(m) == value_of(number)]
        if number.text.isalpha() and not same_value:
            words = f"says “{clash[0]}”, the passage “{clash[1]}”" if clash else f"counts “{number.text}” itself"
            yield reason("number", words, span, warning=clash is None)
        elif same_value:
            yield reason("number", f"{number.text} is {same_value[0].text} in the passage", span)
        else:
            yield reason("number", f"{number.text} does not occur in the passage", span)


def _counts_the_same(text: str, number: Mention, evidence: str, other: Mention) -> bool:
    """Whether a number elsewhere in the passage stands before one of the words that it stands before here."""
    if value_of(other) != value_of(number):
        return False
    mine, theirs = (t[m.char_end :].split()[:3] for t, m in ((text, number), (evidence, other)))
    return bool(content_stems(" ".join(mine)) & content_stems(" ".join(theirs)))


def _is_year(number: Mention, cited: CitedText) -> bool:
    """Whether it is a year that the evidence has as part of a date."""
    return bool(_YEAR.fullmatch(number.text)) and number.text in " ".join([*cited.quotes, cited.context])


def _has(number: Mention, others: Sequence[Mention], text: str) -> bool:
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


@dataclass(frozen=True)
class NamedText:
    """A text with its names, looked for once."""

    text: str

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of its names and of all its words, since a name may have no capital here."""
        words = (name_key(w) for w in re.findall(r"[\w.+-]*\w", self.text))
        return frozenset((*(m.key for m in names(self.text)), *words))

    @cached_property
    def folded(self) -> str:
        """Its words in lower case, without marks."""
        return _folded(self.text)


def named(text: str, aligned: Sequence[str], cited: CitedText) -> Iterator[Reason]:
    """Names that the evidence does not have, or that stand in the place of the quote's own."""
    near, whole = NamedText(" ".join(cited.quotes)), NamedText(" ".join([*cited.quotes, cited.context]))
    for name in names(text):
        span = name.char_start, name.char_end
        if not _has_name(name, text, whole, cited):
            yield reason("name", f"“{name.text}” does not occur in the passage", span)
        elif name.char_start < _SUBJECT_CHARS and not _has_name(name, text, near, cited):
            yield from _subject_changed(name, text, aligned)
    if first := _named_first(text, whole.text, cited):
        yield reason("name", f"“{first[0]}” does not occur in the passage", first.span())


def _subject_changed(name: Mention, text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """A name from elsewhere in the passage where the quoted sentence begins with another that the sentence lacks."""
    start = aligned[0][:_SUBJECT_CHARS] if aligned else ""
    theirs = next(iter(names(start.split("(")[0])), None)
    if theirs and is_restated(text, aligned[0]) and theirs.key not in {m.key for m in names(text)}:
        words = f"speaks of {name.text} where the quoted words speak of {theirs.text}"
        yield reason("name", words, (name.char_start, name.char_end))


# "Gemini models" at the start of a sentence: a capital tells nothing there, but what is no adjective is a name.
_FIRST = re.compile(r"[A-Z][a-z]+(?=(?:['’]s)?\s(?:models?|family|series)\b)")
_ADJECTIVE = re.compile(
    r"\w+(?:ed|ing|er|est|al|ive|ous|ent|ant|ful|ic|ble|less|ern|y)|(?i:language|small|open|large|many|most|some|all"
    r"|several|these|those|such|other|both|base|vision|world|reward|big|weak|strong|twelve|two|three|four|five|six|no"
    r"|different|new|old|thought|chat|expert)"
)


def _named_first(text: str, whole: str, cited: CitedText) -> re.Match[str] | None:
    first = _FIRST.match(text)
    if not first or _ADJECTIVE.fullmatch(first[0]) or rough_stem(first[0].casefold()) in cited.stems:
        return None
    return None if first[0].casefold() in whole.casefold() else first


def _has_name(name: Mention, text: str, evidence: NamedText, cited: CitedText) -> bool:
    if name.key in evidence.keys or _folded(name.text) in evidence.folded:
        return True
    # "DeepSeek-R1-Distill-8B" is "R1-Distill-8B" with its maker before it.
    if any(name.key.endswith(key) for key in evidence.keys if len(key) >= _LONG_NAME and re.search(r"\d", key)):
        return True
    before = text[max(0, name.char_start - _BEFORE) : name.char_start]
    if _is_written_out(name.text, evidence.text, cited) or _is_written_out(name.text, before, cited):
        return True
    if (bare := _AFFIX.sub("", name.text)) != name.text:
        return all(_has_name(m, text, evidence, cited) for m in names(f"x {bare}"))
    # Of "HIV-positive" only HIV is a name.
    pieces = [m for piece in name.text.split("-") for m in names(f"x {piece}")] if "-" in name.text else []
    return bool(pieces) and not any(c.isdigit() for c in name.text) and all(p.key in evidence.keys for p in pieces)


_AFFIX = re.compile(
    r"^(?:anti|pre|post|non|pro|multi|co|re|sub|inter|intra)-(?=\w)|(?<=\w)-(?:dependent|independent|like|style|type|induced"
    r"|associated|mediated|related|based|specific|trained|tuned|distilled|generated|derived|level|class|sized|only|parameter)$",
    re.IGNORECASE,
)
"""What is put to a name and is no part of it: "GSM8K-style", "anti-CD4"."""


def _is_short_for(name: str, text: str) -> bool:
    """Whether the words before a bracket have the letters of the short form in it, in order."""
    words = re.findall(r"[^\W\d_]+", text.casefold()[-80:])
    letters = [c for c in name.casefold() if c.isalpha()]
    run = iter("".join(words[-len(letters) :])) if letters else iter("")
    return bool(letters) and letters[0] in {w[0] for w in words} and all(letter in run for letter in letters)


def _folded(text: str) -> str:
    return f" {' '.join(re.findall(r'[a-z0-9]+', text.casefold()))} "


def _is_written_out(name: str, text: str, cited: CitedText) -> bool:
    """Whether a text has the words that a short form stands for."""
    known = ABBREVIATIONS.get(name.casefold(), "")
    if known and content_stems(known) <= (stems(text) | cited.stems):
        return True
    if text.endswith("("):
        return _is_short_for(name, text)
    letters = "".join(c for c in name.removesuffix("s") if c.isalpha()).casefold()
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", text.casefold()))
    return 3 <= len(letters) <= 6 and name[:2].isupper() and letters in initials
