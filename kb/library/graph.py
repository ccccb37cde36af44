"""The concept graph of a library: what is around a node, how nodes lead to each other, what is missing, exports."""

from graph.records import ClusterView, Neighbourhood, Path
from graph.snapshot import Snapshot
from kb.errors import NotFound
from kb.services.neighbourhood import Surroundings
from kb.wiring import Parts


class Graph:
    """A library's concept graph, as it is when it is asked; call `Library.refresh` first to read changed notes.

    Args:
        parts: of the library.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
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
        """The derived graph.

        Raises:
            NotFound: if none has been derived from the library as it is.
        """
        graph = self._parts.graph
        if graph is None:
            raise NotFound("the graph of this library has not been made yet", cure="Run `kb rebuild`")
        return graph

    @property
    def _surroundings(self) -> Surroundings:
        catalog = self._parts.catalog
        graph, inquiries = self._graph, catalog.inquiries() if catalog.count("inquiries") else []
        state = (graph.generation, *((inquiry.id, inquiry.asked_at) for inquiry in inquiries))
        if self._known is None or self._known[0] != state:
            self._known = (state, Surroundings(graph, catalog, inquiries))
        return self._known[1]
