"""The library in figures, in the Python API: `library.overview`."""

from kb.library.claims import Claims
from kb.library.graph import Graph
from kb.services import overview
from kb.services.overview import AgeCount, MonthCount, PlacedSource, TopicCoverage
from kb.wiring import Parts


class Overview:
    """What plots show, each as the rows of a table.

    Args:
        parts: of the library.
        claims: of the library.
        graph: of the library.
    """

    def __init__(self, parts: Parts, claims: Claims, graph: Graph) -> None:
        self._parts, self._claims, self._graph = parts, claims, graph

    def by_month(self) -> list[MonthCount]:
        """Sources by month and kind, with how many there were by then."""
        return overview.by_month(self._parts.catalog)

    def claim_ages(self) -> list[AgeCount]:
        """Claims by the year up to which they are known to stand."""
        return overview.claim_ages(self._claims.list())

    def topics(self) -> list[TopicCoverage]:
        """The largest topics and what is known of each."""
        return overview.topic_coverage(self._parts.catalog, self._claims.list())

    def clusters(self) -> list[PlacedSource]:
        """Sources on a plane where what is alike lies near, each with its cluster; none before the graph is made."""
        return self._graph.placed()
