"""`kb verify`: a text, sentence by sentence, against the library."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.context import open_library, out, progress_bar, warn
from kb.errors import BadInput

_MAX_BYTES = 2_000_000


def verify(
    file: Annotated[str, typer.Argument(help="A text file, or `-` for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold a text against the library, sentence by sentence: what it bears out, contradicts or cannot ground."""
    from kb.cli.show_verification import print_verification

    text = _read(file)
    with open_library() as library:
        with progress_bar() as progress:
            found = library.verify(text, progress)
        warn(library.warnings)
    if as_json:
        out(found.model_dump_json(indent=2))
    else:
        print_verification(found)


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read(_MAX_BYTES + 1) if file == "-" else Path(file).read_bytes()[: _MAX_BYTES + 1]
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror})", cure="Name a text file, or `-`") from None
    if len(data) > _MAX_BYTES:
        raise BadInput(f"{file} has more than {_MAX_BYTES:,} bytes", cure="Split it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{file} is no UTF-8 text", cure="Name a text or Markdown file") from None
