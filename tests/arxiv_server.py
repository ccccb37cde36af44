"""A loopback server that answers as arXiv does: the Atom query API, and papers as HTML, PDF and TeX source.

::

    with ArxivServer([ServedPaper("2411.15382", title="…", versions=2)]) as server:
        server.then(answer(429, retry_after=1), truncated)      # the next requests meet these, in order
        archive = ArxivArchive(folder, base_url=server.url, site_url=server.url, …)
        server.requests                                         # path, headers and arrival time of each request

A trick is a function that is given the handler and writes what it likes instead of the honest answer. Another process
can use the server by its address. Shapes are those of recorded responses; the words are the tests' own.
"""

import calendar
import gzip
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

_FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/{name}</id>
  <title>arXiv Query: {query}</title>
  <updated>2026-11-20T00:00:00Z</updated>
  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>
"""


@dataclass
class ServedPaper:
    """A paper of the server: metadata, and its full text in the forms that it has."""

    id: str
    """Without version."""
    title: str = "Steps that decide the answer"
    abstract: str = "We cut chains of thought short and count the answers that change."
    authors: tuple[str, ...] = ("Ada Author", "Ben Writer")
    published: str = "2024-11-22"
    """Day of the first version; each later version follows a day after the one before."""
    categories: tuple[str, ...] = ("cs.CL", "cs.AI")
    versions: int = 1
    comment: str = ""
    journal: str = ""
    doi: str = ""
    forms: dict[str, bytes] = field(default_factory=dict)
    """By path: html, pdf or e-print (also the answer for `src`); a form that is missing is a 404."""

    def entry(self, version: int = 0) -> str:
        """The Atom entry of a version, of the newest for 0."""
        number = version or self.versions
        day = time.strftime("%Y-%m-%d", time.gmtime(_seconds(self.published) + 86_400 * (number - 1)))
        extras = "".join(
            f"    <arxiv:{name}>{escape(value)}</arxiv:{name}>\n"
            for name, value in (("comment", self.comment), ("journal_ref", self.journal), ("doi", self.doi))
            if value
        )
        return (
            f"  <entry>\n    <id>http://arxiv.org/abs/{self.id}v{number}</id>\n    <title>{escape(self.title)}</title>\n"
            f"    <updated>{day}T08:18:33Z</updated>\n    <published>{self.published}T08:18:33Z</published>\n"
            f'    <link href="https://arxiv.org/abs/{self.id}v{number}" rel="alternate" type="text/html"/>\n'
            f'    <link href="https://arxiv.org/pdf/{self.id}v{number}" rel="related" type="application/pdf" title="pdf"/>\n'
            f"    <summary>{escape(self.abstract)}</summary>\n"
            + "".join(
                f'    <category term="{term}" scheme="http://arxiv.org/schemas/atom"/>\n' for term in self.categories
            )
            + extras
            + f'    <arxiv:primary_category term="{self.categories[0]}"/>\n'
            + "".join(f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in self.authors)
            + "  </entry>\n"
        )


def _seconds(day: str) -> float:
    return calendar.timegm(time.strptime(day, "%Y-%m-%d"))


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    path: str
    """With its query."""
    headers: dict[str, str]
    """Names in lower case."""
    at: float
    """`time.monotonic()` of the arrival."""

    @property
    def query(self) -> dict[str, str]:
        """The parameters."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


Trick = Callable[["Handler"], None]


def answer(
    status: int = 200, body: bytes = b"", media_type: str = "text/plain", retry_after: str | int = "", **headers: str
) -> Trick:
    """Any answer; `location="…"` makes a redirect, `content_encoding="gzip"` a header of that name."""

    def play(handler: "Handler") -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.reply(status, body, media_type, {**named, **({"retry-after": str(retry_after)} if retry_after else {})})

    return play


def web_page(handler: "Handler") -> None:
    """A page of HTML where something else was asked for, as a portal or a CAPTCHA would send."""
    handler.reply(200, b"<!doctype html><html><body><p>Please prove that you are human.</p></body></html>", "text/html")


def hang(handler: "Handler") -> None:
    """Nothing at all, until the server closes."""
    handler.owner.closing.wait(60)
    handler.close_connection = True


def drip(handler: "Handler") -> None:
    """A header line a tenth of a second, without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.owner.closing.wait(0.1):
        handler.wfile.write(b"x-wait: 1\r\n")


def truncated(handler: "Handler") -> None:
    """The honest answer, with its full length announced and the second half missing."""
    status, body, media_type, _ = handler.honest()
    handler.reply(status, body[: len(body) // 2], media_type, length=len(body))


def cut_feed(handler: "Handler") -> None:
    """The honest feed cut in the middle, with a length that fits what is left."""
    status, body, media_type, _ = handler.honest()
    handler.reply(status, body[: len(body) * 2 // 3], media_type)


def short_page(handler: "Handler") -> None:
    """A well-formed feed that lacks its last entry."""
    _, body, media_type, _ = handler.honest()
    start, end = body.rindex(b"  <entry>"), body.rindex(b"</feed>")
    handler.reply(200, body[:start] + body[end:], media_type)


def without(tag: str) -> Trick:
    """The honest feed with one kind of element taken out of every entry."""

    def play(handler: "Handler") -> None:
        _, body, media_type, _ = handler.honest()
        head, entries = body.split(b"<entry>", 1)
        clean = re.sub(rf"<{tag}>[^<]*</{tag}>".encode(), b"", entries)
        handler.reply(200, head + b"<entry>" + clean, media_type)

    return play


def entity_bomb(handler: "Handler") -> None:
    """The honest feed under a document type whose entities grow a thousandfold a step."""
    _, body, media_type, _ = handler.honest()
    bomb = b'<!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 1000) for i in range(6)
    )
    head, rest = body.split(b"?>", 1)
    handler.reply(200, head + b"?>" + bomb + b"]>" + rest.replace(b"<summary>", b"<summary>&g;"), media_type)


class _Server(ThreadingHTTPServer):
    """Keeps quiet about clients that leave early, and about nothing else."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class ArxivServer:
    """The server; a context manager. `papers` may be changed while it runs."""

    def __init__(self, papers: Iterable[ServedPaper] = ()) -> None:
        self.papers = {paper.id: paper for paper in papers}
        self.pages: dict[str, Trick] = {}
        """Further paths and how they answer."""
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._tricks: deque[Trick | None] = deque()
        self._guard = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.owner = self  # type: ignore[attr-defined]

    @property
    def url(self) -> str:
        """Address without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def then(self, *tricks: Trick | None) -> None:
        """What the next requests meet, in order; None is an honest answer."""
        self._tricks.extend(tricks)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def arrived(self, request: Request) -> Trick | None:
        """Record a request; the trick that it is to meet, if any."""
        with self._guard:
            self.requests.append(request)
            trick = self._tricks.popleft() if self._tricks else None
            return trick or self.pages.get(urlsplit(request.path).path)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    @property
    def owner(self) -> ArxivServer:
        """The server with its papers."""
        return self.server.owner  # type: ignore[attr-defined, no-any-return]

    def do_GET(self) -> None:
        now = time.monotonic()
        request = Request(self.path, {name.lower(): value for name, value in self.headers.items()}, now)
        trick = self.owner.arrived(request)
        try:
            trick(self) if trick else self.reply(*self.honest())
        except OSError:
            self.close_connection = True

    def reply(
        self,
        status: int,
        body: bytes,
        media_type: str,
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        """Send an answer; a `length` that is not the body's ends the connection after it."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = length is not None

    def honest(self) -> tuple[int, bytes, str, dict[str, str]]:
        """Status, body, media type and headers of what arXiv would send."""
        parts = urlsplit(self.path)
        if parts.path == "/api/query":
            status, text = _query(self.owner.papers, {k: v[0] for k, v in parse_qs(parts.query).items()})
            return status, text.encode(), "application/atom+xml; charset=utf-8", {}
        _, form, name = [*unquote(parts.path).split("/", 2), "", ""][:3]
        base, version = _parts(name)
        paper = self.owner.papers.get(base)
        body = paper.forms.get("e-print" if form == "src" else form) if paper else None
        if paper is None or body is None or version > paper.versions:
            return 404, b"<html><body>404 Not Found</body></html>", "text/html", {}
        media_type = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}.get(form, "application/gzip")
        return 200, body, media_type, {}

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _query(papers: dict[str, ServedPaper], asked: dict[str, str]) -> tuple[int, str]:
    start, size = int(asked.get("start", 0)), int(asked.get("max_results", 10))
    names = [name for name in asked.get("id_list", "").split(",") if name]
    query = asked.get("search_query", "")
    if bad := next((name for name in names if not any(c.isdigit() for c in name)), None):
        return 400, _error(f"incorrect id format for {bad}")
    if query.count('"') % 2 or query.count("(") != query.count(")"):
        return 400, _error("malformed query")
    entries = _by_name(papers, names) if names else [paper.entry() for paper in _matching(papers, query, asked)]
    shown = entries[start : start + size]
    return 200, _FEED.format(
        name="made", query=escape(query), size=size, total=len(entries), start=start, entries="".join(shown)
    )


def _by_name(papers: dict[str, ServedPaper], names: list[str]) -> list[str]:
    found = []
    for name in names:
        base, version = _parts(name)
        paper = papers.get(base)
        if paper and version <= paper.versions:
            found.append(paper.entry(version))
    return found


def _parts(name: str) -> tuple[str, int]:
    """An id without its version, and the version, 0 for none."""
    base, _, version = name.rpartition("v")
    return (base, int(version)) if base and version.isdigit() else (name, 0)


def _matching(papers: dict[str, ServedPaper], query: str, asked: dict[str, str]) -> list[ServedPaper]:
    """Papers that fit terms joined by AND: words and phrases with or without a field, categories, a span of dates."""
    found = list(papers.values())
    for name, phrase, word in re.findall(r'(?:(\w+):)?(?:"([^"]*)"|(\[[^\]]*\]|[^\s()"]+))', query):
        term = (phrase or word).casefold()
        if term == "and":
            continue
        found = [paper for paper in found if _fits(paper, name, term)]
    if asked.get("sortBy") == "submittedDate":
        found.sort(key=lambda paper: paper.published, reverse=asked.get("sortOrder") == "descending")
    return found


def _fits(paper: ServedPaper, name: str, term: str) -> bool:
    if name == "submittedDate":
        first, last = term.strip("[]").split(" to ")
        return first[:8] <= paper.published.replace("-", "") <= last[:8]
    if name == "cat":
        return any(
            c.casefold() == term or (term.endswith("*") and c.casefold().startswith(term[:-1]))
            for c in paper.categories
        )
    texts = {"ti": paper.title, "abs": paper.abstract, "au": " ".join(paper.authors)}
    return term in texts.get(name, " ".join([*texts.values(), *paper.categories])).casefold()


def _error(message: str) -> str:
    name = f"https://arxiv.org/api/errors#{message.replace(' ', '_')}"
    entry = f"  <entry>\n    <id>{name}</id>\n    <title>Error</title>\n    <updated>2026-11-20T00:00:00Z</updated>\n    <summary>{message}</summary>\n  </entry>\n"
    return _FEED.format(name="error", query="", size=1, total=1, start=0, entries=entry)


def compressed(data: bytes) -> bytes:
    """A body for `answer(…, content_encoding="gzip")`."""
    return gzip.compress(data, mtime=0)
