"""The language models that the settings name, what they cost, and what a run may spend on them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kb.config import Role, Settings
from kb.errors import BadInput
from kb.ports import LanguageModel
from kb.trust import stays_here

if TYPE_CHECKING:
    from kb.providers.prices import Account, Price

_WITHOUT_JUDGE = "Without `judge` (KB_JUDGE) no model judges, every other check is made"


@dataclass(eq=False)
class LanguageModels:
    """Makes the models of a library's settings; all of them are paid from one account."""

    settings: Settings
    warnings: list[str]
    """Where it is said that no spending limit holds."""
    open_connections: list[Callable[[], None]] = field(default_factory=list)
    """What closes their connections."""

    def writer(self) -> LanguageModel:
        """The model that writes: `anthropic`, `anthropic:MODEL`, or a llama-index LLM as `provider:model`.

        Raises:
            BadInput: if there is no such model, its key is missing or it refuses its options.
            MissingExtra: if its package is not installed.
        """
        return self._named(self.settings.llm, "llm")

    def judge(self) -> LanguageModel:
        """The model that judges. Raises as `writer`."""
        from kb.providers.model_errors import WITHOUT

        try:
            return self._named(self.settings.judge, "judge")
        except BadInput as error:
            cure = error.cure.removesuffix(WITHOUT).replace("llm_options", "judge_options").rstrip(". ")
            end = "" if cure.endswith("?") else "."
            cure = f"{cure}{end} {_WITHOUT_JUDGE}" if cure else _WITHOUT_JUDGE
            raise BadInput(f"the judge cannot be set up: {error.message}", cure=cure) from None

    def writing_dollars(self, n_input: int, n_output: int) -> float | None:
        """What so many tokens of the model that writes cost; None where its price is not known."""
        return _dollars(self._price(self.settings.llm, "llm"), n_input, n_output)

    def judging_dollars(self, n_input: int, n_output: int) -> float | None:
        """The same of the model that judges."""
        return _dollars(self._price(self.settings.judge, "judge"), n_input, n_output)

    def _named(self, name: str, role: Role) -> LanguageModel:
        provider, _, model = name.partition(":")
        options = self.settings.options_of(role)
        if provider == "anthropic":
            from kb.providers.anthropic_model import AnthropicModel

            claude = AnthropicModel(model, options, self.account)
            self.open_connections.append(claude.close)
            return claude
        from kb.providers.llama_index_model import LlamaIndexModel
        from kb.providers.metered import LONGEST_REPLY, MeteredModel
        from kb.providers.options import number
        from kb.providers.prices import OPTIONS

        other = LlamaIndexModel.from_name(name, {k: v for k, v in options.items() if k not in OPTIONS})
        self.open_connections.append(other.close)
        if price := self._price(name, role):
            return MeteredModel(other, price, self.account, number(options, "max_tokens", LONGEST_REPLY))
        self.warnings.append(
            f"What {name} costs is not known, so no spending limit holds for it. "
            f"Set input_usd and output_usd, for a million tokens, in `{role}_options`"
        )
        return other

    def _price(self, name: str, role: Role) -> "Price | None":
        """The price of a model; models on this computer cost nothing."""
        from kb.providers.prices import FREE, known_price

        provider, _, model = name.partition(":")
        if provider == "anthropic" and not model:
            from kb.providers.anthropic_model import DEFAULT_MODEL

            model = DEFAULT_MODEL
        options = self.settings.options_of(role)
        is_local = stays_here(options) or (provider == "ollama" and not model.endswith("cloud"))
        return known_price(model or name, options) or (FREE if is_local else None)

    @cached_property
    def account(self) -> "Account":
        """What this run may spend, on all of its models together."""
        from kb.providers.prices import Account

        return Account(self.settings.llm_spending_limit_usd)


def _dollars(price: "Price | None", n_input: int, n_output: int) -> float | None:
    return price.cost(n_input, n_output, 0) if price else None
