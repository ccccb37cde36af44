"""The writer's lock."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.errors import KbError, LibraryBusy
from kb.stores.lock import WriterLock

HOLD = """
import sys, time
from pathlib import Path
from kb.stores.lock import WriterLock
with WriterLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path: Path):
    """Two writers would corrupt the index, or the second would hang without a word."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LibraryBusy, match=rf"process {holder.pid} "), WriterLock(tmp_path).held(0.1):
            pass
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path):
    """After a crash nobody could write any more."""
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    holder.stdout.readline()
    os.kill(holder.pid, 9)
    holder.wait()
    holder.stdout.close()
    started = time.monotonic()
    with WriterLock(tmp_path).held(5):
        assert time.monotonic() - started < 5


GREEDY = """
import sys, time
from pathlib import Path
from kb.stores.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
while True:
    with lock.held():
        print("held", flush=True)
        time.sleep(0.5)
"""


def test_a_process_that_writes_again_and_again_lets_others_in(tmp_path: Path):
    """A long import in one terminal would keep every other command waiting until its time is up."""
    greedy = subprocess.Popen([sys.executable, "-c", GREEDY, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert greedy.stdout is not None
        lock, n_held = WriterLock(tmp_path), 0
        for _ in range(3):
            greedy.stdout.readline()
            with lock.held(5):
                n_held += 1
        assert n_held == 3
        assert greedy.poll() is None
    finally:
        greedy.kill()
        greedy.wait()
        greedy.stdout.close()


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--library", "some folder", "add", "--retry"], "kb add"),
        (["--library=folder", "note", "draft", "--about", "length"], "kb note draft"),
        (["rebuild", "--library", "folder"], "kb rebuild"),
        (["ask", "Why do chains grow?"], "kb ask"),
        ([], "kb"),
    ],
)
def test_the_holder_is_named_by_its_command(tmp_path: Path, monkeypatch, arguments: list[str], shown: str):
    """A person could not tell which of two commands to wait for."""
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/kb", *arguments])
    with WriterLock(tmp_path).held(), pytest.raises(LibraryBusy) as refused, WriterLock(tmp_path).held(0):
        pass
    assert f"process {os.getpid()} ({shown}), since" in str(refused.value)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path):
    """A read-only disk would end in a traceback, or in advice that loses data."""
    (tmp_path / "lock").mkdir()  # as little a file to be locked as one that may not be opened
    with pytest.raises(KbError, match=r"cannot be written .*Nothing is lost"), WriterLock(tmp_path).held(0):
        pass
