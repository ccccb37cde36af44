"""What every page stands on: a library to itself while it is made, and words for what goes wrong."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from kb.config import find_library
from kb.errors import KbError, LibraryBusy
from kb.library import Library
from kb.ports import Progress
from kb.stores.damage import is_damage
from kb.ui.safe import label
from kb.ui.shelf import shelf, taken

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_log = logging.getLogger(__name__)


def library() -> Library:
    """The library of this page; only within a page, while `opened` holds it.

    Long work belongs into a thread with a library of its own: `Library.open(library().root)`.
    """
    return taken()


@contextmanager
def opened() -> Iterator[Library]:
    """The library, brought up to its notes, for as long as one page is made.

    The first time of all reads and embeds every note, which is shown while it lasts.

    Raises:
        KbError: if there is no library, its settings are wrong, or another model made it.
    """
    root = find_library()
    # Where there is no library yet, opening one makes the per-user library with the seed notes.
    if not (root / "kb.toml").is_file():
        Library.open().close()
    with shelf(str(root)).taken() as here:
        if here.parts.catalog.generation():
            here.refresh()
        else:
            with progress("Reading the library for the first time. This happens once.") as heard:
                here.refresh(heard)
        tell_warnings(here)
        yield here


def tell_warnings(library: Library) -> None:
    """Show what went on beside the answers, once."""
    lines = list(dict.fromkeys(library.warnings))
    library.warnings.clear()
    for line in lines:
        st.warning(label(line), icon=":material/info:")


@contextmanager
def progress(words: str) -> Iterator[Progress]:
    """A bar for work that takes a while; it goes when the work is done."""
    place = st.empty()
    bar = place.progress(0.0, text=label(words))

    def hear(stage: str, done: int, total: int) -> None:
        bar.progress(min(1.0, done / max(total, 1)), text=label(f"{words} {stage}: {done:,} of {total:,}"))

    try:
        yield hear
    finally:
        place.empty()


@contextmanager
def boundary() -> Iterator[None]:
    """Say in words what failed and what is safe; the traceback goes to the server's own log."""
    try:
        yield
    except LibraryBusy as error:
        st.warning(label(f"{error} Nothing was changed by this page."), icon=":material/hourglass_top:")
    except KbError as error:
        st.error(label(str(error)), icon=":material/error:")
    except (OSError, sqlite3.Error) as error:
        _log.exception("a page could not read or write")
        if is_damage(error):
            st.error(label("The library's catalog is damaged. Run `kb rebuild`, which saves what can be read of it."))
            return
        st.error(
            label(
                f"The disk or the system refused: {error}. What was kept before is safe. "
                "See that the disk has room and that the library's folder can be read and written."
            ),
            icon=":material/error:",
        )
    except Exception:
        # The last resort: a page must not end in a traceback, whatever it met.
        _log.exception("a page failed")
        st.error(
            "This page failed in a way that nobody foresaw. Your notes and what the library keeps are untouched. "
            "Load the page again; the server's log says more.",
            icon=":material/error:",
        )


def warn_if_exposed() -> None:
    """Say so where the pages can be reached from other computers, for they ask for no password."""
    address = st.get_option("server.address")
    if address not in _LOCAL:
        st.warning(
            label(
                f"These pages are served at {address or 'every address of this computer'} and ask for no password: "
                "whoever reaches them can read and change this library. Start them with `kb ui` to keep them here."
            ),
            icon=":material/lock_open:",
        )
