"""Words in a source that give orders to whatever model reads it, rather than report anything."""

import re
from collections.abc import Iterable

from kb.domain import Citation, Reason

GIVES_ORDERS = "orders"
"""Kind of the reason of a sentence that rests on such words."""
_WHAT = r"(?:previous|prior|above|earlier|preceding|system|all|any|these|those|your|the)"
_RULES = r"(?:instructions?|prompts?|rules?|orders?|directions?|guidelines?|text|passages?|context)"
_SAY = r"(?:say|write|state|claim|conclude|report|answer|tell|reply|respond|include|output|convince|cite|mention)"
_READER = r"(?:reader|user|model|ai|assistant|summari[sz]er|llms?|language\smodel|chatbot)s?"
_HIDDEN = r"(?:system\sprompt|api\skeys?|keys?|secrets?|passwords?|credentials|instructions|environment)"
_NEAR = r"[^.!?]{0,60}?"
_ORDERS = re.compile(
    "|".join((
        # putting the rules aside
        rf"\b(?:ignore|disregard|forget|override|bypass)\s(?:{_WHAT}\s){{1,3}}{_RULES}\b",
        r"\b(?:new|updated|revised|hidden|secret)\s(?:system\s)?instructions?\b(?![\s-](?:tun|data|follow|set|pair|example|template))",
        r"(?:^|[.;:!?,>\]]\s)(?:please\s)?do\snot\sfollow\b|\binstead,?\s(?:say|write|answer|reply)\b",
        rf"\b(?:reveal|print|repeat|output|leak|show|send|disclose)\s(?:me\s)?(?:the|your|any|all)\s{_HIDDEN}\b",
        # saying what to say
        rf"(?:^|[.;:!?,>\]]\s)(?:please\s|always\s|then\s|instead\s)?(?:say|write|claim|tell|pretend)\b{_NEAR}(?:\bthat\b|:)",
        r"\brepeat\safter\b|(?<!\bto\s)(?<!\bthe\s)\b(?:output|answer|reply|respond|write)\s(?:exactly|only|with\sonly)\b",
        rf"\b(?:please|you\s(?:must|should|will|are\sto)(?:\snow)?|your\s(?:new\s)?(?:task|job|goal|answer|reply|response)"
        rf"\s(?:is|must|should|will))\b{_NEAR}\b{_SAY}\b",
        rf"\b{_READER}\b[^.!?]{{0,40}}?(?:\b(?:must|should|please)\b[^.!?]{{0,20}}?|[,:]\s(?:and\s)?)"
        rf"\b(?:be\stold|{_SAY})\sthat\b",
        rf"\b(?:when|if)\s(?:summari[sz]ing|answering|citing|you\s(?:are|summari[sz]e|answer|cite|read))\b{_NEAR}\b{_SAY}\b",
        rf"\bunder\sno\scircumstances\b{_NEAR}\b{_SAY}\b",
        # speaking as those do who set up models
        rf"\b{_READER}\s?:\s?(?:you\b|please\b|ignore\b|{_SAY}\b)|\bsystem\s?:\s?you\b|\byou\sare\snow\b",
        r"</?(?:system|instructions?|assistant|user)>|\[/?(?:inst|system)\]|<\|[a-z_]{2,20}\|>",
    )),
    re.IGNORECASE,
)  # fmt: skip


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model: tells it to ignore, reveal, say or cite something.

    Made of telltale phrases, so it is a sign and no proof, and misses what is worded otherwise.
    """
    return bool(_ORDERS.search(" ".join(text.split())))


def obeyed(text: str, citations: Iterable[Citation], *, is_quoted: bool = False) -> Reason | None:
    """Why a sentence may be what a model was ordered to say; a warning where it is verbatim, as papers quote orders."""
    ordering = next((c for c in citations if gives_orders(c.quote)), None)
    if ordering is None and not gives_orders(text):
        return None
    where = f"words of {ordering.source}" if ordering else "words"
    return Reason(kind=GIVES_ORDERS, text=f"rests on {where} that give orders to a model", warning=is_quoted)
