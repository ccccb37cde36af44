"""`kb ui` as a person starts it."""

import os
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from kb.cli.ui import _flags
from kb.ui.serving import config_file, entry
from tests.conftest import REPOSITORY

COMMAND = [sys.executable, "-c", "from kb.cli import main; main()"]


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_options_are_known_to_streamlit():
    """A misspelt option would leave a default in place that shares, listens or shows too much."""
    from streamlit import config

    options = _flags(tomllib.loads(config_file().read_text(encoding="utf-8")))
    assert options["server_address"] == "localhost"
    assert options["server_maxUploadSize"] == 30
    assert options["browser_gatherUsageStats"] is False
    assert options["client_showErrorDetails"] == "none"
    known = {name.replace(".", "_") for name in config._config_options_template}
    assert options.keys() <= known
    assert entry().is_file()


@pytest.mark.parametrize(("address", "warned"), [("localhost", False), ("0.0.0.0", True)])
def test_it_serves_this_computer_and_warns_elsewhere(shared_root: Path, tmp_path: Path, address: str, warned: bool):
    """The pages, which ask for no password, would be open to the network, or nobody would say so."""
    port, told = _port(), tmp_path / "told"
    with told.open("wb") as errors:
        process = subprocess.Popen(
            [*COMMAND, "--library", str(shared_root), "ui", "--port", str(port), "--address", address, "--no-browser"],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.DEVNULL,
            stderr=errors,
            cwd=tmp_path,
        )
        try:
            assert _answers(port, process)
        finally:
            process.terminate()
            process.wait(30)
    assert ("without a password" in told.read_text(encoding="utf-8")) is warned


def _answers(port: int, process: "subprocess.Popen[bytes]") -> bool:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
