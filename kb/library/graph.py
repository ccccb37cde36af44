"""The concept graph of a library: what is around a node, how nodes lead to each other, what is missing, exports."""

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

from graph.export import EXPORTS
from graph.records import ClusterView, Map, Neighbourhood, Path, Suggestion, SuggestionKind
from graph.snapshot import Snapshot
from ingest.files import edit_note
from kb.domain import RelationState
from kb.errors import BadInput, NotFound
from kb.ports import Progress, no_progress
from kb.services.graph_map import narrowed, whole_map
from kb.services.neighbourhood import Surroundings
from kb.services.overview import PlacedSource, placed
from kb.services.relate import pairs, standing
from kb.services.suggest_links import link_name, suggested, suggestions, with_link
from kb.upkeep import Upkeep
from kb.wiring import Parts


class Graph:
    """A library's concept graph, as it is when it is asked; call `Library.refresh` first to read changed notes.

    Args:
        parts: of the library.
        upkeep: reads a note again after a link was written into it.
    """

    def __init__(self, parts: Parts, upkeep: Upkeep) -> None:
        self._parts, self._upkeep = parts, upkeep
        self._known: tuple[tuple[object, ...], Surroundings] | None = None

    def show(self, node: str) -> Neighbourhood:
        """What is around a node, named by slug, title, alias, arXiv id, inquiry or topic.

        Raises:
            NotFound: if nothing is called so.
        """
        here = self._surroundings
        return here.around(here.nodes.find(node))

    def path(self, start: str, end: str) -> Path:
        """How one node leads to another; a path without steps where it does not.

        Raises:
            NotFound: if nothing bears one of the names.
        """
        here = self._surroundings
        return here.path(here.nodes.find(start), here.nodes.find(end))

    def clusters(self) -> list[ClusterView]:
        """The graph's clusters, largest first."""
        return self._surroundings.cluster_views()

    def members(self, cluster: int) -> frozenset[str]:
        """Ids of the sources in a cluster, by its number."""
        graph = self._graph
        return frozenset(graph.ids[i] for i in (graph.clusters == cluster).nonzero()[0].tolist())

    def find(self, node: str) -> str:
        """Id of the node that a person means; named as in `show`, and raising as it does."""
        return self._surroundings.nodes.find(node)

    def pairs(self, names: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
        """Ids of sources that are near or linked, a pair at a time: near and unlinked first, most alike first.

        Args:
            names: nodes of which every pair has one, named as in `show`; none for all.

        Raises:
            NotFound: if nothing bears one of the names.
        """
        graph, named = self._graph, [self.find(name) for name in names]
        numbers = {graph.index[node] for node in named if node in graph.index}
        if names and not numbers:
            return
        for one, other in pairs(graph, numbers):
            yield graph.ids[one], graph.ids[other]

    def suggest(self, limit: int = 10) -> list[Suggestion]:
        """Connections that may be missing, at most `limit` of each kind."""
        return suggestions(self._graph, self._parts.catalog, self._surroundings.nodes, limit)

    def suggested(self, pair_id: str) -> Suggestion | None:
        """The suggestion with an id; None if its pair is linked already.

        Raises:
            BadInput: if no suggestion has this id.
        """
        return suggested(self._graph, self._parts.catalog, self._surroundings.nodes, pair_id)

    def accept(self, suggestion: Suggestion, progress: Progress = no_progress) -> FilePath:
        """Write the link that a suggestion is about into the file of its source, and read the file again.

        Returns:
            The file that was written.

        Raises:
            BadInput: if the suggestion is about no two notes.
            KbError: if the file was changed since it was read; it stays as it is. Or if the link that was written does
                not lead to its target.
        """
        if suggestion.kind is SuggestionKind.DUPLICATE:
            raise BadInput("a duplicate needs no link", cure="Keep one of the two, or write how they differ")
        parts = self._parts
        source, target = (parts.catalog.source(node.id) for node in (suggestion.source, suggestion.target))
        if source is None or target is None:
            raise BadInput("the notes of this suggestion are gone", cure="Ask for suggestions again")
        with parts.lock.held():
            path = parts.place.notes / source.origin
            name = link_name(target, parts.catalog, source.origin)
            edit_note(path, parts.place.notes, source.text, lambda text: with_link(text, name))
            self._upkeep.synchronise(progress, retry=False)
        if not any((edge.source, edge.target) == (source.id, target.id) for edge in parts.catalog.edges()):
            what = f"[[{name}]] was written into {source.origin}, but it does not lead to {target.title!r}"
            raise BadInput(what, cure="Write the link there yourself, or give the notes different names")
        return path

    def placed(self) -> list[PlacedSource]:
        """Sources on a plane where what is alike lies near; none before the graph is made."""
        return placed(self._graph, self._surroundings.nodes) if self._parts.graph else []

    def map(self, limit: int = 0, *, topic: str = "", since: str = "", until: str = "") -> Map:
        """The whole graph, or its best connected nodes, at most `limit` of them; of a topic or a span of dates."""
        here = self._surroundings
        title = f"Concept map of {self._parts.place.root.name}"
        catalog, index = self._parts.catalog, here.nodes.index
        among = [index[i] for i in catalog.about(topic) if i in index] if topic else None
        found = whole_map(self._graph, catalog, here.nodes, here.clusters, title, limit, among)
        return narrowed(found, topic, since, until) if topic or since or until else found

    def map_around(self, node: str, limit: int = 1_000) -> Map:
        """What is within two steps of a node, named as in `show`, at most `limit` nodes beside its neighbours.

        Raises:
            NotFound: if nothing is called so.
        """
        here = self._surroundings
        number = here.nodes.index.get(here.nodes.find(node))
        if number is None:
            raise NotFound(f"{node[:80]!r} has no place of its own in the graph", cure="Look at the whole map")
        near, far = (set(here.nodes.adjacency.reach(number, steps).tolist()) for steps in (1, 2))
        among = {number, *near, *sorted(far - near)[:limit]}
        title = f"Concept map around {node}"
        return whole_map(self._graph, self._parts.catalog, here.nodes, here.clusters, title, 0, among)

    def export(self, form: str, limit: int = 0) -> str:
        """The graph as graphml, json, html, dot or obsidian-canvas; `limit` as in `map`.

        Raises:
            BadInput: if there is no such format.
        """
        if form not in EXPORTS:
            raise BadInput(f"there is no export as {form[:40]!r}", cure=f"Use {', '.join(EXPORTS)}")
        return EXPORTS[form](self.map(limit))

    def figures(self) -> dict[str, int]:
        """The graph in numbers: connected parts, clusters, and notes that no note links with."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        graph = self._graph
        arrays = graph.adjacency
        matrix = csr_array((arrays.weights, arrays.others, arrays.starts), shape=(arrays.n_nodes, arrays.n_nodes))
        n_parts, _ = connected_components(matrix, directed=False)
        linked = {end for edge in graph.written for end in (edge.source, edge.target)}
        orphans = [s for s in graph.ids[: graph.n_sources] if s.startswith("note:") and s not in linked]
        return {"graph_parts": int(n_parts), "graph_clusters": len(graph.cluster_names), "orphans": len(orphans)}

    @property
    def _graph(self) -> Snapshot:
        """The derived graph; made first where the library has moved on without it.

        Raises:
            LibraryBusy: if it has to be made and another process is writing.
        """
        if self._parts.graph is None:
            with self._parts.lock.held():
                self._parts.derive_graph()
        graph = self._parts.graph
        assert graph is not None
        return graph

    @property
    def _surroundings(self) -> Surroundings:
        catalog = self._parts.catalog
        graph, inquiries = self._graph, catalog.inquiries() if catalog.count("inquiries") else []
        relations = [r for r in catalog.relations() if r.state is RelationState.PROPOSED]
        state = (graph.generation, *((inquiry.id, inquiry.asked_at) for inquiry in inquiries), *relations)
        if self._known is None or self._known[0] != state:
            self._known = (state, Surroundings(graph, catalog, inquiries, standing(relations, catalog)))
        return self._known[1]
