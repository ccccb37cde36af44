"""What a sentence commits itself to, its numbers, names, hedges and negations, and what it leans on; by word lists.

These are the things that a paraphrase changes without sounding wrong. Every mention knows where it stands, so that a
check can point at it. Patterns are linear in the length of the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from kb.language import STOP_WORDS


@dataclass(frozen=True, slots=True)
class Mention:
    """A piece of a text that counts for something."""

    kind: str
    """number, name, hedge, negation or direction."""
    key: str
    """What is compared: two mentions of one kind and key say the same."""
    text: str
    char_start: int
    char_end: int


# Numbers

# What looks like a number and is none: arXiv ids, citation marks, dates and section numbers.
_NO_NUMBER = re.compile(
    r"(?i:arxiv:)?\b\d{4}\.\d{4,5}(?:v\d+)?\b|\[[\d\s,;–-]{1,40}\]|\b(?:19|20)\d\d-\d\d(?:-\d\d)?\b"
    r"|\b(?i:figure|fig\.|table|tab\.|section|sec\.|appendix|equation|eq\.)\s?\d+(?:\.\d+)*"
)
_UNITS = {
    "%": "%", "percent": "%", "per cent": "%", "percentage points": "points", "percentage point": "points",
    "points": "points", "point": "points", "pp": "points", "x": "times", "×": "times", "times": "times",
    "-fold": "times", "fold": "times",
}  # fmt: skip
_SCALES = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "b": 10**9, "bn": 10**9, "billion": 10**9,
    "t": 10**12, "trillion": 10**12,
}  # fmt: skip
_UNIT = r"%|per ?cent\b|percentage points?\b|points?\b|pp\b|[x×](?![\w])|times\b|-?fold\b"
_SCALE = r"thousand\b|million\b|billion\b|trillion\b|bn\b|[KkMBbT](?![\w])"
_NUMBER = re.compile(
    r"(?:(?<![\w.\-/])|(?<=\d/))(?P<sign>[-−–](?=\d))?(?P<first>\d[\d,]*(?:\.\d+)?)(?P<scale1>[KkMBT](?![\w]))?"
    r"(?:\s?(?:[-–—]|to)\s?(?P<second>\d[\d,]*(?:\.\d+)?))?"
    rf"(?:[\s-]?(?P<scale>{_SCALE}))?(?P<plus>\+)?(?:\s?(?P<unit>{_UNIT}))?(?![\w])"
)
_WORDS = {
    **{w: str(n) for n, w in enumerate("two three four five six seven eight nine ten eleven twelve thirteen fourteen"
       " fifteen sixteen seventeen eighteen nineteen".split(), 2)},
    **{w: str(10 * n) for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)},
    "half": "0.5", "twice": "2", "double": "2", "doubled": "2", "doubles": "2", "triple": "3", "tripled": "3",
}  # fmt: skip
_TIMES = frozenset("twice double doubled doubles triple tripled".split())
_NUMBER_LIKE = frozenset((*_WORDS, *_SCALES, "percent", "per", "cent", "pp", "percentage", "fold"))
_TENS = r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_ONES = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_NUMBER_WORD = re.compile(
    rf"\b(?:(?P<tens>{_TENS})[- ](?P<ones>{_ONES})|(?P<word>{'|'.join(_WORDS)}))\b"
    rf"(?:[\s-](?P<scale>(?:thousand|million|billion|trillion))\b)?(?:[\s-]?(?P<unit>%|per ?cent\b|percentage points?\b"
    r"|points?\b|times\b|fold\b))?",
    re.IGNORECASE,
)


def numbers(text: str) -> list[Mention]:
    """Numbers with their unit, ranges as two: "14-24%" is `14 %` and `24 %`; "0.5B" is `500000000`.

    >>> [m.key for m in numbers("From 14-24% on 1,319 problems with 0.5B")]
    ['14 %', '24 %', '1319', '500000000']
    """
    bare = _NO_NUMBER.sub(lambda m: " " * len(m[0]), text)
    found = [mention for match in _NUMBER.finditer(bare) for mention in _numbers_of(match)]
    found += [_number_in_words(match) for match in _NUMBER_WORD.finditer(bare)]
    return sorted(found, key=lambda m: m.char_start)


def _numbers_of(match: re.Match[str]) -> Iterator[Mention]:
    unit = _unit(match)
    scale = _SCALES.get((match["scale"] or "").casefold(), 1)
    for group in ("first", "second"):
        if not match[group]:
            continue
        own = _SCALES.get((match["scale1"] or "").casefold(), scale) if group == "first" else scale
        value = Decimal(match[group].replace(",", "").rstrip(".")) * own
        sign = "-" if match["sign"] and group == "first" and value else ""
        start = match.start("sign") if sign else match.start(group)
        key = f"{sign}{value.normalize():f}" + (f" {unit}" if unit else "")
        yield Mention("number", key, match[0].strip(), start, match.end())


def _number_in_words(match: re.Match[str]) -> Mention:
    words = [match["tens"], match["ones"]] if match["tens"] else [match["word"]]
    value = sum((Decimal(_WORDS.get(word.casefold(), "1")) for word in words), Decimal(0))
    value *= _SCALES.get((match["scale"] or "").casefold(), 1)
    unit = "times" if words[0].casefold() in _TIMES else _unit(match)
    return Mention("number", f"{value.normalize():f}" + (f" {unit}" if unit else ""), match[0], *match.span())


def _unit(match: re.Match[str]) -> str:
    return _UNITS.get(" ".join((match["unit"] or "").casefold().split()), "")


def is_number_word(word: str) -> bool:
    """Whether a word is a number or the name of a share: "twelve", "12b", "percent"."""
    return word[:1].isdigit() or word.casefold() in _NUMBER_LIKE


def value_of(number: Mention) -> Decimal:
    """The value of a number mention, without its unit."""
    return Decimal(number.key.split(" ")[0])


# Names

_TOKEN = re.compile(r"[^\W_](?:[\w.+²]|-(?=\w))*(?<![.])")
_SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|[“\"(]\s*)$")
_NUMBERED = re.compile(r"(?<![\w-])[A-Z][a-zA-Z]+ \d+(?:\.\d+)*[A-Za-z]?\b(?![%/]|\.\d)")
_SIZE = re.compile(r"\d+(?:\.\d+)?[KkMBT]?\+?")
# Capitalised words that name nothing of their own.
_NO_NAMES = frozenset(
    """
january february march april may june july august september october november december i ai llm llms lm lms slm slms
english table figure section appendix eq fig arxiv a an the this that these those yes no ok vs among
across within beyond despite nearly almost roughly approximately over under exactly around since until before after
""".split()
)


def names(text: str) -> list[Mention]:
    """Names of models, datasets and methods: words with capitals inside, with letters and digits, or capitalised.

    >>> [m.text for m in names("On GSM8K, Qwen2.5-0.5B and Llama 2 trail Mistral.")]
    ['GSM8K', 'Qwen2.5-0.5B', 'Llama 2', 'Mistral']
    """
    bare = re.sub(r"(?i:arxiv:)\s?[\w./-]+|\[[\d\s,;–-]{1,40}\]", lambda m: " " * len(m[0]), text)
    found: list[Mention] = []
    taken = 0
    for match in _NUMBERED.finditer(bare):
        word = match[0].split(" ")[0].casefold()
        if word not in STOP_WORDS and word not in _NO_NAMES:
            found.append(Mention("name", name_key(match[0]), match[0], *match.span()))
    spans = [(m.char_start, m.char_end) for m in found]
    for match in _TOKEN.finditer(bare):
        if match.start() < taken or any(a <= match.start() < b for a, b in spans):
            continue
        is_first = bool(_SENTENCE_START.search(bare[max(0, match.start() - 4) : match.start()]))
        if _is_name(match[0], is_first):
            found.append(Mention("name", name_key(match[0]), match[0], *match.span()))
    return sorted(found, key=lambda m: m.char_start)


def _is_name(word: str, is_first: bool) -> bool:
    if word.casefold() in _NO_NAMES or len(word) < 2 or _SIZE.fullmatch(word):
        return False
    has_inner_capital = any(c.isupper() for c in word[1:])
    has_digit = any(c.isdigit() for c in word) and any(c.isalpha() for c in word) and not word[0].isdigit()
    is_capitalised = word[0].isupper() and not is_first and word.casefold() not in STOP_WORDS
    return has_inner_capital or has_digit or is_capitalised


def name_key(name: str) -> str:
    """A name without case, hyphens, spaces and a plural s: "GPT-4s" and "gpt4" are one name."""
    bare = re.sub(r"[\s\-_‐–]", "", name.casefold()).removesuffix("'s").removesuffix("’s")
    return bare[:-1] if len(bare) > 3 and bare.endswith("s") and not bare.endswith("ss") else bare


# Hedges and quantities

_MODALITY = """
may might could can possibly perhaps probably potentially likely plausible plausibly suggest suggests suggesting
suggested appear appears appeared seem seems seemed hypothesise hypothesize hypothesised hypothesized conjecture
conjectured inferred speculate speculated suspect suspects suspected preliminary
untested unclear would presumably arguably
""".split()
_WEAK_MODALITY = frozenset(("can", "could", "would"))
_FREQUENCY = """
some sometimes often usually typically generally mostly mainly most many several partly partially occasionally
frequently rarely seldom largely chiefly predominantly primarily tend tends tended marginally slightly
""".split()
_UNIVERSAL = "all always every any never entirely completely universally invariably everywhere".split()
_HEDGES = {
    **dict.fromkeys(_MODALITY, "modality"),
    **dict.fromkeys(_FREQUENCY, "part"),
    **dict.fromkeys(_UNIVERSAL, "all"),
}
_PHRASES = {
    **dict.fromkeys(("up to", "at least", "at most", "or fewer", "or less", "or more",
                     "no more than", "not more than", "no less than", "more than", "less than", "fewer than"), "bound"),
    **dict.fromkeys(("on average", "an average", "averaged", "averages", "averaging", "mean of"), "mean"),
    **dict.fromkeys(("in part", "much of the", "the majority of", "a majority of", "in some cases", "for the most part",
                     "in most cases", "by and large"), "part"),
    **dict.fromkeys(("an inference", "our inference"), "modality"),
    **dict.fromkeys(("able to", "capable of"), "ability"),
}  # fmt: skip
_ABOUT = ("as much as", "as many as", "nearly", "almost", "roughly", "about", "approximately", "around")
# "About" hedges a figure; before other words it says what something is about.
_HEDGE = re.compile(
    rf"\b(?:{'|'.join(sorted([*_PHRASES, *_HEDGES], key=len, reverse=True))}|(?:{'|'.join(_ABOUT)})(?=\s[\d~]))\b"
    r"(?!\sthe same\b)(?<!at all)(?<!after all)(?<!first of all)(?<!above all)",
    re.IGNORECASE,
)


# "At least where it can be checked" bounds no figure.
_FIGURE = re.compile(
    rf"\s(?:(?:a|an|the|about|around|some|nearly|roughly)\s)?(?:[\d~$€£]|(?:{'|'.join(_WORDS)}|one|once|third|quarter|few|dozen"
    r"|hundreds?|thousands?|millions?|billions?)\b)",
    re.IGNORECASE,
)
_STOPS = re.compile(r"\s*(?:[.,;:)]|$)")
_FIGURE_BEFORE = re.compile(r"\d\S{0,20}(?:\s\w{1,20})?\s$")
_BEFORE_FIGURE = frozenset(
    (
        *("up to", "at least", "at most", "no more than", "not more than"),
        *("no less than", "more than", "less than", "fewer than"),
    )
)


def hedges(text: str) -> list[Mention]:
    """Words that weaken or widen a statement; the key is modality, ability, part, bound, mean or all.

    "May" the month, written with a capital inside a sentence, is none, and neither is "when it appeared".
    """
    found = []
    for match in _HEDGE.finditer(text):
        word = match[0].casefold()
        if (match[0] == "May" and match.start() > 0) or (word.startswith("appear") and _STOPS.match(text, match.end())):
            continue
        if word in _BEFORE_FIGURE and not (
            _FIGURE.match(text, match.end()) or _FIGURE_BEFORE.search(text, max(0, match.start() - 20), match.start())
        ):
            continue
        key = _PHRASES.get(word) or (
            "ability"
            if word in _WEAK_MODALITY
            else _HEDGES.get(word) or ("bound" if word.startswith("as ") else "part")
        )
        found.append(Mention("hedge", key, match[0], *match.span()))
    return found


# Negations

_NEGATION = re.compile(
    r"\b(?:not|never|no|none|neither|without|cannot|hardly|barely|fail(?:s|ed|ing)? to|lack(?:s|ed|ing)?"
    r"|absence of|rather than|instead of|far from|unable to|silent (?:on|about)|missing|unknown|unchanged"
    r"|unaltered|unaffected|unrelated to|independent of|incapable of"
    r"|denie[sd]|deny|absent|nobody|nothing)\b|n[’']t\b",
    re.IGNORECASE,
)
_NO_NEGATION = re.compile(
    r"\b(?:not only|not so much|no (?:matter|less|more|further|fewer|later)|whether or not"
    r"|no(?:thing|ne|body)? (?:but|other than|except)|(?:previously|hitherto) (?:unknown|missing)"
    r"|(?:(?<=, )|(?<=and )|(?<=but ))not(?= (?:\w+ ){1,3}(?:alone|only)\b))\b",
    re.IGNORECASE,
)


def negations(text: str) -> list[Mention]:
    """Words that deny what follows them; "not only" and the like are none."""
    bare = _NO_NEGATION.sub(lambda m: " " * len(m[0]), text)
    return [Mention("negation", "not", m[0], *m.span()) for m in _NEGATION.finditer(bare)]


# Ties to what stands before

AGAINST, IN_TENSION = "Against this:", "From a source in tension with it:"
"""What leads in a sentence that goes against the one before, and one of which only the source is said to."""

# A sentence that begins so points at the one before it, and says little where that one is missing.
_LEANS_BACK = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Such|He|She|His|Her|Here|There|Then|Thus|Hence|So|But|And|Yet|However|"
    r"Therefore|Instead|Otherwise|Also|Both|Neither|Moreover|Furthermore|Similarly|Likewise|Conversely|Nor|Or|Still|"
    r"The (?:same|former|latter|other|reason|result|point|second|third|two|first|contrast|difference|effect)|"
    r"One (?:reason|reading|is)|In (?:contrast|other words|short|turn|that|this)|For (?:example|instance|this|that)|"
    r"On the other hand|As a result|By contrast|Read (?:together|beside|against)|Taken together|What (?:is|it|this))\b"
)
# Pronouns near the beginning and words that name a study without naming it do the same.
_POINTS_BACK = re.compile(
    r".{0,40}\b(?:them|they|their|these|those|therefore|thus)\b|"
    r".*\b(?:in|of|by|from) (?:that|this|the same|the latter) "
    r"(?:study|work|paper|abstract|case|note|test)\b|"
    r".*\b(?:this note|at hand|in question|(?:these|no|none of the) abstracts?|abstracts? here|those \w+|"
    r"of either kind|as told|as found|on top)\b"
)


def leans_back(text: str) -> bool:
    """Whether a sentence points at what stands before it, and says little where that is missing.

    >>> leans_back("These steps are decoration."), leans_back("Steps can be decoration.")
    (True, False)
    """
    return bool(_LEANS_BACK.match(text) or _POINTS_BACK.match(text))
