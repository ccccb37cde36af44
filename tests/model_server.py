"""A server on this computer that speaks as Anthropic, Ollama and OpenAI-like servers do, by a script of the test.

It answers with real status lines, headers and streams, so that the vendors' own clients are what is tested. What it was
asked is kept in `requests`.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

KEY = "sk-test-0123456789abcdef"
"""What clients send as their key; it must turn up nowhere else."""


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: dict[str, Any]

    @property
    def results(self) -> list[dict[str, Any]]:
        """The search results in it."""
        content = self.body["messages"][0]["content"]
        return [block for block in content if block["type"] == "search_result"]

    @property
    def task(self) -> str:
        """The text after the passages."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else str(content[-1]["text"])


Play = Callable[["Handler", Asked], None]
"""Answers one request."""


@dataclass
class ModelServer:
    """Answers calls in the order of `plays`, the last one again and again; counting tokens costs no play."""

    plays: list[Play] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    n_tokens: int = 1_000
    """What counting says."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.owner = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[Asked]:
        """The requests for text."""
        return [r for r in self.requests if not r.path.endswith(("/count_tokens", "/api/show"))]


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_POST(self) -> None:
        owner: ModelServer = self.server.owner  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        asked = Asked(self.path.split("?")[0], {k.lower(): v for k, v in self.headers.items()}, body)
        owner.requests.append(asked)
        try:
            if asked.path.endswith("/count_tokens"):
                self.whole(200, {"input_tokens": owner.n_tokens})
            else:
                (owner.plays.pop(0) if len(owner.plays) > 1 else owner.plays[0])(self, asked)
        except OSError:
            self.close_connection = True

    def whole(self, status: int, body: object, **headers: str) -> None:
        """Answer at once with JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, parts: Iterator[bytes], media_type: str, cut: bool = False) -> None:
        """Answer part by part; a cut stream ends without saying so."""
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in parts:
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.flush()
        if cut:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def status(code: int, retry_after: str = "", body: object = None) -> Play:
    """An error; with a wish how long to wait."""
    said = body or {"type": "error", "error": {"type": "an_error", "message": "not now"}}
    return lambda handler, asked: handler.whole(code, said, **({"retry_after": retry_after} if retry_after else {}))


# Anthropic


@dataclass(frozen=True)
class Block:
    """A block of text with what it cites: (search result, first sentence, sentence after the last)."""

    text: str
    cites: tuple[tuple[int, int, int], ...] = ()
    pointers: tuple[dict[str, Any], ...] = ()
    """Citations as they stand, made up as the test likes."""


def claude(
    *blocks: Block | str,
    stop: str = "end_turn",
    cut: bool = False,
    torn: bool = False,
    during: Callable[[int], None] | None = None,
) -> Play:
    """Claude's stream of these blocks.

    Args:
        blocks: in order; a text is a block that cites nothing.
        stop: why it ends.
        cut: whether the connection ends after the last block, with no word of why.
        torn: whether an event with broken JSON comes after the last block.
        during: called with the number of each block after its first piece was sent.
    """

    def play(handler: Handler, asked: Asked) -> None:
        handler.stream(_claude_events(asked, blocks, stop, cut, torn, during), "text/event-stream", cut)

    return play


def _claude_events(
    asked: Asked,
    blocks: tuple[Block | str, ...],
    stop: str,
    cut: bool,
    torn: bool,
    during: Callable[[int], None] | None,
) -> Iterator[bytes]:
    usage = {"input_tokens": 100, "output_tokens": 1, "cache_creation_input_tokens": 900, "cache_read_input_tokens": 0}
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": asked.body["model"], "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    yield _event("message_start", message=message)
    for i, given in enumerate(blocks):
        block = Block(given) if isinstance(given, str) else given
        yield _event("content_block_start", index=i, content_block={"type": "text", "text": ""})
        for n, start in enumerate(range(0, len(block.text), 12)):
            yield _event(
                "content_block_delta", index=i, delta={"type": "text_delta", "text": block.text[start : start + 12]}
            )
            if n == 0 and during:
                during(i)
        for pointer in (*(pointer_to(asked, *cite) for cite in block.cites), *block.pointers):
            yield _event("content_block_delta", index=i, delta={"type": "citations_delta", "citation": pointer})
        yield _event("content_block_stop", index=i)
    if torn:
        yield b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": \n\n'
    if not cut:
        yield _event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage={"output_tokens": 50})
        yield _event("message_stop")


def pointer_to(asked: Asked, result: int, start: int, end: int) -> dict[str, Any]:
    """A citation of sentences of a search result, as the API writes it."""
    given = asked.results[result]
    return {
        "type": "search_result_location", "source": given["source"], "title": given["title"],
        "search_result_index": result, "start_block_index": start, "end_block_index": end,
        "cited_text": "".join(block["text"] for block in given["content"][start:end]),
    }  # fmt: skip


def _event(name: str, **fields: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()


# Ollama and OpenAI-like servers


def _pieces(text: str) -> Iterator[str]:
    return (text[i : i + 9] for i in range(0, len(text), 9))


def ollama(text: str, done_reason: str = "stop", cut: bool = False) -> Play:
    """Ollama's stream of lines."""

    def lines(model: str) -> Iterator[bytes]:
        for piece in _pieces(text):
            message = {"role": "assistant", "content": piece}
            yield (
                json.dumps(
                    {"model": model, "created_at": "2026-11-21T00:00:00Z", "message": message, "done": False}
                ).encode()
                + b"\n"
            )
        if not cut:
            last = {
                "model": model,
                "created_at": "2026-11-21T00:00:00Z",
                "message": {"role": "assistant", "content": ""},
            }
            yield json.dumps({**last, "done": True, "done_reason": done_reason}).encode() + b"\n"

    return lambda handler, asked: handler.stream(lines(asked.body["model"]), "application/x-ndjson", cut)


def openai(text: str, finish: str = "stop", cut: bool = False) -> Play:
    """The stream of an OpenAI-like server."""

    def events(model: str) -> Iterator[bytes]:
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model}
        for piece in _pieces(text):
            choice = {"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None}
            yield b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\n"
        if not cut:
            choice = {"index": 0, "delta": {}, "finish_reason": finish}
            yield b"data: " + json.dumps({**chunk, "choices": [choice]}).encode() + b"\n\ndata: [DONE]\n\n"

    return lambda handler, asked: handler.stream(events(asked.body["model"]), "text/event-stream", cut)
