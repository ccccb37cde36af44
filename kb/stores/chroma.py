"""Chroma as a vector index: derived from the catalog, disposable, and never written in place.

Chroma tears its files when its process is killed while writing, and a torn index can take down the process that opens
it. So every change is made in a folder beside the index, which then takes its place by rename; see `index_folder`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, cast

import numpy as np
from filelock import Timeout

from kb.errors import IndexMismatch, KbError, LibraryBusy
from kb.ports import Keys, Progress, Vector, VectorSource, no_progress
from kb.stores.index_folder import FORMAT, IndexFolder, IndexState
from kb.stores.scan import rank

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

_COLLECTION = "passages"
# On clustered vectors Chroma's defaults find 96 of the 100 nearest, these all of them.
_CONFIGURATION: "CreateCollectionConfiguration" = {
    "hnsw": {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
}
_BATCH = 5000
_SPARE = 16
# Well above what Chroma's cosines differ from ours by: vectors in half precision are not quite of unit length.
_TOLERANCE = 1e-4
_SAME = 1e-3
_SAMPLE = 100
_LOCK_SECONDS = 60
_PROBE_SECONDS = 60
_PROBE = "import sys; from kb.stores.chroma import probe; probe(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))"
_CURE = "Run `kb rebuild`"
_CURE_WRITE = "See that the disk has room and the library's folder can be written, then run `kb rebuild`"


@dataclass(frozen=True, slots=True)
class _Opened:
    client: "Client"
    collection: "Collection"
    state: IndexState


class ChromaIndex:
    """A library's Chroma index in `folder`; implements `kb.ports.DerivedIndex`.

    Make one per folder and process, and share it; threads take turns. Who calls `synchronise` or `rebuild` holds the
    library's writer lock. Every failure is a `KbError`; an index made by another model is an `IndexMismatch`.
    """

    def __init__(self, folder: Path, catalog: VectorSource, model_id: str, dimension: int) -> None:
        self._folder = IndexFolder(folder, _LOCK_SECONDS)
        self._catalog = catalog
        self._model_id = model_id
        self._dimension = dimension
        self._threads = RLock()
        self._opened: _Opened | None = None

    @property
    def name(self) -> str:
        """Which index answers."""
        return "chroma"

    def close(self) -> None:
        """Release the index's files; the next search opens them again."""
        with self._threads:
            if self._opened is None:
                return
            self._opened.client.close()
            self._opened = None
            # If another object holds the folder open, Chroma would hand us its outdated copy again.
            _forget_clients()

    # Searching

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Find the k most similar passages as (key, cosine), best first, ties by key."""
        with self._threads, _translated("searched", _CURE):
            opened = self._current()
            try:
                return self._nearest(opened, vector, k)
            except Exception:
                # Another process may have replaced the index in the meantime; if not, this fails again.
                self.close()
                return self._nearest(self._current(), vector, k)

    def _nearest(self, opened: _Opened, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Score Chroma's candidates by the catalog's vectors, so that the result is an exact scan's, ties included."""
        count = opened.state.count
        wanted = min(k + _SPARE, count) if k > 0 else 0
        while wanted:
            found = opened.collection.query(query_embeddings=vector[None], n_results=wanted, include=[])
            keys, matrix = self._catalog.vectors([int(key) for key in found["ids"][0]])
            best = rank(keys, matrix, vector, len(keys))
            # What was not asked for is at most as near as the last candidate: only a clear distance is a safe cut.
            if wanted == count or (len(best) > k and best[k - 1][1] - best[-1][1] > _TOLERANCE):
                return best[:k]
            wanted = min(2 * wanted, count)
        return []

    def _current(self) -> _Opened:
        """Open the index, or again if any process has replaced it since."""
        if self._opened is None or self._opened.state != self._folder.state():
            self.close()
            with self._folder.swap_lock:
                self._opened = self._open()
        return self._opened

    def _open(self) -> _Opened:
        state = self._folder.state()
        flaw = self._folder.flaw(state)
        if state is None or flaw:
            raise KbError(flaw, cure=_CURE)
        self._check_model(state)
        client = _client(self._folder.index)
        try:
            # Chroma reads its files at the first query: now, while nobody can replace them.
            return _Opened(client, _tried(client, state.dimension, state.count), state)
        except BaseException:
            client.close()
            raise

    # Writing

    def is_current(self) -> bool:
        """Whether the index says that it was made from the catalog as it is now; opens nothing."""
        state = self._folder.state()
        return (
            state is not None
            and not self._folder.flaw(state)
            and state == self._new_state(self._catalog.generation(), state.count)
        )

    def synchronise(self, progress: Progress = no_progress) -> int:
        """Bring the index to the catalog's generation; number of passages written or removed."""
        with self._threads, _translated("written", _CURE_WRITE):
            self._folder.clean_up()
            state = self._folder.state()
            if state is None or self._folder.flaw(state):
                return self.rebuild(progress)
            self._check_model(state)
            generation = self._catalog.generation()
            if state.generation == generation:
                return 0
            try:
                changed = self._update(generation, progress)
            except Exception:  # an index that Chroma cannot read is no loss
                changed = None
            return self.rebuild(progress) if changed is None else changed

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Make the index anew beside the old one and swap it in; number of passages."""
        with self._threads, _translated("written", _CURE_WRITE):
            self.close()
            self._folder.clean_up()
            # Read before the keys: a change in between is then found by the next synchronisation.
            generation = self._catalog.generation()
            with closing(_client(self._folder.building)) as client:
                collection = client.create_collection(
                    _COLLECTION, embedding_function=None, configuration=_CONFIGURATION
                )
                self._add(collection, self._catalog.passage_keys(), progress)
                count = collection.count()
            self._folder.swap(self._new_state(generation, count))
            return count

    def _update(self, generation: int, progress: Progress) -> int | None:
        """Write the difference into a copy and swap that in; None where the index had better be made anew."""
        self.close()
        keys = self._catalog.passage_keys()
        with self._folder.swap_lock:  # opening an index writes a little to it
            shutil.copytree(self._folder.index, self._folder.building)
        with closing(_client(self._folder.building)) as client:
            collection = client.get_collection(_COLLECTION, embedding_function=None)
            present = np.array(collection.get(include=[])["ids"], dtype=np.int64)
            added, removed = np.setdiff1d(keys, present), np.setdiff1d(present, keys)
            changed = len(added) + len(removed)
            if 2 * changed > len(keys):
                return None
            for i in range(0, len(removed), _BATCH):
                collection.delete(ids=_ids(removed[i : i + _BATCH]))
            self._add(collection, added, progress)
            count = collection.count()
        self._folder.swap(self._new_state(generation, count))
        return changed

    def _add(self, collection: "Collection", keys: Keys, progress: Progress) -> None:
        for i in range(0, len(keys), _BATCH):
            found, matrix = self._catalog.vectors(keys[i : i + _BATCH].tolist())
            if len(found):
                collection.upsert(ids=_ids(found), embeddings=matrix)
            progress("Indexing passages", min(i + _BATCH, len(keys)), len(keys))

    # State and health

    def problems(self) -> list[str]:
        """List what is wrong with the index on disk, one line each; empty when it is sound."""
        with self._threads, _translated("examined", _CURE), self._folder.swap_lock:
            state = self._folder.state()
            flaw = self._folder.flaw(state)
            if state is None or flaw:
                return [f"{flaw}. {_CURE}"]
            try:
                self._check_model(state)
            except IndexMismatch as mismatch:
                return [str(mismatch)]
            lag = list(self._lag(state))
            return [f"{line}. {_CURE}" for line in [*lag, *self._failure(state, sampled=not lag)]]

    def _lag(self, state: IndexState) -> Iterator[str]:
        count, generation = len(self._catalog.passage_keys()), self._catalog.generation()
        if state.count != count:
            yield f"the vector index holds {state.count} passages, the catalog {count}"
        if state.generation != generation:
            yield f"the vector index is at generation {state.generation}, the catalog at {generation}"

    def _failure(self, state: IndexState, sampled: bool) -> Iterator[str]:
        """Search in a process that a torn index may take down; where `sampled`, passages must find themselves."""
        keys = self._catalog.passage_keys()
        _, sample = self._catalog.vectors(keys[:: len(keys) // _SAMPLE + 1].tolist() if sampled else [])
        command = [sys.executable, "-P", "-c", _PROBE, str(self._folder.index), str(self._dimension), str(state.count)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        try:
            done = subprocess.run(  # noqa: S603
                command, env=environment, input=sample.tobytes(), capture_output=True, timeout=_PROBE_SECONDS
            )
        except subprocess.TimeoutExpired:
            yield f"a trial search of the vector index did not end within {_PROBE_SECONDS} s"
            return
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            yield f"a trial search of the vector index failed ({said[-1] if said else f'exit {done.returncode}'})"

    def _new_state(self, generation: int, count: int) -> IndexState:
        return IndexState(generation, self._model_id, self._dimension, count, FORMAT, version("chromadb"))

    def _check_model(self, state: IndexState) -> None:
        if (state.model_id, state.dimension) != (self._model_id, self._dimension):
            raise IndexMismatch(
                f"the vector index was made with {state.model_id} ({state.dimension} dimensions),"
                f" but the embedding model is {self._model_id} ({self._dimension} dimensions)",
                cure=f"{_CURE}, or set the embedding model back to {state.model_id}",
            )


def probe(index: str, dimension: int, count: int) -> None:
    """Search an index for the vectors on standard input, as a program: ends with a message, or crashes, if unsound."""
    sample = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32).reshape(-1, dimension)
    with closing(_client(Path(index))) as client:
        try:
            collection = _tried(client, dimension, count)
        except KbError as error:
            sys.exit(error.message)
        if len(sample):
            distances = collection.query(query_embeddings=sample, n_results=1, include=["distances"])["distances"]
            found = sum(abs(distance) < _SAME for (distance,) in distances or [])
            # The search is approximate: it may miss a passage or two of a sound index.
            if found < 0.95 * len(sample):
                sys.exit(f"only {found} of {len(sample)} passages find themselves")


def _client(folder: Path) -> "Client":
    import chromadb
    from chromadb.config import Settings

    try:
        # The declared type lacks `close`.
        return cast("Client", chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False)))
    except BaseException:
        # Chroma keeps a client that failed to start, and would hand it out for this folder ever after.
        _forget_clients()
        raise


def _forget_clients() -> None:
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def _tried(client: "Client", dimension: int, count: int) -> "Collection":
    """Get the collection after a first search of it."""
    collection = client.get_collection(_COLLECTION, embedding_function=None)
    if collection.count() != count:
        raise KbError(f"the vector index holds {collection.count()} passages instead of {count}", cure=_CURE)
    if count:
        collection.query(query_embeddings=np.eye(1, dimension, dtype=np.float32), n_results=1, include=[])
    return collection


def _ids(keys: Keys) -> list[str]:
    return list(map(str, keys.tolist()))


@contextmanager
def _translated(done: str, cure: str) -> Iterator[None]:
    """Turn whatever Chroma or the disk raises into one line for the person."""
    try:
        yield
    except KbError:
        raise
    except Timeout:
        raise LibraryBusy("another process is opening or replacing the vector index", cure="Try again") from None
    except BaseException as error:
        # A panic in Chroma's native code is no Exception, and its class cannot be imported.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise KbError(f"the vector index could not be {done} ({type(error).__name__}: {error})", cure=cure) from error
