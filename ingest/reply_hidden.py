"""Pieces of an answer that a reader of the rendered page would not see."""

import re

_OPENS = re.compile(
    r"<(?P<tag>[a-z][a-z0-9]{0,15})\b(?=[^<>]{0,400}(?:\shidden\b|display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden"
    r"|font-size\s{0,3}:\s{0,3}[01](?:\.[0-9])?(?:px|pt|em|%)?\s{0,3}[;\"']|opacity\s{0,3}:\s{0,3}0(?:\.0)?\s{0,3}[;\"']"
    r"|color\s{0,3}[:=]\s{0,3}[\"']?(?:white|transparent|#fff(?:fff)?\b)))[^<>]{0,800}>|<!--",
    re.IGNORECASE,
)
_VOID = {"br", "hr", "img", "input", "meta", "link"}


def without_hidden(text: str) -> tuple[str, list[str]]:
    """The text that can be seen, and what cannot; an unclosed element hides all that follows."""
    kept, hidden, position = [], list[str](), 0
    while match := _OPENS.search(text, position):
        kept.append(text[position : match.start()])
        position = _end(text, match)
        hidden.append(f"hidden from readers: {' '.join(text[match.start() : position].split())[:160]}")
    return "".join([*kept, text[position:]]), hidden


def _end(text: str, opened: re.Match[str]) -> int:
    tag = (opened["tag"] or "").lower()
    if tag in _VOID:
        return opened.end()
    if not tag:
        end = text.find("-->", opened.end())
        return end + 3 if end >= 0 else len(text)
    depth = 1
    for match in re.compile(rf"<(/?){tag}\b[^<>]{{0,800}}>", re.IGNORECASE).finditer(text, opened.end()):
        depth += -1 if match[1] else 1
        if not depth:
            return match.end()
    return len(text)
