"""Which addresses may be visited: tricks that lead to somebody's own network end before a connection is made."""

import ipaddress
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import addresses
from ingest.fetch import fetch
from kb.errors import BadInput, KbError, Unavailable
from tests.arxiv_server import ArxivServer, answer

NAMES = {
    "localhost": ["127.0.0.1"],
    "localhost.localdomain": ["127.0.0.1"],
    "intranet": ["10.1.2.3"],
    "printer.local": ["192.168.1.9"],
    "inside.example": ["172.16.0.9"],
    "metadata.google.internal": ["169.254.169.254"],
    "mixed.example": ["93.184.215.14", "127.0.0.1"],
    "mixed6.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "zero.example": ["0.0.0.0"],
    "ula.example": ["fd00::1"],
    "linklocal.example": ["fe80::1%1"],
    "multicast.example": ["224.0.0.1"],
    "xn--mnchen-3ya.example": ["10.0.0.7"],
}
"""What the resolver says in these tests; it knows no other name."""
LITERALS = """
127.0.0.1 127.1 127.0.1 127.0.0.1. 127.255.255.254 0 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1
169.254.169.254 100.64.0.1 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255
192.88.99.1 2130706433 017700000001 0x7f000001 0x7f.0.0.1 0177.0.0.1 0x7f.1 00127.0.0.1 127.0.0.01 4294967297
127.0.0.1.. 256.256.256.256 1.2.3 ①②⑦.⓪.⓪.① １２７.0.0.1 127。0。0。1 127.0.0.%31 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ LOCALHOST localhost.
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [fe80::1] [fe80::1%25eth0] [fc00::1]
[fd12:3456::1] [ff02::1] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [2002:7f00:1::] [2001:0:7f00:1::] [2001:db8::1] [100::1]
""".split()
WHOLE = [
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:{port}/_x",
    "dict://127.0.0.1:{port}/x",
    "data:text/html,x",
    "javascript:alert(1)",
    "//127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:///127.0.0.1/",
    "http://",
    "http://user:pass@127.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.org/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://example.org\\.127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1:{port}?@example.org/",
    "http://127.0.0.1:{port}/\r\nHost: example.org",
    "http://127.0.0.1\t:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1 .example.org:{port}/",
    "http://127.0.0.1\0.example.org:{port}/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:99999/",
    "http://[::1:{port}/",
    "http://-x.example/",
    "http://" + "a" * 3000,
]
TRICKS = [
    *(f"http://{host}:{{port}}/secret" for host in LITERALS),
    *(f"http://{name}:{{port}}/secret" for name in NAMES),
    "https://localhost:{port}/secret",
    "https://münchen.example:{port}/",
    *WHOLE,
]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Addresses that anybody tried to connect to; names are resolved as `NAMES` says, without the network."""
    tried: list[Any] = []
    real_connect, real_resolve = socket.socket.connect, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        real_connect(self, address)

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host in NAMES:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port)) for found in NAMES[host]]
        if any(c.isalpha() for c in host) and ":" not in host:
            raise socket.gaierror(-2, "unknown")
        return real_resolve(host, port, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return tried


@pytest.fixture
def server() -> Any:
    """A server whose arrivals are counted."""
    with ArxivServer() as running:
        running.pages["/secret"] = answer(200, b"secret", "text/plain")
        yield running


@pytest.mark.parametrize("trick", TRICKS, ids=lambda trick: ascii(trick)[1:60])
def test_no_trick_gets_a_connection(trick: str, server: ArxivServer, connections: list[Any]):
    """A page that someone was talked into adding could read the person's own network."""
    port = server.url.rsplit(":", 1)[1]
    with pytest.raises(BadInput) as caught:
        fetch(trick.replace("{port}", port), timeout_seconds=2)
    assert (connections, server.requests) == ([], [])
    assert "\n" not in str(caught.value)
    assert caught.value.cure


def test_the_tricks_would_reach_the_server_if_nothing_stopped_them(server: ArxivServer, connections: list[Any]):
    """The test above would pass on a fetcher that reaches nothing at all."""
    for host in ("127.0.0.1", "localhost", "127.0.0.1.", "LOCALHOST"):
        url = server.url.replace("127.0.0.1", host) + "/secret"
        assert fetch(url, test_server=url).data == b"secret"
    assert len(connections) == len(server.requests) == 4


def test_the_server_of_tests_opens_no_other_private_place(server: ArxivServer, connections: list[Any]):
    """Whoever sets the variable once would read on in the private network, led there by any page."""
    with ArxivServer() as other:
        for place in (f"{other.url}/secret", server.url.replace("127.0.0.1", "127.0.0.2") + "/secret"):
            with pytest.raises(BadInput, match=r"127\.0\.0\.[12] is not a public address"):
                fetch(place, test_server=server.url)
        assert connections == []
        server.then(answer(302, location=f"{other.url}/secret"))
        with pytest.raises(BadInput):
            fetch(f"{server.url}/start", test_server=server.url)
        assert (len(connections), other.requests) == (1, [])


REDIRECTS = [
    "http://127.0.0.2:{port}/secret",
    "http://[::1]:{port}/secret",
    "http://10.0.0.1/",
    "http://localhost6.test:{port}/",
    "http://2130706434:{port}/secret",
    "//169.254.169.254/latest/meta-data/",
    "http://[::ffff:127.0.0.1]:{port}/secret",
    "http://metadata.google.internal/",
    "http://printer.local/",
    "file:///etc/passwd",
    "FTP://127.0.0.1/",
    "gopher://127.0.0.1:{port}/",
    "http://me@127.0.0.1:{port}/secret",
    "http://[broken",
    "https:///",
]


@pytest.mark.parametrize("location", REDIRECTS)
def test_redirects_are_looked_at_like_first_addresses(
    location: str, server: ArxivServer, connections: list[Any], monkeypatch: pytest.MonkeyPatch
):
    """A public page could send the fetcher on to a private address."""
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda a: a == ipaddress.ip_address("127.0.0.1") or real(a))
    port = server.url.rsplit(":", 1)[1]
    server.then(answer(302, location=location.replace("{port}", port)))
    with pytest.raises(KbError):
        fetch(f"{server.url}/start", timeout_seconds=2)
    assert [request.path for request in server.requests] == ["/start"]
    assert len(connections) == 1


def test_what_was_looked_at_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch):
    """A name server that answers with a public address first and a private one later would get its way."""
    answers = iter(["93.184.215.14", "127.0.0.1", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []
    tried: list[Any] = []

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        found = next(answers) if host == "rebind.example" else host
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port))]

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(Unavailable):
        fetch("http://rebind.example/", timeout_seconds=2)
    assert asked.count("rebind.example") == 1
    assert tried == [("93.184.215.14", 80)]


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_an_embedded_address_is_no_more_public_than_itself(number: int):
    """IPv6 forms of an IPv4 address would open what the IPv4 form keeps shut."""
    plain = ipaddress.IPv4Address(number)
    assert addresses.is_public(ipaddress.IPv6Address((0x64FF9B << 96) | number)) == addresses.is_public(plain)
    for prefix in (0, 0xFFFF << 32, 0x2002 << 112, 0x20010000 << 96):
        assert not addresses.is_public(ipaddress.IPv6Address(prefix | number))


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001:82a::200e"])
def test_public_addresses_are_public(address: str):
    """No page on the internet could be added."""
    assert addresses.is_public(ipaddress.ip_address(address))


def test_names_and_paths_are_sent_in_ascii():
    """Addresses with letters of other scripts could not be visited, or would break the request line."""
    target = addresses.read_url("https://Bücher.example/ä/b?q=ü#part")
    assert (target.host, target.port, target.path) == ("xn--bcher-kva.example", 443, "/%C3%A4/b?q=%C3%BC")
    assert target.host_header == "xn--bcher-kva.example"
    assert addresses.read_url("http://[2606:4700::1111]:8080/x").host_header == "[2606:4700::1111]:8080"


def test_a_name_that_does_not_exist_may_exist_later(connections: list[Any]):
    """A lost network would look like a wrong address, which nobody tries again."""
    with pytest.raises(Unavailable, match="cannot be found"):
        fetch("https://nowhere.example/")
    assert connections == []
