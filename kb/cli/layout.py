"""How text is laid out in a terminal: its width, wrapped lines, bold where there is a terminal."""

import shutil
import sys
import textwrap

from ingest.plain import terminal_safe

_MIN_WIDTH, _MAX_WIDTH = 40, 100


def page_width() -> int:
    """Columns for running text."""
    return max(_MIN_WIDTH, min(_MAX_WIDTH, shutil.get_terminal_size((88, 24)).columns - 2))


def wrapped(text: str, width: int, mark: str = "", indent: int = 0) -> str:
    """Text as lines of at most `width` columns, safe to print; `mark` stands before the first line."""
    first = " " * indent + mark
    safe = " ".join(terminal_safe(text).split())
    return textwrap.fill(safe, width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)


class Style:
    """Bold where standard output is a terminal."""

    def __init__(self) -> None:
        self._on, self._off = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")

    def bold(self, text: str) -> str:
        """The text, bold."""
        return f"{self._on}{text}{self._off}"
