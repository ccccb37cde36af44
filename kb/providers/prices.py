"""What a run with a paid model may cost: a dated table of prices, and an account that is settled call by call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kb.errors import BadInput

PRICES_AS_OF = "2026-10-24"
"""Day on which the table was held against the vendor's price list."""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, for prompts up to a length and beyond it."""

    input: float
    output: float
    long_from: int = 0
    """Prompts of more tokens cost more; 0 where all cost the same."""
    long_input: float = 0.0
    long_output: float = 0.0

    def cost(self, n_weighted_input: float, n_output: int, n_prompt: int) -> float:
        """Dollars for a call: input tokens weighted by what caching does to their price, output, prompt length."""
        is_long = 0 < self.long_from < n_prompt
        rate_in = self.long_input if is_long else self.input
        rate_out = self.long_output if is_long else self.output
        return (n_weighted_input * rate_in + n_output * rate_out) / 1_000_000


_CACHE_WRITE, _CACHE_READ = 1.25, 0.1
"""Shares of the input price; what is read costs at most so much."""
_PRICES = {
    "claude-haiku-5-5": Price(0.10, 0.50, 100_000, 0.50, 2.50),
    "claude-haiku-4-5": Price(1.0, 5.0),
    "claude-sonnet-5": Price(2.0, 10.0),
    "claude-sonnet-5-5": Price(2.0, 10.0),
    "claude-sonnet-4-6": Price(3.0, 15.0),
    "claude-opus-5-5": Price(4.0, 20.0),
    "claude-opus-5": Price(5.0, 25.0),
    "claude-fable-5-1": Price(10.0, 50.0),
}


FREE = Price(0.0, 0.0)
OPTIONS = frozenset(("input_usd", "output_usd"))
"""Options that are ours and no vendor's."""
_VERSION = re.compile(r"[-@]20\d{6}$")


def known_price(model: str, options: Mapping[str, object]) -> Price | None:
    """The price of a model: as the options `input_usd` and `output_usd` say, or else as the table does, if either does.

    Args:
        model: as its vendor names it; one who sells it on may put a name before a slash.
        options: of its provider.
    """
    own = options.get("input_usd"), options.get("output_usd")
    if all(isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 for value in own):
        return Price(float(own[0]), float(own[1]))  # type: ignore[arg-type]
    return _PRICES.get(_VERSION.sub("", model.rpartition("/")[2]))


def price_of(model: str, options: Mapping[str, object]) -> Price:
    """The price of a model, where one is needed.

    Raises:
        BadInput: if it is not known.
    """
    if found := known_price(model, options):
        return found
    raise BadInput(
        f"the price of {model} is not known (table of {PRICES_AS_OF}), so no spending limit can be kept",
        cure="Set input_usd and output_usd, for a million tokens, in `llm_options`",
    )


class Account:
    """What a run has spent on all its models, against its limit.

    Args:
        limit_usd: more is not spent.
    """

    def __init__(self, limit_usd: float) -> None:
        self.limit_usd, self.spent_usd = limit_usd, 0.0

    def admit(self, price: Price, n_input: int, n_output_at_most: int) -> None:
        """Refuse a call that could exceed the limit: its prompt at the dearest rate, its answer at full length.

        Raises:
            BadInput: if it could.
        """
        most = price.cost(n_input * _CACHE_WRITE, n_output_at_most, n_input)
        if self.spent_usd + most > self.limit_usd:
            raise BadInput(
                f"this call could cost ${most:.4f} with the longest answer, and ${self.spent_usd:.4f} of "
                f"${self.limit_usd:.4g} are spent",
                cure="Raise KB_LLM_SPENDING_LIMIT_USD, ask a cheaper model, or leave out --llm",
            )

    def settle(
        self, price: Price, n_input: int, n_output: int, n_cache_written: int = 0, n_cache_read: int = 0
    ) -> None:
        """Add what a call has used, in tokens of each kind."""
        weighted = n_input + _CACHE_WRITE * n_cache_written + _CACHE_READ * n_cache_read
        self.spent_usd += price.cost(weighted, n_output, n_input + n_cache_written + n_cache_read)
