"""Chroma as a vector index: derived from the catalog, disposable, and never written in place.

Chroma tears its files when its process is killed while writing, and a torn index can take down the process that opens
it. So every change is made in a folder beside the index, which then takes its place by rename; see `index_folder`.

Copying a large index for a small change would cost more than the change. So a large index may lag: what it does not
know yet is compared exactly and merged into what it finds, and results are complete at any time. A long ingest is taken
in by steps, each at most half as large as what is there, so that a kill costs one step and copies add up to little.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from kb.errors import IndexMismatch, KbError
from kb.ports import Mark, Progress, Vector, VectorSource, no_progress
from kb.stores.chroma_client import (
    COMPLETION,
    CURE,
    CURE_WRITE,
    create,
    existing,
    failure,
    forget_clients,
    ids,
    open_client,
    translated,
    tried,
)
from kb.stores.index_folder import FORMAT, IndexFolder, IndexState
from kb.stores.recent import Recent
from kb.stores.scan import rank

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_BATCH = 5000
_STEP = 50_000
_SPARE = 16
# Well above what Chroma's cosines differ from ours by: vectors in half precision are not quite of unit length.
_TOLERANCE = 1e-4
_SAMPLE = 100
_LOCK_SECONDS = 60
_FOLLOWS_AT_ONCE = 20_000
"""Passages up to which an index follows every change; its copy then takes a fraction of a second."""
_MAX_LAG, _MAX_GONE = 0.05, 0.5
"""Share of a larger index that may be new or gone before it is changed, and that may be gone before it is made anew."""


@dataclass(frozen=True, slots=True)
class _Opened:
    client: "Client"
    collection: "Collection"
    state: IndexState
    recent: Recent


class ChromaIndex:
    """A library's Chroma index in `folder`; implements `kb.ports.DerivedIndex`.

    Make one per folder and process, and share it; threads take turns. Who calls `synchronise` or `rebuild` holds the
    library's writer lock. Every failure is a `KbError`; an index made by another model is an `IndexMismatch`.

    Args:
        folder: of the index.
        catalog: what it is made from.
        model_id: embedding model of the catalog's vectors.
        dimension: length of that model's vectors.
        follows_at_once: passages up to which it takes in every change.
    """

    def __init__(
        self,
        folder: Path,
        catalog: VectorSource,
        model_id: str,
        dimension: int,
        follows_at_once: int = _FOLLOWS_AT_ONCE,
    ) -> None:
        self._folder = IndexFolder(folder, _LOCK_SECONDS)
        self._catalog = catalog
        self._model_id = model_id
        self._dimension = dimension
        self._follows_at_once = follows_at_once
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
            forget_clients()

    # Searching

    def search(self, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Find the k most similar passages as (key, cosine), best first, ties by key."""
        with self._threads, translated("searched", CURE):
            opened = self._current()
            try:
                near = self._nearest(opened, vector, k)
            except Exception:
                # Another process may have replaced the index in the meantime; if not, this fails again.
                self.close()
                opened = self._current()
                near = self._nearest(opened, vector, k)
            recent = opened.recent
            recent.refresh()
            if not len(recent.keys):
                return near
            near += rank(recent.keys, recent.matrix, vector, k)
            return sorted(near, key=lambda hit: (-hit[1], hit[0]))[: max(k, 0)]

    def _nearest(self, opened: _Opened, vector: Vector, k: int) -> list[tuple[int, float]]:
        """Score Chroma's candidates by the catalog's vectors, so that the result is an exact scan's, ties included.

        Candidates that are gone have no vector there and drop out.
        """
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
        flaw = self._flaw(state)
        if state is None or flaw:
            raise KbError(flaw, cure=CURE)
        self._check_model(state)
        client = open_client(self._folder.index)
        try:
            # Chroma reads its files at the first query: now, while nobody can replace them.
            collection = tried(client, state.dimension, state.count)
            return _Opened(client, collection, state, Recent(self._catalog, state.mark))
        except BaseException:
            client.close()
            raise

    # Writing

    def is_current(self) -> bool:
        """Whether the index needs no synchronisation, as far as can be told without opening it."""
        state = self._folder.state()
        if state is None or self._flaw(state) or state != self._stamped(state):
            return False
        return state.generation == self._catalog.generation() or self._may_lag(state)

    def lag(self) -> int:
        """How many passages came or went since the index was made, at most; all there are where there is none."""
        state, mark = self._folder.state(), self._catalog.mark()
        done = state.mark if state and not self._flaw(state) else Mark()
        return mark.key - done.key + (mark.gone - done.gone if done.key else 0)

    def synchronise(self, progress: Progress = no_progress) -> int:
        """Bring the index to the catalog's state, or leave it as far behind as it may be; number of changes."""
        with self._threads, translated("written", CURE_WRITE):
            self._folder.clean_up()
            state = self._folder.state()
            if state is None or self._flaw(state):
                return self.rebuild(progress)
            self._check_model(state)
            if state.generation == self._catalog.generation() or self._may_lag(state):
                return 0
            changed = 0
            while state.generation != self._catalog.generation():
                try:
                    stepped = self._update(state, progress)
                except Exception:  # an index that Chroma cannot read is no loss
                    stepped = None
                if stepped is None:
                    return self.rebuild(progress)
                state, n = stepped
                changed += n
            return changed

    def rebuild(self, progress: Progress = no_progress) -> int:
        """Make the index anew beside the old one and swap it in; number of passages."""
        with self._threads, translated("written", CURE_WRITE):
            self.close()
            self._folder.clean_up()
            state = IndexState("", -1, 0, 0, "", 0, 0, FORMAT, "")
            state = self._stamped(replace(state, gone=self._catalog.mark().gone))
            while True:
                begun = state
                with closing(open_client(self._folder.building)) as client:
                    collection = existing(client) if begun.count else create(client)
                    state = self._filled(collection, begun, progress)
                self._folder.swap(state)
                if state.generation >= 0:
                    return state.count
                self._copy()

    def _update(self, state: IndexState, progress: Progress) -> tuple[IndexState, int] | None:
        """Write what changed, or a step of it, into a copy and swap that in; the new state and how much changed.

        None where the index had better be made anew.
        """
        self.close()
        mark = self._catalog.mark()
        gone = self._catalog.gone_after(state.mark)
        if len(gone) > _MAX_GONE * state.count:
            return None
        self._copy()
        with closing(open_client(self._folder.building)) as client:
            collection = existing(client)
            for i in range(0, len(gone), _BATCH):
                collection.delete(ids=ids(gone[i : i + _BATCH]))
            left = replace(state, count=state.count - len(gone), gone=mark.gone)
            done = self._filled(collection, left, progress)
            if collection.count() != done.count:
                return None
        self._folder.swap(done)
        return done, len(gone) + done.count - left.count

    def _copy(self) -> None:
        with self._folder.swap_lock:  # opening an index writes a little to it
            shutil.copytree(self._folder.index, self._folder.building)

    def _filled(self, collection: "Collection", state: IndexState, progress: Progress) -> IndexState:
        """Add a step's worth of the passages after a state's mark; the state then."""
        # Read before the passages: a change in between is then found by the next synchronisation.
        generation, mark = self._catalog.generation(), self._catalog.mark()
        room = max(_STEP, state.count // 2)
        total = min(int(np.count_nonzero(self._catalog.passage_keys() > state.key)), room)
        key, added = state.key, 0
        while key < mark.key and added < room:
            keys, matrix = self._catalog.vectors_after(key, min(_BATCH, room - added))
            if len(keys):
                collection.upsert(ids=ids(keys), embeddings=matrix)
                progress("Indexing passages", added + len(keys), max(added + len(keys), total))
            key, added = (int(keys[-1]) if len(keys) else mark.key), added + len(keys)
        if added == room:  # a step; the index has not come to this generation yet
            return replace(state, key=key, count=state.count + added)
        # The last key given out may be of a passage that is gone.
        return replace(state, generation=generation, key=max(key, mark.key), count=state.count + added)

    # State and health

    def problems(self) -> list[str]:
        """List what is wrong with the index on disk, one line each; empty when it is sound."""
        with self._threads, translated("examined", CURE), self._folder.swap_lock:
            if self._folder.is_unmade():
                return [f"the vector index is not made yet. {COMPLETION}"]
            state = self._folder.state()
            flaw = self._flaw(state)
            if state is None or flaw:
                return [f"{flaw}. {CURE}"]
            try:
                self._check_model(state)
            except IndexMismatch as mismatch:
                return [str(mismatch)]
            lag = list(self._lag(state))
            failures = [line for line in [self._failure(state, sampled=not lag)] if line]
            return [*lag, *(f"{line}. {CURE}" for line in failures)]

    def _lag(self, state: IndexState) -> Iterator[str]:
        recent = Recent(self._catalog, state.mark)
        recent.refresh()
        count, expected = len(self._catalog.passage_keys()), state.count - len(recent.gone) + len(recent.keys)
        if expected != count:
            yield f"the vector index holds {state.count} passages, the catalog {count}. {CURE}"
        elif state.generation != self._catalog.generation() and not self._may_lag(state):
            yield f"the vector index is {len(recent.gone) + len(recent.keys)} passages behind the catalog. {COMPLETION}"

    def _failure(self, state: IndexState, sampled: bool) -> str:
        keys = self._catalog.passage_keys()
        keys = keys[keys <= state.key]
        _, sample = self._catalog.vectors(keys[:: len(keys) // _SAMPLE + 1].tolist() if sampled else [])
        return failure(self._folder.index, self._dimension, state.count, sample)

    def _may_lag(self, state: IndexState) -> bool:
        return state.count > self._follows_at_once and self.lag() <= _MAX_LAG * state.count

    def _flaw(self, state: IndexState | None) -> str:
        """Why the index must not be opened; empty where it may be."""
        if flaw := self._folder.flaw(state):
            return flaw
        if state and state.identity != self._catalog.identity():
            return "the vector index was made from another catalog"
        return ""

    def _stamped(self, state: IndexState) -> IndexState:
        """A state as this program, model and catalog would write it."""
        return replace(
            state,
            identity=self._catalog.identity(),
            model_id=self._model_id,
            dimension=self._dimension,
            chromadb=_chromadb_version(),
        )

    def _check_model(self, state: IndexState) -> None:
        if (state.model_id, state.dimension) != (self._model_id, self._dimension):
            raise IndexMismatch(
                f"the vector index was made with {state.model_id} ({state.dimension} dimensions),"
                f" but the embedding model is {self._model_id} ({self._dimension} dimensions)",
                cure=f"{CURE}, or set the embedding model back to {state.model_id}",
            )


@cache
def _chromadb_version() -> str:
    """Read from a file, and the same as long as the process lives."""
    return version("chromadb")
