"""One writer at a time: a file lock that says who holds it.

The operating system drops the lock when its holder dies, so a crashed process never leaves one behind.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import KbError, LibraryBusy

_COMMAND_WORD = re.compile(r"[a-z][a-z-]*")
_MOST_WORDS = 2

_POLL_SECONDS = 0.05


class WriterLock:
    """The lock of one library; usable again and again, not re-entrant.

    Args:
        folder: the library's `.kb` folder.
        timeout_seconds: how long to wait for another writer before giving up.
    """

    def __init__(self, folder: Path, timeout_seconds: float = 60.0) -> None:
        self._lock = FileLock(folder / "lock")
        # Held by whoever is next, so that a process that writes again and again does not keep the others waiting.
        self._next = FileLock(folder / "lock.next")
        self._holder_file = folder / "lock.holder.json"
        self._timeout_seconds = timeout_seconds

    @contextmanager
    def held(self, timeout_seconds: float | None = None) -> Iterator[None]:
        """Hold the lock for a while.

        Raises:
            LibraryBusy: if another process still holds it after the time-out, naming that process.
            KbError: if the folder cannot be written.
        """
        timeout = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        deadline = time.monotonic() + timeout
        try:
            with self._next.acquire(timeout=timeout, poll_interval=_POLL_SECONDS):
                self._lock.acquire(timeout=max(0.0, deadline - time.monotonic()), poll_interval=_POLL_SECONDS)
        except Timeout:
            raise LibraryBusy(
                f"another process is writing to this library: {self._holder()}",
                cure=f"Waited {timeout:g} s; try again when it is done, or end it",
            ) from None
        except OSError as error:
            raise KbError(
                f"the library at {self._holder_file.parent.parent} cannot be written ({error.strerror or error})",
                cure="Nothing is lost, and it can still be asked; let its folder be written to change anything",
            ) from None
        try:
            self._introduce()
            yield
        finally:
            with suppress(OSError):
                self._holder_file.unlink()
            self._lock.release()

    def _introduce(self) -> None:
        command = " ".join([Path(sys.argv[0]).name, *_command_words(sys.argv[1:])])[:80]
        since = datetime.fromtimestamp(time.time(), UTC).strftime("%H:%M:%S UTC")
        with suppress(OSError):
            self._holder_file.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": since}))

    def _holder(self) -> str:
        try:
            holder = json.loads(self._holder_file.read_text())
            return f"process {int(holder['pid'])} ({holder['command']}), since {holder['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return "a process that did not say its name"


def _command_words(arguments: list[str]) -> list[str]:
    """The command's own words: what comes before the first option or value, wherever the library was named."""
    rest = iter(arguments)
    words: list[str] = []
    for argument in rest:
        if argument == "--library":
            next(rest, None)
        elif not argument.startswith("--library="):
            words.append(argument)
    return list(takewhile(_COMMAND_WORD.fullmatch, words))[:_MOST_WORDS]
