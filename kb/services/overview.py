"""The library in figures: what came when, how old its claims are, what its topics hold, how it clusters."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from graph.snapshot import Snapshot
from kb.domain import Record
from kb.ledger import ClaimStatus
from kb.ports import Catalog
from kb.services.dated import base_of
from kb.services.nodes import Nodes

_MOST_POINTS = 3_000
_MOST_TOPICS = 25


class MonthCount(Record):
    """How many sources of one kind are dated in one month."""

    month: str
    kind: str
    count: int
    total: int = 0
    """Of this kind up to this month."""


class AgeCount(Record):
    """How many claims were last known to stand in one year, by how they stand."""

    year: str
    standing: str
    count: int


class TopicCoverage(Record):
    """What the library holds on a topic."""

    topic: str
    notes: int = 0
    papers: int = 0
    documents: int = 0
    claims: int = 0
    newest: str = ""
    """Date of the newest source."""


class PlacedSource(Record):
    """A source on a plane where what is alike lies near."""

    id: str
    title: str
    kind: str
    cluster: str
    x: float
    y: float


def by_month(catalog: Catalog) -> list[MonthCount]:
    """Sources by month and kind, and papers that are known by reference alone, oldest first; undated ones left out."""
    outlines = catalog.outlines()
    dated = [(s.date, str(s.kind)) for s in outlines]
    held = {base_of(s.id) for s in outlines}
    cited = {base for _, reference in catalog.references() if (base := base_of(reference)) and base not in held}
    dated += [(paper.date, "cited paper") for paper in catalog.papers(cited).values()]
    counts = Counter((date[:7], kind) for date, kind in dated if date and len(date) >= 7)
    totals: Counter[str] = Counter()
    found = []
    for (month, kind), count in sorted(counts.items()):
        totals[kind] += count
        found.append(MonthCount(month=month, kind=kind, count=count, total=totals[kind]))
    return found


def claim_ages(statuses: Sequence[ClaimStatus]) -> list[AgeCount]:
    """Claims by the year of their last test, or of their newest evidence where nobody tested them, oldest first."""
    counts = Counter((status.known_until[:4], str(status.status)) for status in statuses)
    return [AgeCount(year=year, standing=standing, count=n) for (year, standing), n in sorted(counts.items())]


def topic_coverage(catalog: Catalog, statuses: Sequence[ClaimStatus]) -> list[TopicCoverage]:
    """The topics that most sources are about, with what each has."""
    outlines = {source.id: source for source in catalog.outlines()}
    claims = Counter(note for status in statuses for note in status.notes)
    found: dict[str, list[str]] = {}
    for source_id, topic in catalog.topics():
        found.setdefault(topic, []).append(source_id)
    rows = []
    for topic, ids in found.items():
        kinds = Counter(str(outlines[i].kind) for i in ids if i in outlines)
        dates = [outlines[i].date or "" for i in ids if i in outlines]
        rows.append(
            TopicCoverage(
                topic=topic,
                notes=kinds["note"],
                papers=kinds["paper"],
                documents=kinds["document"],
                claims=sum(claims[i] for i in ids),
                newest=max(dates, default=""),
            )
        )
    return sorted(rows, key=lambda row: (-row.notes - row.papers - row.documents, row.topic))[:_MOST_TOPICS]


def placed(graph: Snapshot, nodes: Nodes) -> list[PlacedSource]:
    """Sources of the clusters on the two axes along which they differ most (principal components of their vectors).

    Where there are many, an even sample of them.
    """
    members = np.flatnonzero(graph.clusters[: graph.n_sources] >= 0)
    if len(members) < 3:
        return []
    step = max(1, -(-len(members) // _MOST_POINTS))
    taken = members[::step]
    vectors = graph.halves[taken].astype(np.float32)
    centred = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    # The largest come last; a sign that does not depend on the solver keeps the picture the same.
    axes = axes[:, [-1, -2]]
    axes = axes * np.where(axes.sum(axis=0) < 0, -1.0, 1.0)
    places = centred @ axes
    shown = nodes.shown([graph.ids[i] for i in taken.tolist()])
    return [
        PlacedSource(
            id=graph.ids[i],
            title=shown[graph.ids[i]].title,
            kind=str(shown[graph.ids[i]].kind),
            cluster=graph.cluster_names[int(graph.clusters[i])],
            x=round(float(x), 4),
            y=round(float(y), 4),
        )
        for i, (x, y) in zip(taken.tolist(), places.tolist(), strict=True)
    ]
