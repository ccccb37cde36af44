"""Connections that may be missing: near but unlinked notes, bridges between clusters, orphans, duplicates."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import numpy as np

from graph.records import Node, Suggestion, SuggestionKind
from graph.snapshot import Snapshot
from ingest.markdown import blocks
from kb.domain import Source
from kb.errors import BadInput
from kb.ports import Catalog, Matrix
from kb.services.nodes import Nodes
from kb.services.reasons import Alike

DUPLICATE = 0.95
"""Cosine from which two sources say nearly the same."""
_FEW_LINKS = 2
"""Clusters with fewer written links between them could do with a bridge."""
_BRIDGED = 12
"""Largest clusters that bridges are looked for between."""
_BLOCK = 2048
_HEADING = "See also"
_NOT_IN_LINKS = frozenset("[]|#^\n")

Pair = tuple[SuggestionKind, int, int, float, str]


def suggestions(graph: Snapshot, catalog: Catalog, nodes: Nodes, limit: int) -> list[Suggestion]:
    """What may be missing, at most `limit` of each kind, best first; the same graph gives the same list."""
    found = _pairs(graph, nodes, limit)
    shown = nodes.shown(graph.ids[i] for _, a, b, _, _ in found for i in (a, b))
    alike = Alike(catalog)
    return [_suggestion(pair, graph.ids, shown, alike) for pair in found]


def suggested(graph: Snapshot, catalog: Catalog, nodes: Nodes, pair_id: str) -> Suggestion | None:
    """The suggestion with an id, however many are listed; None if its pair is linked already.

    Raises:
        BadInput: if no suggestion has this id.
    """
    for edge in graph.written:
        if pair_id in (_pair_id(edge.source, edge.target), _pair_id(edge.target, edge.source)):
            return None
    for pair in _pairs(graph, nodes, len(graph.ids) ** 2):
        ends = graph.ids[pair[1]], graph.ids[pair[2]]
        if _pair_id(*ends) == pair_id:
            return _suggestion(pair, graph.ids, nodes.shown(ends), Alike(catalog))
    raise BadInput(f"there is no suggestion {pair_id[:80]!r}", cure="`kb graph suggest` lists the ids")


def _pairs(graph: Snapshot, nodes: Nodes, limit: int) -> list[Pair]:
    finder = _Finder(graph, nodes)
    return [pair for one in (finder.links, finder.bridges, finder.orphans, finder.duplicates) for pair in one(limit)]


def _pair_id(source: str, target: str) -> str:
    return hashlib.sha256(f"{source}\n{target}".encode()).hexdigest()[:8]


def _suggestion(pair: Pair, ids: Sequence[str], shown: dict[str, Node], alike: Alike) -> Suggestion:
    kind, a, b, cosine, why = pair
    ours, theirs = alike.sentences(ids[a], ids[b])
    return Suggestion(
        id=_pair_id(ids[a], ids[b]), kind=kind, source=shown[ids[a]], target=shown[ids[b]], cosine=round(cosine, 4),
        source_sentence=ours, target_sentence=theirs, why=why,
    )  # fmt: skip


class _Finder:
    """Looks for pairs of sources, by number."""

    def __init__(self, graph: Snapshot, nodes: Nodes) -> None:
        self._graph, self._notes = graph, nodes.notes
        self._linked = {frozenset((graph.index[e.source], graph.index[e.target])) for e in graph.written}
        self._clusters = graph.clusters

    def links(self, limit: int) -> list[Pair]:
        """Notes that are among each other's nearest sources, and neither links to the other."""
        notes = set(self._notes.tolist())
        why = "they are among each other's nearest sources, and neither links to the other"
        near = [
            (SuggestionKind.LINK, a, b, cosine, why)
            for a, b, cosine in self._mutual()
            if a in notes and b in notes and cosine < DUPLICATE and frozenset((a, b)) not in self._linked
        ]
        return sorted(near, key=_best_first)[:limit]

    def bridges(self, limit: int) -> list[Pair]:
        """The most similar notes of clusters that few written links connect."""
        n_links: dict[frozenset[int], int] = {}
        for pair in self._linked:
            ends = frozenset(int(self._clusters[i]) for i in pair)
            n_links[ends] = n_links.get(ends, 0) + 1
        best: dict[frozenset[int], Pair] = {}
        for a, b, cosine in self._nearest_between_clusters():
            ends = frozenset((int(self._clusters[a]), int(self._clusters[b])))
            n = n_links.get(ends, 0)
            if n >= _FEW_LINKS or frozenset((a, b)) in self._linked or cosine >= DUPLICATE:
                continue
            names = " and ".join(f"“{self._graph.cluster_names[c]}”" for c in sorted(ends))
            why = f"{'only one link connects' if n else 'no link connects'} the clusters {names}"
            bridge = (SuggestionKind.BRIDGE, a, b, cosine, why)
            if ends not in best or _best_first(bridge) < _best_first(best[ends]):
                best[ends] = bridge
        return sorted(best.values(), key=_best_first)[:limit]

    def orphans(self, limit: int) -> list[Pair]:
        """Notes that no note is linked with, each with the note nearest to it."""
        linked = {i for pair in self._linked for i in pair}
        alone = [i for i in self._notes.tolist() if i not in linked]
        found = []
        for i in alone if len(self._notes) > 1 else ():
            cosines = self._graph.vectors[self._notes] @ self._graph.vectors[i]
            cosines[self._notes == i] = -1.0
            best = int(np.argmax(cosines))
            why = "no note links to it and it links to none; this one is nearest"
            found.append((SuggestionKind.ORPHAN, i, int(self._notes[best]), float(cosines[best]), why))
        return sorted(found, key=_best_first)[:limit]

    def duplicates(self, limit: int) -> list[Pair]:
        """Sources that say nearly the same."""
        why = "they say nearly the same; keep one, or say how they differ"
        found = [
            (SuggestionKind.DUPLICATE, a, b, cosine, why) for a, b, cosine in self._mutual() if cosine >= DUPLICATE
        ]
        return sorted(found, key=_best_first)[:limit]

    def _mutual(self) -> Iterator[tuple[int, int, float]]:
        from graph.near import mutual

        for a, b, cosine in zip(*mutual(self._graph.nearest), strict=True):
            yield int(a), int(b), float(cosine)

    def _nearest_between_clusters(self) -> Iterator[tuple[int, int, float]]:
        """For each note and each other large cluster, the most similar note of that cluster."""
        labels = self._clusters[self._notes]
        for cluster in range(min(_BRIDGED, len(self._graph.cluster_names))):
            inside = self._notes[labels == cluster]
            outside = self._notes[(labels > cluster) & (labels < _BRIDGED)]
            if not len(inside) or not len(outside):
                continue
            for start in range(0, len(outside), _BLOCK):
                own = outside[start : start + _BLOCK]
                cosines: Matrix = self._graph.vectors[own] @ self._graph.vectors[inside].T
                best = np.argmax(cosines, axis=1)
                for row, column in enumerate(best.tolist()):
                    yield int(inside[column]), int(own[row]), float(cosines[row, column])


def _best_first(pair: Pair) -> tuple[float, int, int]:
    return (-round(pair[3], 4), pair[1], pair[2])


def with_link(text: str, target: str) -> str:
    """A note's text with a bare wikilink under “See also”: it is no sentence, so no answer will ever quote it."""
    return with_entry(text, f"[[{target}]]")


def with_entry(text: str, words: str) -> str:
    """A note's text with an entry in its last section “See also”, which is made where it is missing.

    Line ends stay as they are; an entry that is there already is not written again.

    Args:
        text: of the whole file.
        words: of the entry, in Markdown, in one line.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    entry = f"- {words}{end}"
    body = text.rstrip() + end
    lines = text.replace("\r\n", "\n")
    if f"\n- {words}\n" in f"{lines}\n":
        return text
    headings = [block for block in blocks(lines) if block.kind == "heading"]
    if headings and headings[-1].section[-1:] == (_HEADING,):
        return body + (entry if body.rstrip().rsplit("\n", 1)[-1].startswith("- ") else end + entry)
    return f"{body}{end}## {_HEADING}{end}{end}{entry}"


def link_name(source: Source, catalog: Catalog, origin: str = "") -> str:
    """What a wikilink calls a source: a note's file, with its folders where others answer to that, or a title.

    Args:
        source: that is linked to.
        catalog: that knows what is called how.
        origin: path of the note with the link, under the notes folder; a file beside it would go before others.

    Raises:
        BadInput: if no wikilink can name it.
    """
    if not source.id.startswith("note:"):
        if _NOT_IN_LINKS & set(source.title) or catalog.called(source.title)[:1] != [source.id]:
            raise BadInput(f"no wikilink can name {source.id} by its title", cure="Write of it in the note yourself")
        return source.title
    path = PurePosixPath(source.origin).with_suffix("")
    if _NOT_IN_LINKS & set(str(path)):
        raise BadInput(f"a wikilink cannot name {source.origin}", cure="Rename the file without any of [ ] | # ^")
    if catalog.called(path.name) == [source.id]:
        return path.name
    ups = "../" * (len(PurePosixPath(origin).parts) - 1) if len(path.parts) == 1 else ""
    return f"{ups}{path}"
