"""`kb ui`: the library's pages in a browser."""

import os
import socket
import tomllib
from typing import Annotated, Any

import typer

from kb.cli.context import state, warn
from kb.errors import BadInput

_LOCAL = {"localhost", "127.0.0.1", "::1"}


def ui(
    port: Annotated[int, typer.Option(help="Port to serve the pages at.", min=1, max=65535)] = 8501,
    address: Annotated[str, typer.Option(help="Address to serve them at.")] = "localhost",
    browser: Annotated[bool, typer.Option(help="Open a browser.")] = True,
) -> None:
    """Serve the library's pages to this computer and open them in a browser; Ctrl-C ends it."""
    from kb.config import find_library

    root = find_library(state.library)
    if (root / "kb.toml").is_file():
        os.environ["KB_LIBRARY"] = str(root)
    if address not in _LOCAL:
        warn([f"serving at {address} without a password: whoever reaches it can read and change this library"])
    _require_free(address, port)
    from streamlit.web import bootstrap

    from kb.ui.serving import config_file, entry

    options = _flags(tomllib.loads(config_file().read_text(encoding="utf-8")))
    options |= {"server_port": port, "server_address": address, "server_headless": not browser}
    bootstrap.load_config_options(options)
    bootstrap.run(str(entry()), False, [], options)


def _require_free(address: str, port: int) -> None:
    """Find out before Streamlit does, which ends with a line of its own.

    Raises:
        BadInput: if nothing can be served there.
    """
    try:
        kind, _, _, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        cure = f"Take another port: kb ui --port {port % 65535 + 1}"
        raise BadInput(f"nothing can be served at {address}:{port} ({error.strerror})", cure=cure) from None


def _flags(table: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Streamlit's options as its command line names them: `server_port` for `port` in `[server]`."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        found |= _flags(value, f"{before}{name}_") if isinstance(value, dict) else {before + name: value}
    return found
