"""Addresses on the network that may be visited: public ones over HTTP and HTTPS, decided before anything is sent.

A name is resolved once and every address that it has must be public; what is connected to is the address that was
looked at, so a name server that changes its answer in between gains nothing. An address must be written in the plain
form: the octal, hexadecimal, shortened and whole-number forms that some systems accept are refused.
"""

import ipaddress
import re
import socket
import unicodedata
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from kb.errors import BadInput, NotReached

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MAX_CHARS = 2_000
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ONLY_WEB = "Give an address that begins with https:// or http://"
_REFUSED = "Only pages on the public internet can be added; save the page and add the file"
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 see them (RFC 6052); the last 32 bits are the address that is meant."""
_SPECIAL = tuple(map(ipaddress.ip_network, "192.0.0.0/24 192.88.99.0/24 2001::/23 2002::/16 3fff::/20".split()))
"""What some versions of Python take for public, though it is set aside for tunnels, protocols and examples."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes."""

    url: str
    scheme: str
    host: str
    """Lower case, in ASCII, without brackets."""
    port: int
    path: str
    """With its query, percent-encoded."""

    @property
    def host_header(self) -> str:
        """The host as the request names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def read_url(url: str) -> Target:
    """The parts of a web address; nothing is resolved.

    Raises:
        BadInput: if it is no plain web address: another scheme, a name and password, an address in an odd form.
    """
    shown = repr(url[:100])
    if len(url) > _MAX_CHARS or any(c.isspace() or unicodedata.category(c) == "Cc" for c in url) or "\\" in url:
        raise BadInput(f"{shown} is not a web address", cure=_ONLY_WEB)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadInput(f"{shown} is not a web address", cure=_ONLY_WEB) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise BadInput(f"{shown} is not a web address", cure=_ONLY_WEB)
    if "@" in parts.netloc:
        raise BadInput("a web address with a user name in it is not visited", cure="Leave out what stands before the @")
    host = _plain_host(parts.hostname, shown)
    return Target(url, parts.scheme, host, port or (443 if parts.scheme == "https" else 80), _path(parts))


def _path(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote((parts.path or "/") + query, safe="%/:=&?~+!$,;'@()*[]|")


def _plain_host(host: str, shown: str) -> str:
    """The host in lower-case ASCII.

    Raises:
        BadInput: if it is a number in an odd form, an address with a zone, or no host name.
    """
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host if "%" not in host else ""))
        except ValueError:
            raise BadInput(f"{shown} has no usable host", cure=_ONLY_WEB) from None
    try:
        plain = unicodedata.normalize("NFKC", host).casefold().rstrip(".")
        plain = plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        raise BadInput(f"{shown} has no usable host", cure=_ONLY_WEB) from None
    labels = plain.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(plain))
        except ValueError:
            raise BadInput(f"{shown} names its host by a number in an odd form", cure=_REFUSED) from None
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadInput(f"{shown} has no usable host", cure=_ONLY_WEB)
    return plain


def addresses(target: Target, *, test_server: str = "") -> list[Address]:
    """The addresses of a target's host, in the resolver's order.

    Args:
        target: where to go.
        test_server: address of a server of tests on this computer: its host and port may be private, no others.

    Raises:
        BadInput: if one of them is not public.
        NotReached: if the name cannot be resolved.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotReached(
            f"the host {target.host} cannot be found", cure="Check the address and the network, then try again"
        ) from None
    resolved = [ipaddress.ip_address(str(place[0]).split("%")[0]) for *_, place in found]
    private = next((a for a in resolved if not is_public(a)), None)
    if private and not (test_server and _same_place(target, read_url(test_server))):
        led = "" if target.host == str(private) else f"leads to {private}, which "
        raise BadInput(f"{target.host} {led}is not a public address", cure=_REFUSED)
    return list(dict.fromkeys(resolved))


def _same_place(target: Target, other: Target) -> bool:
    return (target.host, target.port) == (other.host, other.port)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: no private, local, reserved, multicast or tunnelled one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GLOBAL_UNICAST:
            return False
    is_special = any(address in network for network in _SPECIAL if network.version == address.version)
    return address.is_global and not (address.is_multicast or address.is_reserved or is_special)
