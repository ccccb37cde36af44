"""The concept graph as it is kept beside the catalog: arrays in one file, stamped with the catalog's generation.

A numpy archive without compression: an answer reads only the few arrays that a walk needs. Nothing in it is code (no
pickles), and whatever cannot be read counts as missing, for the graph can be made again.
"""

import json
import os
import zipfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graph.adjacency import Adjacency
from graph.clusters import Labels
from graph.near import Nearest
from kb.domain import EdgeKind
from kb.ports import Edge, Matrix

FORMAT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """All that is made from the catalog for one generation."""

    generation: int
    model: str
    """Whose vectors the near edges were made from."""
    ids: Sequence[str]
    """Nodes: current sources in order of id, then cited papers that the library does not hold."""
    stamps: Sequence[str]
    """Content hash of each source."""
    written: Sequence[Edge]
    """Links, parents and tensions, with the sentences that make them."""
    adjacency: Adjacency
    clusters: Labels
    cluster_names: Sequence[str]
    drift: int
    """Sources that came, changed or went since clusters were searched for."""
    nearest: Nearest
    """Of the sources."""
    vectors: NDArray[np.float16]
    """A unit vector for each source, shape (n_sources, dimension)."""


class Snapshot:
    """A graph read from its file, each array when it is first asked for."""

    def __init__(self, archive: Any, header: dict[str, Any], opened: ExitStack) -> None:
        self._archive, self._opened = archive, opened
        self.generation: int = header["generation"]
        self.model: str = header["model"]
        self.n_sources: int = header["n_sources"]
        self.cluster_names: list[str] = header["cluster_names"]
        self.drift: int = header["drift"]

    @classmethod
    def load(cls, path: Path, generation: int | None = None) -> Self | None:
        """The graph in a file; None where there is none, it cannot be read, or it is of another generation."""
        with ExitStack() as opened:
            try:
                file = opened.enter_context(path.open("rb"))
                archive = opened.enter_context(np.load(file, allow_pickle=False))
                header = json.loads(archive["header"].tobytes())
                if header["format"] == FORMAT and generation in (None, header["generation"]):
                    return cls(archive, header, opened.pop_all())
            except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
                pass
        return None

    @cached_property
    def ids(self) -> list[str]:
        """Nodes: current sources in order of id, then cited papers that the library does not hold."""
        text: str = self._archive["ids"].tobytes().decode("utf-8")
        return text.split("\n") if text else []

    @cached_property
    def index(self) -> dict[str, int]:
        """Number of each node."""
        return {node: i for i, node in enumerate(self.ids)}

    @cached_property
    def stamps(self) -> list[str]:
        """Content hash of each source."""
        text: str = self._archive["stamps"].tobytes().decode("ascii")
        return text.split("\n") if text else []

    @cached_property
    def written(self) -> list[Edge]:
        """Links, parents and tensions, with the sentences that make them."""
        rows = json.loads(self._archive["written"].tobytes())
        return [Edge(self.ids[source], self.ids[target], EdgeKind(kind), *told) for source, target, kind, *told in rows]

    @cached_property
    def adjacency(self) -> Adjacency:
        """Who is connected with whom."""
        return Adjacency(*(self._archive[name] for name in ("starts", "others", "codes", "weights")))

    @cached_property
    def clusters(self) -> Labels:
        """Cluster of each node, -1 for none."""
        labels: Labels = self._archive["clusters"]
        return labels

    @cached_property
    def nearest(self) -> Nearest:
        """The most similar sources of each source."""
        return Nearest(self._archive["nearest_others"], self._archive["nearest_cosines"])

    @cached_property
    def halves(self) -> NDArray[np.float16]:
        """The sources' vectors as they are kept, in half precision; enough where few of them are needed."""
        kept: NDArray[np.float16] = self._archive["vectors"]
        return kept

    @cached_property
    def vectors(self) -> Matrix:
        """A unit vector for each source, shape (n_sources, dimension)."""
        return self.halves.astype(np.float32)

    def cosine(self, one: int, other: int) -> float:
        """Similarity of two sources."""
        return float(self.halves[one].astype(np.float32) @ self.halves[other].astype(np.float32))

    def close(self) -> None:
        """Release the file."""
        self._opened.close()


def save(path: Path, graph: Derived) -> None:
    """Write a graph beside the catalog in one step."""
    number = {node: i for i, node in enumerate(graph.ids)}
    header = {
        "format": FORMAT,
        "generation": graph.generation,
        "model": graph.model,
        "n_sources": len(graph.stamps),
        "cluster_names": list(graph.cluster_names),
        "drift": graph.drift,
    }
    rows = [[number[e.source], number[e.target], e.kind, e.why, e.under] for e in graph.written]
    draft = path.with_suffix(".new")
    with draft.open("wb") as file:
        np.savez(
            file,
            header=_bytes(json.dumps(header)),
            ids=_bytes("\n".join(graph.ids)),
            stamps=_bytes("\n".join(graph.stamps)),
            written=_bytes(json.dumps(rows, ensure_ascii=False)),
            starts=graph.adjacency.starts,
            others=graph.adjacency.others,
            codes=graph.adjacency.codes,
            weights=graph.adjacency.weights,
            clusters=graph.clusters,
            nearest_others=graph.nearest.others,
            nearest_cosines=graph.nearest.cosines,
            vectors=graph.vectors.astype(np.float16),
        )
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8"), dtype=np.uint8)
