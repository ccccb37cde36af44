"""The open libraries of a folder: each page that is being made has one to itself, so that sessions need not wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import BoundedSemaphore, Lock, local

import streamlit as st

from kb.library import Library

_MOST = 3
"""Pages that are made at a time; more would wait for the processor in any case."""
_page = local()
"""What the page of this thread is made with."""


class Shelf:
    """Libraries over one folder. SQLite lets them read side by side; they write in turns, behind the writer's lock.

    The one that was put back last is taken first: as long as nobody reads at the same time there is only one, which
    keeps what it has read. Those beside it share its embedding model.

    Args:
        root: the library's folder.

    Raises:
        KbError: if there is no library, its settings are wrong, or another model made it.
    """

    def __init__(self, root: Path) -> None:
        self._first = Library.open(root, long_lived=True)
        self._free = [self._first]
        self._every = [self._first]
        self._guard, self._room = Lock(), BoundedSemaphore(_MOST)

    @contextmanager
    def taken(self) -> Iterator[Library]:
        """One of them, for this thread; the same one where the thread has one already."""
        if own := getattr(_page, "library", None):
            yield own
            return
        with self._room:
            _page.library = self._take()
            try:
                yield _page.library
            finally:
                with self._guard:
                    self._free.append(_page.library)
                _page.library = None

    def _take(self) -> Library:
        with self._guard:
            if not self._free:
                self._every.append(self._first.beside())
                return self._every[-1]
            return self._free.pop()

    def close(self) -> None:
        """Release the files of all of them."""
        for library in self._every:
            library.close()


@st.cache_resource(show_spinner=False)
def shelf(root: str) -> Shelf:
    """The libraries over a folder, opened once in a process."""
    return Shelf(Path(root))


def taken() -> Library:
    """The library that this thread's page is made with."""
    library = getattr(_page, "library", None)
    assert isinstance(library, Library), "no page is being made"
    return library
