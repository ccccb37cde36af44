"""Words in a source that give orders to whatever model reads it, rather than report anything."""

import re

_WHAT = r"(?:previous|prior|above|earlier|preceding|system|all|any|these|those|your|the)"
_ORDERS = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass)\s(?:{_WHAT}\s){{1,3}}(?:instructions?|prompts?|rules?|orders?"
    r"|directions?|guidelines?|text|passages?|context)\b"
    r"|\b(?:new|updated|revised|hidden|secret)\s(?:system\s)?instructions?\b"
    r"|\b(?:reveal|print|repeat|output|leak|show|send|disclose)\s(?:me\s)?(?:the|your|any|all)\s"
    r"(?:system\sprompt|api\skeys?|keys?|secrets?|passwords?|credentials|instructions|environment)\b"
    r"|\byou\s(?:are\snow|must\s(?:now\s)?(?:say|write|cite|answer|reply|claim|state|output|respond)|should\s(?:now\s)?"
    r"(?:say|write|cite|answer|reply|claim|state|output|respond))\b"
    r"|\b(?:cite|write|say|answer|reply|respond|conclude|state)\s(?:only\s|instead\s|always\s)?(?:that\b|with\b|as\b)"
    r"[^.!?\n]{0,200}\b(?:instead|regardless|no\smatter|whatever|always)\b"
    r"|\b(?:assistant|ai|model|llm|reader|writer|system|user)\s?:\s?(?:you\b|please\b|ignore\b|say\b|write\b|cite\b)"
    r"|</?(?:system|instructions?|assistant|user)>|\[/?(?:inst|system)\]|<\|[a-z_]{2,20}\|>",
    re.IGNORECASE,
)


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model: tells it to ignore, reveal, say or cite something.

    Made of telltale phrases, so it is a sign and no proof, and misses what is worded otherwise.
    """
    return bool(_ORDERS.search(" ".join(text.split())))
