"""Where to ask on: open questions beside an answer."""

from collections.abc import Sequence

from ingest.plain import plain
from kb.domain import Absence, Source
from kb.ports import Catalog, Edge

_MOST = 6
_KIND_ORDER = {"tension": 0, "parent": 2, "link": 1}


def next_lines(
    question: str, used: Sequence[str], ranked: Sequence[str], absence: Absence, catalog: Catalog
) -> tuple[str, ...]:
    """Up to six questions: of notes in tension with the answer's, of their neighbours, of what else was found.

    Args:
        question: what was asked; it is not proposed again.
        used: ids of the answer's sources.
        ranked: ids of all sources found, best first.
        absence: its uncovered facets are proposed where notes have too little to ask.
        catalog: of the library.
    """
    near = _neighbours(set(used), catalog.edges())
    position = {source_id: i for i, source_id in enumerate(ranked)}
    order = sorted(near, key=lambda s: (near[s][0], -near[s][1], position.get(s, len(position)), s))
    order += [s for s in ranked if s not in near and s not in used]
    titles = {source.id: source for source in catalog.sources(order[: 4 * _MOST])}
    asked = _key(question)
    lines: dict[str, str] = {}
    for source_id in order:
        source = titles.get(source_id)
        if source and _is_question(source) and (key := _key(plain(source.title))) != asked:
            lines.setdefault(key, plain(source.title))
    return tuple(lines.values())[:_MOST]


def _neighbours(used: set[str], edges: Sequence[Edge]) -> dict[str, tuple[int, int]]:
    """Sources linked with used ones: (rank of the best kind of link, number of links)."""
    near: dict[str, tuple[int, int]] = {}
    for edge in edges:
        for here, there in ((edge.source, edge.target), (edge.target, edge.source)):
            if here in used and there not in used:
                rank, n = near.get(there, (9, 0))
                near[there] = (min(rank, _KIND_ORDER.get(edge.kind, 3)), n + 1)
    return near


def _is_question(source: Source) -> bool:
    return source.title.rstrip().endswith("?")


def _key(question: str) -> str:
    return " ".join(question.casefold().rstrip("?!. ").split())
