"""Where sentences begin and end in a block of Markdown prose: rules, no model, linear in time.

Literal things (code, math, links, addresses) are stepped over whole, so a full stop inside them ends nothing. For every
other stop the words before it and the first character after it decide.
"""

import re

from ingest.plain import BLOCK_ID, CODE, ESCAPE, LINK, MATH, TAG, URL, WIKILINK

_CLOSERS = r"[\"'”’»)\]*_~=`]*+"
_CITATIONS = r"(?>(?:[ ]?\[(?:\^[\w-]++|\d++(?>(?:[ ]?[,;–-][ ]?\d++)*))\])*)"
_TOKEN = re.compile(
    rf"{ESCAPE}|{CODE}|{MATH}|{WIKILINK}|{LINK}|{URL}"
    r"|(?P<blank>\n(?>(?:[ \t>]*+\n)+))"
    r"|(?P<wide>[。！？｡]++[」』”’）》\"')\]]*+)"
    rf"|(?P<stop>[.!?…؟।]++){_CLOSERS}(?P<cited>{_CITATIONS})(?=\s|\Z)"
)
_WORD = re.compile(r"\S++")
_TAG_OR_ID = re.compile(rf"{TAG}\S++|{BLOCK_ID}")
_GAP = re.compile(r"(?>(?:\s++|(?<=\n)>|(?<=\n[ \t])>|(?<=>)>|(?<=>[ ])>)*)")
_BLOCK_MARKS = re.compile(
    r"(?>(?:\s*+(?:>|[-*+](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])|\[[ xX]\](?=[ \t])|\[![A-Za-z-]++\][-+]?))*)\s*+"
)

# Never at the end of a sentence, as far as these rules can tell.
_ABBREVIATIONS = frozenset((
    "al", "approx", "ca", "cf", "dr", "e.g", "eg", "eq", "eqn", "eqs", "esp", "fig", "figs", "i.e", "ie", "mr", "mrs",
    "ph.d", "prof", "resp", "st", "viz", "vs", "w.r.t",
))  # fmt: skip
# Only before a number: "No. 5" and "Sec. 4", but "The answer is no." and "It took 30 sec."
_BEFORE_NUMBERS = frozenset((
    "app", "art", "ch", "chap", "no", "nos", "p", "par", "pp", "ref", "refs", "sec", "secs", "tab", "ver", "vol",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
))  # fmt: skip
_LETTERS_WITH_DOTS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_LONGEST_ABBREVIATION = 12
_OPENERS = "\"'“‘«(*_~="
_NEVER_FIRST = frozenset(",;:)]}.!?…–—-=+/&|%>")


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Half-open spans of the sentences between two offsets, in order, without surrounding space, list or quote marks.

    Hard-wrapped lines belong to one sentence; a blank line always ends one.
    """
    spans = []
    begin = _marks_end(text, start, end)
    for match in _TOKEN.finditer(text, begin, end):
        stop = _sentence_end(text, begin, match, end)
        if stop is not None and stop > begin:
            spans.append((begin, stop))
            begin = _after_gap(text, match.end() if match["blank"] else stop, end)
    last = begin + len(text[begin:end].rstrip())
    if last > begin:
        spans.append((begin, last))
    return [span for start, end in spans for span in _without_marks(text, start, end)]


def _without_marks(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A span without the tags and block names at its ends, which are no part of a sentence; none if nothing is left."""
    if "#" not in text[start:end] and "^" not in text[start:end]:
        return [(start, end)]
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    first, last = 0, len(words)
    while last > first and _TAG_OR_ID.fullmatch(text, *words[last - 1]):
        last -= 1
    while first < last and _TAG_OR_ID.fullmatch(text, *words[first]):
        first += 1
    return [(words[first][0], words[last - 1][1])] if first < last else []


def _marks_end(text: str, start: int, end: int) -> int:
    match = _BLOCK_MARKS.match(text, start, end)
    return match.end() if match else start


def _after_gap(text: str, position: int, end: int) -> int:
    match = _GAP.match(text, position, end)
    return match.end() if match else position


def _sentence_end(text: str, begin: int, match: re.Match[str], end: int) -> int | None:
    """Where the sentence ends that began at `begin` and that this token closes; None if it closes none."""
    if match["blank"]:
        return begin + len(text[begin : match.start()].rstrip())
    if match["wide"]:
        return match.end()
    if not match["stop"] or _stays_open(text, match, end):
        return None
    if _may_begin(text, match.end(), end):
        return match.end()
    before_citations = match.start("cited")
    return before_citations if match["cited"].startswith(" ") else None


def _stays_open(text: str, match: re.Match[str], end: int) -> bool:
    """Whether the stop is an ellipsis or belongs to an abbreviation, whatever comes next."""
    stop = match["stop"]
    if stop.endswith(("...", "…")):
        return _after_gap(text, match.end(), end) < end
    if stop != "." or match.start("cited") != match.end("stop"):
        return False
    return _is_abbreviation(text, match.start(), _after_gap(text, match.end("stop"), end), end)


def _is_abbreviation(text: str, dot: int, following: int, end: int) -> bool:
    """Whether the word before the dot at `dot` is one that dots are part of."""
    if following >= end:
        return False
    words = text[max(0, dot - _LONGEST_ABBREVIATION) : dot].split()
    word = words[-1].lstrip("([{\"'“‘*_—–-") if words and not text[dot - 1].isspace() else ""
    lower = word.lower()
    if lower in _ABBREVIATIONS:
        return True
    if lower in _BEFORE_NUMBERS:
        return text[following].isdigit()
    return bool(_LETTERS_WITH_DOTS.fullmatch(word)) and (word.isupper() or "." in word)


def _may_begin(text: str, position: int, end: int) -> bool:
    """Whether what follows can be the start of a sentence: no lower-case letter, no connecting mark."""
    first = _after_gap(text, position, end)
    opened = first
    while opened < end and opened < first + 4 and text[opened] in _OPENERS:
        opened += 1
    if opened >= end:
        return True
    return not text[opened].islower() and text[opened] not in _NEVER_FIRST
