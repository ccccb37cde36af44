"""Papers from arXiv: `kb arxiv …`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import open_library, out, progress_bar, warn

if TYPE_CHECKING:
    from kb.domain import SnapshotReport

arxiv_app = typer.Typer(help="Papers from arXiv.", no_args_is_help=True)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@arxiv_app.command("snapshot")
def arxiv_snapshot(
    file: Annotated[Path, typer.Argument(help="arXiv's metadata as JSON lines: plain, .gz or .zst.")],
    category: Annotated[
        list[str] | None, typer.Option(help="Only papers in it: cs.CL, or cs for all of cs. May be repeated.")
    ] = None,
    since: Annotated[str, typer.Option(help="Only papers submitted then or later: YYYY, YYYY-MM or YYYY-MM-DD.")] = "",
    limit: Annotated[int | None, typer.Option(help="At most so many papers.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="File the papers under it. May be repeated.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Add the papers of a metadata snapshot by their abstracts. The same command goes on where it was stopped."""
    with open_library() as library:
        with progress_bar() as progress:
            report = library.snapshots.add(
                file, categories=category or (), since=since, limit=limit, topics=topic or (), progress=progress
            )
        warn(library.warnings)
    out(report.model_dump_json(indent=2) if as_json else _summary(report))
    warn(report.flaws)


def _summary(report: "SnapshotReport") -> str:
    counts = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, {report.kept:,} kept"
    broken = f", {report.broken:,} lines that cannot be used" if report.broken else ""
    return f"{report.line:,} lines read: {counts}{broken}; {report.n_embedded:,} texts embedded."
