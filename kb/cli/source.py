"""`kb source …`: papers, documents and notes as sources."""

import json
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kb.cli.context import one_line, open_library, out, progress_bar, warn
from kb.language import counted

if TYPE_CHECKING:
    from kb.domain import Source
    from kb.services.citers import Citers

source_app = typer.Typer(help="Papers, documents and notes of the library.", no_args_is_help=True)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NameArgument = Annotated[str, typer.Argument(metavar="ID", help="Its id, an arXiv id, a path or an address.")]


@source_app.command("list")
def source_list(
    kind: Annotated[
        Literal["paper", "note", "document"] | None, typer.Option(help="Only papers, notes or documents.")
    ] = None,
    topic: Annotated[str, typer.Option(help="Only those with a topic.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """List sources by id."""
    from kb.domain import SourceKind
    from kb.services.citers import arxiv_base

    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        sources = library.sources.find(SourceKind(kind) if kind else None, topic)
        superseded = library.sources.superseded()
        gone = library.sources.withdrawn_ids()
        total = len(sources) or library.sources.count()
        warn(library.warnings)
    if as_json:
        fields = {"id", "kind", "title", "date", "authors", "topics", "origin", "reading", "remark"}
        rows = [
            {
                **source.model_dump(mode="json", include=fields),
                "superseded_by": superseded.get(source.id),
                "withdrawn": arxiv_base(source.id) in gone,
            }
            for source in sources
        ]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    lines = [_line(source, superseded.get(source.id), arxiv_base(source.id) in gone) for source in sources]
    nothing = "The library has no sources yet. Add some with `kb add`."
    none = f"None of {counted(total, 'source')} fits." if total else nothing
    out("\n".join(map(one_line, lines)) or none)


def _line(source: "Source", successor: str | None, is_withdrawn: bool) -> str:
    marks = [source.date or "", source.reading, f"superseded by {successor}" if successor else ""]
    marks += ["withdrawn"] if is_withdrawn else []
    return f"{source.id}  {source.title} ({', '.join(mark for mark in marks if mark) or source.kind})"


@source_app.command("show")
def source_show(name: NameArgument, as_json: JsonFlag = False) -> None:
    """Show a source: what is known of it, its text, and who cites it."""
    from ingest.plain import terminal_safe

    with open_library() as library:
        source = library.sources.show(name)
        passages = library.passages(source.id)
        found = library.sources.citers(source)
        withdrawn = library.sources.withdrawn(source)
        version_date = library.sources.version_date(source)
        successor = library.sources.superseded().get(source.id)
    if as_json:
        whole = {
            **source.model_dump(mode="json"),
            "version_date": version_date,
            "withdrawn": withdrawn,
            "superseded_by": successor,
            "cited_by": _cited(found),
            "passages": [{"id": p.id, **p.model_dump(mode="json")} for p in passages],
        }
        out(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    facts = {
        "id": source.id,
        "authors": ", ".join(source.authors),
        "date": source.date or "",
        "this version": version_date or "",
        "topics": ", ".join(source.topics),
        "from": source.origin,
        "read as": source.reading,
        "remark": source.remark,
        "passages": str(len(passages)),
        "superseded by": successor or "",
        "withdrawn": "by its authors or arXiv" if withdrawn else "",
        "cited by": found.in_words(),
    }
    lines = [source.title, *(f"{fact}: {value}" for fact, value in facts.items() if value)]
    out("\n".join([*map(one_line, lines), "", *map(terminal_safe, source.text.rstrip().split("\n"))]))


def _cited(found: "Citers") -> dict[str, object]:
    claims = [{"note": note, "text": text} for note, text in found.claims]
    return {"notes": found.notes, "claims": claims, "inquiries": found.inquiries}


@source_app.command("remove")
def source_remove(
    names: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, arXiv ids, paths or addresses.")],
    as_json: JsonFlag = False,
) -> None:
    """Remove papers and documents with all that was made of them; also forget items that could not be added."""
    with open_library() as library, progress_bar() as progress:
        removed = [library.sources.remove(name, progress) for name in names]
        warnings = library.warnings
    if as_json:
        rows = [{"removed": source_id, "cited_by": _cited(found)} for source_id, found in removed]
        out(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        out("\n".join(one_line(f"Removed {source_id}") for source_id, _ in removed))
    warn(f"{source_id} is still cited by {found.in_words()}" for source_id, found in removed if found)
    warn(warnings)
