"""Pages and files from the web, against a server on this computer."""

import gzip
import shutil
import socket
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.fetch import MAX_REDIRECTS, fetch
from ingest.http_get import Reply, user_agent
from kb.errors import BadInput, Unavailable
from tests.arxiv_server import ArxivServer, Handler, answer, compressed, drip, hang, truncated

PAGE = "<html><body><p>Straße, 北京</p></body></html>".encode()


@pytest.fixture
def server() -> Iterator[ArxivServer]:
    with ArxivServer() as running:
        running.pages["/page"] = answer(200, PAGE, "Text/HTML; Charset=UTF-8")
        yield running


def get(server: ArxivServer, path: str = "/page", **options: Any) -> Any:
    return fetch(server.url + path, test_server=server.url, **{"timeout_seconds": 5, **options})


def test_a_page_comes_with_what_the_server_says_of_it(server: ArxivServer):
    """Readers would guess at encoding and kind."""
    found = get(server)
    assert (found.data, found.media_type) == (PAGE, "text/html")


def test_requests_say_who_asks(server: ArxivServer):
    """A server's keeper could not tell the program from an attack, or reach the person behind it."""
    get(server, contact="mailto:someone@example.org")
    agent = server.requests[0].headers["user-agent"]
    assert agent.startswith("inquiring-kb/")
    assert agent.endswith("(+mailto:someone@example.org)")
    with pytest.raises(BadInput):
        user_agent("x\r\nHost: other.example")


def test_redirects_are_followed_to_the_page(server: ArxivServer):
    """Moved pages, and those with and without `www`, could not be added."""
    server.then(answer(301, location="/a"), answer(307, location=f"{server.url}/page?x=ü".encode().decode("latin-1")))
    found = get(server, "/old")
    assert found.data == PAGE
    assert [request.path for request in server.requests] == ["/old", "/a", "/page?x=%C3%BC"]


def test_a_circle_of_redirects_ends(server: ArxivServer):
    """The program would go round for ever."""
    server.pages["/round"] = answer(302, location="/round")
    with pytest.raises(BadInput, match="leads on"):
        get(server, "/round")
    assert len(server.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    ("status", "kind"), [(404, BadInput), (410, BadInput), (403, BadInput), (429, Unavailable), (503, Unavailable)]
)
def test_what_may_come_later_differs_from_what_never_will(server: ArxivServer, status: int, kind: type[Exception]):
    """A busy server would be given up, a missing page tried for ever."""
    server.then(answer(status))
    with pytest.raises(kind, match=str(status)):
        get(server)


def test_other_kinds_of_files_are_refused(server: ArxivServer):
    """Pictures and programs would be kept as papers."""
    server.then(answer(200, b"\x89PNG", "image/png"))
    with pytest.raises(BadInput, match="image/png"):
        get(server)


def test_an_empty_page_is_no_page(server: ArxivServer):
    """Nothing would be kept as a document."""
    server.then(answer(200, b"", "text/html"))
    with pytest.raises(BadInput, match="empty"):
        get(server)


def unannounced(data: bytes) -> Any:
    """A body without a length, until the connection closes."""

    def play(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" + data)
        handler.close_connection = True

    return play


def test_a_body_may_be_as_long_as_allowed_and_no_longer(server: ArxivServer):
    """One address could fill the memory; the limit must hold whether or not the length is announced."""
    server.then(answer(200, b"x" * 1000), answer(200, b"x" * 1001), unannounced(b"x" * 1000), unannounced(b"x" * 9999))
    for _ in range(2):
        assert len(get(server, max_bytes=1000).data) == 1000
        with pytest.raises(BadInput, match="longer than"):
            get(server, max_bytes=1000)


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", gzip.compress(bytes(200_000_000), 9)),
        ("deflate", zlib.compress(bytes(200_000_000), 9)),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(200_000_000), 9), 9)),
    ],
)
def test_a_body_that_grows_when_it_is_unpacked_is_stopped_early(server: ArxivServer, encoding: str, data: bytes):
    """200 kB from a stranger would become 200 MB of memory, or as much as they like."""
    import tracemalloc

    server.then(answer(200, data, content_encoding=encoding))
    tracemalloc.start()
    with pytest.raises(BadInput, match="longer than"):
        get(server, max_bytes=2_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_packed_pages_are_unpacked(server: ArxivServer):
    """Most pages come packed and could not be read."""
    server.then(answer(200, compressed(PAGE), "text/html", content_encoding="gzip"))
    assert get(server).data == PAGE


@pytest.mark.parametrize("trick", [hang, drip], ids=["silent", "a header line at a time"])
def test_a_slow_server_is_left_in_time(server: ArxivServer, trick: Any):
    """One address would hold up a batch for ever; a byte now and then must not help."""
    server.then(trick)
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"within 0\.5 s"):
        get(server, timeout_seconds=0.5)
    assert time.monotonic() - began < 5


def test_a_body_that_drips_is_left_in_time(server: ArxivServer):
    """A page that never ends would be taken for whole when it was cut off."""

    def play(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")
        while not handler.owner.closing.wait(0.05):
            handler.wfile.write(b"x")

    server.then(play)
    with pytest.raises(Unavailable, match=r"within 0\.5 s"):
        get(server, timeout_seconds=0.5)


def test_half_a_body_is_none(server: ArxivServer):
    """Half a page would be kept as a whole one."""
    server.pages["/page"] = answer(200, PAGE * 100, "text/html")
    server.then(lambda handler: handler.reply(200, PAGE, "text/html", length=5000))
    with pytest.raises(Unavailable, match="broke off"):
        get(server)


def test_a_server_that_speaks_something_else_is_one_line(server: ArxivServer):
    """A traceback would reach the person."""
    server.then(
        lambda handler: (handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"), setattr(handler, "close_connection", True))
    )
    with pytest.raises(Unavailable) as caught:
        get(server)
    assert "\n" not in str(caught.value)


def test_a_closed_port_is_one_line():
    """A traceback would reach the person."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="takes no connection"):
        fetch(f"http://127.0.0.1:{port}/", test_server=f"http://127.0.0.1:{port}", timeout_seconds=2)


def test_proxies_of_the_environment_are_not_used(server: ArxivServer, monkeypatch: pytest.MonkeyPatch):
    """A proxy would resolve the name again, past everything that was looked at."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert get(server).data == PAGE


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [("", ""), ("text/html;charset='x y';q=1", "text/html"), (";", ""), ("A/b; charset=", "a/b")],
)
def test_odd_content_types_are_read(content_type: str, media_type: str):
    """A server's sloppy header would end the work."""
    reply = Reply("http://x.example/", 200, {"content-type": content_type}, b"")
    assert reply.media_type == media_type


@pytest.fixture
def tls_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with a certificate for `paper.test`, trusted by this process."""
    import ssl
    import threading
    from http.server import ThreadingHTTPServer

    if not shutil.which("openssl"):
        pytest.skip("needs openssl to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:paper.test"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    monkeypatch.setattr("certifi.where", lambda: str(certificate))
    owner = ArxivServer()
    owner.pages["/page"] = answer(200, PAGE, "text/html")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.owner = owner  # type: ignore[attr-defined]
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    local = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_address[1]))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: local)
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    owner._server.server_close()


def test_certificates_are_held_against_the_name_that_was_asked_for(tls_port: int):
    """Connecting to an address instead of a name must not switch the check of the name off."""
    assert fetch(f"https://paper.test:{tls_port}/page", test_server=f"https://paper.test:{tls_port}").data == PAGE
    for other in ("other.test", "127.0.0.1"):
        with pytest.raises(Unavailable, match="certificate"):
            fetch(f"https://{other}:{tls_port}/page", test_server=f"https://{other}:{tls_port}")


def test_half_a_paper_is_none(server: ArxivServer):
    """A PDF that broke off would be read as far as it goes and kept."""
    server.then(truncated)
    with pytest.raises(Unavailable):
        get(server, "/pdf/2411.15382v1")
