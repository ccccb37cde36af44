"""A Chroma index that is damaged, behind, or cannot be written."""

import json
import os
import random
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from kb.errors import KbError, LibraryBusy
from kb.stores import chroma, chroma_client
from kb.stores.chroma import ChromaIndex
from tests.stores.chroma_files import assert_whole
from tests.stores.fakes import DIMENSION, MODEL, FakeVectors, clustered


def damage_state(folder: Path) -> None:
    (folder / "state.json").write_text("{")


def damage_format(folder: Path) -> None:
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**state, "format": 0}))


def damage_marker(folder: Path) -> None:
    (folder / "dirty").touch()


def damage_index(folder: Path) -> None:
    shutil.rmtree(folder / "index")


def damage_links(folder: Path) -> None:
    (links,) = folder.glob("index/*/link_lists.bin")
    links.write_bytes(bytes(10_000_000))


def damage_vectors(folder: Path) -> None:
    (vectors,) = folder.glob("index/*/data_level0.bin")
    vectors.unlink()


@pytest.mark.parametrize(
    "damage", [damage_state, damage_format, damage_marker, damage_index, damage_links, damage_vectors]
)
def test_visible_damage(index, catalog, folder, damage):
    """Broken: damage is searched, takes the process down, or is not mended by the next synchronisation."""
    damage(folder)
    (problem,) = index.problems()
    assert problem.endswith("Run `kb rebuild`")
    with pytest.raises(KbError, match="kb rebuild"):
        index.search(clustered(1)[0], 5)
    index.synchronise()
    assert_whole(index, catalog, folder)


def test_an_index_that_is_not_made_yet_is_completed(index, catalog, folder):
    """Broken: after an ingest that was stopped a person is told of another version and a rebuild."""
    shutil.rmtree(folder)
    assert index.problems() == ["the vector index is not made yet. Run `kb add` to complete it"]
    with pytest.raises(KbError, match="kb rebuild"):
        index.search(clustered(1)[0], 5)
    index.synchronise()
    assert_whole(index, catalog, folder)


def overwrite(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(file.stat().st_size))


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize(
    ("name", "damage"),
    [("data_level0.bin", overwrite), ("data_level0.bin", cut_in_half), ("header.bin", overwrite)],
)
def test_hidden_damage_is_found_in_another_process(index, catalog, folder, name, damage):
    """Broken: examining a torn index takes the examining process down, or calls the index sound."""
    (file,) = folder.glob(f"index/*/{name}")
    damage(file)
    (problem,) = index.problems()
    assert "a trial search of the vector index failed" in problem
    assert "Run `kb rebuild`" in problem
    index.rebuild()
    assert_whole(index, catalog, folder)


def test_unreadable_database_is_replaced(index, catalog, folder):
    """Broken: an index that Chroma cannot read blocks every further ingest, or its errors reach the person raw."""
    (folder / "index" / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(KbError, match=r"could not be searched.*kb rebuild"):
        index.search(clustered(1)[0], 5)
    catalog.add(clustered(10, seed=8))
    index.synchronise()
    assert_whole(index, catalog, folder)


def test_index_that_lost_passages_is_a_problem(index, folder):
    """Broken: passages that vanished from the index are never missed."""
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**state, "count": 1501}))
    assert index.problems() == [
        "the vector index holds 1501 passages, the catalog 1500. Run `kb rebuild`",
        "a trial search of the vector index failed (the vector index holds 1500 passages instead of 1501)."
        " Run `kb rebuild`",
    ]


def test_sound_index_has_no_problems(index):
    """Broken: `kb doctor` cries wolf."""
    assert index.problems() == []


def test_index_behind_the_catalog_is_a_problem(index, catalog):
    """Broken: nobody learns that passages are missing from the index."""
    catalog.add(clustered(10, seed=8))
    assert index.problems() == ["the vector index is 10 passages behind the catalog. Run `kb add` to complete it"]


def test_hanging_trial_search_is_a_problem(index, monkeypatch):
    """Broken: `kb doctor` hangs with the index that it examines."""
    monkeypatch.setattr(chroma_client, "_PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(chroma_client, "_PROBE_SECONDS", 0.2)
    assert "did not end within" in index.problems()[0]


def test_folder_that_cannot_be_written(tmp_path, catalog):
    """Broken: a full or read-only disk shows as a stack trace."""
    (tmp_path / "file").touch()
    index = ChromaIndex(tmp_path / "file" / "chroma", catalog, MODEL, DIMENSION)
    with pytest.raises(KbError, match=r"could not be written.*the disk has room"):
        index.synchronise()


def test_failed_rebuild_leaves_the_old_index(index, catalog, folder, monkeypatch):
    """Broken: a rebuild that fails takes the working index with it."""
    monkeypatch.setattr(FakeVectors, "vectors_after", lambda *_: 1 / 0)
    with pytest.raises(KbError, match="ZeroDivisionError"):
        index.rebuild()
    monkeypatch.undo()
    index.synchronise()
    assert_whole(index, catalog, folder)


def test_a_swap_is_waited_for_but_not_forever(folder, catalog, monkeypatch):
    """Broken: an index is opened while another process replaces it, or a hung process hangs all others."""
    monkeypatch.setattr(chroma, "_LOCK_SECONDS", 0.1)
    index = ChromaIndex(folder, catalog, MODEL, DIMENSION)
    with FileLock(folder / "swap.lock"), pytest.raises(LibraryBusy, match="another process"):
        index.search(clustered(1)[0], 5)
