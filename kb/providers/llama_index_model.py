"""Any llama-index LLM as a language model.

A setting names it as `provider:model` (`ollama`, `openai`, `openai-like`) or by the dotted path of a class;
`llm_options` are its arguments. Keys are read by the integration from its own environment variables.
"""

import inspect
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from kb.errors import BadInput, CutShort
from kb.ports import Prompt
from kb.providers.integrations import integration_class, place_of
from kb.providers.model_errors import WITHOUT, in_short, refused

_PROVIDERS = {
    "ollama": ("llama_index.llms.ollama", "Ollama"),
    "openai": ("llama_index.llms.openai", "OpenAI"),
    "openai-like": ("llama_index.llms.openai_like", "OpenAILike"),
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "Ollama": {"request_timeout": 120.0, "context_window": 8192},
    "OpenAI": {"timeout": 60.0},
    "OpenAILike": {"timeout": 60.0, "is_chat_model": True, "context_window": 8192},
}
"""Arguments of a provider's class unless the options say otherwise."""
_KEY = "OPENAI_API_KEY"
_ADDRESSES = frozenset(("api_base", "base_url"))
"""Options that say where a server is."""
_CHARS_PER_TOKEN = 3
_REPLY_TOKENS = 1_500
"""Of the model's window, left for the answer; a quarter of it at most."""
_SMALLEST_WINDOW = 2_048
_CUT = {"length": "the model reached the longest answer it may give", "content_filter": "the model's server cut it"}


class LlamaIndexModel:
    """Wraps a llama-index `LLM`; implements `kb.ports.LanguageModel`.

    Args:
        llm: the llama-index LLM.
        name: as the settings name it.

    Raises:
        BadInput: if the LLM reads too little at once.
    """

    def __init__(self, llm: Any, name: str) -> None:
        self._llm, self.name = llm, name
        self.window = int(llm.metadata.context_window)
        if self.window < _SMALLEST_WINDOW:
            raise BadInput(
                f"{name} reads {self.window:,} tokens at once, too few for rules, passages and an answer",
                cure=f"Set `context_window` in `llm_options` to {_SMALLEST_WINDOW:,} or more, if the model holds it",
            )
        self.room = (self.window - min(_REPLY_TOKENS, self.window // 4)) * _CHARS_PER_TOKEN

    @classmethod
    def from_name(cls, name: str, options: Mapping[str, Any]) -> "LlamaIndexModel":
        """The LLM that a setting names.

        Raises:
            BadInput: if the name has no known form or the class refuses its arguments.
            MissingExtra: if its package is not installed.
        """
        place = place_of(name, _PROVIDERS)
        if place is None:
            known = ", ".join(f"{p}:MODEL" for p in _PROVIDERS)
            raise BadInput(
                f"there is no language model {name!r}",
                cure=f"Use anthropic, anthropic:MODEL, {known}, or the dotted path of a llama-index LLM. {WITHOUT}",
            )
        llm_class = integration_class("LLM", name, place, _PROVIDERS, WITHOUT)
        arguments = dict(options)
        if model := place[2]:
            _check(name, llm_class, options)
            arguments = {**_DEFAULTS[place[1]], **arguments, "model": model}
        if place[1] in ("OpenAI", "OpenAILike") and not (os.environ.get(_KEY) or arguments.get("api_key")):
            if place[1] == "OpenAI":
                raise BadInput(f"{name} has no key", cure=f"Set {_KEY}. {WITHOUT}")
            arguments["api_key"] = "none"  # a server of one's own asks for none, but its client does
        try:
            return cls(llm_class(**arguments), name)
        except BadInput:
            raise
        except Exception as error:  # integrations raise their own vendors' errors, which have no common base
            raise BadInput(
                f"{name} refuses its options ({in_short(error)})",
                cure=f"Mend its name or `llm_options`. {WITHOUT}",
            ) from None

    def close(self) -> None:
        """Release the connection, where the integration keeps one in the usual place."""
        client = getattr(self._llm, "_client", None)
        for holder in (client, getattr(client, "_client", None)):
            if callable(close := getattr(holder, "close", None)):
                close()

    def reply(self, prompt: Prompt) -> Iterator[str]:
        """The answer in pieces; see `kb.ports.LanguageModel`."""
        has_begun = False
        finish: str | None = None
        try:
            for part in self._llm.stream_chat(_messages(prompt)):
                finish = _finish(part.raw)
                if part.delta:
                    has_begun = True
                    yield part.delta
        except Exception as error:  # as above
            if has_begun:
                raise CutShort(f"{self.name} broke off ({in_short(error)})") from None
            raise refused(self.name, error, "its key") from None
        if finish is not None and finish != "stop":
            raise CutShort(_CUT.get(finish, f"{self.name} broke off"))


def _check(name: str, llm_class: type[Any], options: Mapping[str, Any]) -> None:
    """Refuse options that the class does not know: it would leave them out, and an address among them with the rest.

    Raises:
        BadInput: naming the first, and the one that was meant as far as can be told; or that a server is missing.
    """
    known = {*llm_class.model_fields, *inspect.signature(llm_class).parameters} - {"kwargs"}
    if unknown := sorted(set(options) - known):
        meant = get_close_matches(unknown[0], sorted(known), 1) or sorted(_ADDRESSES & known)
        raise BadInput(f"{name} has no option {unknown[0]!r}", cure=f"Did you mean `{meant[0]}`, in `llm_options`?")
    if name.startswith("openai-like:") and not (options.get("api_base") or os.environ.get("OPENAI_API_BASE")):
        raise BadInput(
            f"{name} has no server", cure="Set `api_base` in `llm_options`, such as http://127.0.0.1:8080/v1"
        )


def _messages(prompt: Prompt) -> list[Any]:
    from llama_index.core.base.llms.types import ChatMessage

    return [
        ChatMessage(role="system", content=prompt.system),
        ChatMessage(role="user", content="\n\n".join(part for part in (prompt.material, prompt.task) if part)),
    ]


def _finish(raw: Any) -> str | None:
    """Why an answer ended, as its last part says; empty where it does not; None where the vendor never tells."""
    if isinstance(raw, dict) and "done" in raw:
        return (raw.get("done_reason") or "stop") if raw["done"] else ""
    if choices := getattr(raw, "choices", None):
        return choices[0].finish_reason or ""
    return None
