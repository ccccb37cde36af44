"""`kb claims …`: dated claims and their ledger."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import LlmOption, YesFlag, agreed, given_text, open_library, out, progress_bar, warn, write_text
from kb.cli.retest import ByName, JsonFlag, one_of, print_json, ready, record
from kb.errors import BadInput

_MAX_LEDGER_BYTES = 256 * 1024 * 1024

if TYPE_CHECKING:
    from kb.domain import Proposal
    from kb.library import Library

claims_app = typer.Typer(help="Dated claims and their ledger.", no_args_is_help=True)
claims_app.command("record")(record)

_STANDINGS = "untested, holds, weakened, contradicted, superseded, scope_differs, unresolved, disputed"


class _By(StrEnum):
    FINDING = "finding"
    METHOD = "method"
    TASK = "task"


@claims_app.command("list")
def claims_list(
    status: Annotated[str, typer.Option(help=f"Only those that stand so: {_STANDINGS}.")] = "",
    note: Annotated[str, typer.Option(help="Only those that this note states.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List the claims, oldest evidence first, with where each stands."""
    from kb.cli.show_claims import print_claims
    from kb.ledger import Standing

    standing = one_of(Standing, status, _STANDINGS) if status else None
    with open_library() as library:
        ready(library)
        found = library.claims.list(status=standing, note=note)
        gone = library.claims.withdrawn_evidence(found)
        warn(library.warnings)
    if as_json:
        rows = [{**status.model_dump(mode="json"), "withdrawn": gone.get(status.id, [])} for status in found]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_claims(found, gone)


@claims_app.command("show")
def claims_show(
    claim: Annotated[str, typer.Argument(help="Its id, how the id begins, or words of it.")], as_json: JsonFlag = False
) -> None:
    """Show one claim: scope, what its evidence says, its history, claims in nearly the same words."""
    from kb.cli.show_claims import print_claim

    with open_library() as library:
        ready(library)
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
        ready(library)
        found = library.claims.stale()[:limit]
        warn(library.warnings)
    if as_json:
        print_json(found)
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
        ready(library)
        rows = library.claims.scale(by.value)
        warn(library.warnings)
    if as_json:
        print_json(rows)
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
    llm: LlmOption = "",
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Propose claims from the words of notes, by rules or by a model; nothing is written but what is accepted."""
    from kb.cli.show_claims import print_proposals

    if bool(note) == every_note:
        raise BadInput("name a note, or --all for every note", cure="List the notes with `kb note list`")
    with open_library(llm) as library:
        ready(library)
        if not (accept or reject):
            _ask(library, note, papers, yes)
        found = library.claims.propose(note, with_papers=papers)
        rejected = _picked(found, reject or [])
        accepted = _picked([p for p in found if p not in rejected], accept or [])
        if accepted:
            notes = library.claims.accept(accepted, by)
            warn([f"{len(accepted)} written into {', '.join(n.removeprefix('note:') for n in notes)}"])
        if rejected:
            library.claims.reject(rejected, by)
            warn([f"{len(rejected)} rejected; not to be proposed again"])
        warn(library.warnings)
    gone = {proposal.claim.id for proposal in (*accepted, *rejected)}
    rest = [proposal for proposal in found if proposal.claim.id not in gone]
    if as_json:
        rows = [{"id": p.claim.id, **p.model_dump(mode="json")} for p in rest]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_proposals(rest)


def _ask(library: "Library", note: str, papers: bool, yes: bool) -> None:
    """Have a model propose claims first, if the settings name one."""
    plan = library.claims.plan(note, with_papers=papers)
    if plan is None:
        return
    if not plan.n_calls:
        warn([f"{plan.model} was asked about all of this before; what holds is listed"])
        return
    agreed(plan, yes=yes, cure="Go on with --yes, or take `--llm extractive` for the rules alone")
    with progress_bar() as progress:
        outcome = library.claims.ask(note, with_papers=papers, progress=progress)
    warn(outcome.in_words(plan.model))


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
        if len({p.claim.id for p in fits}) != 1:
            what = "no proposal" if not fits else f"{len(fits)} proposals"
            raise BadInput(f"{name[:40]!r} is the id of {what}", cure="Take the id from the list of proposals")
        picked += fits
    return picked


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
        write_text(file, text)
        warn([f"{text.count(chr(10))} events written to {file}"])


@claims_app.command("import")
def claims_import(
    file: Annotated[Path, typer.Argument(help="A file that `kb claims export` wrote; `-` for standard input.")],
    as_json: JsonFlag = False,
) -> None:
    """Add an exported ledger to this one; what is known already changes nothing."""
    text = given_text(str(file), _MAX_LEDGER_BYTES, "Name a file that `kb claims export` wrote")
    with open_library() as library:
        n_new = library.claims.import_(text, str(file))
    out(json.dumps({"new": n_new}) if as_json else f"{n_new} new events.")
