"""One request at a time and then a pause, across processes."""

import itertools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.request_gate import INTERVAL_SECONDS, RequestGate, machine_folder
from kb.errors import KbError, Unavailable
from tests.arxiv_server import ArxivServer, ServedPaper
from tests.crash import REPOSITORY


def ask(url: str, folder: str, worker: int, interval_seconds: float, n_requests: int) -> None:
    """What each process does: ask for papers that no other process asks for."""
    from ingest.arxiv_api import ArxivArchive
    from kb.identity import ArxivId

    gate = RequestGate(Path(folder, "gate"), interval_seconds=interval_seconds)
    archive = ArxivArchive(Path(folder, "cache"), base_url=url, site_url=url, gate=gate, test_server=url)
    for number in range(n_requests):
        archive.by_ids([ArxivId(f"2411.{worker:03d}{number:02d}")])


def gaps(tmp_path: Path, n_processes: int, n_requests: int, interval_seconds: float) -> list[float]:
    """Seconds between arrivals at a server that several processes ask at once."""
    context = multiprocessing.get_context("spawn")
    with ArxivServer([ServedPaper("2411.00000")]) as server:
        workers = [
            context.Process(target=ask, args=(server.url, str(tmp_path), n, interval_seconds, n_requests))
            for n in range(n_processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)
        assert [worker.exitcode for worker in workers] == [0] * n_processes
        arrivals = sorted(request.at for request in server.requests)
    assert len(arrivals) == n_processes * n_requests
    return [later - earlier for earlier, later in itertools.pairwise(arrivals)]


def test_several_processes_keep_the_pause_between_them(tmp_path: Path):
    """Each process would keep its own pause, and together they would break arXiv's terms."""
    assert min(gaps(tmp_path, n_processes=4, n_requests=5, interval_seconds=0.15)) >= 0.15


def test_the_pause_is_three_seconds(tmp_path: Path):
    """The terms of arXiv's interface ask for three seconds between requests; less gets the person locked out."""
    assert INTERVAL_SECONDS == 3.0
    assert min(gaps(tmp_path, n_processes=2, n_requests=2, interval_seconds=INTERVAL_SECONDS)) >= 3.0


class Clock:
    """A time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def gate(self, path: Path) -> RequestGate:
        return RequestGate(path, clock=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_pause_counts_from_the_end_of_a_request(tmp_path: Path, clock: Clock):
    """A slow request could arrive right before the quick one after it."""
    gate = clock.gate(tmp_path / "gate")
    with gate.turn():
        clock.now += 20
    with gate.turn():
        pass
    assert clock.slept == [pytest.approx(3.0)]


def test_a_request_that_fails_counts_too(tmp_path: Path, clock: Clock):
    """A server in trouble would be asked again at once."""
    gate = clock.gate(tmp_path / "gate")
    with pytest.raises(RuntimeError), gate.turn():
        raise RuntimeError
    with clock.gate(tmp_path / "gate").turn():
        pass
    assert clock.slept == [pytest.approx(3.0)]


def test_what_one_process_is_told_to_wait_all_wait(tmp_path: Path, clock: Clock):
    """A server that asked to be left alone would hear from the next process instead."""
    with (gate := clock.gate(tmp_path / "gate")).turn():
        gate.postpone(42)
    with clock.gate(tmp_path / "gate").turn():
        pass
    assert clock.slept == [pytest.approx(42)]


def test_a_long_wait_is_told_and_not_sat_out(tmp_path: Path, clock: Clock):
    """The program would hang for hours without a word."""
    with (gate := clock.gate(tmp_path / "gate")).turn():
        gate.postpone(3600)
    with pytest.raises(Unavailable) as caught, clock.gate(tmp_path / "gate").turn():
        pytest.fail("was let through")
    assert datetime.fromtimestamp(clock.now + 3600, UTC).strftime("%Y-%m-%d %H:%M UTC") in str(caught.value)
    clock.now += 3600
    with clock.gate(tmp_path / "gate").turn():
        pass
    assert clock.slept == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"next_at": "x"}', '{"next_at": NaN}', '{"next_at": 1e300}', '{"next_at": null}', "\x00\xff"],
)
def test_a_damaged_file_stops_nobody(tmp_path: Path, clock: Clock, text: str):
    """A torn file, or a clock that was wrong by years, would lock the person out for good."""
    (tmp_path / "gate").write_text(text, encoding="latin-1")
    with clock.gate(tmp_path / "gate").turn():
        pass
    assert clock.slept == []
    assert json.loads((tmp_path / "gate").read_text())["next_at"] == pytest.approx(clock.now + 3)


def test_a_process_keeps_its_own_pace_where_nothing_can_be_written(tmp_path: Path, clock: Clock):
    """A full disk would undo the pause."""
    gate = clock.gate(tmp_path / "gate")
    (tmp_path / "gate.new").mkdir()
    for _ in range(2):
        with gate.turn():
            pass
    assert clock.slept == [pytest.approx(3.0)]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, clock: Clock):
    """A traceback would reach the person."""
    (tmp_path / "file").write_text("")
    with pytest.raises(KbError, match="cannot be written"), clock.gate(tmp_path / "file" / "gate").turn():
        pytest.fail("was let through")


def test_the_file_is_the_persons_not_the_librarys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two libraries of one person would each keep their own pause."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert machine_folder() == tmp_path / "inquiring-kb"


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_a_wait_and_frees_the_gate(tmp_path: Path):
    """A person could not stop the program while it waits, or the next one would find the gate shut."""
    code = (
        # A shell that runs the tests in the background has them start with Ctrl-C ignored.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; from pathlib import Path; from ingest.request_gate import RequestGate\n"
        "gate = RequestGate(Path(sys.argv[1]))\n"
        "with gate.turn(): gate.postpone(50)\n"
        "print('waits', flush=True)\n"
        "with gate.turn(): pass\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "gate")]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.2)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert b"KeyboardInterrupt" in errors
    (tmp_path / "gate").unlink()
    with RequestGate(tmp_path / "gate").turn():
        pass
