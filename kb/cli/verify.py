"""`kb verify`: a text, sentence by sentence, against the library."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kb.cli.context import open_library, out, progress_bar, warn
from kb.cli.layout import Style, page_width, wrapped
from kb.domain import NearPassage, SupportState, Verification, VerifiedSentence
from kb.errors import BadInput

_MAX_BYTES = 2_000_000
_MARKS = {
    SupportState.QUOTED: "= quoted",
    SupportState.SUPPORTED: "+ supported",
    SupportState.CONSISTENT: "~ consistent",
    SupportState.UNSUPPORTED: "! unsupported",
}


def verify(
    file: Annotated[str, typer.Argument(help="A text file, or `-` for standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold a text against the library, sentence by sentence: what it bears out, contradicts or cannot ground."""
    text = _read(file)
    with open_library() as library:
        with progress_bar() as progress:
            found = library.verify(text, progress)
        warn(library.warnings)
    if as_json:
        out(found.model_dump_json(indent=2))
    else:
        _print(found)


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


def _print(found: Verification) -> None:
    width, style = page_width(), Style()
    blocks = [_sentence(sentence, width, style) for sentence in found.sentences]
    counted = ", ".join(f"{found.count(s)} {s.value}" for s in SupportState if found.count(s)) or "nothing to verify"
    judged = "" if found.judge else " No model judged whether the passages bear the consistent ones out."
    skipped = f" Left out: {found.n_skipped} headings, questions, fragments." if found.n_skipped else ""
    blocks.append(wrapped(f"{len(found.sentences)} sentences: {counted}.{skipped}{judged}", width))
    out("\n\n".join(blocks))


def _sentence(sentence: VerifiedSentence, width: int, style: Style) -> str:
    lines = [style.bold(_MARKS[sentence.state]), wrapped(sentence.text, width, indent=2)]
    for reason in sentence.reasons:
        lines.append(wrapped(reason.text, width, "? " if reason.warning else "! ", indent=4))
    near = sentence.nearest[:1]
    if sentence.citations:
        near = tuple(n for n in sentence.nearest if n.passage == sentence.citations[0].passage)[:1]
    label = "in" if sentence.citations else "nearest:"
    lines += [_place(n, label, width) for n in near]
    return "\n".join(lines)


def _place(near: NearPassage, label: str, width: int) -> str:
    return wrapped(f"{label} {near.title} ({near.source}): “{near.quote}”", width, indent=4)
