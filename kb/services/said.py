"""What a model said of passages, held against them: which passages it is shown, and where its quotes stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.plain import plain
from kb.domain import Passage, Source
from kb.ports import SaidQuote, Shown
from kb.services.orders import gives_orders
from kb.services.quote_place import locate

_MIN_QUOTE_WORDS = 4
"""Fewer stand in many a text, and prove nothing."""

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
    def text(self) -> str:
        """Exactly the source's text between the offsets."""
        start = self.passage.char_start
        return self.passage.text[self.char_start - start : self.char_end - start]


def worth_showing(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Passages without those that speak to a model: what it is not shown it cannot obey."""
    return tuple(p for p in passages if not gives_orders(p.text) and not gives_orders(plain(p.text)))


def shown(source: Source, passage: Passage) -> Shown:
    """A passage as a model is shown it."""
    date = f", {source.date}" if source.date else ""
    return Shown(" ".join(f"{plain(source.title)}{date}".split()), " ".join(plain(passage.text).split()))


def placed(quote: SaidQuote, passages: Sequence[Passage]) -> Placed:
    """Where a quote stands, word for word: in its passage, or in another that was shown; a number slips easily.

    Raises:
        Refused: if it names no passage that was shown, is too short or empty, or stands in none.
    """
    if not 1 <= quote.number <= len(passages):
        raise Refused("names no passage that was shown")
    if len(quote.text.split()) < _MIN_QUOTE_WORDS:
        raise Refused("gives no quote of four words or more")
    if gives_orders(quote.text):
        raise Refused(ORDERS)
    named = passages[quote.number - 1]
    for passage in [named, *(p for p in passages if p is not named)]:
        if span := locate(quote.text, passage.text):
            return Placed(passage, passage.char_start + span[0], passage.char_start + span[1])
    raise Refused("quotes words that stand in no passage")
