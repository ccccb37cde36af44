"""Claude through Anthropic's SDK: one streamed call at a time, counted and paid for before it is made.

The SDK finds the key (`ANTHROPIC_API_KEY` and what else it knows of); this file never sees it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.errors import BadInput, CutShort, MissingExtra
from kb.ports import Prompt
from kb.providers.model_errors import WITHOUT, in_short, refused
from kb.providers.options import number
from kb.providers.prices import Account, price_of

DEFAULT_MODEL = "claude-sonnet-5-5"
_OPTIONS = {"base_url", "max_tokens", "timeout_seconds", "max_retries", "input_usd", "output_usd", "effort"}
_LONGEST_WAIT_SECONDS = 60.0
"""A server that asks to wait longer is told of instead of waited for."""
_ROOM_CHARS = 60_000
_CHARS_PER_TOKEN = 2.5
"""Counted from above, where the server does not count."""
_REFUSALS = {
    "refusal": "the model declined to answer",
    "max_tokens": "the model reached the longest answer it may give (max_tokens)",
    "model_context_window_exceeded": "the question and its passages are longer than the model can read",
}
_CACHED = {"type": "ephemeral"}
_KEY = "ANTHROPIC_API_KEY"


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the API says that a block of text rests on."""

    source: str
    result: int
    """Which search result, from 0."""
    start: int
    end: int
    """Half-open range of its blocks."""
    cited_text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text as it comes, or, with `is_end`, a whole block of it with what it rests on."""

    text: str
    is_end: bool = False
    pointers: tuple[Pointer, ...] = ()


class AnthropicModel:
    """Asks Claude; implements `kb.ports.LanguageModel`.

    Args:
        model: its id; empty for the default.
        options: as `llm_options` gives them.
        account: what pays.

    Raises:
        BadInput: if an option is unknown, there is no key or the price is not known.
        MissingExtra: if the SDK is not installed.
    """

    room, window = _ROOM_CHARS, 0

    def __init__(self, model: str, options: Mapping[str, Any], account: Account) -> None:
        if unknown := sorted(set(options) - _OPTIONS):
            raise BadInput(f"anthropic has no option {unknown[0]!r}", cure=f"There are {', '.join(sorted(_OPTIONS))}")
        self._model = model or DEFAULT_MODEL
        self.name = f"anthropic:{self._model}"
        self._price, self._account = price_of(self._model, options), account
        self._max_tokens = number(options, "max_tokens", 8_000)
        self._more = {"output_config": {"effort": options["effort"]}} if "effort" in options else {}
        self._client = _client(options)

    def __repr__(self) -> str:
        return f"AnthropicModel({self._model!r})"

    def close(self) -> None:
        """Release the connection."""
        self._client.close()

    def reply(self, prompt: Prompt) -> Iterator[str]:
        """The answer in pieces; see `kb.ports.LanguageModel`."""
        content: list[dict[str, Any]] = [{"type": "text", "text": prompt.task}]
        if prompt.material:
            content.insert(0, {"type": "text", "text": prompt.material, "cache_control": _CACHED})
        yield from (piece.text for piece in self.stream(prompt.system, content) if not piece.is_end)

    def stream(self, system: str, content: Sequence[Mapping[str, Any]]) -> Iterator[Piece]:
        """The answer to one message, piece by piece and block by block.

        Raises:
            BadInput: if it could cost more than may be spent, or the server refuses the request as it is.
            Unavailable: if the server could not be reached or would not answer.
            CutShort: after the last piece, if the answer is not whole.
        """
        request = {
            "model": self._model,
            "system": [{"type": "text", "text": system, "cache_control": _CACHED}],
            "messages": [{"role": "user", "content": list(content)}],
            **self._more,
        }
        self._account.admit(self._price, self._count(request), self._max_tokens)
        has_begun, n_chars, message = False, 0, None
        try:
            with self._client.messages.stream(**request, max_tokens=self._max_tokens) as events:
                for event in events:
                    message = getattr(events, "current_message_snapshot", None) if event.type != "error" else message
                    if event.type == "text":
                        has_begun, n_chars = True, n_chars + len(event.text)
                        yield Piece(event.text)
                    elif event.type == "content_block_stop" and event.content_block.type == "text":
                        yield _whole(event.content_block)
        except Exception as error:  # the SDK's own, those of its transport, and of torn JSON
            if has_begun:
                raise CutShort(f"{self.name} broke off ({in_short(error)})") from None
            raise refused(self.name, error, _KEY) from None
        finally:
            self._settle(message, n_chars)
        reason = message.stop_reason if message else None
        if reason not in ("end_turn", "stop_sequence"):
            raise CutShort(_REFUSALS.get(reason or "", f"{self.name} broke off"))

    def _count(self, request: Mapping[str, Any]) -> int:
        """Tokens of a request, counted by the server, or from above where it cannot."""
        import anthropic

        try:
            return int(self._client.messages.count_tokens(**request).input_tokens)
        except anthropic.NotFoundError:  # servers in between that know no counting
            return round(len(repr(request)) / _CHARS_PER_TOKEN)
        except Exception as error:  # as in `stream`
            raise refused(self.name, error, _KEY) from None

    def _settle(self, message: Any, n_chars: int) -> None:
        if message is None:
            return
        usage = message.usage
        # A stream that was cut never told what it had written.
        n_output = max(usage.output_tokens or 0, 0 if message.stop_reason else round(n_chars / _CHARS_PER_TOKEN))
        self._account.settle(
            self._price, usage.input_tokens or 0, n_output, usage.cache_creation_input_tokens or 0,
            usage.cache_read_input_tokens or 0,
        )  # fmt: skip


def _client(options: Mapping[str, Any]) -> Any:
    try:
        import anthropic
    except ImportError as error:
        raise MissingExtra(
            f"anthropic cannot be loaded ({in_short(error)})", cure=f"pip install anthropic. {WITHOUT}"
        ) from None
    try:
        client = anthropic.Anthropic(
            base_url=options.get("base_url"),
            timeout=number(options, "timeout_seconds", 60.0),
            max_retries=number(options, "max_retries", 2),
            # A redirect would take the key along to another host.
            http_client=anthropic.DefaultHttpxClient(
                follow_redirects=False, event_hooks={"response": [_fail_instead_of_waiting_long]}
            ),
        )
    except (anthropic.AnthropicError, ValueError, TypeError) as error:
        raise BadInput(f"anthropic cannot be set up ({in_short(error)})", cure=f"Mend that. {WITHOUT}") from None
    if client.api_key is None and client.auth_token is None and client.credentials is None:
        raise BadInput("anthropic has no key", cure=f"Set {_KEY}. {WITHOUT}")
    return client


def _fail_instead_of_waiting_long(response: Any) -> None:
    try:
        seconds = float(response.headers.get("retry-after", 0))
    except ValueError:  # a date: the SDK reads it, and such waits are long
        seconds = _LONGEST_WAIT_SECONDS + 1
    if seconds > _LONGEST_WAIT_SECONDS:
        response.headers["x-should-retry"] = "false"


def _whole(block: Any) -> Piece:
    pointers = tuple(
        Pointer(c.source, c.search_result_index, c.start_block_index, c.end_block_index, c.cited_text)
        if c.type == "search_result_location"
        else Pointer(c.type, -1, 0, 0, getattr(c, "cited_text", ""))
        for c in block.citations or ()
    )
    return Piece(block.text, True, pointers)
