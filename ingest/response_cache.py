"""Answers of servers on disk, so that nothing is asked for twice.

A file holds one answer: a line of JSON (address, status, media type, time, hash of the body), then the body. Files lie
under the hash of their address. A file that a crash left torn, or that somebody changed, does not fit its hash and
counts as missing. Everything here can be deleted at any time.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ingest.http_get import Reply
from kb.identity import content_hash

FOREVER = float("inf")
_SUFFIX = ".reply"


class ResponseCache:
    """Answers by address.

    Args:
        folder: made when the first answer is kept.
        max_bytes: how much may lie here; the oldest files go first.
        clock: seconds since 1970.
    """

    def __init__(self, folder: Path, *, max_bytes: int = 2_000_000_000, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._clock = clock
        self._size: int | None = None

    def get(self, url: str, max_age_seconds: float) -> Reply | None:
        """The answer that was kept, unless there is none, it is older than that or its file is damaged."""
        try:
            head, _, data = self._path(url).read_bytes().partition(b"\n")
            kept = json.loads(head)
            fits = kept["url"] == url and kept["hash"] == content_hash(data)
            age = self._clock() - float(kept["at"])
            reply = Reply(str(kept["final_url"]), int(kept["status"]), {"content-type": str(kept["type"])}, data)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        # A time in the future is one from before the clock was put right.
        return reply if fits and -60 <= age <= max_age_seconds else None

    def put(self, url: str, reply: Reply) -> None:
        """Keep an answer. Where the disk refuses, it is not kept, and the work goes on."""
        head = {
            "url": url,
            "final_url": reply.url,
            "status": reply.status,
            "type": reply.headers.get("content-type", ""),
            "at": self._clock(),
            "hash": content_hash(reply.data),
        }
        with suppress(OSError):
            self._write(self._path(url), json.dumps(head).encode() + b"\n" + reply.data)

    def prune(self, max_bytes: int) -> int:
        """Delete the oldest answers until no more than so many bytes are left; bytes that are left."""
        files = []
        for path in self._folder.glob(f"*/*{_SUFFIX}"):
            with suppress(OSError):
                files.append((path.stat().st_mtime, path.stat().st_size, path))
        left = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if left <= max_bytes:
                break
            with suppress(OSError):
                path.unlink()
                left -= size
        return left

    def _path(self, url: str) -> Path:
        name = content_hash(url)
        return self._folder / name[:2] / f"{name}{_SUFFIX}"

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=_SUFFIX)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        # Counted once and then kept up; two processes may go over the limit by what one of them writes.
        self._size = self.prune(self._max_bytes) if self._size is None else self._size + len(data)
        if self._size > self._max_bytes:
            self._size = self.prune(self._max_bytes * 9 // 10)
