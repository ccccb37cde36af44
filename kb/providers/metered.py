"""A language model whose calls are paid for from the run's account, whoever its vendor is.

Vendors count tokens in ways of their own; here they are counted from above by characters, before the call and after it.
What a model thinks without showing it is paid for and not seen.
"""

from collections.abc import Iterator

from kb.ports import LanguageModel, Prompt
from kb.providers.prices import Account, Price

_CHARS_PER_TOKEN = 2.5
LONGEST_REPLY = 4_000
"""Tokens that a reply is taken to have at most, where no option limits it."""


class MeteredModel:
    """Asks another model within a limit; implements `kb.ports.LanguageModel`.

    Args:
        model: is asked.
        price: of its tokens.
        account: what pays.
        max_tokens: the longest reply.
    """

    def __init__(self, model: LanguageModel, price: Price, account: Account, max_tokens: int = LONGEST_REPLY) -> None:
        self._model, self._price, self._account, self._max_tokens = model, price, account, max_tokens
        self.name, self.room, self.window = model.name, model.room, model.window

    def reply(self, prompt: Prompt) -> Iterator[str]:
        """The answer in pieces; see `kb.ports.LanguageModel`.

        Raises:
            BadInput: if the call could cost more than may be spent.
        """
        n_input = _tokens(len(prompt.system) + len(prompt.material) + len(prompt.task))
        self._account.admit(self._price, n_input, self._max_tokens)
        n_chars, is_asked = 0, False
        try:
            for piece in self._model.reply(prompt):
                n_chars, is_asked = n_chars + len(piece), True
                yield piece
        finally:
            if is_asked:
                self._account.settle(self._price, n_input, _tokens(n_chars))


def _tokens(n_chars: int) -> int:
    return round(n_chars / _CHARS_PER_TOKEN)
