"""The concept graph from the catalog: anew, or from the graph of an earlier state where little has changed.

What people wrote and cited is read again every time, for that is cheap. The nearest neighbours, which are not, are
brought up to date; clusters stay where they are until much has changed, and are then searched for from there.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress

import numpy as np

from graph.adjacency import KINDS, Adjacency
from graph.clusters import Labels, clusters, settled
from graph.common import FEW
from graph.naming import cluster_names
from graph.near import Nearest, mutual, nearest, updated
from graph.snapshot import Derived, Snapshot
from ingest.plain import plain
from kb.domain import EdgeKind
from kb.errors import BadId
from kb.identity import ArxivId
from kb.ports import Catalog, Edge, Matrix, Progress, no_progress

_MUCH = 0.05
"""Share of sources that may change before clusters are searched for anew."""
_NAMED_BY = 200
"""Best connected members of a cluster, whose words name it."""
_TOLD_BY, _READ = 400, 2_000
"""Sources whose words beneath the title are read for names, about so many in all, and characters of each."""


def build_graph(
    catalog: Catalog, model: str, earlier: Snapshot | None = None, progress: Progress = no_progress
) -> Derived:
    """The graph for the catalog's generation.

    Args:
        catalog: of the library.
        model: whose vectors the catalog hands out; a graph made from another's is not built upon.
        earlier: a graph of an earlier state, to be brought up to date.
        progress: hears how far the comparison of sources is.
    """
    generation, stamps = catalog.generation(), catalog.stamps()
    earlier = earlier if earlier is not None and earlier.model == model else None
    vectors, found = _compared(catalog, stamps, earlier, progress)
    cited = cited_papers(catalog, stamps)
    ids = [*stamps, *sorted({paper for _, paper in cited} - stamps.keys())]
    number = {node: i for i, node in enumerate(ids)}
    written = [edge for edge in catalog.edges() if edge.source in number and edge.target in number]
    adjacency = _connected(number, written, cited, found)
    labels, drift = _clustered(ids, stamps, adjacency, earlier)
    names = _named(ids, adjacency, labels, catalog, list(earlier.cluster_names) if earlier and drift else [])
    return Derived(
        generation=generation,
        model=model,
        ids=ids,
        stamps=list(stamps.values()),
        written=written,
        adjacency=adjacency,
        clusters=labels,
        cluster_names=names,
        drift=drift,
        nearest=found,
        vectors=vectors.astype(np.float16),
    )


def cited_papers(catalog: Catalog, held: Mapping[str, object]) -> list[tuple[str, str]]:
    """Which source cites which paper, each pair once: the version held, or `arxiv:<id>` where none is."""
    held_ids = ((ArxivId.parse(source_id), source_id) for source_id in held if source_id.startswith("arxiv:"))
    versions = {arxiv_id.base: source_id for arxiv_id, source_id in sorted(held_ids, key=lambda pair: pair[0].version)}
    pairs: dict[tuple[str, str], None] = {}
    for source_id, reference in catalog.references():
        with suppress(BadId):
            base = ArxivId.parse(reference).base
            pairs[source_id, versions.get(base, f"arxiv:{base}")] = None
    return [(source_id, paper) for source_id, paper in pairs if source_id != paper]


def _compared(
    catalog: Catalog, stamps: Mapping[str, str], earlier: Snapshot | None, progress: Progress
) -> tuple[Matrix, Nearest]:
    """The sources' vectors and nearest neighbours; those that did not change are taken over."""
    ids = list(stamps)

    def report(done: int, total: int) -> None:
        progress("Comparing sources", done, total)

    if earlier is None:
        vectors = catalog.whole_vectors(ids)
        # As they are kept, so that a later update goes on from the same numbers.
        vectors = vectors.astype(np.float16).astype(np.float32)
        return vectors, nearest(vectors, on_done=report)
    row = {source_id: i for i, source_id in enumerate(ids)}
    old_ids = earlier.ids[: earlier.n_sources]
    moved = np.array(
        [row[s] if stamps.get(s) == stamp else -1 for s, stamp in zip(old_ids, earlier.stamps, strict=True)],
        dtype=np.int64,
    )
    kept = np.flatnonzero(moved >= 0)
    changed = np.setdiff1d(np.arange(len(ids)), moved[kept])
    if not len(changed) and len(kept) == len(old_ids):
        return earlier.vectors, earlier.nearest
    new = catalog.whole_vectors([ids[i] for i in changed]).astype(np.float16).astype(np.float32)
    vectors = np.zeros((len(ids), new.shape[1]), dtype=np.float32)
    vectors[moved[kept]], vectors[changed] = earlier.vectors[kept], new
    return vectors, updated(earlier.nearest, moved, vectors)


def _connected(
    number: Mapping[str, int], written: Sequence[Edge], cited: Sequence[tuple[str, str]], found: Nearest
) -> Adjacency:
    """Everything that connects nodes, as arrays; what is written twice connects once."""
    pairs = dict.fromkeys((number[e.source], number[e.target], KINDS.index(e.kind)) for e in written)
    pairs |= dict.fromkeys((number[source], number[paper], KINDS.index(EdgeKind.CITES)) for source, paper in cited)
    fixed = np.array(list(pairs), dtype=np.int64).reshape(len(pairs), 3)
    tails, heads, cosines = mutual(found)
    near = np.full(len(tails), KINDS.index(EdgeKind.NEAR), dtype=np.uint8)
    return Adjacency.of(
        len(number),
        np.concatenate([fixed[:, 0], tails]),
        np.concatenate([fixed[:, 1], heads]),
        np.concatenate([fixed[:, 2].astype(np.uint8), near]),
        # As maps show them, so that a path is the same there.
        np.concatenate([np.ones(len(pairs), dtype=np.float32), cosines.round(4)]),
    )


def _clustered(
    ids: Sequence[str], stamps: Mapping[str, str], adjacency: Adjacency, earlier: Snapshot | None
) -> tuple[Labels, int]:
    """Clusters, and how many sources came, changed or went since they were searched for.

    They are searched for anew where that is much; else what was in a cluster stays there, and new nodes join.
    """
    if earlier is None:
        return clusters(adjacency), 0
    known = dict(zip(earlier.ids, earlier.stamps, strict=False))
    drift = (
        earlier.drift + sum(known.get(s) != stamp for s, stamp in stamps.items()) + len(known.keys() - stamps.keys())
    )
    was = dict(zip(earlier.ids, earlier.clusters.tolist(), strict=True))
    before = [was.get(node, -1) for node in ids]
    if drift > _MUCH * len(stamps):
        return clusters(adjacency, before), 0
    return settled(adjacency, before), drift


def _named(ids: Sequence[str], adjacency: Adjacency, labels: Labels, catalog: Catalog, known: list[str]) -> list[str]:
    """A name for each cluster, from the words of its best connected sources; those that have one keep it."""
    members: dict[int, list[int]] = defaultdict(list)
    degrees = np.diff(adjacency.starts)
    for node in np.lexsort((np.arange(len(ids)), -degrees)).tolist():
        if labels[node] < len(known):  # without a cluster, or in one that has its name
            continue
        own = members[int(labels[node])]
        if len(own) < _NAMED_BY:
            own.append(node)
    wanted = [ids[node] for own in members.values() for node in own]
    cards = catalog.cards(wanted)
    topics: dict[str, list[str]] = defaultdict(list)
    for source_id, topic in catalog.topics(wanted):
        topics[source_id].append(topic)
    held = {cluster: [ids[node] for node in own if ids[node] in cards] for cluster, own in members.items()}
    words = {cluster: [(plain(cards[own].title), topics[own]) for own in listed] for cluster, listed in held.items()}
    names = cluster_names(words, taken=known, texts=_beneath(held, catalog))
    return known + [names[cluster] for cluster in sorted(names)]


def _beneath(members: Mapping[int, Sequence[str]], catalog: Catalog) -> dict[int, list[str]]:
    """What stands beneath the titles of each cluster's first sources, of small clusters first, for so many in all."""
    wanted: dict[int, Sequence[str]] = {}
    for cluster, own in sorted(members.items(), key=lambda pair: (len(pair[1]), pair[0])):
        if sum(map(len, wanted.values())) < _TOLD_BY:
            wanted[cluster] = own[:FEW]
    texts = {
        source.id: plain(f"{source.claim}\n{source.summary}" if source.summary else source.text[:_READ])
        for source in catalog.sources({source_id for own in wanted.values() for source_id in own})
    }
    return {cluster: [texts[source_id] for source_id in own if source_id in texts] for cluster, own in wanted.items()}
