"""Four processes that write to one library while two read it: pages, terminals and schedules at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.library import Library
from tests.conftest import IS_FULL
from tests.crash import REPOSITORY, Crasher
from tests.crowd import NOTES, ROUNDS, note

RUNS = 20 if IS_FULL else 1
WRITERS, READERS = 4, 2


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with Crasher() as crasher:
        yield crasher


def start(role: str, root: Path, number: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.crowd", role, str(root), str(number)]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.timeout(300 * RUNS)
@pytest.mark.parametrize("run", range(RUNS))
def test_four_writers_and_two_readers(tmp_path: Path, crasher: Crasher, run: int):
    """Notes or inquiries would be lost between processes, an index torn, or an answer mix two states of a note."""
    root = Library.create(tmp_path / "library")
    (root / "kb.toml").write_text("lock_timeout_seconds = 200\n")
    (root / "notes" / "w0-0.md").write_text(note(0, 0, 0))
    with Library.open(root) as library:
        library.refresh()
    writers = [start("writer", root, number) for number in range(WRITERS)]
    readers = [start("reader", root, number) for number in range(READERS)]
    wrote = [process.communicate(timeout=250) for process in writers]
    (tmp_path / "done").touch()
    asked = [process.communicate(timeout=100) for process in readers]
    for process, (_, err) in zip([*writers, *readers], [*wrote, *asked], strict=True):
        assert process.returncode == 0, err
    state = crasher.state(root)
    assert len(state["sources"]) == WRITERS * NOTES
    assert dict(state["notes"])["notes/w3-2.md"] == note(3, 2, ROUNDS - 1)
    assert all(value is not False for value in state.values()), state
    assert (state["integrity"], state["leftovers"]) == ([["ok"]], [])
    with Library.open(root) as library:
        assert {inquiry.id for inquiry in library.inquiries()} == {line for out, _ in wrote for line in out.split()}
        assert all(
            library.note(f"w{w}-{n}").text == note(w, n, ROUNDS - 1) for w in range(WRITERS) for n in range(NOTES)
        )
    assert all(int(out) > 0 for out, _ in asked), asked
