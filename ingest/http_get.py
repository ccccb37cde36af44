"""One HTTP exchange within limits: a public address, so many bytes, so many seconds.

The connection goes to the very address that was looked at (`ingest.addresses`), while TLS and the Host header keep
the name. Redirects are answers here; who follows them comes back with the new address, so each is looked at as well.
Proxies of the environment are not used: a proxy would resolve the name again.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from ingest.addresses import Address, Target, addresses, read_url
from kb.errors import BadInput, NotReached, Unavailable

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection

MEGABYTE = 1_000_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whatever its status."""

    url: str
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    data: bytes
    """The body, decompressed."""

    @property
    def media_type(self) -> str:
        """Such as `text/html`; empty where the server does not tell."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def next_url(self) -> str:
        """Where a redirect leads; empty if this is none."""
        location = self.headers.get("location", "")
        if self.status not in REDIRECTS or not location:
            return ""
        # Headers arrive as Latin-1, addresses in them are often UTF-8.
        with suppress(UnicodeError):
            location = location.encode("latin-1").decode("utf-8")
        try:
            return urljoin(self.url, location.strip())
        except ValueError:
            raise BadInput(f"{self.url} leads to a broken address") from None


def user_agent(contact: str = "") -> str:
    """How requests introduce themselves: program, version and, where one is given, an address to write to.

    Raises:
        BadInput: if the contact cannot stand in a header.
    """
    try:
        number = version("inquiring-kb")
    except PackageNotFoundError:
        number = "0"
    if not contact.isascii() or not contact.isprintable() or len(contact) > 200:
        raise BadInput("the contact is no plain address", cure="Give a mail or web address in ASCII")
    return f"inquiring-kb/{number}" + (f" (+{contact})" if contact else "")


def get(
    url: str,
    *,
    max_bytes: int,
    timeout_seconds: float,
    headers: Mapping[str, str] | None = None,
    test_server: str = "",
) -> Reply:
    """One GET request; a redirect is returned, not followed.

    Args:
        url: `http` or `https`.
        max_bytes: how long the body may be, before and after decompression.
        timeout_seconds: for everything together, from connecting to the last byte.
        headers: further request headers.
        test_server: address of a server of tests on this computer, the one private place that may be visited.

    Raises:
        BadInput: if the address may not be visited or the body is too long.
        Unavailable: if the server cannot be reached, breaks off or is too slow.
    """
    target = read_url(url)
    deadline = time.monotonic() + timeout_seconds
    places = addresses(target, test_server=test_server)
    with _translated_errors(target, timeout_seconds, deadline):
        connection = _connect(target, places, deadline)
        with _ended_at(deadline, connection):
            reply = _exchange(connection, target, max_bytes, headers or {})
        if time.monotonic() >= deadline:  # what was cut off at the deadline can look like an end
            raise TimeoutError
        return reply


def _connect(target: Target, places: list[Address], deadline: float) -> "HTTPConnection":
    """A connection to the first address that answers."""
    from urllib3.connection import HTTPConnection, HTTPSConnection

    for number, place in enumerate(places, 1):
        seconds = max(0.01, (deadline - time.monotonic()) / (2 if number < len(places) else 1))
        connection: HTTPConnection
        if target.scheme == "https":
            connection = HTTPSConnection(
                str(place), target.port, timeout=seconds, server_hostname=target.host, ssl_context=_tls()
            )
        else:
            connection = HTTPConnection(str(place), target.port, timeout=seconds)
        try:
            connection.connect()
        except BaseException as error:
            connection.close()
            if number == len(places) or not isinstance(error, Exception):
                raise
        else:
            return connection
    raise OSError("no address")


def _tls() -> Any:
    import ssl

    import certifi

    return ssl.create_default_context(cafile=certifi.where())


@contextmanager
def _ended_at(deadline: float, connection: "HTTPConnection") -> Iterator[None]:
    """Shut the connection at the deadline: time-outs of sockets begin anew with each byte."""
    import socket

    held = connection.sock  # the connection lets go of it when it hands over the answer

    def shut() -> None:
        with suppress(OSError):
            held.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()


@contextmanager
def _translated_errors(target: Target, timeout_seconds: float, deadline: float) -> Iterator[None]:
    """What can go wrong below, as one line for a person."""
    from http.client import HTTPException

    from urllib3.exceptions import HTTPError

    try:
        yield
    except (HTTPError, HTTPException, OSError) as error:
        late = time.monotonic() >= deadline or isinstance(error, TimeoutError)
        reason = f"did not finish within {timeout_seconds:g} s" if late else _broken(error)
        kind = Unavailable if late or not _is_unmade(error) else NotReached
        raise kind(f"{target.host} {reason}", cure="Check the network and try again later") from error


def _broken(error: Exception) -> str:
    """What went wrong, without the names of classes."""
    import ssl

    from urllib3.exceptions import SSLError

    if isinstance(error, SSLError | ssl.SSLError):
        return "shows no certificate that can be trusted (TLS)"
    return "takes no connection" if _is_unmade(error) else "broke off"


def _is_unmade(error: Exception) -> bool:
    """Whether no connection came about."""
    from urllib3.exceptions import NewConnectionError

    return isinstance(error, NewConnectionError | ConnectionRefusedError)


def _exchange(connection: "HTTPConnection", target: Target, max_bytes: int, headers: Mapping[str, str]) -> Reply:
    wanted = {"Host": target.host_header, "Accept-Encoding": "gzip, deflate", "Connection": "close", **headers}
    connection.request("GET", target.path, headers=wanted, preload_content=False)
    response = connection.getresponse()
    told = {name.lower(): value for name, value in response.headers.items()}
    too_long = BadInput(
        f"{target.url[:100]} is longer than {max_bytes / MEGABYTE:g} MB", cure="Download it and add the part you need"
    )
    if told.get("content-length", "0").isdigit() and int(told.get("content-length", "0")) > max_bytes:
        raise too_long
    data = bytearray()
    while block := response.read(_BLOCK):
        data += block
        if len(data) > max_bytes:
            raise too_long
    return Reply(target.url, response.status, told, bytes(data))
