"""Random walks with restart from some sources to those around them: how retrieval uses the concept graph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np

from graph.adjacency import KINDS, Adjacency
from kb.ports import Edge


class Walker:
    """Walks a graph whose nodes have names.

    Args:
        index: number of each node, in order of the numbers.
        adjacency: who is connected with whom; direction is ignored, since a reader walks links both ways.
        n_sources: how many nodes, from the first, can be read; papers known by their id only are passed through.
    """

    def __init__(self, index: Mapping[str, int], adjacency: Adjacency, n_sources: int) -> None:
        self._index, self._adjacency, self._n_sources = index, adjacency, n_sources
        self._names: Sequence[str] = list(index)

    @classmethod
    def over(cls, edges: Iterable[Edge]) -> Self:
        """A walker over written links alone, where no graph has been derived yet."""
        listed = list(edges)
        index = {node: i for i, node in enumerate(sorted({end for e in listed for end in (e.source, e.target)}))}
        ends = np.array([(index[e.source], index[e.target]) for e in listed], dtype=np.int64).reshape(len(listed), 2)
        kinds = np.array([KINDS.index(e.kind) for e in listed], dtype=np.uint8)
        ones = np.ones(len(listed), dtype=np.float32)
        return cls(index, Adjacency.of(len(index), ends[:, 0], ends[:, 1], kinds, ones), len(index))

    def walk(self, seeds: Mapping[str, float]) -> dict[str, float]:
        """How often each source is met from the seeds, by name; see `Adjacency.walk`. Unknown seeds are passed over."""
        known = {self._index[name]: weight for name, weight in seeds.items() if name in self._index}
        met = self._adjacency.walk(known)
        return {self._names[node]: score for node, score in met.items() if node < self._n_sources}
