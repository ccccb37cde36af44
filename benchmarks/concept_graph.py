"""The concept graph at 1,000, 10,000 and 100,000 sources: time, memory, steadiness of its clusters.

    python benchmarks/concept_graph.py [SIZE …] [--json]

Sources are made up: unit vectors of 384 numbers around centres of several sizes, one passage each, and one in fifty is
a note with links and references. They go through the real catalog, so reading it is part of every figure. The named
alternative is what one writes first: networkx, and for each source the cosine to every other, sorted. From 20,000
sources on it is timed on 1,000 rows and scaled up. Core seconds count the time on all cores.

Builds and updates run in processes of their own; their memory is what they took beyond an open catalog.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from common import report, seconds

from graph.adjacency import Adjacency
from graph.clusters import clusters
from graph.snapshot import Snapshot, save
from graph.walk import Walker
from kb.domain import EdgeKind, Link, Passage, Source, SourceKind
from kb.identity import content_hash
from kb.ports import Entry, Matrix
from kb.services.build_graph import build_graph
from kb.services.neighbourhood import Surroundings
from kb.stores.catalog import SqliteCatalog

DIMENSION = 384
SIZES = (1_000, 10_000, 100_000)
CHANGED = 10
QUERIES = 300
_ROWS_OF_ALTERNATIVE = 1_000
_SCALED_FROM = 20_000


def made_up_vectors(n: int) -> Matrix:
    """Unit vectors in clusters whose sizes differ, as subjects do; neighbours lie at cosines of 0.5 to 0.8."""
    chance = np.random.default_rng(7)
    n_centres = max(8, n // 60)
    centres = chance.normal(size=(n_centres, DIMENSION))
    broad = chance.normal(size=(max(4, n_centres // 25), DIMENSION))
    centres += broad[chance.integers(len(broad), size=n_centres)]
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    sizes = chance.pareto(1.5, size=n_centres) + 1
    own = chance.choice(n_centres, size=n, p=sizes / sizes.sum())
    vectors = centres[own] + 0.9 / np.sqrt(DIMENSION) * chance.normal(size=(n, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def entry(number: int, n: int, chance: random.Random, stamp: str = "") -> Entry:
    """A source with one passage; every fiftieth is a note."""
    text = f"Words of source {number} {stamp}."
    title = f"Source {number} on subject {number % 97}"
    passage = {"ordinal": 0, "char_start": 0, "char_end": len(text), "text": text}
    words = {"title": title, "text": text}
    if number % 50:
        name = f"arxiv:{2301 + number // 90_000:04d}.{10_000 + number % 90_000:05d}v1"
        source = Source(id=name, kind=SourceKind.PAPER, **words)
    else:
        others = [chance.randrange(0, n, 50) for _ in range(5)]
        links = tuple(Link(target=f"note-{other}", kind=EdgeKind.LINK, why=text) for other in others)
        papers = tuple(f"arXiv:2301.{10_000 + chance.randrange(n) % 90_000:05d}" for _ in range(4))
        source = Source(id=f"note:note-{number}", kind=SourceKind.NOTE, links=links, references=papers, **words)
    return Entry(source, [Passage(source_id=source.id, **passage)], [text], [content_hash(text)])


def filled(path: Path, vectors: Matrix) -> SqliteCatalog:
    """A catalog of made-up sources."""
    catalog, chance = SqliteCatalog(path, "made-up", DIMENSION), random.Random(7)
    with catalog.writing():
        for number, vector in enumerate(vectors):
            made = entry(number, len(vectors), chance)
            catalog.put_vectors({made.text_hashes[0]: vector})
            catalog.put(made)
    return catalog


def change(catalog: SqliteCatalog, vectors: Matrix) -> None:
    """Give a few sources other words and other vectors."""
    chance = random.Random(8)
    with catalog.writing():
        for number in chance.sample(range(len(vectors)), CHANGED):
            made = entry(number, len(vectors), chance, "changed")
            catalog.put_vectors({made.text_hashes[0]: vectors[chance.randrange(len(vectors))]})
            catalog.put(made)


def cpu_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time of one call, and the time that it had of all cores, which other work on the machine changes less."""
    began = time.process_time()
    taken = seconds(work)
    return taken, time.process_time() - began


def plain_networkx(vectors: Matrix) -> float:
    """Core seconds that a first attempt takes: every cosine, sorted, into a networkx graph."""
    import networkx as nx

    n = len(vectors)
    rows = n if n < _SCALED_FROM else _ROWS_OF_ALTERNATIVE
    graph = nx.Graph()
    started = time.process_time()
    for row in range(rows):
        cosines = vectors @ vectors[row]
        for other in np.argsort(-cosines)[:11]:
            if other != row and cosines[other] >= 0.5:
                graph.add_edge(row, int(other), cosine=float(cosines[other]))
    return (time.process_time() - started) * n / rows


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """Adjusted Rand index (Hubert and Arabie, 1985): 1 for the same partition, about 0 for unrelated ones."""
    both = (one >= 0) & (other >= 0)
    one, other = one[both].astype(np.int64), other[both].astype(np.int64)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1.0) / 2).sum())

    together = pairs(np.unique(one * (other.max() + 1) + other, return_counts=True)[1])
    ours, theirs = pairs(np.bincount(one)), pairs(np.bincount(other))
    expected = ours * theirs / pairs(np.array([len(one)]))
    return (together - expected) / ((ours + theirs) / 2 - expected)


def edited(graph: Adjacency, share: float, seed: int) -> Adjacency:
    """The graph with a share of its edges gone and as many new ones between any two nodes."""
    chance = np.random.default_rng(seed)
    tails, heads, kinds, weights = graph.directed()
    n_changed = int(share * len(tails))
    kept = np.sort(chance.permutation(len(tails))[n_changed:])
    ends = chance.integers(graph.n_nodes, size=(n_changed, 2))
    near = np.full(n_changed, list(EdgeKind).index(EdgeKind.NEAR), dtype=np.uint8)
    scale = np.where(kinds == near[0] if n_changed else False, 0.5, weights)
    return Adjacency.of(
        graph.n_nodes,
        np.concatenate([tails[kept], ends[:, 0]]),
        np.concatenate([heads[kept], ends[:, 1]]),
        np.concatenate([kinds[kept], near]),
        np.concatenate([(weights / scale)[kept], np.full(n_changed, 0.6, dtype=np.float32)]).astype(np.float32),
    )


def steadiness(graph: Snapshot) -> dict[str, float]:
    """How like the clusters stay: searched for again, from where they are, and after 1 % of the edges changed."""
    labels, after = clusters(graph.adjacency), edited(graph.adjacency, 0.01, seed=1)
    return {
        "ari_again": adjusted_rand(labels, clusters(graph.adjacency)),
        "ari_from_there": adjusted_rand(labels, clusters(graph.adjacency, labels.tolist())),
        "ari_1%_edges": adjusted_rand(labels, clusters(after, labels.tolist())),
        "ari_1%_anew": adjusted_rand(labels, clusters(after)),
    }


def peak_mb() -> float:
    """Most memory that this process has held; what `getrusage` says of a child includes its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(n: int) -> dict[str, Any]:
    """All figures for one size."""
    vectors = made_up_vectors(n)
    with tempfile.TemporaryDirectory() as folder:
        catalog, path = filled(Path(folder) / "catalog.sqlite3", vectors), Path(folder) / "graph.npz"
        row: dict[str, Any] = {"sources": n, **alone("build", path)}
        first = labelled(path)
        change(catalog, vectors)
        row |= alone("update", path)
        row["ari_update"] = agreement(first, labelled(path))
        row["file_mb"] = path.stat().st_size / 2**20
        row |= queries(path, catalog)
        graph = Snapshot.load(path)
        assert graph is not None
        row |= {"edges": len(graph.adjacency.others) // 2, "clusters": len(graph.cluster_names)} | steadiness(graph)
    plain = plain_networkx(vectors)
    return row | {"networkx_cpu_s": plain, "times_less_cpu": plain / row["build_cpu_s"]}


def alone(step: str, path: Path) -> dict[str, float]:
    """Seconds, core seconds and peak memory of a build or update in a process of its own."""
    command = [sys.executable, __file__, f"--{step}", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def step(name: str, path: Path) -> dict[str, float]:
    """What `alone` runs."""
    catalog, empty = SqliteCatalog(path.with_name("catalog.sqlite3"), "made-up", DIMENSION), peak_mb()

    def work() -> None:
        save(path, build_graph(catalog, "made-up", Snapshot.load(path) if name == "update" else None))

    taken, cpu = cpu_seconds(work)
    return {f"{name}_s": taken, f"{name}_cpu_s": cpu, f"{name}_mb": peak_mb() - empty}


def labelled(path: Path) -> dict[str, int]:
    """Cluster of each node."""
    graph = Snapshot.load(path)
    assert graph is not None
    return dict(zip(graph.ids, graph.clusters.tolist(), strict=True))


def agreement(before: dict[str, int], after: dict[str, int]) -> float:
    """Adjusted Rand index over the nodes of both."""
    both = [node for node in before if node in after]
    return adjusted_rand(np.array([before[node] for node in both]), np.array([after[node] for node in both]))


def queries(path: Path, catalog: SqliteCatalog) -> dict[str, float]:
    """Milliseconds for a neighbourhood, a path, and what a fresh answer does: open the graph and walk."""
    graph = Snapshot.load(path)
    assert graph is not None
    around = Surroundings(graph, catalog)
    chance = random.Random(9)
    nodes = chance.sample(graph.ids[: graph.n_sources], QUERIES)
    around.around(nodes[0])
    shown = sorted(1000 * seconds(lambda node=node: around.around(node)) for node in nodes)
    found = sorted(1000 * seconds(lambda a=a, b=b: around.path(a, b)) for a, b in pairwise(nodes))

    def fresh() -> None:
        opened = Snapshot.load(path)
        assert opened is not None
        Walker(opened.index, opened.adjacency, opened.n_sources).walk(dict.fromkeys(nodes[:8], 1.0))
        opened.close()

    walks = sorted(1000 * seconds(fresh) for _ in range(5))
    return {
        "show_p50_ms": shown[len(shown) // 2],
        "show_p95_ms": shown[len(shown) * 95 // 100],
        "path_p95_ms": found[len(found) * 95 // 100],
        "open_and_walk_ms": walks[len(walks) // 2],
    }


def main() -> None:
    """Measure each size in a process of its own and print all of them."""
    for name in ("build", "update"):
        if f"--{name}" in sys.argv:
            print(json.dumps(step(name, Path(sys.argv[-1]))))
            return
    if "--one" in sys.argv:
        print(json.dumps(measure(int(sys.argv[-1]))))
        return
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()] or SIZES
    rows = []
    for n in sizes:
        ran = subprocess.run([sys.executable, __file__, "--one", str(n)], capture_output=True, text=True, check=True)
        rows.append(json.loads(ran.stdout.splitlines()[-1]))
    report(
        "graph",
        rows,
        "networkx: every cosine, sorted; scaled up from 1,000 rows where there are 20,000 sources and more.",
    )


if __name__ == "__main__":
    main()
