"""`kb note draft` and `kb note accept`: notes written from the library's passages, and a person's word on them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import LlmOption, announce, lost_by_ctrl_c, one_line, open_library, out, progress_bar, warn
from kb.errors import BadInput, CutShort
from kb.language import counted

if TYPE_CHECKING:
    from kb.library import Library
    from kb.services.draft_note import NoteDraft

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def note_draft(
    sources: Annotated[
        list[str] | None, typer.Option("--from", metavar="SOURCE", help="Draft from this source; may be repeated.")
    ] = None,
    about: Annotated[str, typer.Option(metavar="TOPIC", help="A topic or question to draft about.")] = "",
    slug: Annotated[str, typer.Option(help="Name of the note, else one from its title.")] = "",
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Write it there, not into the library; `-` prints it.")
    ] = "",
    update: Annotated[
        str, typer.Option(metavar="SLUG", help="Print what would be added to this note, as a diff.")
    ] = "",
    accept: Annotated[bool, typer.Option("--accept", help="With --update: write it.")] = False,
    llm: LlmOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Draft a note from passages, every sentence checked and cited: to papers, else to the note whose reading it is.

    It counts as generated until it is accepted.
    """
    if update and (sources or about or slug or output):
        raise BadInput("--update takes no other note's options", cure="Give it alone, or with --accept")
    if accept and not update:
        raise BadInput("--accept goes with --update", cure="Take over a draft with `kb note accept SLUG`")
    with open_library(llm) as library:
        with progress_bar() as progress:
            library.refresh(progress)
        if update:
            draft = _update(library, update, accept, as_json)
        else:
            draft = _drafted(library, about, sources or (), slug, output)
            _draft(library, draft, output, as_json)
        warn([*draft.remarks, *library.warnings])
    if draft.incomplete:
        raise typer.Exit(CutShort.exit_code)


def note_accept(
    slug: Annotated[str, typer.Argument(help="The draft's slug.")],
    as_json: JsonFlag = False,
) -> None:
    """Take a draft as your own: its sentences count as a note's from now on."""
    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        note_id = library.drafts.accept(slug)
        found = [f for f in library.check_notes() if f"note:{f.note}" == note_id]
        warn(library.warnings)
    if as_json:
        out(json.dumps({"id": note_id, "findings": [f.what for f in found]}, indent=2, ensure_ascii=False))
        return
    out(f"{note_id} is a note of the library now.")
    warn(f"{f.note}: {f.what} [{f.rule}]" for f in found)


def _drafted(library: "Library", about: str, sources: Sequence[str], slug: str, output: str) -> "NoteDraft":
    """A new draft; that there is a place for it is made sure of before it is paid for."""
    if not output:
        library.drafts.require_free(about, sources, slug)
    elif output != "-":
        _require_free(Path(output))
    with lost_by_ctrl_c("draft", "asks"):
        announce(library.drafts.plan(about, sources))
        return library.drafts.draft(about, sources, slug)


def _draft(library: "Library", draft: "NoteDraft", output: str, as_json: bool) -> None:
    saved = ""
    if not output:
        saved = library.drafts.save(draft)
    elif output != "-":
        _write(Path(output), draft.text)
    if as_json:
        out(json.dumps({"id": saved, **draft.model_dump(mode="json")}, indent=2, ensure_ascii=False))
    elif output == "-":
        _print(draft.text)
    else:
        sentences, claims = counted(len(draft.sentences), "sentence"), counted(len(draft.claims), "dated claim")
        out(one_line(f"Drafted {saved or output}: {sentences}, {claims}. “{draft.title}”"))
    if saved and not as_json:
        out(f"Read it with `kb note show {draft.slug}`, take it over with `kb note accept {draft.slug}`.")


def _update(library: "Library", slug: str, accept: bool, as_json: bool) -> "NoteDraft":
    before = library.note(slug).text
    with lost_by_ctrl_c("draft", "asks"):
        announce(library.drafts.plan(update=slug))
        draft, changes = library.drafts.update(slug)
    if accept and changes:
        library.drafts.accept_update(draft, before)
    if as_json:
        rows = {"diff": changes, "accepted": bool(accept and changes), **draft.model_dump(mode="json")}
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    elif changes:
        _print(changes)
    else:
        holds = "what was written" if draft.incomplete else "what the library holds on its question"
        out(f"The note says already {holds}.")
    return draft


def _require_free(path: Path) -> None:
    """See that a file can be made there."""
    _write(path, "")
    path.unlink()


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror})", cure="Name a new file in a folder that is there"
        ) from None


def _print(text: str) -> None:
    from ingest.plain import terminal_safe

    out("\n".join(map(terminal_safe, text.rstrip("\n").split("\n"))))
