"""Reading in a child process: kinds told apart, limits kept, hostile files ended, the batch going on."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_documents import column, gzipped, latexml, pdf, pdf_of_streams

from ingest.kinds import kind_of
from ingest.readers import Readers
from kb.errors import BadDocument

PROSE = "Small models lose the thread of long chains of thought, which we show for three sizes and two sets. " * 3


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One child for all: a bad document must not spoil it for the next."""
    with Readers(time_limit_seconds=20) as opened:
        yield opened


@pytest.mark.parametrize(
    ("data", "name", "media_type", "kind"),
    [
        (b"%PDF-1.7 ...", "page.html", "text/html", "pdf"),
        (b"\n<!DOCTYPE html><html>", "paper.txt", "", "html"),
        (b"\xef\xbb\xbf<html lang='en'>", "x", "", "html"),
        (b"\x1f\x8b\x08", "2411.15382v1", "application/x-eprint", "tex"),
        (b"% A paper\n\\documentclass{article}", "x.txt", "", "tex"),
        (b"# Notes\n\nText", "notes.md", "text/markdown", "text"),
        (b"<p>fragment", "x.html", "", "html"),
        (b"Plain words", "https://example.org/a", "text/plain; charset=utf-8", "text"),
    ],
)
def test_kinds_are_told_by_what_files_hold(data: bytes, name: str, media_type: str, kind: str) -> None:
    """Broken: a page of HTML named .pdf, or a PDF served as HTML, goes to the wrong reader."""
    assert kind_of(data, name, media_type) == kind


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "a.pdf", "empty"),
        (b"plain words", "a.pdf", "not a PDF"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "a.pdf", "this is HTML, not a PDF"),
        (b"PK\x03\x04...", "a.docx", "ZIP archive"),
        (b"<html><body>Moved</body></html>" + b" " * 21 * 2**20, "a.html", "more than the 20 MB"),
        (b"\0\1\2\3", "a.bin", "binary"),
    ],
)
def test_what_is_refused_at_the_door(readers: Readers, data: bytes, name: str, reason: str) -> None:
    """Broken: something that is no document reaches a parser, or the message does not say which file it was."""
    with pytest.raises(BadDocument, match=reason) as caught:
        readers.read(data, name=name)
    assert str(caught.value).startswith(f"{name}: ")


def test_each_kind_comes_back_whole(readers: Readers) -> None:
    """Broken: facts or pages are lost on the way from the child."""
    paper = readers.read(pdf([column(PROSE), column(PROSE)]), name="a.pdf")
    assert (paper.reading, len(paper.pages)) == ("pdf", 2)
    assert readers.read(latexml(f"<p class='ltx_p'>{PROSE}</p>"), name="b").reading == "html"
    assert (
        readers.read(gzipped(f"\\documentclass{{a}}\\begin{{document}}{PROSE}\\end{{document}}"), name="c").reading
        == "tex"
    )
    assert readers.read(PROSE.encode(), name="d.txt").text.strip() == PROSE.strip()


BOMBS = {
    "pages": (lambda: pdf_of_streams([b"BT ET"] * 10_000), "10000 pages"),
    "stream": (
        lambda: pdf_of_streams([b"BT /F1 9 Tf " + b"(aaaa bbbb) Tj " * 12_000_000], deflate=True),
        "memory|longer",
    ),
    "desert": (lambda: pdf_of_streams([b" " * 300_000_000], deflate=True), "no text|memory|longer"),
    "nesting": (lambda: b"<html><body>" + b"<div>" * 500_000, "nests elements"),
    "cells": (lambda: b"<html><table><tr>" + b"<td>x</td>" * 300_000, "longer|no text|memory"),
    "gzip": (lambda: gzipped("\0" * 300_000_000), "expands to more"),
    "braces": (lambda: gzipped("\\documentclass{a}\\begin{document}" + "{" * 100_000), "nested|no text"),
}


# Run by itself, so that the most memory that it ever had is that of reading, not of making the bomb.
ALONE = """
import json, re, sys
from pathlib import Path
from ingest.readers import Readers
from kb.errors import BadDocument

def peak():
    # Not getrusage, which counts what the process before had that started this one.
    status = Path("/proc/self/status")
    return int(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1]) * 1024 if status.exists() else 0

data = Path(sys.argv[1]).read_bytes()
with Readers(time_limit_seconds=6) as readers:
    readers.read(b"Some words of plain text.", name="before.txt")
    before = peak()
    try:
        message = readers.read(data, name="bomb").text[:200]
    except BadDocument as error:
        message = str(error)
    after = readers.read(b"Some words of plain text.", name="after.txt").reading
print(json.dumps([message, after, peak() - before]))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_with_one_line_and_the_next_document_is_read(name: str, tmp_path: Path) -> None:
    """Broken: one hostile file stops a batch, or the memory of the program grows with it."""
    make, reason = BOMBS[name]
    bomb = tmp_path / "bomb"
    bomb.write_bytes(make())
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(bomb)], capture_output=True, text=True, check=True, timeout=70
    )
    message, after, grown = json.loads(done.stdout)
    assert re.match(rf"bomb: .*(?:{reason})", message)
    assert "\n" not in message
    assert after == "text"
    assert time.monotonic() - started < 60
    assert grown < 100 * 2**20


def test_entities_are_not_expanded(readers: Readers) -> None:
    """Broken: a page's own entities multiply, or read files of this machine."""
    entities = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">'
    page = f"<!DOCTYPE html [{entities}]><html><body><p>{PROSE} &b; &f;</p></body></html>"
    text = readers.read(page.encode(), name="x.html").text
    assert "root:" not in text
    assert "aaaaaaaaaa" * 2 not in text


def test_a_child_that_dies_is_replaced() -> None:
    """Broken: after one crash every further document of the batch fails."""
    with Readers() as readers:
        readers.read(PROSE.encode(), name="a.txt")
        assert readers._process is not None
        os.kill(readers._process.pid, signal.SIGKILL)
        readers._process.wait()
        assert readers.read(PROSE.encode(), name="b.txt").reading == "text"


def test_no_child_is_left_behind() -> None:
    """Broken: a program that was killed leaves a process that waits for ever."""
    code = (
        "import os, signal\nfrom ingest.readers import Readers\nreaders = Readers()\n"
        "readers.read(b'Some words of text.', name='a.txt')\nprint(readers._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    child = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if _is_zombie(child):
            return
        time.sleep(0.05)
    pytest.fail("the child still runs")


def _is_zombie(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
