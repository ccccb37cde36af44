"""The folder that holds a derived index: replaced as a whole, by rename, so that nobody ever opens half of one.

index/            what is searched
state.json        what the index was made from
dirty             exists exactly while the index is being replaced
building-<pid>/   the next index; a leftover once its process has ended
trash-<pid>/      the previous index, about to be deleted
swap.lock         held while the index is opened or replaced
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock

from ingest.files import to_disk
from kb.ports import Mark

FORMAT = 2


@dataclass(frozen=True, slots=True)
class IndexState:
    """What an index was made from."""

    identity: str
    """Of the catalog."""
    generation: int
    key: int
    gone: int
    model_id: str
    dimension: int
    count: int
    format: int
    chromadb: str

    @property
    def mark(self) -> Mark:
        """How far it follows the catalog's history."""
        return Mark(self.key, self.gone)


class IndexFolder:
    """Paths, state and the swap of one index.

    Args:
        folder: of the index.
        lock_seconds: how long to wait for another process that opens or replaces it.
    """

    def __init__(self, folder: Path, lock_seconds: float) -> None:
        self._folder = folder
        self.index = folder / "index"
        self.building = folder / f"building-{os.getpid()}"
        self._trash = folder / f"trash-{os.getpid()}"
        self._state_file = folder / "state.json"
        self._dirty_file = folder / "dirty"
        self.swap_lock = FileLock(folder / "swap.lock", timeout=lock_seconds)

    def state(self) -> IndexState | None:
        """Read what the index says of itself; None where it says nothing that this version understands."""
        try:
            state = IndexState(**json.loads(self._state_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return state if state.format == FORMAT else None

    def is_unmade(self) -> bool:
        """Whether no index was ever put here, as before the first is finished."""
        return not (self._state_file.exists() or self.index.exists() or self._dirty_file.exists())

    def flaw(self, state: IndexState | None) -> str:
        """Say why the index must not be opened, as far as can be told without opening it; empty where it may be."""
        if self._dirty_file.exists():
            return "the vector index was being replaced when its process ended"
        if state is None or not (self.index / "chroma.sqlite3").is_file():
            return "the vector index is missing or was made by another version of the program"
        for links in self.index.glob("*/link_lists.bin"):
            vectors = links.with_name("data_level0.bin")
            if not vectors.is_file() or links.stat().st_size > vectors.stat().st_size:
                return "the vector index's files are torn"
        return ""

    def swap(self, state: IndexState) -> None:
        """Put what was built in the index's place; a process killed half-way leaves the dirty marker behind."""
        for path in [*self.building.rglob("*"), self.building]:
            to_disk(path)
        with self.swap_lock:
            _write(self._dirty_file, "")
            if self.index.exists():
                self.index.rename(self._trash)
            self.building.rename(self.index)
            to_disk(self._folder)
            _write(self._state_file, json.dumps(asdict(state), indent=2))
            self._dirty_file.unlink()
            to_disk(self._folder)
        self.clean_up()

    def clean_up(self) -> None:
        """Delete what killed processes left; there is one writer, so nobody works in these folders now."""
        for leftover in [*self._folder.glob("building-*"), *self._folder.glob("trash-*")]:
            shutil.rmtree(leftover, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    """Write a small file whole or not at all, and have it on disk when this returns."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    to_disk(temporary)
    temporary.replace(path)
    to_disk(path.parent)
