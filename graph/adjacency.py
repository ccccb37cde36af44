"""The concept graph as arrays: neighbours, reach, shortest paths and random walks with numpy alone.

networkx is the graph's interface for analysis, but importing it takes longer than a whole answer on a small library,
and its PageRank is 60 times slower at 100,000 nodes than one over a compressed adjacency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kb.domain import EdgeKind

KINDS = tuple(EdgeKind)
"""Codes of the kinds of edges are places in here."""
STRENGTH = {
    EdgeKind.TENSION: 1.5,
    EdgeKind.LINK: 1.0,
    EdgeKind.PARENT: 1.0,
    EdgeKind.CITES: 0.5,
    EdgeKind.USES: 0.5,
    EdgeKind.NEAR: 0.5,
    EdgeKind.TOPIC: 0.1,
    EdgeKind.PROPOSED: 0.0,
}
"""What a connection of each kind weighs in walks and clusters, where two nodes have one. What people wrote goes before
what was computed; a near pair weighs its cosine times this. What models propose is in no walk and no cluster."""

_BACK = 128
"""Added to a kind's code where an edge is seen from its target."""
_DAMPING = 0.6
_STEPS = 12
_LEAST_MASS = 1e-6

Nodes = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """Every edge from both of its ends, in compressed rows.

    The edges of node i are those at `starts[i]` to `starts[i + 1]`: `others` holds their far ends, `codes` their kinds
    (128 more where i is the target), `weights` their strengths, all of one length.
    """

    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    codes: NDArray[np.uint8]
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, n: int, tails: Nodes, heads: Nodes, kinds: NDArray[np.uint8], cosines: NDArray[np.float32]) -> Self:
        """From edges with one row each; `cosines` is 1 where an edge has none."""
        strengths = np.array([STRENGTH[kind] for kind in KINDS], dtype=np.float32)[kinds] * cosines
        nodes = np.concatenate([tails, heads])
        others = np.concatenate([heads, tails])
        codes = np.concatenate([kinds, kinds + np.uint8(_BACK)])
        order = np.lexsort((codes, others, nodes))
        starts = np.searchsorted(nodes[order], np.arange(n + 1)).astype(np.int64)
        weights = np.concatenate([strengths, strengths])[order].astype(np.float32)
        return cls(starts, others[order].astype(np.int32), codes[order].astype(np.uint8), weights)

    @property
    def n_nodes(self) -> int:
        """How many nodes there are."""
        return len(self.starts) - 1

    def edges_of(self, node: int) -> list[tuple[int, EdgeKind, bool, float]]:
        """A node's edges as (other end, kind, whether it points here, weight), in order of the other end."""
        part = slice(self.starts[node], self.starts[node + 1])
        rows = zip(self.others[part].tolist(), self.codes[part].tolist(), self.weights[part].tolist(), strict=True)
        return [(other, KINDS[code % _BACK], code >= _BACK, weight) for other, code, weight in rows]

    def directed(self) -> tuple[Nodes, Nodes, NDArray[np.uint8], NDArray[np.float32]]:
        """Every edge once, from its source's side: sources, targets, kinds, weights."""
        nodes = np.repeat(np.arange(self.n_nodes), np.diff(self.starts))
        own = self.codes < _BACK
        return nodes[own], self.others[own].astype(np.int64), self.codes[own], self.weights[own]

    def extended(self, n: int, pairs: Sequence[tuple[int, int]], kind: EdgeKind) -> Self:
        """The same with n nodes in all and more edges of one kind."""
        tails, heads, kinds, weights = self.directed()
        strengths = np.array([STRENGTH[kind] for kind in KINDS], dtype=np.float32)
        more = np.array(pairs, dtype=np.int64).reshape(len(pairs), 2)
        return self.of(
            n,
            np.concatenate([tails, more[:, 0]]),
            np.concatenate([heads, more[:, 1]]),
            np.concatenate([kinds, np.full(len(pairs), KINDS.index(kind), dtype=np.uint8)]),
            np.concatenate([weights / strengths[kinds], np.ones(len(pairs), dtype=np.float32)]),
        )

    def degrees(self, kinds: Sequence[EdgeKind]) -> Nodes:
        """How many edges of some kinds each node has, in either direction, shape (n_nodes,)."""
        wanted = np.isin(self.codes % _BACK, [KINDS.index(kind) for kind in kinds])
        counts: Nodes = np.diff(np.concatenate([[0], np.cumsum(wanted)])[self.starts])
        return counts

    def neighbours(self, nodes: Nodes) -> Nodes:
        """All nodes next to some, ascending, each once."""
        places, _ = self._places(nodes)
        found: Nodes = np.unique(self.others[places].astype(np.int64))
        return found

    def reach(self, node: int, hops: int) -> Nodes:
        """Nodes within so many steps, ascending, without the node itself."""
        seen: Nodes = np.array([node], dtype=np.int64)
        frontier = seen
        for _ in range(hops):
            frontier = np.setdiff1d(self.neighbours(frontier), seen, assume_unique=True)
            if not len(frontier):
                break
            seen = np.union1d(seen, frontier)
        others: Nodes = seen[seen != node]
        return others

    def path(self, start: int, end: int) -> list[int]:
        """A path of the fewest steps, among these one of strong connections; empty where there is none.

        Breadth first from the start, then back from the end over the strongest edge to the level before: what people
        wrote, then what is near by cosine; ties go to the smaller node. The exported map goes by the same rule. O(nodes
        + edges).
        """
        level = np.full(self.n_nodes, -1, dtype=np.int32)
        level[start] = 0
        frontier = np.array([start], dtype=np.int64)
        while len(frontier) and level[end] < 0:
            found = self.neighbours(frontier)
            found = found[level[found] < 0]
            level[found] = level[frontier[0]] + 1
            frontier = found
        if level[end] < 0:
            return []
        nodes = [end]
        while nodes[-1] != start:
            part = slice(self.starts[nodes[-1]], self.starts[nodes[-1] + 1])
            before = level[self.others[part]] == level[nodes[-1]] - 1
            nodes.append(int(self.others[part][np.argmax(np.where(before, self.weights[part], -1.0))]))
        return nodes[::-1]

    def walk(self, seeds: Mapping[int, float]) -> dict[int, float]:
        """How often a walker is met at each node who starts from the seeds and returns there with probability 0.4.

        Args:
            seeds: weight by node, not negative; nodes without any edge are passed over.

        Returns:
            Score by node, of nodes that hold at least a millionth; empty where no seed has an edge. The walk spreads
            level by level and only where there is something to spread, so it costs what the seeds' surroundings hold,
            not what the graph holds (forward push: Andersen, Chung and Lang, 2006). Page, Brin, Motwani and Winograd
            (1999), with a personalised restart.
        """
        mass, rank = np.zeros(self.n_nodes), np.zeros(self.n_nodes)
        for node, weight in seeds.items():
            if self.starts[node] < self.starts[node + 1]:
                mass[node] = weight
        if not mass.sum():
            return {}
        mass /= mass.sum()
        active = np.flatnonzero(mass)
        for _ in range(_STEPS):
            rank[active] += (1 - _DAMPING) * mass[active]
            places, lengths = self._places(active)
            weights = self.weights[places]
            firsts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            totals = np.add.reduceat(weights, firsts)
            spread = weights * np.repeat(_DAMPING * mass[active] / totals, lengths)
            mass[active] = 0.0
            np.add.at(mass, self.others[places], spread)
            active = np.flatnonzero(mass > _LEAST_MASS)
            if not len(active):
                break
        rank += mass
        met = np.flatnonzero(rank > 0)
        return dict(zip(met.tolist(), rank[met].tolist(), strict=True))

    def _places(self, nodes: Nodes) -> tuple[Nodes, Nodes]:
        """Where the edges of some nodes are, and how many each has."""
        firsts, lengths = self.starts[nodes], self.starts[nodes + 1] - self.starts[nodes]
        ends = np.cumsum(lengths)
        total = int(ends[-1]) if len(ends) else 0
        return np.arange(total) + np.repeat(firsts - (ends - lengths), lengths), lengths
