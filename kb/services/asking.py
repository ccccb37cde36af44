"""Words by which people ask, which name nothing that is asked about.

“Give me an overview of self-correction” asks about self-correction, as “tell me about” it does. All of these words
stand here in one list; what is left of a question without them is searched for.
"""

import re

from kb.language import content_terms

_OWN = r"(?:(?:the|my|our|your|these|this|all|any|some|more|recent|what) ){0,4}"
_HELD = (
    r"(?:notes?|librar(?:y|ies)|papers?|sources?|literature|stud(?:y|ies)|research|evidence|work|articles?|vault"
    r"|findings)"
)
_ON = r"(?:about|on|of|for and against|for|against|regarding|concerning)"
_SAY = r"(?:says?|tells? (?:me|us)|knows?|have|has|holds?|contains?|reports?|conclude|find|shows?)"
_MUCH = r"(?:everything|anything|something|all|more|a bit|a little)"
_BOTH = (
    r"(?:pros (?:and|&) cons|advantages and disadvantages|upsides and downsides|strengths and weaknesses"
    r"|benefits and (?:risks|drawbacks|costs))"
)
_SURVEY = r"(?:overview|summary|outline|introduction|rundown|recap|primer|synopsis|state of the art)"
_TELL = (
    r"(?:(?:tell|give|show|find) (?:me|us)|(?:give|write|show|list|find) (?:an? |the |my )"
    r"|(?:explain|describe|summ?ari[sz]e|sum up|outline|discuss|recap)\b)"
)

# Each is taken from the beginning of a question, and what is then left begins with the next.
_LEADS = tuple(
    re.compile(rf"{lead}(?=\s)", re.IGNORECASE)
    for lead in (
        rf"(?:please|briefly|(?:can|could|would|will) you(?: please)?(?= {_TELL}))",
        rf"(?:i|we)(?:'d|’d| would)? (?:want|like|need|wish|love) to (?:know|learn|understand|hear|read|find out)"
        rf"(?: (?:{_MUCH} )?about)?",
        r"(?:i am|i'm|i’m|we are) (?:interested in|curious about|looking for|wondering(?: about)?)",
        rf"(?:tell|teach) (?:me|us)(?: {_MUCH})?(?: (?:that )?(?:you know|there is|is known))?(?: {_ON})?",
        r"(?:give|show|get|write|find)(?: (?:me|us))?(?= (?:an?|the|my|all|any|some|what|papers|notes|evidence)\b)",
        r"(?:list|summ?ari[sz]e|sum up|outline|explain|describe|discuss|recap)(?: (?:to|for) (?:me|us))?",
        rf"{_MUCH}(?: (?:you know|there is|that is known))? {_ON}",
        rf"(?:an? |the )?(?:\w{{1,12}} )?{_SURVEY} (?:of|on|about|to|in|for)",
        rf"(?:what (?:are|is) )?(?:the )?{_BOTH} of",
        r"(?:what(?:'s|’s| is) (?:currently |already )?(?:known )?|what do (?:we|you|i) (?:already )?know )about",
        rf"(?:what |{_MUCH} (?:that )?)?(?:do |does |did )?{_OWN}{_HELD} (?:have to )?{_SAY} {_ON}",
        rf"(?:do|does) (?:you|we|i|{_OWN}{_HELD}) (?:know|have|hold|contain) (?:{_MUCH}|{_OWN}{_HELD}) {_ON}",
        rf"how many {_HELD} (?:do|does|did|are|is|have|has)? ?(?:you|we|i|there|{_OWN}{_HELD})?"
        rf"(?: (?:have|hold|contain|cite|include))? {_ON}",
        r"(?:when|where|in (?:what|which) year) (?:was|were)(?= .{1,200}\b(?:published|released|submitted|posted)\b)",
        rf"(?:is|are|was|were) there (?:{_MUCH}|{_OWN}{_HELD})(?: here)? (?:{_ON}|that|showing(?: that)?)",
        rf"(?:what(?:'s|’s| is| are) )?{_OWN}{_HELD}(?: (?:is|are) there)? (?:{_ON}|that|showing(?: that)?)",
    )
)
_TAILS = re.compile(
    r"[,;]?\s(?:(?:according to|in|from) (?:my|our|your|the) (?:own )?(?:notes|library|vault|literature)"
    r"|please|to me|for me|(?:(?:study|paper|article|work) )?(?:first )?(?:published|released|submitted|posted)"
    r"|(?:and )?(?:when|where|who|by whom|in which paper)|and (?:with|in|on|by) (?:how many|which|what) \w+)$",
    re.IGNORECASE,
)
_MOST_LEADS = 5
# What a question asks for where it asks for no finding. "When do models fail" asks for conditions, and for no date.
_KINDS = {
    "who": re.compile(
        r"^(?:and )?who(?: was| were|se)?\b|\bby whom\b|\b(?:which|what) (?:authors?|group|team|lab)\b", re.IGNORECASE
    ),
    "when": re.compile(
        r"^when (?:was|were|did)\b|\bwhen(?=[,?.!]|$)|\b(?:which|what) (?:year|month|date)\b", re.IGNORECASE
    ),
    "which paper": re.compile(
        r"\b(?:which (?:works?|papers?|study|studies|articles?)|what (?:papers?|stud(?:y|ies)))\b", re.IGNORECASE
    ),
}
_FIRST = re.compile(r"\b(?:first|earliest|oldest|original(?:ly)?)\b", re.IGNORECASE)
_COUNT = re.compile(rf"^how many {_HELD}\b(?=.{{1,80}}(?:\b(?:library|notes|there|you|we|i)\b))", re.IGNORECASE)
_HOW_MANY = re.compile(r"\bhow many (?:of )?((?:[\w-]+ ){0,3}[\w-]+)", re.IGNORECASE)


def core_of(text: str) -> str:
    """A question without the words by which it is asked; as it stands where nothing else would be left.

    >>> core_of("Can you give me an overview of self-correction?")
    'self-correction?'
    >>> core_of("what do my notes say about calibration")
    'calibration'
    >>> core_of("Why do models explain their answers?")
    'Why do models explain their answers?'
    """
    mark = "?" if text.endswith("?") else ""
    core = text.rstrip("?!. ")
    while (shorter := _TAILS.sub("", core)) != core and content_terms(shorter):
        core = shorter
    for _ in range(_MOST_LEADS):
        begins = [core[found.end() :].lstrip() for lead in _LEADS if (found := lead.match(core))]
        shorter = min((rest for rest in begins if content_terms(rest)), key=len, default=core)
        if shorter == core:
            break
        core = shorter
    return core + mark if core != text.rstrip("?!. ") else text


def kinds_of(text: str) -> tuple[str, ...]:
    """What a question asks for beside a finding: "who", "when" and "which paper", as far as it does.

    >>> kinds_of("Which paper introduced FRODO and when?"), kinds_of("When do models fail?")
    (('when', 'which paper'), ())
    """
    return tuple(kind for kind, pattern in _KINDS.items() if pattern.search(text))


def asks_for_first(text: str) -> bool:
    """Whether a question asks for the first who did something."""
    return bool(_FIRST.search(text))


def counts_holdings(text: str) -> bool:
    """Whether a question asks how many notes or papers the library has on something."""
    return bool(_COUNT.search(text))


def how_many(text: str) -> str:
    """The words behind “how many”; empty where a question does not ask for a number.

    >>> how_many("With how many models was it measured?")
    'models was it measured'
    """
    found = _HOW_MANY.search(text)
    return found[1] if found else ""
