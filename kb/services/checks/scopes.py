"""Conditions, populations, benchmarks and sizes that limit what the evidence says, and that the sentence dropped."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from kb.domain import Reason
from kb.language import content_stems, content_terms, rough_stem
from kb.services.checks.attributes import bare_heads
from kb.services.checks.evidence import is_restated, reason, stems
from kb.services.checks.left_out import COPY_WORDS, PARAPHRASE_WORDS, Restated, left_out
from kb.wording import Mention, names, numbers

_LIMIT = re.compile(
    r"\b(?:on|in|for|across|among|within|outside|beyond|below|under|when|if|unless|where|provided"
    r"|(?:of|between)(?=(?: at (?:most|least)| up to)? \d))\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"under|when|if|unless|where|provided", re.IGNORECASE)
_LIMIT_END = re.compile(
    r"[,;:()]|\.\s|\s(?:and (?:the|a|in)|but|by|without|than|because|which|that|to|from|after|as)\s"
)
_WORD = re.compile(r"\S+")
_CONDITION_WORDS, _MOST_WORDS, _MOST_LIMITS, _ROOT = 3, 6, 20, 4
# "Across six models" says who was looked at, which most sentences say in words of their own or not at all.
_COUNTED = re.compile(
    r"(?:across|among|in|within)\s(?:(?:all|its|the|these|those|about|some)\s)?"
    r"(?:\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|both|many|most)\b(?!\s?[BM%]\b)",
    re.IGNORECASE,
)
_MOST_BEFORE_NAME = 4
_SIZE = re.compile(r"\d\s?[BM]\b|illion\b")
_SIZE_END = re.compile(r"(?:\d\s?[BM]|illion)\b(?:\s(?:parameters|weights|tokens))?")
_ANOTHER_NAME = re.compile(r"(?<=[\w)])\s(?=[A-Z]\w*(?:[A-Z]|[\w.-]*\d))")
_PRONOUN = re.compile(r"\b(?:it|they|this|these|that)\b", re.IGNORECASE)
_TRAINED = re.compile(r"(?:train|tun|learn|distill?)(?:ed|ing)\s(?:only\s)?on\b", re.IGNORECASE)
"""Before what stands behind "on": what was learned from is part of what is said, not a limit of where it holds."""
_BACK = r"these|those|such(?! as)|there|here|both|the two|the same|(?:that|this) size"
_STANDS_IN = re.compile(rf"\b(?:{_BACK})\b", re.IGNORECASE)
_POINTS_BACK = re.compile(
    rf"\b(?:{_BACK}"
    r"|(?:small|smaller|smallest|tiny|compact|large|larger) (?:language )?(?:models?|students?|ones))\b",
    re.IGNORECASE,
)
"""Words by which a sentence keeps a limit, or a size, that it does not spell out."""

_HOST_WORDS = 2
_JOINT = re.compile(r"\b(?:and|or)\b")
_END_OF_RANGE = re.compile(r"\b(?:from|to) [\d.,]+%? $")
"""Before "for NAME", which then says where the lowest or highest figure was found."""
_AT_MOST = re.compile(r"(?:\s(?:at (?:most|least)|up to))?")
_SAID = 2
"""Content words by which a piece of a sentence says anything."""
_MEASURED_ON = re.compile(r"(?:on|in|across)\b", re.IGNORECASE)
_PIECE = re.compile(r"[,;:()]\s|\s(?:but|while|whereas|and)\s")
_PART = re.compile(r"[;:()]|\.\s|,\s(?:and|but|while|whereas)\s")

# What findings are limited to where no name and no size says it: fields, tasks and who was looked at.
_DOMAINS = frozenset(
    """
math maths mathematics mathematical arithmetic algebra geometry code coding programming chess logic logical medicine
medical clinical law legal finance financial science scientific commonsense symbolic planning proof proofs puzzles
task tasks problem problems benchmark benchmarks question questions distribution domain domains setting settings
language languages english german chinese summarisation translation dialogue vision adult adults child children
adolescents infants men women patients students volunteers participants users mice rats rodents animals humans primates
cells tissue tissues vitro vivo europe africa asia america india china
""".split()
)
_NO_FRAME = frozenset(
    """
general particular fact practice principle contrast addition question example instance short sum turn reading study
studies paper papers experiment experiments analysis work survey abstract abstracts comparison response average whole
hand first last end result results figure table section this these that those such each both other
""".split()
)
_DATED = re.compile(r"in (?:(?:early|late|mid)[- ])?(?:19|20)\d\d\b", re.IGNORECASE)
_AT_THAT_TIME = re.compile(
    r"\b(?:(?:19|20)\d\d|was|were|had|did|once|then|formerly|used to|at the time|of its time)\b", re.IGNORECASE
)
_PAST = re.compile(r"\b\w{2,}ed\b", re.IGNORECASE)
"""How a sentence keeps a year that it does not name: it tells of the past."""
_FRAME = re.compile(r"\w+((?:\s[\w-]+){1,5}?)(?:,|\s(?:the|a|an|its|their|it|they|we|no|one)\b)")


@dataclass(frozen=True)
class _Own:
    """A sentence with what it has, looked for once."""

    text: str

    @cached_property
    def stems(self) -> frozenset[str]:
        return stems(self.text)

    @cached_property
    def folded(self) -> str:
        return self.text.casefold()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Of its names and numbers."""
        return frozenset(m.key for m in (*names(self.text), *numbers(self.text)))

    @cached_property
    def figures(self) -> frozenset[str]:
        """Numbers that are measured and not counted."""
        return frozenset(m.key for m in numbers(self.text) if any(sign in m.key for sign in ("%", ".", "points")))


def limited(text: str, aligned: Sequence[str]) -> Iterator[Reason]:
    """Conditions, names, sizes, domains and parts that limit what the evidence says, of which nothing is kept.

    How much of that is an error depends on how many words of its own the sentence has, since those may say a limit in
    another way: in a copy with parts left out any lost limit is, in a free rendering only what governs all of it.
    """
    if not aligned or not is_restated(text, aligned[0]):
        return
    best, own, pair = aligned[0], _Own(text), Restated(text, aligned[0])
    found = list(islice(_limits(best), _MOST_LIMITS))
    kept = [m for m in found if _is_kept(own, m)]
    limits = [m for m in found if _follows_own(pair, m)]
    limits = [m for m in limits if _speaks_of_rest(own, best, m) or _bounds_figure(own, best, m)]
    lost = [m for m in limits if m not in kept and not any(_stands_for(k, m, best) for k in kept)]
    # What stands at the head of a sentence, or beside a figure, limits all of it.
    gone = [m for m in lost if m.char_start == 0 or _bounds_figure(own, best, m)]
    if pair.own_words <= PARAPHRASE_WORDS:
        sizes = [m for m in lost if m.key == "size" and not _SIZE.search(text)]
        gone = [*(m for m in lost if m.key == "condition"), *sizes, *gone, *(lost if len(lost) == len(limits) else ())]
    said_in_short = {m[0].casefold() for m in _STANDS_IN.finditer(text)} - {
        m[0].casefold() for m in _STANDS_IN.finditer(best)
    }
    missing = [] if said_in_short else [*left_out(pair), *bare_heads(pair)]
    if pair.own_words <= COPY_WORDS:
        gone += [*lost, *(m for m in missing if m.key != "aside")]
    if gone:
        kind = gone[0].key if gone[0].key in ("condition", "size") else "scope"
        yield reason("scope", f"drops the {kind} “{gone[0].text}” of the passage", (0, len(text)))
    elif shown := [*lost, *missing]:
        yield reason("scope", f"leaves out “{shown[0].text}” of the passage", (0, len(text)), warning=True)
    yield from _general_subject(text, best)


def _limits(text: str) -> Iterator[Mention]:
    """Phrases that begin with a word of condition, or with a preposition before a name, a size or a domain."""
    cues = list(_LIMIT.finditer(text))
    for number, cue in enumerate(cues):
        if _END_OF_RANGE.search(text[max(0, cue.start() - 20) : cue.start()]):
            continue
        stop = _LIMIT_END.search(text, _AT_MOST.match(text, cue.end()).end())  # type: ignore[union-attr]
        end = min(
            stop.start() if stop else len(text), cues[number + 1].start() if number + 1 < len(cues) else len(text)
        )
        phrase = text[cue.start() : end].strip()
        if _CONDITION.fullmatch(cue[0]) and not _SIZE.search(phrase):
            # A condition's first words say what it is about; what follows may be the main clause again.
            words = list(_WORD.finditer(phrase))[: 1 + _CONDITION_WORDS]
            phrase = phrase[: words[-1].end()]
            is_vague = _PRONOUN.search(phrase) and len(content_stems(phrase)) < 2
            # ", where it matters little" adds something; without the comma it limits.
            is_added = cue[0] == "where" and text[: cue.start()].endswith(", ")
            key = "condition" if content_stems(phrase) and not (is_vague or is_added) else ""
        else:
            is_learned_from = any(m.end() == cue.end() for m in _TRAINED.finditer(text, max(0, cue.start() - 20)))
            phrase, key = ("", "") if is_learned_from else _bounded(phrase)
            if dated := _DATED.match(text, cue.start()):
                phrase, key = dated[0], "date"
            if not key and cue.start() == 0 and not _COUNTED.match(text) and (frame := _FRAME.match(text)):
                is_idle = bool(_NO_FRAME & frozenset(frame[1].casefold().split()))
                phrase, key = text[: frame.end(1)], "frame" if content_stems(frame[1]) and not is_idle else ""
        if key:
            yield Mention("limit", key, phrase, cue.start(), cue.start() + len(phrase))


def _bounded(phrase: str) -> tuple[str, str]:
    """A phrase cut to what limits, and what kind of limit that is; no kind where it is none.

    Of "of up to 3B parameters can learn" and "on AIME24 Qwen scores" the rest is what is said of them.
    """
    if _COUNTED.match(phrase):
        return phrase, ""
    named = next((n for n in names(phrase) if len(phrase[: n.char_start].split()) <= _MOST_BEFORE_NAME), None)
    words = list(_WORD.finditer(phrase))[1 : 1 + _MOST_WORDS]
    for word in words:
        bare = word[0].strip(".").casefold()
        if bare in _NO_FRAME or (named and word.start() >= named.char_start):
            break
        if bare in _DOMAINS:
            return phrase[: word.end()].rstrip("."), "domain"
    if named and (other := _ANOTHER_NAME.search(phrase, named.char_end)):
        phrase = phrase[: other.start()]
    if size := _SIZE_END.search(phrase):
        return phrase[: size.end()], "size"
    return phrase, "name" if named else ""


def _follows_own(pair: Restated, limit: Mention) -> bool:
    """Whether the sentence has one of the two words before a limit, which is part of something else where it has not.

    A single word there may have been put in another way, unless the sentence has no words of its own.
    """
    before = _PIECE.split(pair.evidence[: limit.char_start])[-1].removesuffix("at least ")
    host = content_terms(before)[-_HOST_WORDS:]
    is_copy = pair.own_words <= COPY_WORDS
    return len(host) < (1 if is_copy else _HOST_WORDS) or any(rough_stem(t) in pair.held for t in host)


def _speaks_of_rest(own: "_Own", evidence: str, limit: Mention) -> bool:
    """Whether the sentence restates what a limit limits: the words before it, or after it where it comes first."""
    pieces = [content_stems(piece) for piece in _PIECE.split(evidence[: limit.char_start])]
    around = [pieces[-1]]
    after = content_stems(re.split(r"[;:()]|\.\s", evidence[limit.char_end :])[0])
    if limit.key == "date":
        around = [content_stems(_PIECE.split(evidence[limit.char_end :])[0])]
        return any(len(words & own.stems) * 2 >= len(words) > 0 for words in around)
    if limit.key == "size" and len(pieces[-1]) < _SAID:
        return len((pieces[-1] | after) & own.stems) * 2 >= len(pieces[-1] | after) and bool(after & own.stems)
    if len(pieces[-1]) < _SAID:
        around = [after, *pieces[-2:-1]] if not pieces[-1] else [pieces[-1], *pieces[-2:-1]]
    return any(len(words & own.stems) * 2 >= len(words) > 0 for words in around)


def _is_kept(own: "_Own", limit: Mention) -> bool:
    """Whether a sentence has one of the names and sizes of a limit, or half of its words, or points back to it."""
    if limit.key == "date":
        return bool(_AT_THAT_TIME.search(own.text) or _PAST.search(own.text))
    named = names(limit.text)
    phrase = limit.text[: named[-1].char_end] if named else limit.text
    if {m.key for m in (*named, *numbers(phrase))} & own.keys or any(m.text.casefold() in own.folded for m in named):
        return True
    before = content_stems(limit.text[: named[0].char_start]) if named else frozenset[str]()
    if before and before <= own.stems:  # "on sentiment and Kimi-K2.5 39%"
        return True
    if limit.key == "size":
        return bool(_POINTS_BACK.search(own.text))
    words = content_stems(phrase)
    if limit.key == "domain":
        return bool({w[:_ROOT] for w in words} & {w[:_ROOT] for w in own.stems})
    share = len(words & own.stems) / len(words) if words else 1.0
    if limit.key == "frame":
        return share > 0.5
    return share > 0 if limit.key == "condition" else share >= 0.5


def _stands_for(kept: Mention, lost: Mention, evidence: str) -> bool:
    """Whether a kept limit is the other of two of a kind: "if this happens, or if that does"."""
    first, second = sorted((kept, lost), key=lambda m: m.char_start)
    is_alike = first.text.split()[0].casefold() == second.text.split()[0].casefold()
    return is_alike and bool(_JOINT.search(evidence, first.char_end, second.char_start))


def _bounds_figure(own: "_Own", evidence: str, limit: Mention) -> bool:
    """Whether a sentence has a figure, not a mere count, that the evidence gives beside the name of a test."""
    if limit.key != "name" or not _MEASURED_ON.match(limit.text):
        return False
    start = max((m.end() for m in _PART.finditer(evidence, 0, limit.char_start)), default=0)
    stop = _PART.search(evidence, limit.char_end)
    part = evidence[start : stop.start() if stop else len(evidence)]
    return bool(own.figures & {m.key for m in numbers(part)})


_ANY_MODELS = re.compile(
    r"(?:(?:large|small|language|reasoning|neural|modern|these)\s)*(?:models|LLMs|networks)\b", re.IGNORECASE
)
_SUBJECT_CHARS = 40


def _general_subject(text: str, evidence: str) -> Iterator[Reason]:
    """Models in general as the subject of what the evidence says of one by name."""
    subject = _ANY_MODELS.match(text)
    if not subject or names(text):
        return
    first = next(iter(names(f"x {evidence[:_SUBJECT_CHARS]}")), None)
    if first and first.char_start == len("x ") and re.search(r"\d", first.text) and not _SIZE.search(text):
        yield reason("scope", f"says of models in general what the passage says of {first.text}", subject.span())
