"""Words in a source that give orders to whatever model reads it, rather than report anything."""

import re
from collections.abc import Iterable

from kb.domain import Citation, Reason

GIVES_ORDERS = "orders"
"""Kind of the reason of a sentence that rests on such words."""
_WHAT = r"(?:previous|prior|above|earlier|preceding|system|all|any|these|those|your|the)"
_RULES = r"(?:instructions?|prompts?|rules?|orders?|directions?|guidelines?|text|passages?|context)"
_SAYING = (
    "say write state claim conclude report answer tell reply respond include output convince cite mention"
).split()
_SAY = rf"(?:{'|'.join(_SAYING)})"
_READER = r"(?:reader|user|model|ai|assistant|summari[sz]er|llms?|language\smodel|chatbot)s?"
_HIDDEN = r"(?:system\sprompt|api\skeys?|keys?|secrets?|passwords?|credentials|instructions|environment)"
_NEAR = r"[^.!?]{0,60}?"
_PHRASES = (
    # putting the rules aside
    (("ignore", "disregard", "forget", "override", "bypass"),
     rf"\b(?:ignore|disregard|forget|override|bypass)\s(?:{_WHAT}\s){{1,3}}{_RULES}\b"),
    (("instruction",),
     r"\b(?:new|updated|revised|hidden|secret)\s(?:system\s)?instructions?\b(?![\s-](?:tun|data|follow|set|pair|example|template))"),
    (("do not follow", "instead"),
     r"(?:^|[.;:!?,>\]]\s)(?:please\s)?do\snot\sfollow\b|\binstead,?\s(?:say|write|answer|reply)\b"),
    (("prompt", "key", "secret", "password", "credentials", "instructions", "environment"),
     rf"\b(?:reveal|print|repeat|output|leak|show|send|disclose)\s(?:me\s)?(?:the|your|any|all)\s{_HIDDEN}\b"),
    # saying what to say
    (("say", "write", "claim", "tell", "pretend"),
     rf"(?:^|[.;:!?,>\]]\s)(?:please\s|always\s|then\s|instead\s)?(?:say|write|claim|tell|pretend)\b{_NEAR}(?:\bthat\b|:)"),
    (("repeat after", "exactly", "only"),
     r"\brepeat\safter\b|(?<!\bto\s)(?<!\bthe\s)\b(?:output|answer|reply|respond|write)\s(?:exactly|only|with\sonly)\b"),
    (("please", "you"),
     rf"\b(?:please|you\s(?:must|should|will|are\sto)(?:\snow)?|your\s(?:new\s)?(?:task|job|goal|answer|reply|response)"
     rf"\s(?:is|must|should|will))\b{_NEAR}\b{_SAY}\b"),
    (("told that", *(f"{word} that" for word in _SAYING)),
     rf"\b{_READER}\b[^.!?]{{0,40}}?(?:\b(?:must|should|please)\b[^.!?]{{0,20}}?|[,:]\s(?:and\s)?)"
     rf"\b(?:be\stold|{_SAY})\sthat\b"),
    (("summari", "answering", "citing", "you"),
     rf"\b(?:when|if)\s(?:summari[sz]ing|answering|citing|you\s(?:are|summari[sz]e|answer|cite|read))\b{_NEAR}\b{_SAY}\b"),
    (("under no circumstances",), rf"\bunder\sno\scircumstances\b{_NEAR}\b{_SAY}\b"),
    # speaking as those do who set up models
    ((":", "you are now"),
     rf"\b{_READER}\s?:\s?(?:you\b|please\b|ignore\b|{_SAY}\b)|\bsystem\s?:\s?you\b|\byou\sare\snow\b"),
    (("<", "["), r"</?(?:system|instructions?|assistant|user)>|\[/?(?:inst|system)\]|<\|[a-z_]{2,20}\|>"),
)  # fmt: skip
"""What gives orders, each kind beside words of which it has one: to look for these takes a tenth of the time."""
_ORDERS = tuple((words, re.compile(pattern, re.IGNORECASE)) for words, pattern in _PHRASES)
# Letters that are no ASCII and yet match some where case is ignored.
_ALIKE = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model: tells it to ignore, reveal, say or cite something.

    Made of telltale phrases, so it is a sign and no proof, and misses what is worded otherwise.
    """
    line = " ".join(text.split())
    lowered = line.translate(_ALIKE).lower()
    return any(any(map(lowered.__contains__, words)) and pattern.search(line) for words, pattern in _ORDERS)


def obeyed(text: str, citations: Iterable[Citation], *, is_quoted: bool = False) -> Reason | None:
    """Why a sentence may be what a model was ordered to say; a warning where it is verbatim, as papers quote orders."""
    ordering = next((c for c in citations if gives_orders(c.quote)), None)
    if ordering is None and not gives_orders(text):
        return None
    where = f"words of {ordering.source}" if ordering else "words"
    return Reason(kind=GIVES_ORDERS, text=f"rests on {where} that give orders to a model", warning=is_quoted)
