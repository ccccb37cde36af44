"""Where in a text a quote stands, for writers that give words and no offsets."""

import re
from collections.abc import Callable

from ingest.plain import CODE, LINK, MATH, WIKILINK
from kb.services.quote_survival import survives

# What must not be torn: markup with white space in it, and words that were hyphenated where a line ends.
_WHOLE = re.compile(rf"{CODE}|{MATH}|{WIKILINK}|{LINK}|[-‐\x02]\x20?\n\x20*")
_SPACE = re.compile(r"\s+")
_QUOTATION_MARKS = ('"“”„«»', "'‘’‚")
_PUNCTUATION = frozenset("\"'.,;:…()“”‘’«» \n\t")


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """Half-open span, in code points, of the first place where a quote stands in a text; None where it does not.

    What is tolerated is what `survives` tolerates. The span begins and ends with words of the quote; punctuation at its
    ends belongs to it where the quote has it, too. Takes a logarithmic number of looks, each linear in the text.
    """
    if not survives(quote, text):
        return None
    edges = _edges(text)
    end = edges[_first(len(edges) - 1, lambda i: survives(quote, text[: edges[i]]))]
    before = [edge for edge in reversed(edges) if edge < end]
    start = before[_first(len(before) - 1, lambda i: survives(quote, text[before[i] : end]))]
    trimmed = _trimmed(quote.strip(), text, start, end)
    # Markup may read otherwise without the punctuation beside it.
    return trimmed if survives(quote, text[slice(*trimmed)]) else (start, end)


def _edges(text: str) -> list[int]:
    """Offsets between words, both ends of the text included, none of them inside markup."""
    whole = [match.span() for match in _WHOLE.finditer(text)]
    edges, at = [0], 0
    for space in _SPACE.finditer(text):
        while at < len(whole) and whole[at][1] <= space.start():
            at += 1
        if at == len(whole) or space.end() <= whole[at][0]:
            edges.append(space.end())
    return [*edges, len(text)]


def _first(last: int, holds: Callable[[int], bool]) -> int:
    """The first number for which something holds that holds for every later one, too; for the last it is known to."""
    low = 0
    while low < last:
        middle = (low + last) // 2
        if holds(middle):
            last = middle
        else:
            low = middle + 1
    return last


def _are_alike(one: str, other: str) -> bool:
    return one == other or any(one in marks and other in marks for marks in _QUOTATION_MARKS)


def _trimmed(quote: str, text: str, start: int, end: int) -> tuple[int, int]:
    while text[end - 1] in _PUNCTUATION and not _are_alike(text[end - 1], quote[-1]):
        end -= 1
    while text[start] in _PUNCTUATION and not _are_alike(text[start], quote[0]):
        start += 1
    return start, end
