"""`kb arxiv …`: searches, followed searches, updates and snapshots. Only the last stays off the network."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.add import AbstractOption, TopicOption, end_with, print_report
from kb.cli.context import one_line, open_library, out, progress_bar, warn
from kb.language import counted

if TYPE_CHECKING:
    from kb.domain import Paper, SnapshotReport
    from kb.ports import ArchivedPaper

arxiv_app = typer.Typer(help="Papers at arXiv: search, follow, keep up to date.", no_args_is_help=True)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CategoryOption = Annotated[str, typer.Option(help="Only a category, such as cs.CL, or an archive, such as cs.")]
SinceOption = Annotated[str, typer.Option(help="Submitted on that day, month or year, or later.")]


@arxiv_app.command("search")
def arxiv_search(
    query: Annotated[str, typer.Argument(help="Words, phrases in quotes, or a query in arXiv's own language.")] = "",
    category: CategoryOption = "",
    since: SinceOption = "",
    until: Annotated[str, typer.Option(help="Submitted on that day, month or year, or earlier.")] = "",
    max_results: Annotated[int, typer.Option("--max", min=1, max=10_000, help="How many at most.")] = 20,
    add: Annotated[bool, typer.Option("--add", help="Add what is found to the library.")] = False,
    topic: TopicOption = None,
    abstract_only: AbstractOption = False,
    as_json: JsonFlag = False,
) -> None:
    """Search arXiv, and add what is found if asked to."""
    from kb.library import Wishes

    with open_library() as library:
        found = library.arxiv.search(query, category=category, since=since, until=until, limit=max_results)
        _print_found(found, as_json)
        if not add or not found:
            return
        with progress_bar() as progress:
            wishes = Wishes(tuple(topic or ()), abstract_only=abstract_only)
            report = library.add([archived.paper.reference for archived in found], wishes=wishes, progress=progress)
        warn(library.warnings)
    if not as_json:
        print_report(report)
    end_with(report)


def _print_found(found: "list[ArchivedPaper]", as_json: bool) -> None:
    if as_json:
        rows = [{**a.paper.model_dump(mode="json"), "abstract": a.abstract} for a in found]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    lines = [one_line(f"{a.paper.reference}  {a.paper.title} ({_facts(a.paper)})") for a in found]
    out("\n".join(lines) or "arXiv has no paper that fits.")


def _facts(paper: "Paper") -> str:
    """First authors and date."""
    more = ["…"] if len(paper.authors) > 2 else []
    facts = [", ".join([*paper.authors[:2], *more]), paper.date, "withdrawn" if paper.withdrawn else ""]
    return "; ".join(fact for fact in facts if fact)


@arxiv_app.command("follow")
def arxiv_follow(
    query: Annotated[str, typer.Argument(help="Words, phrases in quotes, or a query in arXiv's own language.")] = "",
    category: CategoryOption = "",
    since: SinceOption = "",
    topic: TopicOption = None,
    abstract_only: AbstractOption = False,
) -> None:
    """Follow a search or a category: `kb arxiv update` then brings its new papers. Nothing is fetched yet."""
    with open_library() as library:
        follow = library.arxiv.follow(
            query, category=category, since=since, topics=tuple(topic or ()), abstract_only=abstract_only
        )
    out(f"Following {follow.id} from {follow.since} on. Bring its papers with `kb arxiv update`.")


@arxiv_app.command("following")
def arxiv_following(as_json: JsonFlag = False) -> None:
    """List followed searches."""
    with open_library() as library:
        follows = library.arxiv.follows()
    if as_json:
        rows = [{"id": follow.id, **follow.model_dump(mode="json")} for follow in follows]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    lines = [f"{f.id}  {' '.join(filter(None, (f.query, f.category)))} (from {f.since})" for f in follows]
    out("\n".join(map(one_line, lines)) or "No search is followed. Follow one with `kb arxiv follow QUERY`.")


@arxiv_app.command("unfollow")
def arxiv_unfollow(follow_id: Annotated[str, typer.Argument(metavar="ID", help="As `following` lists it.")]) -> None:
    """Stop following a search; its papers stay."""
    with open_library() as library:
        follow = library.arxiv.unfollow(follow_id)
    out(one_line(f"No longer following {follow.id}  {follow.query} {follow.category}"))


@arxiv_app.command("update")
def arxiv_update(as_json: JsonFlag = False) -> None:
    """Bring new papers of followed searches, newer versions, and what was withdrawn since."""
    with open_library() as library, progress_bar() as progress:
        news, report = library.arxiv.update(progress)
        warnings = library.warnings
    if as_json:
        found = {"new": news.new, "newer": news.newer, "withdrawn": news.withdrawn, "asked": news.n_asked}
        out(json.dumps({**found, "report": report.model_dump(mode="json")}, indent=2, ensure_ascii=False))
    else:
        kinds = (("New", news.new), ("Newer version", news.newer), ("Withdrawn", news.withdrawn))
        lines = [f"{word}: {target}" for word, targets in kinds for target in targets]
        out("\n".join([*lines, f"{counted(news.n_asked, 'paper')} looked at."]))
        print_report(report)
    warn(warnings)
    end_with(report)


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
    out(report.model_dump_json(indent=2) if as_json else _summary(report, limit))
    if not report.repeated:
        warn(report.flaws)


def _summary(report: "SnapshotReport", limit: int | None) -> str:
    if report.repeated and limit is not None and report.wanted >= limit:
        return f"Nothing to do: the limit of {limit:,} papers of {report.path} was reached at line {report.line:,}."
    if report.repeated:
        return f"Nothing to do: {report.path} was read to its end before ({report.line:,} lines)."
    counts = f"{report.added:,} added, {report.updated:,} updated, {report.unchanged:,} unchanged, {report.kept:,} kept"
    broken = f", {report.broken:,} lines that cannot be used" if report.broken else ""
    return f"{counted(report.line, 'line')} read: {counts}{broken}; {counted(report.n_embedded, 'text')} embedded."
