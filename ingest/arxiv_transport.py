"""Requests to arXiv: through the cache, the gate and the limits, tried again where that may help.

`Transport` is also what the `arxiv` package's client sends its requests with, in place of the connections of
`requests`, which know no time-out, no Retry-After and no other process.
"""

import io
import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ingest.arxiv_feed import feed_error, feed_problem
from ingest.http_get import MEGABYTE, Reply, get, user_agent
from ingest.request_gate import RequestGate
from ingest.response_cache import ResponseCache
from kb.errors import BadInput, NotReached, Unavailable

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

DAY_SECONDS = 86_400.0
_FEED_BYTES = 32 * MEGABYTE
_TRIES = 4
_TRIES_UNREACHED = 2
"""Where no connection is made: a person without a network need not wait for more."""
_MAX_HOPS = 5
_ABSENT = frozenset({404, 410})
_LATER = "Try again later; what came in before is kept"

Judge = Callable[[Reply], str]
"""What is wrong with an answer, in a few words; empty where it is what was wanted."""


class Refused(BadInput):
    """arXiv says that it cannot do what it was asked for."""


class _Again(Exception):
    """An answer that may be better next time, and how many seconds the server wants to be left alone."""

    def __init__(self, trouble: str, pause_seconds: float = 0.0) -> None:
        super().__init__(trouble)
        self.pause_seconds = pause_seconds


class Transport:
    """What is asked of arXiv.

    Args:
        cache: where answers are kept.
        gate: lets requests through.
        contact: mail or web address for the User-Agent.
        timeout_seconds: for each request to the query API; full texts get four times that.
        test_server: address of a server of tests on this computer, the one private place that may be visited.
    """

    def __init__(
        self,
        cache: ResponseCache,
        gate: RequestGate,
        *,
        contact: str = "",
        timeout_seconds: float = 30.0,
        test_server: str = "",
    ) -> None:
        self._cache = cache
        self._gate = gate
        self._headers = {"User-Agent": user_agent(contact)}
        self._timeout_seconds = timeout_seconds
        self._test_server = test_server

    def feed(self, url: str) -> Reply:
        """A whole feed, kept for a day.

        Raises:
            Refused: if arXiv sends an error in its place.
            Unavailable: if none comes within a few tries.
        """
        reply = self._ask(url, _judge_feed, _FEED_BYTES, self._timeout_seconds, DAY_SECONDS)
        if words := feed_error(reply.data):
            raise Refused(f"arXiv cannot do that: {words}", cure="Check ids and the words of the search")
        return reply

    def file(self, url: str, judge: Judge, max_bytes: int, keep_seconds: float) -> Reply | None:
        """A file, kept for so long; None where there is none, which is believed for a day.

        Raises:
            BadInput: if it is longer than `max_bytes`.
            Unavailable: if nothing that `judge` accepts comes within a few tries.
        """
        reply = self._ask(url, judge, max_bytes, 4 * self._timeout_seconds, keep_seconds)
        return None if reply.status in _ABSENT else reply

    def adapter(self) -> "BaseAdapter":
        """The transport for a session of `requests` that asks for feeds."""
        from requests import PreparedRequest, Response
        from requests.adapters import BaseAdapter

        feed = self.feed

        class Adapter(BaseAdapter):
            """Takes the address of a request alone: headers and time-outs are the transport's own."""

            def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
                reply = feed(str(request.url))
                response = Response()
                response.status_code, response.url, response.raw = reply.status, reply.url, io.BytesIO(reply.data)
                return response

            def close(self) -> None:
                """Nothing is held open."""

        return Adapter()

    def _ask(self, url: str, judge: Judge, max_bytes: int, timeout_seconds: float, keep_seconds: float) -> Reply:
        kept = self._cache.get(url, keep_seconds)
        if kept and kept.status in _ABSENT:
            kept = self._cache.get(url, min(keep_seconds, DAY_SECONDS))
        if kept:
            return kept
        trouble = ""
        for attempt in range(_TRIES):
            try:
                pause_seconds = self._gate.interval_seconds * 2**attempt
                reply = self._visit(url, judge, max_bytes, timeout_seconds, pause_seconds)
            except _Again as again:
                trouble = str(again)
                if attempt + 1 == _TRIES_UNREACHED and isinstance(again.__cause__, NotReached):
                    raise NotReached(f"arXiv cannot be reached: {trouble}", cure=_LATER) from None
                continue
            self._cache.put(url, reply)
            return reply
        raise Unavailable(f"arXiv did not answer as it should in {_TRIES} tries: {trouble}", cure=_LATER)

    def _visit(self, url: str, judge: Judge, max_bytes: int, timeout_seconds: float, pause_seconds: float) -> Reply:
        """One try, redirects and all; each of them is a request of its own to the gate."""
        place = url
        for _ in range(_MAX_HOPS + 1):
            with self._gate.turn():
                try:
                    reply = self._exchange(place, judge, max_bytes, timeout_seconds)
                except _Again as again:
                    self._gate.postpone(max(pause_seconds, again.pause_seconds))
                    raise
            if not reply.next_url:
                return reply
            place = reply.next_url
        raise Unavailable(f"arXiv leads on more than {_MAX_HOPS} times", cure=_LATER)

    def _exchange(self, url: str, judge: Judge, max_bytes: int, timeout_seconds: float) -> Reply:
        try:
            reply = get(
                url,
                max_bytes=max_bytes,
                timeout_seconds=timeout_seconds,
                headers=self._headers,
                test_server=self._test_server,
            )
        except Unavailable as error:
            raise _Again(error.message) from error
        if reply.next_url or reply.status in _ABSENT:
            return reply
        if reply.status in (401, 403):
            raise Unavailable(f"arXiv refuses requests from here (HTTP {reply.status})", cure=_LATER)
        if reply.status not in (200, 400):
            raise _Again(f"HTTP {reply.status}", _retry_after(reply))
        if trouble := judge(reply):
            raise _Again(trouble)
        return reply


def _judge_feed(reply: Reply) -> str:
    if feed_error(reply.data):
        return ""
    return feed_problem(reply.data) if reply.status == 200 else f"HTTP {reply.status}"


def _retry_after(reply: Reply) -> float:
    """Seconds that the server asks to wait: it gives a number or a date; 0 where it gives neither."""
    told = reply.headers.get("retry-after", "").strip()
    try:
        seconds = float(told) if told.isdecimal() else (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
