"""`kb claims …` and `kb retest`: dated claims, their ledger, and what to read to test them again."""

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kb.cli.context import one_line, open_library, out, progress_bar, warn
from kb.errors import BadInput

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kb.library import Library
    from kb.services.propose import Proposal
    from kb.services.retest import Retest

claims_app = typer.Typer(help="Dated claims and their ledger.", no_args_is_help=True)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ByName = Annotated[str, typer.Option("--by", help="Who says so, for the record.")]
_STANDINGS = "untested, holds, weakened, contradicted, superseded, scope_differs, unresolved, disputed"
_VERDICTS = "holds, weakened, contradicted, superseded, scope_differs, unresolved"


class _By(StrEnum):
    FINDING = "finding"
    METHOD = "method"
    TASK = "task"


def _ready(library: "Library") -> None:
    """Read notes that changed, as every command does that looks at them."""
    with progress_bar() as progress:
        library.refresh(progress)


def _print_json(records: "Iterable[BaseModel]") -> None:
    rows: list[Any] = [record.model_dump(mode="json") for record in records]
    out(json.dumps(rows, indent=2, ensure_ascii=False))


@claims_app.command("list")
def claims_list(
    status: Annotated[str, typer.Option(help=f"Only those that stand so: {_STANDINGS}.")] = "",
    note: Annotated[str, typer.Option(help="Only those that this note states.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the claims, oldest evidence first, with where each stands."""
    from kb.cli.show_claims import print_claims
    from kb.ledger import Standing

    standing = _one_of(Standing, status, _STANDINGS) if status else None
    with open_library() as library:
        _ready(library)
        found = library.claims.list(status=standing, note=note)
        warn(library.warnings)
    if as_json:
        _print_json(found)
    else:
        print_claims(found)


@claims_app.command("show")
def claims_show(
    claim: Annotated[str, typer.Argument(help="Its id, how the id begins, or words of it.")], as_json: JsonFlag = False
) -> None:
    """Show one claim: scope, what its evidence says, its history, claims in nearly the same words."""
    from kb.cli.show_claims import print_claim

    with open_library() as library:
        _ready(library)
        detail = library.claims.show(claim)
        warn(library.warnings)
    if as_json:
        out(detail.model_dump_json(indent=2))
    else:
        print_claim(detail)


@claims_app.command("stale")
def claims_stale(
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 20, as_json: JsonFlag = False
) -> None:
    """List what to test again next: claims that are old where the library has moved on, with the reasons."""
    from kb.cli.show_claims import print_stale

    with open_library() as library:
        _ready(library)
        found = library.claims.stale()[:limit]
        warn(library.warnings)
    if as_json:
        _print_json(found)
    else:
        print_stale(found)


@claims_app.command("scale")
def claims_scale(
    by: Annotated[_By, typer.Option(help="A row for each finding, method or task.")] = _By.FINDING,
    show_all: Annotated[bool, typer.Option("--all", help="Also findings at one size only.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show findings by model size; those that flip with scale come first."""
    from kb.cli.show_claims import print_scale

    with open_library() as library:
        _ready(library)
        rows = library.claims.scale(by.value)
        warn(library.warnings)
    if as_json:
        _print_json(rows)
    else:
        print_scale(rows, show_all)


@claims_app.command("extract")
def claims_extract(
    note: Annotated[str, typer.Argument(help="The note's slug.")] = "",
    every_note: Annotated[bool, typer.Option("--all", help="Read all notes.")] = False,
    papers: Annotated[
        bool, typer.Option("--papers", help="Also read the cited papers that the library holds.")
    ] = False,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Write it into its note; `all` for all.")
    ] = None,
    reject: Annotated[list[str] | None, typer.Option(metavar="ID", help="Do not propose it again.")] = None,
    by: ByName = "a person",
    as_json: JsonFlag = False,
) -> None:
    """Propose claims from the words of notes; nothing is written but what is accepted."""
    from kb.cli.show_claims import print_proposals

    if bool(note) == every_note:
        raise BadInput("name a note, or --all for every note", cure="List the notes with `kb note list`")
    with open_library() as library:
        _ready(library)
        found = library.claims.propose(note, with_papers=papers)
        accepted, rejected = _picked(found, accept or []), _picked(found, reject or [])
        if accepted:
            notes = library.claims.accept(accepted, by)
            warn([f"{len(accepted)} written into {', '.join(n.removeprefix('note:') for n in notes)}"])
        if rejected:
            library.claims.reject(rejected, by)
        warn(library.warnings)
    gone = {proposal.claim.id for proposal in (*accepted, *rejected)}
    rest = [proposal for proposal in found if proposal.claim.id not in gone]
    if as_json:
        rows = [{"id": p.claim.id, **p.model_dump(mode="json")} for p in rest]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_proposals(rest)


def _picked(found: "Sequence[Proposal]", names: Sequence[str]) -> "list[Proposal]":
    """The proposals that ids, or how they begin, stand for.

    Raises:
        BadInput: if an id stands for none or several.
    """
    if "all" in names:
        return list(found)
    picked = []
    for name in names:
        fits = [p for p in found if p.claim.id.removeprefix("claim:").startswith(name.removeprefix("claim:"))]
        if len(fits) != 1:
            what = "no proposal" if not fits else f"{len(fits)} proposals"
            raise BadInput(f"{name[:40]!r} is the id of {what}", cure="Take the id from the list of proposals")
        picked += fits
    return picked


@claims_app.command("record")
def claims_record(
    claim: Annotated[str, typer.Argument(help="Its id, how the id begins, or words of it.")],
    verdict: Annotated[str, typer.Option(help=f"What the test found: {_VERDICTS}.")],
    against: Annotated[list[str] | None, typer.Option(metavar="ID", help="What it was tested against.")] = None,
    quote: Annotated[list[str] | None, typer.Option(help="Words of the source, checked against its text.")] = None,
    reason: Annotated[str, typer.Option(help="Why, in a sentence.")] = "",
    by: ByName = "a person",
    as_json: JsonFlag = False,
) -> None:
    """Write a verdict on a claim into the ledger; this is what changes where a claim stands."""
    with open_library() as library:
        _ready(library)
        _record(library, claim, verdict, against or [], quote or [], reason, by, "manual", as_json)


def _record(
    library: "Library", claim: str, verdict: str, against: Sequence[str], quotes: Sequence[str], reason: str, by: str,
    how: str, as_json: bool,
) -> None:  # fmt: skip
    from kb.cli.show_claims import print_recorded
    from kb.ledger import Verdict
    from kb.services.verdicts import Ruling

    found = _one_of(Verdict, verdict, _VERDICTS)
    ruling = Ruling(found, against, quotes, reason, by, "retest" if how == "retest" else "manual")
    status = library.claims.record(claim, ruling)
    warn(library.warnings)
    if as_json:
        out(status.model_dump_json(indent=2))
    else:
        print_recorded(status)


@claims_app.command("export")
def claims_export(
    file: Annotated[Path | None, typer.Option("--output", "-o", help="File to write, else standard output.")] = None,
) -> None:
    """Write the ledger as lines of JSON; another machine's ledger can be imported beside it."""
    with open_library() as library:
        text = library.claims.export()
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
        warn([f"{text.count(chr(10))} events written to {file}"])


@claims_app.command("import")
def claims_import(
    file: Annotated[Path, typer.Argument(help="A file that `kb claims export` wrote; `-` for standard input.")],
    as_json: JsonFlag = False,
) -> None:
    """Add an exported ledger to this one; what is known already changes nothing."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read ({error})", cure="Name a file that `kb claims export` wrote") from None
    with open_library() as library:
        n_new = library.claims.import_(text, str(file))
    out(json.dumps({"new": n_new}) if as_json else f"{n_new} new events.")


def retest(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM…]", help="Claims, or notes for all of theirs.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="DATE", help="Only sources after this date.")] = "",
    limit: Annotated[int, typer.Option(help="Passages for each claim.", min=1, max=30)] = 10,
    accept: Annotated[int, typer.Option(metavar="N", help="Record a verdict against passage N; needs --verdict.")] = 0,
    verdict: Annotated[str, typer.Option(help=f"With --accept: {_VERDICTS}.")] = "",
    reason: Annotated[str, typer.Option(help="With --accept: why, in a sentence.")] = "",
    by: ByName = "a person",
    as_json: JsonFlag = False,
) -> None:
    """List newer passages that bear on claims; without a judge no verdict is made. Without a claim: the most urgent."""
    from kb.cli.show_claims import print_retests

    with open_library() as library:
        _ready(library)
        found = library.claims.retest(claims or [], since=since, limit=limit)
        if accept:
            source, quote = _chosen(found, accept, verdict)
            _record(library, found[0].claim.id, verdict, [source], [quote], reason, by, "retest", as_json)
            return
        warn(library.warnings)
    if as_json:
        _print_json(found)
    else:
        print_retests(found)


def _chosen(found: "Sequence[Retest]", number: int, verdict: str) -> tuple[str, str]:
    """Source and quote of the passage that a person accepted.

    Raises:
        BadInput: if there is no such passage, more than one claim, or no verdict.
    """
    if len(found) != 1:
        raise BadInput(f"--accept is for one claim, not {len(found)}", cure="Name the claim by its id")
    if not verdict:
        raise BadInput("--accept needs a verdict, which only you can give", cure=f"Add --verdict: {_VERDICTS}")
    chosen = next((c for c in found[0].candidates if c.rank == number), None)
    if chosen is None:
        raise BadInput(f"there is no passage {number}", cure="Take a number from the list that `kb retest` prints")
    return chosen.source, chosen.quote


def _one_of(kind: Any, word: str, names: str) -> Any:
    try:
        return kind(word.strip().lower().replace("-", "_"))
    except ValueError:
        raise BadInput(f"{one_line(word)[:40]!r} is none of the words for this", cure=f"Use one of {names}") from None
