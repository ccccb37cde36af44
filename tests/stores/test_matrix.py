"""Vectors laid out in a file, and indexes that lag: nothing missed, nothing torn."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.stores.chroma import ChromaIndex
from kb.stores.matrix import MatrixFile
from kb.stores.scan import CatalogScan
from tests.stores.fakes import DIMENSION, FakeVectors, clustered

MODEL = "a-model"


def laid_out(folder: Path, catalog: FakeVectors, model_id: str = MODEL) -> MatrixFile:
    return MatrixFile(folder, catalog, model_id, DIMENSION, smallest=0)


def assert_same(catalog: FakeVectors, file: MatrixFile, seed: int = 99) -> None:
    """Check that a scan over the file finds what a scan of the catalog finds, scores included."""
    exact, mapped = CatalogScan(catalog), CatalogScan(catalog, file)
    for query in clustered(20, seed=seed):
        for k in (1, 10, 400):
            assert mapped.search(query, k) == exact.search(query, k)


def test_a_scan_over_the_file_is_exact(tmp_path):
    """Broken: rounding to 8 bits changes what is found, or in which order."""
    catalog = FakeVectors(clustered(3000))
    file = laid_out(tmp_path, catalog)
    assert file.synchronise() == 3000
    assert file.mapped() is not None
    assert_same(catalog, file)


def test_rounding_is_bounded_by_what_the_file_says(tmp_path):
    """Broken: a passage is passed over because its rough score was off by more than is allowed for."""
    catalog = FakeVectors(clustered(2000))
    file = laid_out(tmp_path, catalog)
    file.synchronise()
    mapped = file.mapped()
    _, matrix = catalog.vectors()
    for query in clustered(20, seed=3):
        assert np.abs(mapped.cosines(query) - matrix @ query).max() <= mapped.state.slack + 1e-5
    assert mapped.state.slack < 0.02


def test_what_came_and_went_since_is_seen(tmp_path):
    """Broken: a question right after an addition misses it, or cites what was removed."""
    catalog = FakeVectors(clustered(1000))
    file = laid_out(tmp_path, catalog)
    file.synchronise()
    scan = CatalogScan(catalog, file)
    scan.search(clustered(1)[0], 1)
    catalog.remove(range(1, 1000, 7))
    new = catalog.add(clustered(30, seed=4))
    catalog.remove(new[:3])
    assert not file.is_current()
    assert_same(catalog, file)
    assert scan.search(clustered(30, seed=4)[5], 1)[0][0] == new[5]


def test_new_rows_are_appended(tmp_path):
    """Broken: one more paper costs writing all of them again."""
    catalog = FakeVectors(clustered(1000))
    file = laid_out(tmp_path, catalog)
    file.synchronise()
    (before,) = tmp_path.glob("rows-*")
    number = before.stat().st_ino
    catalog.remove([5, 6])
    catalog.add(clustered(40, seed=2))
    assert file.synchronise() == 40
    assert file.synchronise() == 0
    (after,) = tmp_path.glob("rows-*")
    assert after.stat().st_ino == number
    assert_same(catalog, file)


def test_a_file_of_mostly_gone_rows_is_made_anew(tmp_path, monkeypatch):
    """Broken: what was removed is compared for ever."""
    monkeypatch.setattr("kb.stores.matrix._BATCH", 100)
    catalog = FakeVectors(clustered(1000))
    file = laid_out(tmp_path, catalog)
    file.synchronise()
    held = file.mapped()
    catalog.remove(range(1, 500))
    assert file.synchronise() == 501
    assert len(list(tmp_path.glob("rows-*"))) == 1
    assert len(held.cosines(clustered(1)[0])) == 1000  # whoever has the old file mapped keeps it
    assert_same(catalog, file)


def test_rows_beyond_the_state_do_not_count(tmp_path):
    """Broken: what a killed process had written so far is taken for vectors."""
    catalog = FakeVectors(clustered(500))
    file = laid_out(tmp_path, catalog)
    file.synchronise()
    (rows,) = tmp_path.glob("rows-*")
    with rows.open("ab") as torn:
        torn.write(os.urandom(12_345))
    assert_same(catalog, file)
    catalog.add(clustered(50, seed=8))
    file.synchronise()
    assert_same(catalog, file)


@pytest.mark.parametrize("damage", ["truncated", "missing", "state", "path"])
def test_a_damaged_file_is_not_used_and_made_again(tmp_path, damage):
    """Broken: a torn or forged file gives wrong answers, takes the process down, or names a file elsewhere."""
    catalog = FakeVectors(clustered(500))
    file = laid_out(tmp_path / "matrix", catalog)
    file.synchronise()
    (rows,) = (tmp_path / "matrix").glob("rows-*")
    state = tmp_path / "matrix" / "state.json"
    if damage == "truncated":
        os.truncate(rows, 1000)
    elif damage == "missing":
        rows.unlink()
    elif damage == "state":
        state.write_text("{")
    else:
        rows.rename(tmp_path / "elsewhere")
        state.write_text(json.dumps({**json.loads(state.read_text()), "file": "../elsewhere"}))
    assert file.mapped() is None
    assert_same(catalog, file)
    assert file.synchronise() == 500
    assert_same(catalog, file)


def test_a_file_of_another_model_or_catalog_is_not_used(tmp_path):
    """Broken: vectors that cannot be compared are compared."""
    catalog = FakeVectors(clustered(100))
    laid_out(tmp_path, catalog).synchronise()
    assert laid_out(tmp_path, catalog, "b-model").mapped() is None
    other = FakeVectors(clustered(100, seed=5))
    other.identity = lambda: "another catalog"
    file = laid_out(tmp_path, other)
    assert file.mapped() is None
    file.synchronise()
    assert_same(other, file)


def test_a_small_catalog_needs_no_file(tmp_path):
    """Broken: every small library pays for files that gain it nothing."""
    file = MatrixFile(tmp_path / "matrix", FakeVectors(clustered(100)), MODEL, DIMENSION)
    assert file.is_current()
    assert file.synchronise() == 0
    assert not (tmp_path / "matrix").exists()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "remove", "lay out"]), st.integers(1, 60)), max_size=8))
def test_any_history_gives_the_exact_scan(tmp_path_factory, history):
    """Broken: some order of additions, removals and laying out loses or resurrects a passage."""
    catalog = FakeVectors(clustered(60))
    file = laid_out(tmp_path_factory.mktemp("matrix"), catalog)
    for step, (what, n) in enumerate(history):
        if what == "add":
            catalog.add(clustered(n, seed=step))
        elif what == "remove":
            catalog.remove(catalog.passage_keys()[:: n + 1].tolist())
        else:
            file.synchronise()
        assert_same(catalog, file, seed=step)


# Chroma, behind


@pytest.fixture
def catalog() -> FakeVectors:
    return FakeVectors(clustered(2000))


@pytest.fixture
def lagging(tmp_path: Path, catalog: FakeVectors):
    index = ChromaIndex(tmp_path / "chroma", catalog, MODEL, DIMENSION, follows_at_once=1000)
    index.synchronise()
    yield index
    index.close()


def test_a_large_index_leaves_small_changes_for_later_and_misses_none(lagging, catalog, tmp_path):
    """Broken: adding one paper to 100,000 copies a gigabyte, or is not found until somebody rebuilds."""
    state = tmp_path / "chroma" / "state.json"
    before = state.stat().st_mtime_ns
    catalog.remove(range(1, 20))
    new = catalog.add(clustered(60, seed=6))
    catalog.remove(new[:2])
    assert lagging.synchronise() == 0
    assert lagging.is_current()
    assert lagging.lag() == 81
    assert state.stat().st_mtime_ns == before
    assert lagging.problems() == []
    scan = CatalogScan(catalog)
    for query in clustered(60, seed=6)[::5]:
        assert lagging.search(query, 10) == scan.search(query, 10)


def test_a_large_index_follows_once_enough_has_changed(lagging, catalog):
    """Broken: the part that is scanned grows without bound."""
    catalog.remove(range(1, 20))
    catalog.add(clustered(200, seed=6))
    assert not lagging.is_current()
    assert lagging.synchronise() == 219
    assert lagging.lag() == 0
    scan = CatalogScan(catalog)
    for query in clustered(20, seed=6):
        assert lagging.search(query, 10) == scan.search(query, 10)


@pytest.mark.parametrize("verb", ["synchronise", "rebuild"])
def test_a_long_indexing_is_done_in_steps_that_stay(tmp_path, catalog, monkeypatch, verb):
    """Broken: a kill in the last minute of a long indexing throws all of it away."""
    monkeypatch.setattr("kb.stores.chroma._STEP", 300)
    monkeypatch.setattr("kb.stores.chroma._BATCH", 100)
    index = ChromaIndex(tmp_path / "steps", catalog, MODEL, DIMENSION)
    added, vectors_after = 0, catalog.vectors_after

    def failing(key, limit=None):
        nonlocal added
        added += 1
        if added == 12:
            raise KeyboardInterrupt
        return vectors_after(key, limit)

    monkeypatch.setattr(catalog, "vectors_after", failing)
    with pytest.raises(KeyboardInterrupt):
        getattr(index, verb)()
    held = json.loads((tmp_path / "steps" / "state.json").read_text())["count"]
    assert 600 <= held < 2000
    monkeypatch.undo()
    assert index.synchronise() == 2000 - held
    scan = CatalogScan(catalog)
    for query in clustered(10, seed=6):
        assert index.search(query, 10) == scan.search(query, 10)
    index.close()


def test_an_index_of_another_catalog_is_made_anew(lagging, tmp_path):
    """Broken: a catalog that was made again answers with the keys of the old one."""
    other = FakeVectors(clustered(300, seed=4))
    other.identity = lambda: "another catalog"
    index = ChromaIndex(tmp_path / "chroma", other, MODEL, DIMENSION)
    assert index.problems() == ["the vector index was made from another catalog. Run `kb rebuild`"]
    index.synchronise()
    assert index.problems() == []
    index.close()
