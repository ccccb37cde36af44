"""The writer's lock."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kb.errors import LibraryBusy
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
