"""Note files on disk: found, read without trust, and written so that nothing is lost.

A file's place, kind, size and encoding are checked before a character of it is parsed. Writing is atomic and never
replaces what somebody else wrote in the meantime.
"""

import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from kb.errors import BadNote, KbError
from kb.identity import content_hash, normalise

MAX_NOTE_BYTES = 5 * 1024 * 1024


def find_notes(root: Path) -> list[Path]:
    """Note files under a folder, sorted: all `.md` but those in hidden folders and the root's own `README.md`.

    Linked folders are not followed. They and linked files are listed, so that reading them can say where they lead.
    """
    found: list[Path] = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        found.extend(path for name in names if (path := Path(folder, name)).is_symlink())
        paths = (Path(folder, name) for name in files)
        found.extend(path for path in paths if is_note_path(path.relative_to(root)))
    return sorted(found)


def is_note_path(path: Path) -> bool:
    """Whether a file at this place, relative to the notes folder, is read as a note."""
    is_hidden = any(part.startswith(".") for part in path.parts)
    return path.suffix.lower() == ".md" and not is_hidden and path != Path("README.md")


def shown_path(path: Path) -> str:
    r"""A path as text with forward slashes; bytes of a name that are no UTF-8 are shown as `\xNN`."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")


def read_text(path: Path, root: Path) -> tuple[str, str]:
    """Normalised text of a file in the folder `root`, and its path in there with forward slashes.

    Raises:
        BadNote: if it is not a regular UTF-8 text file inside the folder, or is larger than 5 MB.
    """
    if path.is_symlink() and path.is_dir():
        raise _linked_folder(path, root)
    try:
        inside = path.resolve(strict=True).relative_to(root.resolve())
        data = _read_bytes(path)
    except ValueError as error:
        cure = "Copy the file into the folder instead of linking to it"
        raise BadNote("the link leads out of the notes folder", cure=cure) from error
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "links that lead in a circle"
        raise BadNote(
            f"the file cannot be read: {reason}", cure="Check that it exists and that you may read it"
        ) from error
    is_plain_path = path.is_relative_to(root) and ".." not in path.parts
    origin = (path.relative_to(root) if is_plain_path else inside).as_posix()
    if origin != shown_path(Path(origin)):
        raise BadNote("the file's name is not UTF-8 text", cure="Rename it")
    return normalise(_decoded(data)), origin


def _linked_folder(path: Path, root: Path) -> BadNote:
    """What is wrong with a link to a folder: its notes are read elsewhere, or nowhere."""
    if path.resolve().is_relative_to(root.resolve()):
        what = "a link to a folder is not followed; what is in that folder is read where it is"
        return BadNote(what, cure="Delete the link")
    what = f"a link to a folder outside {root.name} is not followed, and nothing in it was read"
    return BadNote(what, cure="Copy the folder here, or delete the link")


def _read_bytes(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise BadNote("this is not a regular file", cure="Move it out of the notes folder")
    if status.st_size > MAX_NOTE_BYTES:
        size, limit = status.st_size / 2**20, MAX_NOTE_BYTES // 2**20
        raise BadNote(
            f"the file has {size:.0f} MB, more than the {limit} MB of a note", cure="Split it or move it elsewhere"
        )
    return path.read_bytes()


def _decoded(data: bytes) -> str:
    """The text of a file.

    Raises:
        BadNote: if it holds NULs, as binary files and UTF-16 do, or bytes that are no UTF-8.
    """
    nul = data.find(b"\0")
    if nul >= 0:
        line = data.count(b"\n", 0, nul) + 1
        cure = "Save it as UTF-8 text, or give it another ending than .md"
        raise BadNote(f"this is a binary file, with a NUL at byte {nul}", line=line, cure=cure)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {error.start} is not valid UTF-8"
        raise BadNote(message, line=line, cure="Save the file with the encoding UTF-8") from error


def write_note(path: Path, text: str, expected: str | None) -> None:
    """Write a note as UTF-8 so that after a crash the file is the old or the new one, whole.

    `expected` is `content_hash` of the note's text as last read, None where there was no file. If the file is now
    another, it stays, and the new text is kept beside it as `<name>.conflict.md`.

    Raises:
        KbError: if the file had changed; the message names both files. Also if the disk refuses.
    """
    if hash_on_disk(path) == expected:
        put_file(path, text)
        return
    beside = _free_name(path)
    put_file(beside, text)
    raise KbError(
        f"{path.name} was changed by someone else in the meantime and is untouched; the new text is in {beside.name}",
        cure="Compare the two files, keep what is right and delete the other",
    )


def edit_note(path: Path, root: Path, read: str, edit: Callable[[str], str]) -> None:
    """Change a note file of the folder `root` whose text is still the one that was read.

    `edit` gets the file's text as it is on disk, with its own line ends, and returns the new one.

    Raises:
        BadNote: if the file cannot be read any more.
        KbError: if it was changed since it was read; it stays as it is.
    """
    text, _ = read_text(path, root)
    if text != read:
        raise KbError(
            f"{path.name} was changed since it was read and is untouched",
            cure="Look at it, then give the command again",
        )
    write_note(path, edit(_decoded(_read_bytes(path))), content_hash(text))


def hash_on_disk(path: Path) -> str | None:
    """Hash of a file's text as a reader would have it, of its bytes where it is no text, None where it is missing."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return content_hash(normalise(data.decode("utf-8")))
    except UnicodeDecodeError:
        return content_hash(data)


def _free_name(path: Path) -> Path:
    names = chain([f"{path.stem}.conflict.md"], (f"{path.stem}.conflict-{n}.md" for n in count(2)))
    return next(candidate for name in names if not (candidate := path.with_name(name)).exists())


def put_file(path: Path, text: str) -> None:
    """Put a text in place in one step, with the permissions of the file that it replaces."""
    put_bytes(path, text.encode("utf-8"))


def put_bytes(path: Path, data: bytes) -> None:
    """Put a file in place in one step, with the permissions of the one that it replaces.

    Raises:
        KbError: if it cannot be written.
    """
    # Hashed, because a name at the limit of the file system leaves no room for an ending.
    # Always the same name: what a killed process left goes when its work is done again.
    temporary = path.with_name(f".{content_hash(path.name)[:12]}.tmp")
    try:
        temporary.unlink(missing_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
        to_disk(path.parent)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def not_written(path: Path, error: OSError) -> KbError:
    """What to say of a file that cannot be written; what was there before is whole."""
    reason = f"{path} could not be written: {error.strerror}"
    if not path.parent.is_dir():
        return KbError(reason, cure=f"Make the folder {path.parent} first")
    return KbError(reason, cure="Check free space and permissions; what was there before is whole")


def to_disk(path: Path) -> None:
    """Make a file, or the renames in a folder, survive a power cut."""
    if os.name == "nt":  # Windows can sync neither folders nor what was opened for reading
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
