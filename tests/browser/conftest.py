"""A real server and a real browser: skipped where there is no Chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kb.library import Library
from tests.conftest import REPOSITORY, write_notes

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync"
KB = [sys.executable, "-c", "from kb.cli import main; main()"]


@dataclass(slots=True)
class Site:
    """A server of the pages, and the library that it serves."""

    address: str
    root: Path


@contextmanager
def serving(root: Path, **environment: str) -> Iterator[Site]:
    """The pages of a library as `kb ui` serves them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*KB, "--library", str(root), "ui", "--port", str(port), "--no-browser"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://localhost:{port}/_stcore/health", process)
        yield Site(f"http://localhost:{port}", root)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages over five notes."""
    root = Library.create(tmp_path_factory.mktemp("site") / "library")
    write_notes(root / "notes")
    with serving(root) as served:
        yield served


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the server did not begin to answer")


@dataclass(slots=True)
class Visit:
    """A browser tab that remembers what went wrong in it."""

    page: "object"
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    """Addresses outside this computer that were asked for."""


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's Chromium, headless."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this computer")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=_FLAGS.split())
        yield started
        started.close()


@contextmanager
def visiting(browser, address: str) -> Iterator[Visit]:
    """A new tab, with what it complains about written down."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    context.set_default_timeout(60_000)
    tab = Visit(context.new_page())
    tab.page.on("console", lambda m: tab.errors.append(m.text) if m.type == "error" and not _is_probe(m) else None)
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    tab.page.on(
        "request",
        lambda r: (
            None if "//localhost" in r.url[:18] or r.url[:5] in ("data:", "blob:") else tab.strangers.append(r.url)
        ),
    )
    yield tab
    context.close()


@pytest.fixture
def visit(browser, site: Site) -> Iterator[Visit]:
    """A new tab on the pages over five notes."""
    with visiting(browser, site.address) as tab:
        yield tab


def settled(page) -> None:
    """Wait until the page is made."""
    page.locator(".kb h1").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("!document.querySelector('[data-stale=true]')")


def _is_probe(message) -> bool:
    """Streamlit looks for its server below the page's own path first, which is answered with 404."""
    return "/_stcore/" in message.location.get("url", "")
