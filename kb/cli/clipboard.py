"""The system's clipboard, through the tools that systems have for it, and through the terminal where there is none.

A package for this would bring the same few lines and could not reach the clipboard of the person's own computer over a
remote shell, which terminals do by the control sequence OSC 52.
"""

import base64
import shutil
import subprocess
import sys

from kb.errors import BadInput

_COPY = (
    ("pbcopy",),
    ("wl-copy",),
    ("xclip", "-selection", "clipboard"),
    ("xsel", "--input", "--clipboard"),
    ("clip.exe",),
)
_PASTE = (
    ("pbpaste",),
    ("wl-paste", "--no-newline"),
    ("xclip", "-selection", "clipboard", "-o"),
    ("xsel", "--output", "--clipboard"),
    ("powershell.exe", "-NoProfile", "-Command", "Get-Clipboard -Raw"),
)
_SECONDS = 5
_MAX_TERMINAL_BYTES = 74_994
"""What terminals take at most by OSC 52, before encoding; xterm's limit."""


def copy(text: str) -> str:
    """Put a text on the clipboard; by what means, in words.

    Raises:
        BadInput: if there is neither a tool nor a terminal that could.
    """
    for command in _COPY:
        if _run(command, text.encode("utf-16" if command[0] == "clip.exe" else "utf-8")) is not None:
            return f"with {command[0]}"
    data = text.encode("utf-8")
    if sys.stderr.isatty() and len(data) <= _MAX_TERMINAL_BYTES:
        sys.stderr.write(f"\x1b]52;c;{base64.b64encode(data).decode()}\x07")
        sys.stderr.flush()
        return "through the terminal, if it allows that"
    raise BadInput("there is no clipboard here", cure="Install xclip or wl-clipboard, or write a file with -o FILE")


def paste() -> str:
    """The text on the clipboard.

    Raises:
        BadInput: if there is no tool to read it.
    """
    for command in _PASTE:
        if (data := _run(command, b"")) is not None:
            return data.decode("utf-8", "replace")
    raise BadInput("there is no clipboard to read here", cure="Save the answer to a file, or pipe it: kb import -")


def _run(command: tuple[str, ...], data: bytes) -> bytes | None:
    """What a tool printed; None where it is not there or failed."""
    if not (path := shutil.which(command[0])):
        return None
    try:
        done = subprocess.run(  # noqa: S603 - one of the tools named above, by its full path
            [path, *command[1:]], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
