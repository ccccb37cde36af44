"""Reads documents of every kind in a child process, which is ended when it takes too long or too much memory.

Whatever a hostile file does to a parser happens there: the parent sends bytes and gets text or one line about what is
wrong.
"""

import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import IO, Self

from ingest.extracted import Extracted
from ingest.kinds import kind_of, too_large
from kb.errors import BadDocument

TIME_LIMIT_SECONDS = 60.0
_MAX_REPLY_BYTES = 40 * 2**20
_LENGTH = struct.Struct(">Q")
_START = "from ingest.reading_process import main; main()"


class Readers:
    """A child process that reads one document after the other; use it in a `with` block, from one thread."""

    def __init__(self, time_limit_seconds: float = TIME_LIMIT_SECONDS) -> None:
        self._time_limit_seconds = time_limit_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def read(self, data: bytes, *, name: str, media_type: str = "") -> Extracted:
        """Text and facts of one document, whatever kind it is of; `name` is its file name or address.

        Raises:
            BadDocument: if it is of no kind that can be read, is over the limits of size, pages, time or memory, or
                holds no text. The message names the document.
        """
        try:
            kind = kind_of(data, name, media_type)
            if reason := too_large(kind, len(data)):
                raise BadDocument(reason, cure="Split it, or add its text")
            return self._ask({"kind": kind, "name": name}, data)
        except BadDocument as error:
            raise BadDocument(f"{_shown(name)}: {error.message}", cure=error.cure) from error

    def _ask(self, question: dict[str, str], data: bytes) -> Extracted:
        """Send a document to the child and wait for its answer, no longer than the time limit."""
        process = self._running()
        timer = Timer(self._time_limit_seconds, process.kill)
        timer.daemon = True
        timer.start()
        try:
            reply = _exchange(process, question, data)
        except (OSError, EOFError):
            timed_out = timer.finished.is_set()
            self._end()
            raise self._ended(timed_out) from None
        except BaseException:
            self._end()
            raise
        finally:
            timer.cancel()
        return _extracted(reply)

    def _ended(self, timed_out: bool) -> BadDocument:
        if timed_out:
            reason = f"reading took longer than {self._time_limit_seconds:.0f} seconds and was stopped"
        else:
            reason = "reading it needed too much memory or failed badly, and was stopped"
        return BadDocument(reason, cure="Save its text to a file and add that")

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            self._end()
            # The child finds the same modules, and none in the folder that it happens to be started from.
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-P", "-c", _START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream:
                    stream.close()
        process.wait()


def _exchange(process: "subprocess.Popen[bytes]", question: dict[str, str], data: bytes) -> bytes:
    """One question and its answer.

    Raises:
        OSError, EOFError: if the child died or answered with more than is sensible.
    """
    if process.stdin is None or process.stdout is None:
        raise EOFError
    write_frame(process.stdin, json.dumps(question).encode())
    write_frame(process.stdin, data)
    return read_frame(process.stdout, _MAX_REPLY_BYTES)


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Send bytes with their length before them."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes], limit: int) -> bytes:
    """What `write_frame` sent.

    Raises:
        EOFError: if the stream ends before, or more than `limit` bytes are announced.
    """
    head = stream.read(_LENGTH.size)
    size = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else limit + 1
    data = stream.read(size) if size <= limit else b""
    if size > limit or len(data) < size:
        raise EOFError
    return data


def _extracted(reply: bytes) -> Extracted:
    answer = json.loads(reply)
    if "error" in answer:
        raise BadDocument(answer["error"], cure=answer["cure"])
    answer["authors"], answer["pages"] = tuple(answer["authors"]), tuple(answer["pages"])
    return Extracted(**answer)


def _shown(name: str) -> str:
    """A document's name for a message: on one line, not too long."""
    words = " ".join("".join(character for character in name if character.isprintable()).split())
    return words if len(words) <= 120 else f"{words[:60]}…{words[-55:]}"
