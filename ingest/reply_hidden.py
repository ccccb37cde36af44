"""Pieces of an answer that a reader of the rendered page would not see, or sees struck out."""

import re

_OPENS = re.compile(
    r"<(?P<tag>[a-z][a-z0-9]{0,15})\b(?=[^<>]{0,400}(?:\shidden\b|display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden"
    r"|font-size\s{0,3}:\s{0,3}[01](?:\.[0-9])?(?:px|pt|em|%)?\s{0,3}[;\"']|opacity\s{0,3}:\s{0,3}0(?:\.0)?\s{0,3}[;\"']"
    r"|color\s{0,3}[:=]\s{0,3}[\"']?(?:white|transparent|#fff(?:fff)?\b)))[^<>]{0,800}>|<!--",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]{4,400}")
_TAG_LETTERS = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
"""Characters that fonts do not draw and models read as the letters that they stand for."""
_STRUCK = re.compile(
    r"(?<!~)~~(?![~\s])(?:[^~\n]|~(?!~)|\n(?![ \t]*\n)){1,600}(?<![\s~])~~(?!~)"
    r"|<(?P<tag>del|strike|s)\b[^<>]{0,200}>(?:[^<]|<(?!/?(?:del|strike|s)\b)){0,600}</(?P=tag)\s{0,3}>",
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


def without_struck(text: str) -> str:
    """The text without what its writer struck out, in Markdown or HTML, and so no longer says."""
    return _STRUCK.sub(" ", text)


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


def invisible(text: str) -> list[str]:
    """What runs of characters say that no font draws, each once; nothing is said of short runs, which emoji need."""
    said = []
    for match in _INVISIBLE.finditer(text):
        letters = "".join(_TAG_LETTERS.get(ord(c), "") for c in match[0]).strip()
        said.append(f"characters that cannot be seen{f': {letters[:160]}' if letters else ''}")
    return list(dict.fromkeys(said))
