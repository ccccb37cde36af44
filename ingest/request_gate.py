"""One request at a time and then a pause, across all processes of a person on a computer.

arXiv's terms (https://info.arxiv.org/help/api/tou.html) allow one request every three seconds and one connection at a
time, over all of a person's programs. The time of the next request therefore lies in a file, under a lock that is held
while a request is under way. Where a server asks to wait, that goes into the same file, so every process waits.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from kb.errors import KbError, Unavailable

INTERVAL_SECONDS = 3.0
_MAX_POSTPONED_SECONDS = 86_400.0
_QUEUE_SECONDS = 600.0


def machine_folder() -> Path:
    """Folder for what all libraries of a person on this computer share: `$XDG_STATE_HOME/inquiring-kb`."""
    base = os.environ.get("XDG_STATE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else None)
    return (Path(base) if base else Path.home() / ".local" / "state") / "inquiring-kb"


class RequestGate:
    """Lets requests through one after the other.

    Args:
        path: file that keeps the time of the next request; its folder is made when needed.
        interval_seconds: from the end of one request to the beginning of the next.
        max_wait_seconds: the longest pause to sit out; a longer one that a server asked for ends in an error.
        clock: seconds since 1970; the same for all processes.
        sleep: waits for so many seconds; Ctrl-C ends it.
    """

    def __init__(
        self,
        path: Path,
        *,
        interval_seconds: float = INTERVAL_SECONDS,
        max_wait_seconds: float = 60.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.interval_seconds = interval_seconds
        self._path = path
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._sleep = sleep
        self._own_next = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for this process's turn, and hold it for one request.

        Raises:
            Unavailable: if a server asked for a longer pause than one sits out, or other processes take too long.
            KbError: if the folder of the file cannot be written.
        """
        lock = FileLock(f"{self._path}.lock")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=_QUEUE_SECONDS, poll_interval=0.02)
        except Timeout:
            raise Unavailable("other processes keep asking arXiv", cure="Try again when they are done") from None
        except OSError as error:
            raise KbError(
                f"{self._path.parent} cannot be written: {error.strerror}", cure="Check permissions"
            ) from None
        try:
            self._wait()
            self._write(self._clock() + self.interval_seconds)
            try:
                yield
            finally:
                # Counted from the end: then no delay on the way can bring two arrivals closer together.
                self.postpone(self.interval_seconds)
        finally:
            lock.release()

    def postpone(self, seconds: float) -> None:
        """Let no request through for so long, a day at most; only within a turn."""
        self._write(max(self._next(), self._clock() + min(seconds, _MAX_POSTPONED_SECONDS)))

    def _wait(self) -> None:
        while (seconds := self._next() - self._clock()) > 0:
            if seconds > self._max_wait_seconds:
                until = datetime.fromtimestamp(self._next(), UTC).strftime("%Y-%m-%d %H:%M UTC")
                raise Unavailable(
                    f"arXiv asked not to be asked before {until}", cure="Try again then; what came in before is kept"
                )
            self._sleep(seconds)

    def _next(self) -> float:
        """When the next request may go out, in seconds since 1970; 0 where that is unknown or makes no sense."""
        try:
            value = float(json.loads(self._path.read_text(encoding="utf-8"))["next_at"])
        except (OSError, ValueError, TypeError, KeyError):
            value = 0.0
        sensible = math.isfinite(value) and value <= self._clock() + _MAX_POSTPONED_SECONDS
        return max(self._own_next, value if sensible else 0.0)

    def _write(self, next_at: float) -> None:
        self._own_next = next_at  # so that this process keeps its pace even on a full disk
        temporary = self._path.with_name(f"{self._path.name}.new")
        with suppress(OSError):
            temporary.write_text(json.dumps({"next_at": next_at}), encoding="utf-8")
            temporary.replace(self._path)
