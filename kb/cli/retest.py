"""`kb retest` and `kb claims record`: what to read to test claims again, and the verdicts that people reach."""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kb.cli.context import announce, lost_by_ctrl_c, one_line, open_library, out, progress_bar, warn
from kb.errors import BadInput

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kb.library import Library
    from kb.services.retest import Retest

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ByName = Annotated[str, typer.Option("--by", help="Who says so, for the record.")]
_VERDICTS = "holds, weakened, contradicted, superseded, scope_differs, unresolved"


def ready(library: "Library") -> None:
    """Read notes that changed, as every command does that looks at them."""
    with progress_bar() as progress:
        library.refresh(progress)


def print_json(records: "Iterable[BaseModel]") -> None:
    """Records as a JSON list."""
    rows: list[Any] = [record.model_dump(mode="json") for record in records]
    out(json.dumps(rows, indent=2, ensure_ascii=False))


def one_of(kind: Any, word: str, names: str) -> Any:
    """The member of an enumeration that a word stands for.

    Raises:
        BadInput: if it stands for none, with the words that do.
    """
    try:
        return kind(word.strip().lower().replace("-", "_"))
    except ValueError:
        raise BadInput(f"{one_line(word)[:40]!r} is none of the words for this", cure=f"Use one of {names}") from None


def record(
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
        ready(library)
        _record(library, claim, verdict, against or [], quote or [], reason, by, "manual", as_json)


def _record(
    library: "Library", claim: str, verdict: str, against: Sequence[str], quotes: Sequence[str], reason: str, by: str,
    how: str, as_json: bool,
) -> None:  # fmt: skip
    from kb.cli.show_claims import print_recorded
    from kb.ledger import Verdict
    from kb.services.verdicts import Ruling

    found = one_of(Verdict, verdict, _VERDICTS)
    ruling = Ruling(found, against, quotes, reason, by, "retest" if how == "retest" else "manual")
    status = library.claims.record(claim, ruling)
    warn(library.warnings)
    if as_json:
        out(status.model_dump_json(indent=2))
    else:
        print_recorded(status)


def retest(
    claims: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM…]", help="Claims, or notes for all of theirs.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="DATE", help="Only sources after this date.")] = "",
    limit: Annotated[int, typer.Option(help="Passages for each claim.", min=1, max=30)] = 10,
    accept: Annotated[
        str, typer.Option(metavar="ID", help="Record a verdict against the passage with this id; needs --verdict.")
    ] = "",
    verdict: Annotated[str, typer.Option(help=f"With --accept: {_VERDICTS}.")] = "",
    reason: Annotated[str, typer.Option(help="With --accept: why, in a sentence.")] = "",
    by: ByName = "a person",
    as_json: JsonFlag = False,
) -> None:
    """List newer passages that bear on claims; without a judge no verdict is made. Without a claim: the most urgent."""
    from kb.cli.show_claims import print_retests

    with open_library() as library:
        ready(library)
        with lost_by_ctrl_c("test", "tests"):
            announce(library.claims.plan_retest(claims or [], limit))
            found = library.claims.retest(claims or [], since=since, limit=limit)
        if accept:
            source, quote = _chosen(found, accept, verdict)
            _record(library, found[0].claim.id, verdict, [source], [quote], reason, by, "retest", as_json)
            return
        warn(library.warnings)
    if as_json:
        print_json(found)
    else:
        print_retests(found)


def _chosen(found: "Sequence[Retest]", wanted: str, verdict: str) -> tuple[str, str]:
    """Source and quote of the passage that a person accepted.

    Places in the list shift as verdicts are recorded, and the ledger forgets nothing; so a passage is named by its id.

    Raises:
        BadInput: if there is no such passage, more than one claim, or no verdict.
    """
    if len(found) != 1:
        raise BadInput(f"--accept is for one claim, not {len(found)}", cure="Name the claim by its id")
    if not verdict:
        raise BadInput("--accept needs a verdict, which only you can give", cure=f"Add --verdict: {_VERDICTS}")
    chosen = next((c for c in found[0].candidates if c.id == wanted.strip().lower()), None)
    if chosen is None:
        name, claim = one_line(wanted)[:40], found[0].claim.id
        cure = f"Take the id that stands before a passage of `kb retest {claim}`; it may be recorded already"
        raise BadInput(f"no passage {name!r} is to be read for this claim", cure=cure)
    return chosen.source, chosen.quote
