"""Sessions side by side: who reads does not wait for who asks or adds."""

import threading
from pathlib import Path

import pytest

from kb.ui import shell
from kb.ui.shelf import shelf
from tests.conftest import SMALL_NOTES
from tests.ui.pages import html_of, page


def test_a_page_is_made_while_another_is_not_done(root: Path):
    """Everybody would wait while one session asks a slow question."""
    begun, end = threading.Event(), threading.Event()

    def slow() -> None:
        with shell.opened():
            begun.set()
            end.wait(60)

    other = threading.Thread(target=slow)
    other.start()
    begun.wait(60)
    try:
        assert "5 found" in html_of(page("notes"))
        assert other.is_alive()
    finally:
        end.set()
        other.join()


def test_a_page_is_made_while_a_writer_works_and_says_that_it_may_be_behind(root: Path):
    """A reader would wait for a long ingest, or read an old state unknowingly."""
    assert "5 found" in html_of(page("notes"))
    (root / "notes" / "new.md").write_text(SMALL_NOTES["do-tools-lift-the-limit"].replace("Do tools", "Do levers"))
    with shell.opened() as library, library.beside() as writer:
        (root / "notes" / "newer.md").write_text(SMALL_NOTES["do-tools-lift-the-limit"].replace("Do tools", "Do cogs"))
        with writer.parts.lock.held():
            test = page("notes")
    assert "6 found" in html_of(test)
    assert "Answering from the library as it was" in test.warning[0].value
    assert "7 found" in html_of(page("notes"))


def test_sessions_one_after_another_share_one_library(root: Path):
    """Every visit would open the library anew and keep it in memory."""
    for name in ("notes", "claims", "overview"):
        assert not page(name).error
    assert len(shelf(str(root))._every) == 1


def test_many_pages_at_once_read_and_write_the_same_library(root: Path):
    """Sessions at the same time would break the library or see half of what is there."""
    seen: list[int] = []

    def visit(number: int) -> None:
        for turn in range(3):
            with shell.opened() as library:
                library.save(library.ask(f"Do long chains hurt model {number} in turn {turn}?"))
                seen.append(len(library.notes()))

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    with shell.opened() as library:
        assert len(library.inquiries()) == 18
        assert not library.problems()
    assert seen == [5] * 18


@pytest.mark.parametrize("n_nested", [1, 3])
def test_a_part_of_a_page_stands_on_the_same_library(root: Path, n_nested: int):
    """A box that opens the library itself would wait for its own page."""
    with shell.opened() as outer:
        for _ in range(n_nested):
            with shell.opened() as inner:
                assert inner is outer is shell.library()
