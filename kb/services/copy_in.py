"""Notes from elsewhere: copied into the library, so that the library stays whole when their folder goes.

Nothing is overwritten that was edited in the library: a copy is replaced only while it is as it was copied. Where a
copy was renamed in the library, the renamed note is the copy from then on.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingest.files import hash_on_disk, is_note_path, shown_path
from ingest.notes import find_notes, read_note, write_note
from kb.domain import UNKEPT, Job, JobState
from kb.errors import BadInput, KbError
from kb.identity import content_hash
from kb.ports import Catalog

_SNAPSHOT = "arXiv's metadata in lines of JSON is read by `kb arxiv snapshot`; `kb add --from` takes a list of items"
_NO_NOTE = "Notes end in .md, begin with no dot and are not README.md; other texts are added with --document"


@dataclass(frozen=True, slots=True)
class _Item:
    """A file to be copied."""

    file: Path
    folder: Path | None
    """The folder that was given, which the file must not lead out of; None where the file was given itself."""

    @property
    def target(self) -> Path:
        """Its place in the notes folder. A hidden folder loses its dots, for hidden notes are not read."""
        if self.folder is None:
            return Path(self.file.name)
        return Path(self.folder.name.lstrip(".")) / self.file.relative_to(self.folder)

    def job(self, state: JobState, error: KbError | OSError | None = None) -> Job:
        """What became of it."""
        return _job(shown_path(self.file), state, error, shown_path(self.folder) if self.folder else "")


class _Folder:
    """The notes folder, and where a text stands in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def places(self) -> dict[str, Path]:
        """Files by the hash of their text; read only where a copy is gone."""
        return {found: path for path in find_notes(self.path) if not path.is_dir() and (found := hash_on_disk(path))}


def copy_in(
    paths: Iterable[str | Path], notes: Path, catalog: Catalog, retry: bool = False
) -> tuple[list[Job], list[str]]:
    """Copy note files and folders of them into the notes folder; paths that lie in it already are left alone.

    Args:
        paths: files and folders.
        notes: the library's notes folder.
        catalog: where to write down what became of each file.
        retry: whether to copy those again that failed before.

    Returns:
        What could not be copied, and what a person should know of the others.
    """
    failed: list[Job] = []
    remarks: list[str] = []
    items = {item.file: item for given in paths for item in _plan(Path(given), notes, failed)}
    if retry:
        items = {item.file: item for item in _failed(catalog)} | items
    folder = _Folder(notes)
    for item in items.values():
        try:
            remarks += _copy(item, folder, catalog)
            settled = item.job(JobState.DONE)
        except (KbError, OSError) as error:
            settled = item.job(JobState.FAILED, error)
            failed.append(settled)
        with catalog.writing():
            catalog.put_job(settled)
    return failed, remarks


def _plan(given: Path, notes: Path, failed: list[Job]) -> Iterator[_Item]:
    """The notes under a path, without those that are in the library."""
    path = Path(os.path.abspath(given))
    if os.path.isdir(path):
        yield from (_Item(file, path) for file in find_notes(path) if not _lies_in(file, notes))
    elif not os.path.lexists(path):
        # No job: there is nothing that could be done again.
        error = BadInput("there is no such file or folder", cure="Check the path")
        failed.append(_unkept(given, error))
    elif not is_note_path(Path(path.name)):
        error = BadInput("is not read as a note", cure=_SNAPSHOT if path.suffix == ".jsonl" else _NO_NOTE)
        failed.append(_unkept(given, error))
    elif not _lies_in(path, notes):
        yield _Item(path, None)


def _lies_in(path: Path, folder: Path) -> bool:
    """Whether a path, links followed, lies in a folder; links in a circle lead nowhere."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _failed(catalog: Catalog) -> Iterator[_Item]:
    """Files that could not be copied before; those that are gone by now are forgotten."""
    for job in catalog.jobs(JobState.FAILED):
        if job.kind != "file":
            continue
        if os.path.lexists(file := Path(job.target)):
            yield _Item(file, Path(job.folder) if job.folder else None)
        else:
            with catalog.writing():
                catalog.forget_file(job.target)


def _copy(item: _Item, folder: _Folder, catalog: Catalog) -> list[str]:
    """Copy one file if its contents are not there yet; where they went, if that is not where they were sent.

    Raises:
        KbError: if it is no readable note, or the library's copy was edited meanwhile.
    """
    source = read_note(item.file, item.folder or item.file.parent)
    if item.folder is None and not source.text.strip():  # in a vault it is a note that somebody means to write
        raise BadInput("it is empty", cure="Write the note first, or look whether it arrived whole")
    target, name = folder.path / item.target, item.target.as_posix()
    if not _lies_in(target.parent, folder.path):
        raise BadInput(f"{name} leads out of the library through a link", cure="Remove that link from the notes folder")
    new, there, origin = content_hash(source.text), hash_on_disk(target), shown_path(item.file)
    known, moved = catalog.setting(f"copy:{name}"), None
    if (
        there is None
        and known
        and source.text.strip()
        and (moved := _renamed(known, f"{new} {origin}", folder, catalog))
    ):
        target, there = moved, hash_on_disk(moved)
    elif there not in (None, new) and known != f"{there} {origin}":
        raise BadInput(
            f"the library has another note at {name}",
            cure="Rename the new one, or make the change in the library's note",
        )
    if there != new:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_note(target, source.text, there)
    if known != f"{new} {origin}":
        with catalog.writing():
            catalog.set_setting(f"copy:{name}", f"{new} {origin}")
    if moved is None or there == new:
        return []
    return [f"{origin}: its copy was renamed to {shown_path(moved.relative_to(folder.path))} and is updated there"]


def _renamed(copied: str, given: str, folder: _Folder, catalog: Catalog) -> Path | None:
    """Where a copy of the same file went, told by its text as it was copied or as it is now; never another's copy."""
    (old, _, from_here), (new, _, origin) = copied.partition(" "), given.partition(" ")
    places = [path for text in (new, old) if from_here == origin and (path := folder.places.get(text))]
    own = (path for path in places if not catalog.setting(f"copy:{path.relative_to(folder.path).as_posix()}"))
    return next(own, None)


def _unkept(given: Path, error: KbError) -> Job:
    return _job(shown_path(given), JobState.FAILED, error).model_copy(update={"kind": UNKEPT})


def _job(target: str, state: JobState, error: KbError | OSError | None, folder: str = "") -> Job:
    reason = advice = ""
    if error is not None:
        reason = error.message if isinstance(error, KbError) else f"cannot be copied ({error.strerror or error})"
        advice = (isinstance(error, KbError) and error.cure) or "Mend it and add it again, or use `kb add --retry`"
    return Job(target=target, kind="file", folder=folder, state=state, reason=reason, advice=advice)
