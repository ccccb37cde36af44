"""All vectors in one file that a scan maps into memory instead of reading them row by row from the catalog.

A row is a passage's vector rounded to 8 bits, with its key and its scale: a quarter of float32, and as fast to compare.
`slack` is the most that any row's rounding can change a cosine, so that a scan knows which passages to look at exactly.

Derived and disposable. Rows are only ever appended, and count once `state.json`, replaced in one step, says so; what a
killed process wrote beyond that is written over. Where too many rows are of passages that are gone, or the file is of
another catalog or model, a new one takes its place; a process that has the old one mapped keeps it.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.files import to_disk
from kb.ports import Keys, Mark, Matrix, Progress, Vector, VectorSource, no_progress

FORMAT = 1
_BATCH = 5000
_SMALLEST = 5000
"""So many vectors are read from the catalog as fast as the file is opened."""
_MAX_GONE = 0.2
_BLOCK = 1024
"""Rows widened to float32 at a time: they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class MatrixState:
    """What the file holds."""

    identity: str
    """Of the catalog that it was made from."""
    key: int
    gone: int
    generation: int
    model_id: str
    dimension: int
    count: int
    slack: float
    file: str
    format: int = FORMAT

    @property
    def mark(self) -> Mark:
        """How far it follows the catalog's history."""
        return Mark(self.key, self.gone)


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """The file in memory."""

    state: MatrixState
    rows: NDArray[Any]
    """Structured: key, scale, row."""

    @property
    def keys(self) -> Keys:
        """Passage of each row, ascending."""
        return np.asarray(self.rows["key"])

    def cosines(self, vector: Vector) -> Vector:
        """Cosine of a unit vector and each row, shape (n,), off by `state.slack` at most."""
        found = np.empty(len(self.rows), dtype=np.float32)
        block = np.empty((_BLOCK, self.state.dimension), dtype=np.float32)
        rows = self.rows["row"]
        for start in range(0, len(rows), _BLOCK):
            part = rows[start : start + _BLOCK]
            wide = block[: len(part)]
            wide[...] = part
            np.dot(wide, vector, out=found[start : start + _BLOCK])
        found *= self.rows["scale"]
        return found


class MatrixFile:
    """The file in `folder`; who calls `synchronise` holds the library's writer lock.

    Args:
        folder: made where it is missing.
        catalog: what the rows are made from.
        model_id: embedding model of the catalog's vectors.
        dimension: length of that model's vectors.
        smallest: how many keys a catalog must have given out for a file to be worth making.
    """

    def __init__(
        self, folder: Path, catalog: VectorSource, model_id: str, dimension: int, smallest: int = _SMALLEST
    ) -> None:
        self._folder, self._catalog, self._smallest = folder, catalog, smallest
        self._model = (model_id, dimension)
        self._row = np.dtype([("key", "<i8"), ("scale", "<f4"), ("row", "i1", (dimension,))])
        self._mapped: Mapped | None = None

    def state(self) -> MatrixState | None:
        """What the file says of itself; None where there is none of this catalog and model."""
        try:
            state = MatrixState(**json.loads((self._folder / "state.json").read_text()))
            size = (self._folder / state.file).stat().st_size
        except (OSError, ValueError, TypeError):
            return None
        is_ours = (state.identity, state.format) == (self._catalog.identity(), FORMAT)
        is_ours = is_ours and (state.model_id, state.dimension) == self._model and state.file == Path(state.file).name
        return state if is_ours and size >= state.count * self._row.itemsize else None

    def is_current(self) -> bool:
        """Whether it follows the catalog to its present state, or need not be there."""
        state = self.state()
        if state is None:
            return self._catalog.mark().key < self._smallest
        return state.generation == self._catalog.generation()

    def mapped(self) -> Mapped | None:
        """The rows, mapped again where the file has changed; None where there are none."""
        state = self.state()
        if state is None or not state.count:
            return None
        if self._mapped is None or self._mapped.state != state:
            try:
                rows = np.memmap(self._folder / state.file, dtype=self._row, mode="r", shape=(state.count,))
            except OSError:  # replaced and deleted a moment ago
                return None
            # As a plain array: slices of a memmap are slow to make.
            self._mapped = Mapped(state, np.asarray(rows))
        return self._mapped

    def synchronise(self, progress: Progress = no_progress) -> int:
        """Append what is new, or make the file anew where that is better; number of rows written."""
        if self.is_current():
            return 0
        self._folder.mkdir(parents=True, exist_ok=True)
        state = self.state()
        # Read before the rows: a change in between is then found by the next synchronisation.
        generation, mark = self._catalog.generation(), self._catalog.mark()
        if state is None or mark.gone - state.gone > _MAX_GONE * state.count + _BATCH:
            state = self._empty(mark)
        before = state.count
        state = self._appended(state, mark, progress)
        self._settle(MatrixState(**{**asdict(state), "generation": generation}))
        return state.count - before

    def _empty(self, mark: Mark) -> MatrixState:
        model_id, dimension = self._model
        file = f"rows-{mark.key}-{mark.gone}"
        return MatrixState(self._catalog.identity(), 0, mark.gone, 0, model_id, dimension, 0, 0.0, file)

    def _appended(self, state: MatrixState, mark: Mark, progress: Progress) -> MatrixState:
        """Rows of the passages after the state's mark, written behind its last row."""
        key, count, slack = state.key, state.count, state.slack
        path = self._folder / state.file
        with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            file.seek(count * self._row.itemsize)
            while key < mark.key:
                keys, matrix = self._catalog.vectors_after(key, _BATCH)
                if not len(keys):
                    break
                rows, error = self._rounded(keys, matrix)
                file.write(rows.tobytes())
                key, count, slack = int(keys[-1]), count + len(keys), max(slack, error)
                progress("Laying out vectors", min(key, mark.key), mark.key)
            file.truncate()
        to_disk(path)
        return MatrixState(**{**asdict(state), "key": max(key, mark.key), "count": count, "slack": slack})

    def _rounded(self, keys: Keys, matrix: Matrix) -> tuple[NDArray[Any], float]:
        """Vectors as rows of the file, and the most that rounding changes a cosine with any of them.

        That is the largest distance between a vector and its row, by Cauchy and Schwarz.
        """
        rows = np.empty(len(keys), dtype=self._row)
        scale = np.maximum(np.abs(matrix).max(axis=1), np.finfo(np.float32).tiny) / 127
        rows["key"], rows["scale"] = keys, scale
        rows["row"] = np.rint(matrix / scale[:, None])
        error = matrix - rows["row"] * scale[:, None]
        return rows, float(np.linalg.norm(error, axis=1).max())

    def _settle(self, state: MatrixState) -> None:
        """Let the file count as the state says, and delete what an earlier one left."""
        path = self._folder / "state.json"
        draft = path.with_suffix(".new")
        draft.write_text(json.dumps(asdict(state), indent=2))
        to_disk(draft)
        draft.replace(path)
        to_disk(self._folder)
        for leftover in self._folder.glob("rows-*"):
            if leftover.name != state.file:
                with suppress(OSError):  # Windows keeps a file that is mapped
                    leftover.unlink()
