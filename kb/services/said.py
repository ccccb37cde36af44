"""What a model said of passages, held against them: which passages it is shown, and where its quotes stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.plain import plain
from kb.domain import Passage, Source
from kb.ports import SaidQuote, Shown
from kb.services.dated import base_of
from kb.services.orders import gives_orders
from kb.services.quote_place import locate

_MIN_QUOTE_WORDS = 4
"""Fewer stand in many a text, and prove nothing."""
_PAPER = re.compile(
    r"arxiv\s?:?\s?([a-z-]{0,20}(?:\.[A-Z]{2})?/?[0-9][0-9.v]{3,14})|(?<![\w.])([0-9]{4}\.[0-9]{4,5})(?![0-9])",
    re.IGNORECASE,
)

ORDERS = "rests on words that give orders"


class Refused(Exception):
    """A proposal that does not hold; the argument says why, as a clause."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a quote stands."""

    passage: Passage
    char_start: int
    char_end: int

    @property
    def sentences(self) -> tuple[int, int]:
        """Span of the sentences that it touches, in the source's text."""
        touched = [s for s in self.passage.sentences if s[0] < self.char_end and s[1] > self.char_start]
        spans = [*touched, (self.char_start, self.char_end)]
        return min(start for start, _ in spans), max(end for _, end in spans)

    @property
    def text(self) -> str:
        """Exactly the source's text between the offsets."""
        start = self.passage.char_start
        return self.passage.text[self.char_start - start : self.char_end - start]


def worth_showing(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Passages without those of which nothing is left, or that speak to a model even without the sentences that do."""
    return tuple(p for p in passages if (text := readable(p)) and not gives_orders(text))


def shown(source: Source, passage: Passage) -> Shown:
    """A passage without sentences that give orders, under a title that gives none: what is not seen is not obeyed."""
    title = plain(source.title)
    date = f", {source.date}" if source.date else ""
    named = source.id if gives_orders(title) else f"{title}{date}"
    return Shown(" ".join(named.split()), readable(passage))


def readable(passage: Passage) -> str:
    """A passage's words in one line, without its sentences that give orders."""
    text = passage.text
    for start, end in reversed(passage.sentences):
        if _orders(passage, start, end):
            text = text[: start - passage.char_start] + text[end - passage.char_start :]
    return " ".join(plain(text).split())


def _orders(passage: Passage, start: int, end: int) -> bool:
    return gives_orders(plain(passage.text[start - passage.char_start : end - passage.char_start]))


def papers_in(text: str) -> set[str]:
    """What a text names as arXiv papers, without versions; ids that cannot be, too."""
    return {base_of((match[1] or match[2]).rstrip(".v")) for match in _PAPER.finditer(text)}


def placed(quote: SaidQuote, passages: Sequence[Passage]) -> Placed:
    """Where a quote stands, word for word: in its passage, or in another that was shown; a number slips easily.

    Raises:
        Refused: if it names no passage that was shown, is too short or empty, stands in none, or in words that give
            orders.
    """
    if not 1 <= quote.number <= len(passages):
        raise Refused("names no passage that was shown")
    if len(quote.text.split()) < _MIN_QUOTE_WORDS:
        raise Refused("gives no quote of four words or more")
    named = passages[quote.number - 1]
    for passage in [named, *(p for p in passages if p is not named)]:
        if span := locate(quote.text, passage.text):
            place = Placed(passage, passage.char_start + span[0], passage.char_start + span[1])
            if _orders(passage, *place.sentences):
                raise Refused(ORDERS)
            return place
    raise Refused("quotes words that stand in no passage")
