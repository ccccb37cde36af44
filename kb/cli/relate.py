"""`kb graph relate`: how sources bear on each other, as a model proposes it and a person decides."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kb.cli.context import LlmOption, YesFlag, agreed, open_library, out, progress_bar, warn
from kb.cli.layout import page_width, wrapped

if TYPE_CHECKING:
    from kb.domain import ProposedRelation
    from kb.library import Library
    from kb.library.asking import Outcome

_NOTHING = "No relation is proposed. Name a model with --llm; without one, `kb graph suggest` finds links."
_NOTHING_HOLDS = "No relation is proposed that holds."


def graph_relate(
    nodes: Annotated[list[str] | None, typer.Argument(metavar="[NODE…]", help="Only pairs with one of these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Pairs to ask about at most.")] = 10,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Write it into its note as a link with its reason.")
    ] = None,
    reject: Annotated[list[str] | None, typer.Option(metavar="ID", help="Do not propose it again.")] = None,
    by: Annotated[str, typer.Option("--by", help="Who says so, for the record.")] = "a person",
    llm: LlmOption = "",
    yes: YesFlag = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Have a model propose how near or linked sources bear on each other; list what waits; accept or reject."""
    names = nodes or []
    with open_library(llm) as library:
        with progress_bar() as progress:
            library.refresh(progress)
        outcome = None if accept or reject else _ask(library, names, limit, yes)
        for relation_id in accept or []:
            path = library.relations.accept(relation_id, by)
            warn([f"{relation_id} is written at the end of {path}"])
        for relation_id in reject or []:
            library.relations.reject(relation_id, by)
            warn([f"{relation_id} is rejected; not to be proposed again"])
        found = library.relations.list(names)
        titles = {i: c.title for i, c in library.parts.catalog.cards({e for r in found for e in _ends(r)}).items()}
        warn(library.warnings)
    if as_json:
        out(json.dumps(_record(found, outcome), indent=2, ensure_ascii=False))
    else:
        nothing = _NOTHING_HOLDS if outcome else _NOTHING
        out("\n\n".join(_told(relation, titles) for relation in found) or nothing)
        if found:
            out("\nProposed, written nowhere. Accept one with --accept ID, refuse it with --reject ID.")


def _ask(library: "Library", names: Sequence[str], limit: int, yes: bool) -> "Outcome | None":
    """Have the model that the settings name asked about more pairs; nothing where they name none."""
    plan = library.relations.plan(names, limit)
    if plan is None:
        return None
    if not plan.n_calls:
        warn([f"there is no such pair that {plan.model} was not asked about before; what holds is listed"])
        return None
    agreed(plan, yes=yes, cure="Go on with --yes, or ask about fewer pairs with --limit")
    with progress_bar() as progress:
        outcome = library.relations.ask(names, limit, progress)
    warn(outcome.in_words(plan.model))
    return outcome


def _ends(relation: "ProposedRelation") -> tuple[str, str]:
    return relation.source, relation.target


def _record(found: "Sequence[ProposedRelation]", outcome: "Outcome | None") -> dict[str, object]:
    return {
        "relations": [{"id": relation.id, **relation.model_dump(mode="json")} for relation in found],
        "n_asked": outcome.n_asked if outcome else 0,
        "n_kept": outcome.n_kept if outcome else 0,
        "dropped": dict(outcome.dropped) if outcome else {},
    }


def _told(relation: "ProposedRelation", titles: Mapping[str, str]) -> str:
    from ingest.plain import shown

    width = page_width()
    source, target = (f"{titles[end]} ({end})" for end in _ends(relation))
    lines = [
        wrapped(source, width, f"{relation.id}  "),
        wrapped(f"{relation.kind.value} {target}", width, indent=3),
        wrapped(relation.why, width, indent=3),
        *(wrapped(f"“{shown(quote.quote)}” ({quote.source})", width, "> ", 3) for quote in relation.quotes),
        wrapped(f"proposed by {relation.model} on {relation.proposed_at[:10]}", width, indent=3),
    ]
    return "\n".join(lines)
