"""Nothing leaves the computer, and nothing heavy is loaded before it is needed."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from kb.library import Library
from tests.conftest import write_notes
from tests.crash import REPOSITORY

# Python's own sockets, by name of the event and family: none at all is allowed, not even a local pair.
WATCHED = """
import os, sys
def watch(event, values):
    if event.startswith("socket."):
        os.write(2, f"SOCKET {event} {values!r}".encode())
        os._exit(86)
sys.addaudithook(watch)
"""
# The system's call, whoever makes it, Rust and C++ included: a filter of the kernel's ends the process that asks for
# an IPv4 or IPv6 socket, and the processes that it starts.
FILTERED = """
import ctypes, platform, struct
def statement(code, jump_true, jump_false, value):
    return struct.pack("HBBI", code, jump_true, jump_false, value)
call = {"x86_64": 41, "aarch64": 198}[platform.machine()]
program = b"".join([
    statement(0x20, 0, 0, 0),         # which call?
    statement(0x15, 0, 4, call),      # socket? else allow
    statement(0x20, 0, 0, 16),        # which family?
    statement(0x15, 1, 0, 2),         # IPv4? end
    statement(0x15, 0, 1, 10),        # IPv6? end, else allow
    statement(0x06, 0, 0, 0x80000000),
    statement(0x06, 0, 0, 0x7FFF0000),
])
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("program", ctypes.c_char_p)]
libc = ctypes.CDLL(None, use_errno=True)
for option, first, second in ((38, 1, 0), (22, 2, ctypes.byref(Filter(len(program) // 8, program)))):
    if libc.prctl(option, first, second, 0, 0):
        print("no filter", flush=True)
        raise SystemExit(0)
"""
COMMANDS = [
    ["add", "{folder}"],
    ["ask", "do long chains hurt small models", "--save"],
    ["inquiry", "list"],
    ["prompt", "do long chains hurt small models"],
    ["import", "tests/replies/01-block-and-prose.md"],
    ["note", "list"],
    ["note", "show", "can-tuning-keep-steps"],
    ["note", "check"],
    ["claims", "stale"],
    ["claims", "extract", "--all"],
    ["retest"],
    ["stats"],
    ["doctor"],
    ["rebuild"],
]


def python(code: str, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)


def run_all(prelude: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    """Run every command in one process behind a watch."""
    root = Library.create(tmp_path / "library")
    folder = write_notes(tmp_path / "vault")
    commands = [[part.format(folder=folder) for part in command] for command in COMMANDS]
    code = f"""
from kb.cli.app import run
for command in {commands!r}:
    print("ran", command[:2], run(["--library", {str(root)!r}, *command]), flush=True)
"""
    ran = python(prelude + code)
    if "no filter" in ran.stdout:
        pytest.skip("this system allows no filter")
    return ran


def did_all(ran: "subprocess.CompletedProcess[str]") -> bool:
    """Whether every command did its work and ended as it should."""
    told = [line.rpartition(" ") for line in ran.stdout.splitlines() if line.startswith("ran ")]
    # note check finds something in the small notes and ends with 1.
    return (
        ran.returncode == 0
        and len(told) == len(COMMANDS)
        and all(code == str(int("'check'" in command)) for command, _, code in told)
    )


def test_no_command_opens_a_socket(tmp_path: Path):
    """A question, a note's words or merely that the program runs would reach somebody else."""
    ran = run_all(WATCHED, tmp_path)
    assert did_all(ran), ran.stdout + ran.stderr


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="a Linux filter")
def test_no_library_below_python_opens_a_socket_either(tmp_path: Path):
    """Chroma and ONNX Runtime are not written in Python, and a watch in Python does not see them."""
    ran = run_all(FILTERED, tmp_path)
    assert did_all(ran), ran.stdout + ran.stderr


def test_nothing_is_left_in_the_home_folder(small_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """ONNX Runtime would keep an identifier there, and send events to its maker some seconds later."""
    home = tmp_path / "home"
    home.mkdir()
    for name, folder in (("HOME", ""), ("XDG_CACHE_HOME", "cache"), ("XDG_STATE_HOME", "state"), ("TMPDIR", "")):
        monkeypatch.setenv(name, str(home / folder))
    code = "import sys; from kb.cli.app import run; sys.exit(run(sys.argv[1:]))"
    for command in (["ask", "do long chains hurt small models"], ["rebuild"]):
        ran = python(code, "--library", small_root, *command)
        assert ran.returncode == 0, ran.stderr
    assert list(home.rglob("*")) == []


def test_the_watches_see_what_they_look_for(tmp_path: Path):
    """The two tests above would pass whatever the program does."""
    opened = "\nimport socket\nsocket.socket(socket.AF_INET)\nprint('opened')\n"
    assert python(WATCHED + opened).returncode == 86
    ran = python(FILTERED + opened)
    assert "opened" not in ran.stdout
    assert ran.returncode != 0 or "no filter" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        (["--help"], ["chromadb", "llama_index", "anthropic", "onnxruntime", "numpy", "kb.library", "rich.progress"]),
        (["ask", "--help"], ["chromadb", "llama_index", "anthropic", "onnxruntime", "numpy", "kb.library"]),
        (["--version"], ["chromadb", "llama_index", "anthropic", "onnxruntime", "numpy", "kb.library"]),
        (["ask", "do long chains hurt small models"], ["chromadb", "llama_index", "anthropic", "networkx", "torch"]),
        (["note", "list"], ["chromadb", "llama_index", "anthropic", "networkx"]),
    ],
    ids=lambda value: " ".join(value[:2]),
)
def test_nothing_heavy_is_loaded_for_light_work(shared_root: Path, arguments: list[str], forbidden: list[str]):
    """Each command would take seconds to start, and need packages that it does not use."""
    code = f"""
import sys
from kb.cli.app import run
code = run(sys.argv[1:])
print(*(name for name in {forbidden!r} if name in sys.modules), file=sys.stderr)
sys.exit(code)
"""
    ran = python(code, "--library", shared_root, *arguments)
    assert (ran.returncode, ran.stderr.strip()) == (0, "")
