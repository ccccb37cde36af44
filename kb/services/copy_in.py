"""Notes from elsewhere: copied into the library, so that the library stays whole when their folder goes.

Nothing is overwritten that was edited in the library: a copy is replaced only while it is as it was copied.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.notes import find_notes, read_note, write_note
from kb.domain import Job, JobState
from kb.errors import BadInput, KbError
from kb.identity import content_hash
from kb.ports import Catalog


@dataclass(slots=True)
class Copied:
    """What became of files from elsewhere."""

    n_copied: int = 0
    failed: list[Job] = field(default_factory=list)


def copy_in(paths: Iterable[Path], notes: Path, catalog: Catalog) -> Copied:
    """Copy note files and folders of them into the notes folder; paths that lie in it already are left alone."""
    result = Copied()
    owners = {state.source_id: state.path for state in catalog.files().values() if state.source_id}
    for given in paths:
        for file, root, target in _plan(given, notes, result):
            try:
                result.n_copied += _copy(file, root, notes / target, notes, catalog, owners)
                settled = Job(target=str(file), state=JobState.DONE)
            except (KbError, OSError) as error:
                settled = _failure(str(file), error)
                result.failed.append(settled)
            with catalog.writing():
                catalog.put_job(settled)
    return result


def _plan(given: Path, notes: Path, result: Copied) -> Iterator[tuple[Path, Path, Path]]:
    """(file, folder that it must not leave, place in the notes folder) for each note under a path."""
    path = Path(os.path.abspath(given))
    if path.resolve().is_relative_to(notes.resolve()):
        return
    if path.is_dir():
        for file in find_notes(path):
            yield file, path, Path(path.name) / file.relative_to(path)
    elif not path.exists():
        result.failed.append(_failure(str(given), BadInput("there is no such file or folder", cure="Check the path")))
    elif path.suffix.lower() != ".md":
        error = BadInput("is not a Markdown note", cure="Notes are files that end in .md")
        result.failed.append(_failure(str(given), error))
    else:
        yield path, path.parent, Path(path.name)


def _copy(file: Path, root: Path, target: Path, notes: Path, catalog: Catalog, owners: dict[str, str]) -> bool:
    """Copy one file if its contents are not there yet.

    Raises:
        KbError: if it is no readable note, its slug is taken, or the library's copy was edited meanwhile.
    """
    source = read_note(file, root)
    name = target.relative_to(notes).as_posix()
    owner = owners.setdefault(source.id, name)
    if owner != name:
        raise BadInput(f"its slug is that of {owner} in the library", cure="Rename one of the two files")
    text, origin = file.read_text(encoding="utf-8"), str(file)
    there = content_hash(target.read_bytes()) if target.exists() else None
    if there == content_hash(text.encode()):
        return False
    known = catalog.setting(f"copy:{name}")
    if there is not None and known != f"{there} {origin}":
        raise BadInput(
            f"the library has another note at {name}", cure="Rename the new one, or make the change in the library's note"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_note(target, text, there)
    with catalog.writing():
        catalog.set_setting(f"copy:{name}", f"{content_hash(text.encode())} {origin}")
    return True


def _failure(target: str, error: KbError | OSError) -> Job:
    reason = error.message if isinstance(error, KbError) else f"cannot be copied ({error.strerror or error})"
    advice = (isinstance(error, KbError) and error.cure) or "Mend it and add it again, or use `kb add --retry`"
    return Job(target=target, kind="file", state=JobState.FAILED, reason=reason, advice=advice)
