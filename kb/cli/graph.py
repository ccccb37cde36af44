"""`kb graph …`: walk the concept graph, find what is missing in it, take it elsewhere."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import one_line, open_library, out, progress_bar, warn
from kb.cli.relate import graph_relate
from kb.language import counted

if TYPE_CHECKING:
    from graph.records import Cluster, Connection, Neighbourhood, Node, Suggestion
    from kb.library import Library

graph_app = typer.Typer(help="The concept graph of notes, papers, inquiries and topics.", no_args_is_help=True)
graph_app.command("relate")(graph_relate)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_NODE_HELP = "Slug, title, arXiv id, inquiry or topic."
_PAGE_NODES = 5_000
_FIELDS = {
    "parents": "Belongs under",
    "children": "Holds below it",
    "tensions": "In tension with",
    "links": "Links to",
    "backlinks": "Linked from",
    "cites": "Rests on",
    "cited_by": "Cited by",
    "inquiries": "Inquiring lines",
    "near": "Near and not linked",
    "proposed": "Proposed by a model, accepted by nobody",
    "related_notes": "Related notes",
    "related_papers": "Related papers in this collection",
}


_OF_A_TOPIC = {"related_notes": "Notes under this topic", "related_papers": "Papers under this topic"}


class ExportFormat(StrEnum):
    """What `kb graph export` writes."""

    GRAPHML = "graphml"
    JSON = "json"
    HTML = "html"
    DOT = "dot"
    CANVAS = "obsidian-canvas"


@contextmanager
def _refreshed() -> Iterator["Library"]:
    """The library after changed notes were read."""
    with open_library() as library:
        with progress_bar() as progress:
            library.refresh(progress)
        yield library
        warn(library.warnings)


@graph_app.command("show")
def graph_show(
    node: Annotated[str, typer.Argument(help=_NODE_HELP)],
    as_json: JsonFlag = False,
) -> None:
    """Show what is around a node: its cluster, links both ways, tensions, what it rests on, what is like it."""
    with _refreshed() as library:
        found = library.graph.show(node)
    if as_json:
        out(found.model_dump_json(indent=2))
        return
    lines = [_named(found.node)]
    lines += [one_line(text) for text in (found.node.claim, found.node.summary) if text]
    is_topic = found.node.kind == "topic"
    if not is_topic:
        direct = "1 direct connection" if found.n_direct == 1 else f"{found.n_direct} direct connections"
        lines.append(f"{direct}, {found.n_two_hop} in the 2-hop network ({found.density})")
    if found.cluster:
        lines.append(_cluster(found.cluster))
    if found.topics:
        lines.append("Topics: " + ", ".join(map(one_line, found.topics)))
    for field, heading in {**_FIELDS, **(_OF_A_TOPIC if is_topic else {})}.items():
        if listed := getattr(found, field):
            lines += ["", heading, *(_connection(c, with_why=not field.startswith("related")) for c in listed)]
    if unheld := _only_by_id(found):
        example = unheld[0].node.id.removeprefix("arxiv:")
        lines += ["", f"No related papers: those cited are known by id only. `kb add {example}` adds one."]
    out("\n".join(lines))


@graph_app.command("path")
def graph_path(
    start: Annotated[str, typer.Argument(help=_NODE_HELP)],
    end: Annotated[str, typer.Argument(help=_NODE_HELP)],
    as_json: JsonFlag = False,
) -> None:
    """Show the fewest steps from one node to another, each with its reason; exits with 1 if there are none."""
    with _refreshed() as library:
        path = library.graph.path(start, end)
    if as_json:
        out(path.model_dump_json(indent=2))
    elif path.steps:
        lines = [_named(path.start)]
        for step in path.steps:
            arrow = f"--{step.kind}-->" if step.forward else f"<--{step.kind}--"
            lines += [
                f"  {arrow} {one_line(step.why)}",
                *([f"      {one_line(step.proposed)}"] if step.proposed else []),
            ]
            lines.append(_named(step.target))
        out("\n".join(lines))
    elif path.start == path.end:
        out("The two are the same.")
    else:
        out("Nothing connects the two.")
    if not path.steps and path.start != path.end:
        raise typer.Exit(1)


@graph_app.command("clusters")
def graph_clusters(as_json: JsonFlag = False) -> None:
    """List the clusters, largest first, each with its best connected nodes."""
    with _refreshed() as library:
        views = library.graph.clusters()
    if as_json:
        out(json.dumps([view.model_dump(mode="json") for view in views], indent=2, ensure_ascii=False))
        return
    blocks = []
    for view in views:
        counts = f"{counted(view.n_notes, 'note')}, {counted(view.n_papers, 'paper')}"
        blocks.append("\n".join([f"{_cluster(view.cluster)} {counts}", *(f"  {_named(n)}" for n in view.central)]))
    out("\n\n".join(blocks) or "There are no clusters: nothing is connected yet.")


@graph_app.command("suggest")
def graph_suggest(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many of each kind at most.")] = 10,
    accept: Annotated[
        str | None, typer.Option(help="Write the link of the suggestion with this id into the note's file.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List connections that may be missing: near but unlinked notes, bridges, orphans, duplicates; or accept one."""
    with _refreshed() as library:
        if accept is not None:
            chosen = library.graph.suggested(accept)
            path = library.graph.accept(chosen) if chosen else None
        else:
            found = library.graph.suggest(limit)
    if accept is not None:
        done = f"Linked {one_line(chosen.target.title)} at the end of {one_line(str(path))}." if chosen else ""
        out(done or "The two are linked already; nothing was written.")
    elif as_json:
        out(json.dumps([suggestion.model_dump(mode="json") for suggestion in found], indent=2, ensure_ascii=False))
    else:
        out("\n\n".join(map(_suggestion, found)) or "Nothing seems to be missing.")


@graph_app.command("export")
def graph_export(
    form: Annotated[ExportFormat, typer.Option("--format", help="What to write.")] = ExportFormat.HTML,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else standard output.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=0, help="Best connected nodes to take at most, 0 for all; a page takes 5,000 by default."),
    ] = None,
) -> None:
    """Write the graph for other programs, or as one HTML page that opens offline and can be walked."""
    with _refreshed() as library:
        usual = _PAGE_NODES if form is ExportFormat.HTML else 0
        text = library.graph.export(form.value, usual if limit is None else limit)
    if output is None:
        out(text)
        return
    from ingest.files import put_file

    put_file(output, text)
    out(f"Wrote {one_line(str(output))}.")


def _suggestion(found: "Suggestion") -> str:
    lines = [
        f"{found.id} {found.kind}: {_named(found.source)}",
        f"   and {_named(found.target)} {found.cosine:.2f}",
        f"   {one_line(found.why)}",
    ]
    sentences = (found.source_sentence, found.target_sentence)
    return "\n".join(lines + [f"   > {one_line(text)}" for text in sentences if text])


def _only_by_id(found: "Neighbourhood") -> "list[Connection]":
    """The papers that a node cites, where the library can compare it with none."""
    return [] if found.related_papers else [c for c in found.cites if not c.node.held]


def _named(node: "Node") -> str:
    return one_line(f"{node.title} ({node.id}{'' if node.held else ', not in the library'})")


def _cluster(cluster: "Cluster") -> str:
    return f"Cluster {cluster.number}: {one_line(cluster.name)} ({counted(cluster.n_nodes, 'node')}, {cluster.label})."


def _connection(connection: "Connection", with_why: bool) -> str:
    cosine = "" if connection.cosine is None else f" {connection.cosine:.2f}"
    why = f"\n      {one_line(connection.why)}" if connection.why and with_why else ""
    return f"  {_named(connection.node)}{cosine}{why}"
