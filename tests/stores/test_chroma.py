"""The Chroma index on disk: crashes, other processes, other models, damage."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock

from kb.errors import IndexMismatch, KbError, LibraryBusy
from kb.stores import chroma, chroma_client
from kb.stores.chroma import ChromaIndex
from kb.stores.fallback import WithFallback
from kb.stores.scan import CatalogScan
from tests.stores.fakes import DIMENSION, FakeVectors, clustered, grown

ROOT = Path(__file__).resolve().parents[2]
MODEL = "a-model"
WRITER = f"""
import os, pathlib, shutil, signal, sys
import chromadb
from kb.stores.chroma import ChromaIndex
from tests.stores.fakes import grown

folder, stage, verb, fatal_step = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
index = ChromaIndex(pathlib.Path(folder), grown(stage), "{MODEL}", {DIMENSION})
steps = 0

def deadly(step):
    def call(*arguments, **options):
        global steps
        steps += 1
        if steps == fatal_step:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*arguments, **options)
    return call

for owner, name in [(pathlib.Path, "rename"), (pathlib.Path, "replace"), (pathlib.Path, "unlink"), (shutil, "rmtree")]:
    setattr(owner, name, deadly(getattr(owner, name)))
print("ready", flush=True)
getattr(index, verb)()
"""
"""Another process that writes the index and may die before the n-th renaming or deleting; 0 lets it live."""


def start_writer(folder: Path, stage: int, verb: str, fatal_step: int = 0) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(stage), verb, str(fatal_step)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert writer.stdout.readline() == "ready\n"
    return writer


def finish(writer: subprocess.Popen[str]) -> int:
    with writer:
        return writer.wait(timeout=60)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def assert_whole(index: ChromaIndex, catalog: FakeVectors, folder: Path) -> None:
    """Check that the index holds exactly the catalog's passages, and that nothing is left lying about."""
    assert names(folder) == {"index", "state.json", "swap.lock"}
    assert json.loads((folder / "state.json").read_text())["count"] == len(catalog.passage_keys())
    scan = CatalogScan(catalog)
    for query in clustered(30, seed=99):
        assert index.search(query, 10) == scan.search(query, 10)


@pytest.fixture(scope="module")
def first_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a sound index of stage 0, to be copied."""
    folder = tmp_path_factory.mktemp("chroma") / "first"
    index = ChromaIndex(folder, grown(0), MODEL, DIMENSION)
    index.synchronise()
    index.close()
    return folder


@pytest.fixture
def folder(first_index: Path, tmp_path: Path) -> Path:
    return shutil.copytree(first_index, tmp_path / "chroma")


@pytest.fixture
def catalog() -> FakeVectors:
    return grown(0)


@pytest.fixture
def index(folder: Path, catalog: FakeVectors) -> Iterator[ChromaIndex]:
    index = ChromaIndex(folder, catalog, MODEL, DIMENSION)
    yield index
    index.close()


def test_importing_the_module_does_not_import_chromadb():
    """Broken: every command pays half a second and more for an index that it may not need."""
    code = "import sys, kb.stores.chroma; sys.exit('chromadb' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_state_tells_what_the_index_was_made_from(folder):
    """Broken: an index of another model, format or generation is taken for the right one."""
    state = json.loads((folder / "state.json").read_text())
    assert state.pop("chromadb")
    assert state == {
        "identity": "a catalog", "generation": 1, "key": 1500, "gone": 0,
        "model_id": MODEL, "dimension": DIMENSION, "count": 1500, "format": 2,
    }  # fmt: skip
    assert not (folder / "dirty").exists()


def test_unchanged_catalog_costs_nothing(index, folder):
    """Broken: every command writes the index anew."""
    before = (folder / "state.json").stat().st_mtime_ns
    assert index.synchronise() == 0
    assert (folder / "state.json").stat().st_mtime_ns == before


def test_small_change_writes_only_the_difference(index, catalog, folder):
    """Broken: adding one note to a large library takes minutes."""
    catalog.remove(catalog.passage_keys()[:3].tolist())
    catalog.add(clustered(4, seed=5))
    heard = []
    assert index.synchronise(lambda *progress: heard.append(progress)) == 7
    assert heard == [("Indexing passages", 4, 4)]
    assert_whole(index, catalog, folder)


def test_large_change_rebuilds(index, catalog, folder):
    """Broken: an index of mostly deleted passages is dragged along."""
    catalog.remove(catalog.passage_keys()[:800].tolist())
    assert index.synchronise() == 700
    assert_whole(index, catalog, folder)


def test_all_passages_removed(index, catalog, folder):
    """Broken: an emptied library keeps citing what it no longer holds."""
    catalog.remove(catalog.passage_keys().tolist())
    index.synchronise()
    assert index.search(clustered(1)[0], 5) == []
    assert json.loads((folder / "state.json").read_text())["count"] == 0


@pytest.mark.parametrize("verb", ["synchronise", "rebuild"])
def test_killed_at_a_random_moment(index, catalog, folder, verb):
    """Broken: a killed ingest leaves an index that misses passages, or that crashes whoever opens it."""
    moments = random.Random(verb)
    for stage in range(1, 4):
        writer = start_writer(folder, stage, verb)
        time.sleep(moments.uniform(0.0, 0.4))
        writer.kill()
        finish(writer)
        catalog.__dict__.update(vars(grown(stage)))
        index.synchronise()
        assert_whole(index, catalog, folder)


@pytest.mark.parametrize("fatal_step", range(1, 7))
def test_killed_between_any_two_steps_of_the_swap(index, catalog, folder, fatal_step):
    """Broken: a kill in the instant of the swap loses the index, or pairs it with the state of another."""
    assert finish(start_writer(folder, 1, "synchronise", fatal_step)) == -signal.SIGKILL
    catalog.__dict__.update(vars(grown(1)))
    index.synchronise()
    assert_whole(index, catalog, folder)


def test_killed_during_the_very_first_build(tmp_path):
    """Broken: a library whose first ingest was killed can never be indexed."""
    folder, catalog = tmp_path / "chroma", grown(0)
    writer = start_writer(folder, 0, "synchronise")
    time.sleep(0.15)
    writer.kill()
    finish(writer)
    index = ChromaIndex(folder, catalog, MODEL, DIMENSION)
    index.synchronise()
    assert_whole(index, catalog, folder)
    index.close()


def test_an_open_index_answers_while_another_process_is_killed_in_its_swap(index, catalog, folder):
    """Broken: a long-lived reader goes down with the writer."""
    query = clustered(1, seed=4)[0]
    before = index.search(query, 10)
    finish(start_writer(folder, 0, "rebuild", fatal_step=3))
    assert not (folder / "index").exists()
    # Chroma may want to read again what it had open; the exact scan then answers the same.
    answering = WithFallback(index, CatalogScan(catalog), lambda line: None)
    assert answering.search(query, 10) == before


def test_leftovers_of_killed_processes_are_deleted(index, folder):
    """Broken: every killed rebuild costs the disk another copy of the index."""
    for leftover in ("building-999999", "trash-999999"):
        shutil.copytree(folder / "index", folder / leftover)
    index.synchronise()
    assert names(folder) == {"index", "state.json", "swap.lock"}


def test_another_process_moved_the_index_on(index, catalog, folder):
    """Broken: an open user interface never finds what the command line added."""
    index.search(clustered(1)[0], 1)
    assert finish(start_writer(folder, 1, "synchronise")) == 0
    catalog.__dict__.update(vars(grown(1)))
    assert_whole(index, catalog, folder)


def test_two_objects_on_one_folder(index, catalog, folder):
    """Broken: the second object of a process answers from an index that has been replaced."""
    other = ChromaIndex(folder, catalog, MODEL, DIMENSION)
    for each in (index, other):
        each.search(clustered(1)[0], 1)
    catalog.add(clustered(20, seed=6))
    other.synchronise()
    for each in (index, other, index, other):
        assert_whole(each, catalog, folder)
    other.close()


@pytest.mark.parametrize(("model_id", "dimension"), [("b-model", DIMENSION), (MODEL, DIMENSION * 2)])
def test_index_of_another_model_is_refused(folder, catalog, model_id, dimension):
    """Broken: vectors of different models are compared, and the results are noise."""
    index = ChromaIndex(folder, catalog, model_id, dimension)
    for use in (index.synchronise, lambda: index.search(clustered(1)[0], 5)):
        with pytest.raises(IndexMismatch, match=r"a-model \(32 dimensions\).*kb rebuild.*back to a-model") as refusal:
            use()
        assert f"{model_id} ({dimension} dimensions)" in str(refusal.value)
    assert len(index.problems()) == 1


def test_rebuild_changes_the_model(folder, catalog):
    """Broken: the cure for a changed model does not cure it."""
    index = ChromaIndex(folder, catalog, "b-model", DIMENSION)
    assert index.rebuild() == 1500
    assert_whole(index, catalog, folder)
    index.close()


def damage_state(folder: Path) -> None:
    (folder / "state.json").write_text("{")


def damage_format(folder: Path) -> None:
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**state, "format": 0}))


def damage_marker(folder: Path) -> None:
    (folder / "dirty").touch()


def damage_index(folder: Path) -> None:
    shutil.rmtree(folder / "index")


def damage_all(folder: Path) -> None:
    shutil.rmtree(folder)


def damage_links(folder: Path) -> None:
    (links,) = folder.glob("index/*/link_lists.bin")
    links.write_bytes(bytes(10_000_000))


def damage_vectors(folder: Path) -> None:
    (vectors,) = folder.glob("index/*/data_level0.bin")
    vectors.unlink()


@pytest.mark.parametrize(
    "damage", [damage_state, damage_format, damage_marker, damage_index, damage_all, damage_links, damage_vectors]
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
    assert index.problems() == ["the vector index is 10 passages behind the catalog. Run `kb rebuild`"]


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


def open_files(descriptors: Path) -> Iterator[str]:
    for path in descriptors.iterdir():
        with suppress(OSError):
            yield os.readlink(path)


def test_closing_releases_the_files(index, folder):
    """Broken: a long-lived process keeps deleted indexes on disk."""
    index.search(clustered(1)[0], 5)
    index.close()
    index.close()
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("open files can be listed on Linux only")
    # Chroma's own threads finish the closing.
    deadline = time.monotonic() + 10
    while held := [path for path in open_files(descriptors) if path.startswith(str(folder / "index"))]:
        assert time.monotonic() < deadline, held
        time.sleep(0.02)
