"""Where to ask on: open questions beside an answer."""

from collections.abc import Sequence

from ingest.plain import shown
from kb.domain import Absence, Source
from kb.language import quoted
from kb.ports import Catalog, Edge
from kb.services.question import question_key
from prompts import load

_FEWEST, _MOST = 3, 6
_KIND_ORDER = {"tension": 0, "parent": 2, "link": 1}


def next_lines(
    question: str, used: Sequence[str], ranked: Sequence[str], absence: Absence, edges: Sequence[Edge], catalog: Catalog
) -> tuple[str, ...]:
    """Up to six questions.

    Those of notes in tension with the answer's come first, then those of their neighbours and of what else was found;
    a facet that is covered by nothing has its own; found papers without a question make up for too few of these.

    Args:
        question: what was asked; it is not proposed again.
        used: ids of the answer's sources.
        ranked: ids of all sources found, best first.
        absence: facets that nothing covers are asked for beside those that are covered.
        edges: of the concept graph.
        catalog: of the library.
    """
    near = _neighbours(set(used), edges)
    position = {source_id: i for i, source_id in enumerate(ranked)}
    order = sorted(near, key=lambda s: (near[s][0], -near[s][1], position.get(s, len(position)), s))
    order += [s for s in ranked if s not in near and s not in used]
    by_id = {source.id: source for source in catalog.sources(order[: 4 * _MOST])}
    found = [by_id[source_id] for source_id in order if source_id in by_id]
    own = [shown(source.title) for source in found if _is_question(source)]
    gaps = _gaps(absence)
    lines = [*own[: _MOST - len(gaps)], *gaps]
    if len(lines) < _FEWEST:
        words, facets = load("answer"), quoted([facet.text for facet in absence.facets][:2])
        others = [shown(source.title) for source in found if source.title and not _is_question(source)]
        lines += [words.fill("next_source", title=title, facets=facets) for title in others[: _FEWEST - len(lines)]]
    return tuple({question_key(line): line for line in lines if question_key(line) != question_key(question)}.values())


def _gaps(absence: Absence) -> list[str]:
    """A question for the first facet that nothing covers, beside what is covered."""
    covered = [facet.text for facet in absence.facets if facet.covered]
    missing = [facet.text for facet in absence.facets if not facet.covered]
    if not covered or not missing:
        return []
    return [load("answer").fill("next_facet", facet=missing[0], covered=quoted(covered[:2]))]


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
