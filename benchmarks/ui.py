"""How soon the pages show and answer, and what ten open sessions cost the server.

Run from the repository's root with a library: `python benchmarks/ui.py LIBRARY [--sessions 10]`. It serves the library,
opens its pages in Debian's Chromium, and prints seconds and MiB as JSON. The library is brought up to its notes first.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = ("", "notes", "papers", "map", "claims", "overview")
QUESTION = "Why do smaller models lose reasoning faithfulness?"


def serve(root: Path) -> tuple[str, "subprocess.Popen[bytes]", float]:
    """A server over a library: its address, its process, and the seconds until it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=REPOSITORY, env={**os.environ, "KB_LIBRARY": str(root)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    while True:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
            return f"http://localhost:{port}", process, time.perf_counter() - began
        except OSError:
            time.sleep(0.05)


def first_paint(browser: Browser, address: str, wait_for: str = ".kb h1") -> float:
    """Seconds from opening an address in a new session to what is waited for."""
    page = browser.new_context().new_page()
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(wait_for).first.wait_for(timeout=300_000)
    taken = time.perf_counter() - began
    page.context.close()
    return round(taken, 2)


def memory(process: "subprocess.Popen[bytes]") -> float:
    """Resident MiB of the server."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return round(int(status.split("VmRSS:")[1].split()[0]) / 1024, 1)


def main() -> None:
    """Measure one library."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--sessions", type=int, default=10)
    wanted = parser.parse_args()
    address, process, started = serve(wanted.library.resolve())
    found: dict[str, object] = {"library": wanted.library.name, "server_seconds": round(started, 2)}
    try:
        with sync_playwright() as driver:
            flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            found["first_session_seconds"] = first_paint(browser, address)
            found["first_answer_seconds"] = first_paint(
                browser, f"{address}/?q={QUESTION}", ".kb details.kb-cite, .kb h2"
            )
            found["paint_seconds"] = {page or "ask": first_paint(browser, f"{address}/{page}") for page in PAGES}
            found["answer_again_seconds"] = first_paint(
                browser, f"{address}/?q=What do longer chains of thought cost?", ".kb details.kb-cite, .kb h2"
            )
            found["memory_mib"] = memory(process)
            tabs = [browser.new_context().new_page() for _ in range(wanted.sessions)]
            for i, tab in enumerate(tabs):
                tab.goto(f"{address}/{PAGES[i % len(PAGES)]}")
                tab.locator(".kb h1").first.wait_for(timeout=300_000)
            found[f"memory_mib_{wanted.sessions}_sessions"] = memory(process)
            browser.close()
    finally:
        process.terminate()
        process.wait(30)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
