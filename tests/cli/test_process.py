"""The command as a process: pipes, full disks, old terminals, Ctrl-C."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.library import Library
from kb.library.claims import Claims
from tests.conftest import REPOSITORY, Ran
from tests.model_server import Asked, Block, Handler, ModelServer, Play, claude

Kb = Callable[..., Ran]
QUESTION = "do long chains of thought hurt small models"
MAIN = [sys.executable, "-c", "from kb.cli import main; main()"]


def start(*arguments: object, **how: Any) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **how.pop("env", {})}
    command = [*MAIN, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **how)


def test_a_reader_that_goes_is_no_error(shared_root: Path):
    """`kb ask … | head -1` would end in a traceback."""
    for unbuffered in ("", "1"):
        process = start("--library", shared_root, "ask", QUESTION, env={"PYTHONUNBUFFERED": unbuffered})
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()
        assert process.wait(60) in (0, 1)


def test_a_full_disk_behind_the_output_is_one_line(shared_root: Path):
    """`kb ask … > file` would say "done" for a file that is cut off."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    code = f"{MAIN[2]}"
    with open("/dev/full", "wb") as full:
        ran = subprocess.run(
            [sys.executable, "-c", code, "--library", str(shared_root), "stats"], stdout=full, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )  # fmt: skip
    assert ran.returncode == 1
    assert b"No space left on device" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_terminal_without_a_character_is_no_error(shared_root: Path, tmp_path: Path):
    """Typographic quotes would end in a traceback on an old terminal."""
    for arguments in (["ask", QUESTION], ["note", "show", "nowhere “here”"], ["--help"]):
        process = start("--library", shared_root, *arguments, env={"PYTHONIOENCODING": "ascii"})
        out, err = process.communicate(timeout=60)
        assert b"Traceback" not in err
        assert out or err


def test_a_question_is_read_from_standard_input(shared_root: Path, kb: Kb, monkeypatch):
    """`pbpaste | kb ask -` would search for a dash, or end in a traceback for a byte that is no text."""
    process = start("--library", shared_root, "ask", "-", "--json", stdin=subprocess.PIPE)
    out, err = process.communicate(QUESTION.encode() + b" \xff\n", timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["question"].startswith(QUESTION)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert kb("--library", shared_root, "ask", "-").code == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO("word " * 10**6))
    assert kb("--library", shared_root, "ask", "-").code == 2


def test_a_folder_whose_name_is_no_text_can_be_a_library(tmp_path: Path):
    """An old file system's names would end in a traceback."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff"))
    for arguments in (["init", folder], ["--library", folder, "stats"], ["--library", folder, "stats", "--json"],
                      ["--library", folder, "add"], ["--library", folder, "ask", "x"]):  # fmt: skip
        process = start(*arguments, cwd=tmp_path)
        out, err = process.communicate(timeout=60)
        assert b"Traceback" not in err, err.decode(errors="replace")
        assert process.returncode == 0, (arguments, out, err)


def test_ctrl_c_is_one_line(small_root: Path, kb: Kb, monkeypatch):
    """Who stops a long import would be shown the program's insides, and not that nothing is lost."""

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Library, "refresh", interrupted)
    ran = kb("--library", small_root, "stats")
    assert (ran.code, ran.out) == (130, "")
    assert "What was done is kept" in ran.err


class _Halting:
    """A model's stream that halts after its first sentence, until it may go on."""

    def __init__(self) -> None:
        self.halted, self.go_on = threading.Event(), threading.Event()

    def __call__(self, handler: Handler, asked: Asked) -> None:
        said = [Block(str(asked.results[i]["content"][0]["text"]), ((i, 0, 1),)) for i in range(2)]
        claude(said[0], "\n", said[1], during=self._halt)(handler, asked)

    def _halt(self, block: int) -> None:
        if block == 2:
            self.halted.set()
            self.go_on.wait(60)


def test_ctrl_c_ends_an_answer_and_keeps_what_was_verified(small_root: Path, models: ModelServer):
    """Sentences that were paid for would be thrown away, under a line that says they are kept."""
    models.plays = [play := _Halting()]
    process = start("--library", small_root, "ask", QUESTION, "--llm", "anthropic", "--save", "--json")
    assert play.halted.wait(60)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    said = b""
    while b"Ending the answer" not in said:
        said += (line := process.stderr.readline())
        assert line, said
    play.go_on.set()
    out, err = process.communicate(timeout=60)
    answer = json.loads(out)
    assert (process.returncode, answer["incomplete"]) == (8, True), err
    assert len(answer["sentences"]) < 2  # how much had arrived is the system's doing
    with Library.open(small_root) as library:
        (kept,) = library.inquiries()
        assert kept.answer.incomplete
    assert b"Kept as" in err


def test_a_second_ctrl_c_waits_for_nothing(small_root: Path, models: ModelServer):
    """A model that hangs could not be left."""
    models.plays = [play := _Halting()]
    process = start("--library", small_root, "ask", QUESTION, "--llm", "anthropic")
    assert play.halted.wait(60)
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while b"Ending the answer" not in (line := process.stderr.readline()):
        assert line
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    play.go_on.set()
    assert (process.returncode, out) == (130, b"")
    assert b"Nothing of this answer is kept" in err
    assert b"Traceback" not in err


def _silent(halted: threading.Event, go_on: threading.Event) -> Play:
    """A model that says nothing until it may go on, and then breaks off."""

    def play(handler: Handler, asked: Asked) -> None:
        halted.set()
        go_on.wait(60)
        claude(cut=True)(handler, asked)

    return play


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["note", "draft", "--about", "faithfulness", "--llm", "anthropic"], "this draft is kept. The same command asks"),
        (
            ["note", "draft", "--update", "can-tuning-keep-steps", "--llm", "anthropic"],
            "this draft is kept. The same command asks",
        ),
        (["faithfulness", QUESTION, "--llm", "anthropic", "--yes", "--limit", "1"], "this test is kept. The same command tests"),
        (["verify", "-"], "this report is kept. The same command verifies"),
    ],
)  # fmt: skip
def test_ctrl_c_says_that_nothing_is_kept_where_nothing_is(
    small_root: Path, models: ModelServer, command: list[str], said: str
):
    """A person would look for half a draft, or think that the next run goes on where this one ended."""
    halted, go_on = threading.Event(), threading.Event()
    models.plays = [_silent(halted, go_on)]
    judged = {"KB_JUDGE": "anthropic"} if command[0] == "verify" else {}
    process = start("--library", small_root, *command, env=judged, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"Tuning loosens the steps of small models from their answers.\n")
    process.stdin.close()
    process.stdin = None
    assert halted.wait(60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    go_on.set()
    assert (process.returncode, out) == (130, b"")
    assert f"kb: Stopped. Nothing of {said} again.".encode() in err
    assert b"goes on from there" not in err


@pytest.mark.parametrize(
    ("owner", "method", "command", "said"),
    [
        (Library, "plan", ["ask", QUESTION, "--llm", "ollama:small"], "this answer is kept. The same command asks"),
        (Claims, "retest", ["retest"], "this test is kept. The same command tests"),
    ],
)
def test_ctrl_c_where_no_model_was_asked_yet_says_that_nothing_is_kept(
    small_root: Path, kb: Kb, monkeypatch, owner: type, method: str, command: list[str], said: str
):
    """A person would be told that the next run goes on where this one ended, which it cannot."""

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, method, interrupted)
    ran = kb("--library", small_root, *command)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err.endswith(f"kb: Stopped. Nothing of {said} again.\n")


def test_ctrl_c_before_a_command_began_is_one_line():
    """Who stops at once would be shown the program's insides."""
    code = f"import kb.cli.app as app, signal; app.run = lambda _: signal.raise_signal(signal.SIGINT); {MAIN[2]}"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (130, b"kb: Stopped\n")
