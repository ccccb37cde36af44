"""Pages and files from the web, as somebody who was given an address may fetch them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ingest.http_get import MEGABYTE, Reply, get, user_agent
from kb.errors import BadInput, Unavailable

MAX_REDIRECTS = 5
READABLE = frozenset(
    "text/html application/xhtml+xml application/pdf application/x-pdf text/plain text/markdown text/x-markdown"
    " application/octet-stream binary/octet-stream".split()
)
"""Media types of what the readers can read; a server that names none is believed to send one of them."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies at an address."""

    media_type: str
    """Such as `text/html`; empty where the server does not tell."""
    data: bytes


def fetch(
    url: str,
    *,
    max_bytes: int = 50 * MEGABYTE,
    timeout_seconds: float = 60.0,
    media_types: AbstractSet[str] = READABLE,
    contact: str = "",
    test_server: str = "",
) -> Fetched:
    """Fetch a page or file, following up to five redirects, each looked at like the first address.

    Args:
        url: `http` or `https`, on the public internet.
        max_bytes: how long the body may be, before and after decompression.
        timeout_seconds: for each request, from connecting to the last byte.
        media_types: what may come; other types are refused.
        contact: mail or web address that the request gives, so that its sender can be reached.
        test_server: address of a server of tests on this computer, the one private place that may be visited.

    Raises:
        BadInput: if the address may not be visited or holds nothing that can be used.
        Unavailable: if the server cannot be reached, asks to wait or fails.
    """
    headers = {"User-Agent": user_agent(contact), "Accept": ", ".join([*sorted(media_types), "*/*;q=0.1"])}
    place = url
    for _ in range(MAX_REDIRECTS + 1):
        reply = get(
            place, max_bytes=max_bytes, timeout_seconds=timeout_seconds, headers=headers, test_server=test_server
        )
        if not reply.next_url:
            return _fetched(url, reply, media_types)
        place = reply.next_url
    raise BadInput(f"{url[:100]} leads on more than {MAX_REDIRECTS} times", cure="Give the address of the page itself")


def _fetched(url: str, reply: Reply, media_types: AbstractSet[str]) -> Fetched:
    shown = url[:100]
    if reply.status in (408, 425, 429) or reply.status >= 500:
        raise Unavailable(f"{shown} cannot be had now (HTTP {reply.status})", cure="Try again later")
    if reply.status in (401, 402, 403, 407, 451):
        raise BadInput(f"{shown} is not open to everyone (HTTP {reply.status})", cure="Save the page and add the file")
    if reply.status != 200:
        raise BadInput(f"{shown} does not exist (HTTP {reply.status})", cure="Check the address")
    if reply.media_type and reply.media_type not in media_types:
        raise BadInput(
            f"{shown} is of the type {reply.media_type[:60]!r}, which cannot be read", cure="Add a page, PDF or text"
        )
    if not reply.data:
        raise BadInput(f"{shown} is empty", cure="Check the address")
    return Fetched(reply.media_type, reply.data)
