"""Opening Chroma, which is imported only here: clients, collections, errors, and a trial search in another process."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from filelock import Timeout

from kb.errors import KbError, LibraryBusy
from kb.ports import Keys, Matrix

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

_COLLECTION = "passages"
# On clustered vectors Chroma's defaults find 96 of the 100 nearest, these all of them.
_CONFIGURATION: "CreateCollectionConfiguration" = {
    "hnsw": {"space": "cosine", "max_neighbors": 32, "ef_construction": 200, "ef_search": 200}
}
CURE = "Run `kb rebuild`"
COMPLETION = "Run `kb add` to complete it"
CURE_WRITE = "See that the disk has room and the library's folder can be written, then run `kb rebuild`"
_SAME = 1e-3
_PROBE_SECONDS = 60
_PROBE = "import sys; from kb.stores.chroma_client import probe; probe(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))"


def create(client: "Client") -> "Collection":
    """A collection for a new index."""
    return client.create_collection(_COLLECTION, embedding_function=None, configuration=_CONFIGURATION)


def existing(client: "Client") -> "Collection":
    """The collection of an index."""
    return client.get_collection(_COLLECTION, embedding_function=None)


def failure(index: Path, dimension: int, count: int, sample: Matrix) -> str:
    """Search in a process that a torn index may take down; the sample's passages must find themselves.

    Returns:
        What went wrong; empty where nothing did.
    """
    command = [sys.executable, "-P", "-c", _PROBE, str(index), str(dimension), str(count)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environment, input=sample.tobytes(), capture_output=True, timeout=_PROBE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"a trial search of the vector index did not end within {_PROBE_SECONDS} s"
    if not done.returncode:
        return ""
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return f"a trial search of the vector index failed ({said[-1] if said else f'exit {done.returncode}'})"


def probe(index: str, dimension: int, count: int) -> None:
    """Search an index for the vectors on standard input, as a program: ends with a message, or crashes, if unsound."""
    sample = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32).reshape(-1, dimension)
    with closing(open_client(Path(index))) as client:
        try:
            collection = tried(client, dimension, count)
        except KbError as error:
            sys.exit(error.message)
        if len(sample):
            distances = collection.query(query_embeddings=sample, n_results=1, include=["distances"])["distances"]
            found = sum(abs(distance) < _SAME for (distance,) in distances or [])
            # The search is approximate: it may miss a passage or two of a sound index.
            if found < 0.95 * len(sample):
                sys.exit(f"only {found} of {len(sample)} passages find themselves")


def open_client(folder: Path) -> "Client":
    """A client of the index in a folder, to be closed."""
    import chromadb
    from chromadb.config import Settings

    try:
        # The declared type lacks `close`.
        return cast("Client", chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False)))
    except BaseException:
        # Chroma keeps a client that failed to start, and would hand it out for this folder ever after.
        forget_clients()
        raise


def forget_clients() -> None:
    """Have Chroma forget the folders that it opened."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def tried(client: "Client", dimension: int, count: int) -> "Collection":
    """Get the collection after a first search of it."""
    collection = existing(client)
    if collection.count() != count:
        raise KbError(f"the vector index holds {collection.count()} passages instead of {count}", cure=CURE)
    if count:
        collection.query(query_embeddings=np.eye(1, dimension, dtype=np.float32), n_results=1, include=[])
    return collection


def ids(keys: Keys) -> list[str]:
    """Keys as Chroma names them."""
    return list(map(str, keys.tolist()))


@contextmanager
def translated(done: str, cure: str) -> Iterator[None]:
    """Turn whatever Chroma or the disk raises into one line for the person."""
    try:
        yield
    except (KbError, sqlite3.DatabaseError):  # what SQLite itself raises is about the catalog
        raise
    except Timeout:
        raise LibraryBusy("another process is opening or replacing the vector index", cure="Try again") from None
    except BaseException as error:
        # A panic in Chroma's native code is no Exception, and its class cannot be imported.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise KbError(f"the vector index could not be {done} ({type(error).__name__}: {error})", cure=cure) from error
