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

from kb.errors import IndexMismatch
from kb.stores.chroma import ChromaIndex
from kb.stores.fallback import WithFallback
from kb.stores.scan import CatalogScan
from tests.stores.chroma_files import assert_whole, names
from tests.stores.fakes import DIMENSION, MODEL, clustered, grown

ROOT = Path(__file__).resolve().parents[2]
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


def test_progress_counts_what_is_indexed(index, catalog):
    """Broken: an index is made of 257 passages of 269, and a person looks for the twelve that never came."""
    catalog.remove(catalog.passage_keys()[::10].tolist())
    heard = []
    assert index.rebuild(lambda *progress: heard.append(progress)) == 1350
    assert heard[-1] == ("Indexing passages", 1350, 1350)
    catalog.remove(catalog.passage_keys().tolist())
    heard.clear()
    assert index.rebuild(lambda *progress: heard.append(progress)) == 0
    assert heard == []


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
