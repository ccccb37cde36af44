"""`kb add`: notes, papers and documents in."""

from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import given_text, open_library, out, progress_bar, warn
from kb.errors import BadInput, SomeFailed, Unavailable
from kb.language import counted

if TYPE_CHECKING:
    from kb.domain import AddReport

_MAX_LIST_BYTES = 16 * 1024 * 1024

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TopicOption = Annotated[list[str] | None, typer.Option("--topic", help="A topic for them; may be given again.")]
AbstractOption = Annotated[bool, typer.Option("--abstract-only", help="Papers without their full text: much faster.")]


def add(
    items: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ITEM]...",
            help="Note files and folders, arXiv ids, addresses, PDF, HTML and text files, .bib, .ris and CSL .json.",
        ),
    ] = None,
    from_file: Annotated[
        str, typer.Option("--from", metavar="FILE", help="Read items from a file, one a line; `-` is standard input.")
    ] = "",
    topic: TopicOption = None,
    note: Annotated[str, typer.Option("--note", help="A remark that is kept with them.")] = "",
    abstract_only: AbstractOption = False,
    document: Annotated[
        bool, typer.Option("--document", help="Take Markdown and other files as documents, not as notes.")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Try again what failed before.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Add notes, papers and documents; without an item, go on with what is undone and read the notes again."""
    from kb.library import Wishes

    if not all(item.strip() for item in items or ()):
        raise BadInput("an item is empty, as an unset variable leaves it", cure="Name what is to be added")
    given = [*(items or []), *(_listed(from_file) if from_file else [])]
    wishes = Wishes(tuple(topic or ()), " ".join(note.split()), abstract_only, document)
    with open_library() as library, progress_bar() as progress:
        report = library.add(given, wishes=wishes, retry=retry, progress=progress)
        warnings = library.warnings
    print_report(report, as_json)
    warn(warnings)
    end_with(report)


def _listed(name: str) -> list[str]:
    """Items from a file or from standard input, without empty lines and comments."""
    text = given_text(name, _MAX_LIST_BYTES, "Name a file with one item a line", "replace")
    lines = (_unquoted(line.partition(" #")[0].strip()) for line in text.removeprefix("\ufeff").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _unquoted(line: str) -> str:
    """A line without the quotes that spreadsheets and shells put around it."""
    return line[1:-1].strip() if len(line) > 1 and line[0] == line[-1] and line[0] in "\"'" else line


def print_report(report: "AddReport", as_json: bool = False) -> None:
    """Say what an ingest did."""
    if as_json:
        out(report.model_dump_json(indent=2))
        return
    parts = [
        f"{len(report.added)} added",
        f"{len(report.updated)} updated",
        f"{len(report.removed)} removed",
        f"{report.unchanged} unchanged",
    ]
    out(", ".join(parts) + f"; {counted(report.n_embedded, 'text')} embedded.")
    warn(f"{job.in_words}. {job.advice}" for job in report.failed)
    warn(report.flaws_in_words)


def end_with(report: "AddReport") -> None:
    """End with the exit code that fits what this run was to do; what waits from before is told.

    Raises:
        SomeFailed: if items failed.
        Unavailable: if items of this run wait for a server.
    """
    n = report.pending
    what = "1 paper or document is" if n == 1 else f"{n} papers or documents are"
    if n and (report.failed or not report.undone):
        warn([f"{what} still to be added; go on with `kb add`"])
    if report.failed:
        cure = "See `kb doctor`" if any(job.is_kept for job in report.failed) else "Check what was given"
        raise SomeFailed(f"{len(report.failed)} of the items could not be added", cure=cure)
    if report.undone:
        raise Unavailable(f"{what} still to be added", cure="Go on with `kb add`")
