"""The graph's file: what was written comes back, and what cannot be read counts as missing."""

from pathlib import Path

import numpy as np
import pytest

from graph.snapshot import Snapshot
from kb import upkeep
from kb.library import Library
from kb.services.build_graph import build_graph


def test_a_graph_comes_back_as_it_was_derived(small_library: Library):
    """Answers after a restart would walk another graph."""
    parts = small_library.parts
    made, read = build_graph(parts.catalog, parts.signature), parts.graph
    assert read is not None
    assert read.ids == list(made.ids)
    assert read.stamps == list(made.stamps)
    assert read.written == list(made.written)
    assert read.cluster_names == list(made.cluster_names)
    for name in ("starts", "others", "codes"):
        assert np.array_equal(getattr(read.adjacency, name), getattr(made.adjacency, name))
    assert np.allclose(read.adjacency.weights, made.adjacency.weights)
    assert np.array_equal(read.clusters, made.clusters)
    assert np.allclose(read.vectors, made.vectors.astype(np.float32))


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_a_damaged_graph_is_made_again(small_root: Path, damage: str):
    """A file torn by a power cut would end every command in a traceback."""
    with Library.open(small_root) as library:
        library.refresh()
        path, whole = library.parts.graph_file, library.parts.graph_file.read_bytes()
        library.parts.forget_graph()
        path.unlink()
        if damage != "missing":
            path.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "garbage": b"\x00junk" * 99}[damage])
        assert Snapshot.load(path) is None
    with Library.open(small_root) as library:
        library.refresh()
        assert library.parts.graph is not None
        assert library.parts.graph.n_sources == 5


def test_a_graph_of_another_generation_is_not_taken_for_this_one(small_root: Path):
    """Answers would follow links that are gone."""
    with Library.open(small_root) as library:
        library.refresh()
        generation = library.parts.catalog.generation()
        assert Snapshot.load(library.parts.graph_file, generation + 1) is None
        (small_root / "notes" / "do-tools-lift-the-limit.md").unlink()
        library.refresh()
        assert library.parts.graph is not None
        assert "note:do-tools-lift-the-limit" not in library.parts.graph.ids


def test_an_update_gives_the_graph_that_a_rebuild_gives(small_root: Path):
    """The graph would depend on the order in which notes were written."""
    with Library.open(small_root) as library:
        library.refresh()
        note = small_root / "notes" / "do-tools-lift-the-limit.md"
        note.write_text(note.read_text(encoding="utf-8") + "\nSee [[can-tuning-keep-steps]].\n", encoding="utf-8")
        library.refresh()
        parts = library.parts
        updated, anew = parts.graph, build_graph(parts.catalog, parts.signature)
        assert updated is not None
        assert updated.ids == list(anew.ids)
        assert np.array_equal(updated.adjacency.others, anew.adjacency.others)
        assert np.array_equal(updated.adjacency.codes, anew.adjacency.codes)
        assert np.array_equal(updated.nearest.others, anew.nearest.others)
        assert np.allclose(updated.vectors, anew.vectors.astype(np.float32), atol=1e-3)


def test_a_large_library_answers_over_the_graph_as_it_was(small_root: Path, monkeypatch: pytest.MonkeyPatch):
    """Who asks would wait for minutes after an edit; who asks about the graph would be told of an old one."""
    with Library.open(small_root) as library:
        library.refresh()
        monkeypatch.setattr(upkeep, "_GRAPH_AT_ONCE", 3)
        note = small_root / "notes" / "new.md"
        note.write_text("# New\n\nSee [[does-tuning-loosen-steps]].\n", encoding="utf-8")
        library.ask("do strong teachers overwhelm small students")
        assert library.parts.graph is None
        met = library.parts.walker().walk({"note:does-tuning-loosen-steps": 1.0})
        assert "note:can-tuning-keep-steps" in met
        assert "note:new" not in met
        assert "note:new" in {e.source for e in library.parts.edges()}
        assert "note:new" in {c.node.id for c in library.graph.show("does-tuning-loosen-steps").backlinks}
        assert "note:new" in library.parts.walker().walk({"note:does-tuning-loosen-steps": 1.0})


def test_an_empty_library_has_an_empty_graph(tmp_path: Path):
    """The first command in a new library would end in a traceback."""
    with Library.open(Library.create(tmp_path / "library")) as library:
        assert library.graph.clusters() == []
        assert library.graph.suggest() == []
        assert library.graph.figures() == {"graph_parts": 0, "graph_clusters": 0, "orphans": 0}
        assert library.graph.map().nodes == ()


def test_a_small_edit_moves_no_cluster_and_many_lead_to_a_new_search(tmp_path: Path):
    """Clusters would change with every edit, or never again."""
    root = Library.create(tmp_path / "library")
    for i in range(30):
        link = f"See [[n{(i + 1) % 15 + 15 * (i // 15)}]]."
        (root / "notes" / f"n{i}.md").write_text(
            f"# Note {i} on {'bread' if i < 15 else 'stars'}\n\n{link}\n", encoding="utf-8"
        )
    with Library.open(root) as library:
        library.refresh()
        first = library.parts.graph
        assert first is not None
        before = dict(zip(first.ids, first.clusters.tolist(), strict=True))
        names = list(first.cluster_names)
        (root / "notes" / "new.md").write_text("# New bread\n\nSee [[n1]].\n", encoding="utf-8")
        library.refresh()
        second = library.parts.graph
        assert second is not None
        after = dict(zip(second.ids, second.clusters.tolist(), strict=True))
        assert {node: after[node] for node in before} == before
        assert after["note:new"] >= 0
        assert (second.drift, list(second.cluster_names)) == (1, names)
        (root / "notes" / "newer.md").write_text("# Newer bread\n\nSee [[n2]].\n", encoding="utf-8")
        library.refresh()
        assert library.parts.graph is not None
        assert library.parts.graph.drift == 0
