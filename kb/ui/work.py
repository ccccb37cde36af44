"""Long work in the background: seen by every session, kept over a reload of the page.

The work opens the library for itself, as a command would, and stops as a command does at Ctrl-C: what was done is kept.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kb.errors import KbError, LibraryBusy
from kb.library import Library
from kb.ports import Progress
from kb.ui.safe import label

Task = Callable[[Library, Progress], object]
_log = logging.getLogger(__name__)


@dataclass
class Work:
    """A piece of work, while it goes on and after."""

    name: str
    """What is being done, for people."""
    started: float = field(default_factory=time.monotonic)
    stage: str = ""
    done: int = 0
    total: int = 0
    is_running: bool = True
    result: object = None
    warnings: list[str] = field(default_factory=list)
    failure: str = ""
    """In words; empty where nothing went wrong."""
    _stop: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Ask it to stop at the next item."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self.is_running and self._stop.is_set()

    @property
    def seconds(self) -> int:
        """Since it began."""
        return int(time.monotonic() - self.started)

    @property
    def shown_failure(self) -> str:
        """The failure for Streamlit's messages."""
        return label(f"{self.failure.rstrip('. ')}.")

    def hear(self, stage: str, done: int, total: int) -> None:
        """A `Progress`, through which it learns that it is to stop."""
        self.stage, self.done, self.total = stage, done, total
        if self._stop.is_set():
            raise KeyboardInterrupt

    def run(self, root: Path, task: Task) -> None:
        """Do it."""
        try:
            with Library.open(root) as library:
                try:
                    self.result = task(library, self.hear)
                finally:
                    self.warnings = list(library.warnings)
        except KeyboardInterrupt:
            self.failure = "Stopped. What was done is kept."
        except KbError as error:
            self.failure = str(error)
        except Exception as error:  # in a thread it would be seen by nobody
            _log.exception("work failed")
            self.failure = (
                f"It ended because of an error in the program ({type(error).__name__}). What was done is kept."
            )
        finally:
            self.is_running = False


_writing: dict[Path, Work] = {}
_guard = threading.Lock()


def begin(name: str, root: Path, task: Task) -> Work:
    """Begin work that only its session looks at."""
    work = Work(name)
    threading.Thread(target=work.run, args=(root, task), name="kb-work", daemon=True).start()
    return work


def begin_writing(name: str, root: Path, task: Task) -> Work:
    """Begin work that changes the library; one piece at a time, in whichever session it was begun.

    Raises:
        LibraryBusy: if other work is going on there.
    """
    with _guard:
        before = _writing.get(root)
        if before and before.is_running:
            raise LibraryBusy(f"{before.name} is still going on", cure="Wait for it, or stop it first")
        work = _writing[root] = begin(name, root, task)
    return work


def writing(root: Path) -> Work | None:
    """The work that changes a library, or did so last."""
    return _writing.get(root)
