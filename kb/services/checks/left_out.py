"""What a sentence leaves out of the one that it restates, where that limits what is said.

The evidence is cut into its constituents: a condition, a phrase with a preposition, a relative clause. One is left out
if the sentence has none of its words but has what it belongs to. Where the sentence brings next to no words of its own,
nothing in it can stand for what is missing, so the limit is gone. Where it does bring some, they may say it in another
way, which no list of words can tell.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from kb.language import content_terms, rough_stem
from kb.services.checks.evidence import stems
from kb.wording import Mention, names

COPY_WORDS, PARAPHRASE_WORDS = 1, 3
"""Content words of its own up to which a sentence is a copy with parts left out, and a close paraphrase."""
_MOST_PARTS, _MOST_MISSING, _NEAR, _REACH = 60, 8, 5, 30
_HOST, _CLAUSE, _RESTATED = 2, 0.5, 0.25
"""Content words before a part that the sentence must have, its share of the words of the clause around, and the share
of what it restates that must come from that clause."""

_CONDITION = "when|whenever|if|unless|where|once|provided|given|as long as"
_ONLY = rf"(?:only|at least) (?:{_CONDITION}|with|under|in|on|for|after|by|at|from|to)"
_PLACE = "on|across|among|within|outside|beyond|past|below|above|under|at|during|in|throughout|about"
_DATE = "of (?:its|their|that|the) (?:day|time)"
_OTHER = (
    "with|without|that|who|which|whose|for|of|by|from|after|before|over|through|against|despite|between|because|since|as"
    "|although|though|and|or|but|whereas|while|so|than|to|yet|not|via|into|like"
)
_VERB = (
    "can|could|may|might|must|will|would|should|is|are|was|were|has|have|had|does|do|did|uses|gave|gives|took|takes"
    "|brought|brings|led|leads|makes|let|lets|got|saw|went|sent|became|becomes|rose|rises|fell|falls"
    "|finds|showed|shows|reports|produces|yields"
)
CUE = re.compile(
    rf"(?<![\w-])(?:{_DATE}|{_ONLY}|{_CONDITION}|{_PLACE}|{_OTHER}|{_VERB})(?![\w-])|[;:()]|,\s|\.\s", re.IGNORECASE
)
_IS_CONDITION = re.compile(rf"{_ONLY}|{_CONDITION}")
_IS_PLACE = re.compile(rf"{_DATE}|{_PLACE}")
IS_VERB = re.compile(_VERB)
_ADDED_BY_COMMA = frozenset("where which who whose with above below".split())
_CLAUSE_END = re.compile(
    r"[;:]|\.\s|,\s(?:and|but(?!\sonly)|so|yet|while|whereas|although|though|which|that|since|because)\b"
)
_STUDIED = re.compile(r"\b(?:measured|tested|evaluated|tried|averaged|rerun)\s$", re.IGNORECASE)
_PARTICIPLE = re.compile(r"(?:^|[a-z]\s)\w+(?:ed|en|wn)\s$")
_OPENING = re.compile(r"(?!Measured|Tested|Evaluated|Tried|Averaged|Rerun|Based)[A-Z]\w+(?:ed|wn|en|ing)\s")
_JOINT = re.compile(r"\b(?:and|or)\b")
_COUNT = re.compile("one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve")
_ARXIV = re.compile(r"\((?i:arxiv)[^()]*\)")
_PREPOSITION_BEFORE = re.compile(rf"\b(?:from|of|to|as|by|for|with|{_PLACE})\s$", re.IGNORECASE)
_FIXED = re.compile(
    r"(?:about \d|at (?:least|most|all|once|last|best|first|hand|stake)"
    r"|on (?:average|which|whom|the (?:one|other|contrary))"
    r"|(?:in|within|at|under|with) (?:which|whom|itself|themselves)"
    r"|in (?:part|fact|short|sum|turn|general|particular|common|practice|principle|contrast|addition|place|parallel"
    r"|full))\b",
    re.IGNORECASE,
)
_IDLE = re.compile(
    r"\w+\s(?:(?:the|this|that|these|its|their|a|an|one|same|full|second|first|latter|earlier|present|other|\d{4})\s){0,3}"
    r"(?:study|studies|paper|papers|work|survey|abstracts?|text|range|analysis|comparison|experiments?|account|respect|end"
    r"|sense|case|example|way|reason|note|synthesis)\b",
    re.IGNORECASE,
)
"""A phrase that says where something is reported and not where it holds."""

POPULATION = frozenset(
    """
model llm student learner transformer network reasoner base checkpoint teacher task problem puzzle question benchmark
instance item sft rl rlvr distillation demonstration set setting people adult patient language
""".split()
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A constituent of a sentence, with the stems of its content words in order."""

    cue: str
    char_start: int
    char_end: int
    stems: tuple[str, ...]


@dataclass(frozen=True)
class Restated:
    """A sentence beside the one that it restates."""

    text: str
    evidence: str

    @cached_property
    def held(self) -> frozenset[str]:
        """Stems of the sentence."""
        return stems(self.text)

    @cached_property
    def own_words(self) -> int:
        """How many content words the sentence has that the evidence has not."""
        return len({rough_stem(t) for t in content_terms(self.text)} - stems(self.evidence))

    @cached_property
    def bare(self) -> str:
        """The evidence without ids of papers, each character in its place."""
        return _ARXIV.sub(lambda m: " " * len(m[0]), self.evidence)

    @cached_property
    def parts(self) -> Sequence[_Part]:
        """The evidence, cut before prepositions, conjunctions, relative pronouns and verbs; each has some content."""
        cues = [(m.start(), m[0].strip().casefold()) for m in CUE.finditer(self.bare)]
        edges = [(0, ""), *cues[:_MOST_PARTS], (len(self.bare), "")]
        found = []
        for (start, cue), (end, _) in pairwise(edges):
            terms = content_terms(self.bare[start:end])
            if words := tuple(rough_stem(t) for t in terms if not _COUNT.fullmatch(t)) or terms:
                found.append(_Part(cue, start, end, words))
        return found

    def has_both_sides(self, mention: Mention) -> bool:
        """Whether the sentence has the content words next to a mention in the evidence, on both sides of it."""
        before = content_terms(" ".join(self.bare[: mention.char_start].split()[-_NEAR:]))[-1:]
        after = content_terms(self.bare[mention.char_end :])[:1]
        return all(rough_stem(t) in self.held for t in (*before, *after))


def left_out(pair: Restated) -> Iterator[Mention]:
    """Limiting parts of the evidence of which the sentence has nothing, though it has what they belong to.

    The key is condition, scope, or aside for what may as well only add something.
    """
    for number, part in enumerate(pair.parts):
        if _is_held(pair, part) or not (kind := _kind(pair, part)):
            continue
        if _belongs_to_held(pair, number) and not _goes_on_held(pair, number):
            end = _end(pair, number)
            text = pair.bare[part.char_start : end].strip(" ,;:.()")
            yield Mention("limit", kind, text, part.char_start, end)


def _is_held(pair: Restated, part: _Part) -> bool:
    """Whether the sentence has any of a part's words, of which "models" alone says nothing."""
    if part.cue == "like" and (name := next(iter(names(pair.bare[part.char_start : part.char_end])), None)):
        return name.text.casefold() in pair.text.casefold()
    telling = frozenset(part.stems) - POPULATION
    return bool(pair.held & (telling or frozenset(part.stems)))


def _kind(pair: Restated, part: _Part) -> str:
    """How a part limits what it belongs to; empty for what names the object, and for what only adds something."""
    before = pair.bare[: part.char_start]
    is_added = part.cue in _ADDED_BY_COMMA and before.endswith(", ")
    if is_added or _FIXED.match(pair.bare, part.char_start) or _IDLE.match(pair.bare, part.char_start):
        return ""
    if _PREPOSITION_BEFORE.search(before[-_REACH:]) or _STUDIED.search(before[-_REACH:]):
        return ""
    if _IS_CONDITION.fullmatch(part.cue):
        return "condition"
    if part.cue in ("with", "without"):
        return "condition" if not before or before[-2:] in (": ", "; ") else "aside"
    if part.cue == "" and _OPENING.match(pair.bare) and pair.bare[_end(pair, 0) :].startswith(","):
        return "condition"
    if part.cue == "of" or _IS_PLACE.fullmatch(part.cue) or (part.cue == "for" and POPULATION & frozenset(part.stems)):
        return "scope"
    if part.cue == "like" and names(pair.bare[part.char_start : part.char_end]):
        return "scope"
    return "aside" if part.cue in ("for", "from", "after", "before", "that", "who", "which", "whose") else ""


def _belongs_to_held(pair: Restated, number: int) -> bool:
    """Whether the sentence restates the clause of a part and has the words just before it, but for a participle."""
    part, end = pair.parts[number], _end(pair, number)
    start = max((m.end() for m in _CLAUSE_END.finditer(pair.bare) if m.end() <= part.char_start), default=0)
    stop = _CLAUSE_END.search(pair.bare, end)
    clause = [
        p for p in pair.parts if start - 3 <= p.char_start and p.char_end <= (stop.start() + 1 if stop else p.char_end)
    ]
    before = [s for p in clause if p.char_start < part.char_start for s in p.stems]
    words = [*before, *(s for p in clause if p.char_start >= end for s in p.stems)]
    kept = sum(s in pair.held for s in words)
    if kept < max(1, _CLAUSE * len(words)) or kept < _RESTATED * len(pair.held & stems(pair.evidence)):
        return False
    if (
        _PARTICIPLE.search(pair.bare[max(0, part.char_start - _REACH) : part.char_start])
        and before
        and before[-1] not in pair.held
    ):
        before = before[:-1]
    return all(s in pair.held for s in before[-_HOST:])


def _goes_on_held(pair: Restated, number: int) -> bool:
    """Whether the sentence has what completes a part, or what stands beside it in its place.

    The one is the other half of "in chain and answer", the task of "kinds of task" or the name of "on one set, GSM8K";
    the other is the test that is kept of "37% on one test and 39% on another".
    """
    part, after = pair.parts[number], next(iter(pair.parts[number + 1 :]), None)
    if after and pair.held & frozenset(after.stems):
        is_joined = after.cue in ("and", "or") and not pair.bare[: after.char_start].endswith(", ")
        is_other_half = is_joined and len(after.stems) < 3
        name = next(iter(names(pair.bare[after.char_start : after.char_end])), None)
        is_its_name = after.cue == "," and name is not None and name.char_start <= len(", ")
        if after.cue == "of" or is_other_half or is_its_name:
            return True
    kept = [p for p in pair.parts if p.cue == part.cue and p is not part and pair.held >= frozenset(p.stems)]
    spans = (sorted((p, part), key=lambda p: p.char_start) for p in kept)
    return any(_JOINT.search(pair.bare, one.char_end, other.char_start + 1) for one, other in spans)


def _end(pair: Restated, number: int) -> int:
    """Where the run of missing parts that begins with this one ends."""
    end = pair.parts[number].char_end
    for part in pair.parts[number + 1 : number + _MOST_MISSING]:
        is_new = not part.cue[0].isalpha() or pair.bare[: part.char_start].endswith(", ")
        if _is_held(pair, part) or is_new or IS_VERB.fullmatch(part.cue):
            break
        end = part.char_end
    return end
