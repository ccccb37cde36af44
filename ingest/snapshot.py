"""The public arXiv metadata snapshot: one JSON object a line, plain or compressed, read in constant memory.

Its records are uneven: authors or categories may be missing, dates are days, months or e-mail time stamps, versions may
be incomplete. What identifies a record is its id; a line without a valid one, or without a title or an abstract, is
reported and passed over.
"""

import gzip
import hashlib
import io
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ingest.withdrawn import is_withdrawn
from kb.domain import Paper
from kb.errors import BadInput
from kb.identity import ArxivId, is_before, normalise, parse_date
from kb.ports import ArchivedPaper

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text

_MAX_LINE_BYTES = 1_000_000
_MAX_ABSTRACT_CHARS = 100_000
_MAX_AUTHORS, _MAX_NAME_CHARS = 10_000, 200
_MARK_BYTES, _CHUNK_BYTES = 65_536, 1 << 20
_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two lines of a snapshot."""

    byte: int = 0
    """Bytes of the uncompressed text before it."""
    line: int = 0
    """Lines before it."""


BEGINNING = Position()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a snapshot, read."""

    end: Position
    """The place behind it: reading goes on from there."""
    archived: ArchivedPaper | None
    """None where the line is blank or broken."""
    flaw: str = ""
    """Why the line cannot be used; empty where it is sound or blank."""
    share: float = 0.0
    """How much of the file's stored bytes was read by then, from 0 to 1; ahead of the line by a buffer's length."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which papers of a snapshot are taken.

    Args:
        categories: `cs.CL` for one, `cs` for a whole archive; a paper with any of them is taken. Empty for all.
        since: first day, month or year of submission that is taken; empty for all.
    """

    categories: tuple[str, ...] = ()
    since: str = ""

    def takes(self, paper: Paper) -> bool:
        """Whether a paper is wanted; one without categories is not if categories are asked for."""
        if self.categories and not any(self._is_in(category) for category in paper.categories):
            return False
        return not self.since or is_before(paper.date, self.since) is not True

    def _is_in(self, category: str) -> bool:
        return category in self.categories or category.partition(".")[0] in self.categories


def fingerprint(path: Path) -> str:
    """What tells a snapshot from another under the same name: size and hash of the file's head and tail.

    Raises:
        BadInput: if the file cannot be read.
    """
    with _reported(path), path.open("rb") as file:
        size = path.stat().st_size
        digest = hashlib.sha256(file.read(_MARK_BYTES))
        file.seek(max(0, size - _MARK_BYTES))
        digest.update(file.read(_MARK_BYTES))
    return f"{size}:{digest.hexdigest()[:32]}"


def read_snapshot(path: Path, start: Position = BEGINNING) -> Iterator[Line]:
    """The lines of a snapshot from a place on, in order; memory does not grow with the file.

    Raises:
        BadInput: if the file cannot be read or is damaged; lines before the damage were yielded.
    """
    with _reported(path), path.open("rb") as raw, _uncompressed(raw) as file:
        _skip(file, start.byte)
        position, stored = start, path.stat().st_size or 1
        while data := file.readline(_MAX_LINE_BYTES):
            size, is_whole = len(data), data.endswith(b"\n") or len(data) < _MAX_LINE_BYTES
            while not is_whole:
                rest = file.readline(_MAX_LINE_BYTES)
                size += len(rest)
                is_whole = rest.endswith(b"\n") or not rest
                data = b""
            position = Position(position.byte + size, position.line + 1)
            archived, flaw = _read(data) if data else (None, f"longer than {_MAX_LINE_BYTES:,} bytes")
            yield Line(position, archived, flaw, raw.tell() / stored)


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """One line for the person about whatever is wrong with the file as a whole."""
    import zlib

    try:
        yield
    except (OSError, EOFError, zlib.error, _zstd_error()) as error:
        reason = getattr(error, "strerror", None) or error
        cure = "Fetch the file again; what was read of it is kept" if path.is_file() else "Name a snapshot file"
        raise BadInput(f"{path} cannot be read ({reason})", cure=cure) from None


def _zstd_error() -> type[Exception]:
    from zstandard import ZstdError

    return ZstdError


@contextmanager
def _uncompressed(raw: BinaryIO) -> Iterator[BinaryIO]:
    """The file's text, by what its first bytes say it is."""
    magic = raw.read(4)
    raw.seek(0)
    if magic.startswith(_GZIP_MAGIC):
        with gzip.open(raw) as file:
            yield cast(BinaryIO, file)
    elif magic == _ZSTD_MAGIC:
        from zstandard import ZstdDecompressor

        with ZstdDecompressor().stream_reader(raw, read_across_frames=True) as stream:
            yield io.BufferedReader(stream, _CHUNK_BYTES)
    else:
        yield raw


def _skip(file: BinaryIO, n_bytes: int) -> None:
    """Go forward; through a stream that cannot jump, by reading."""
    if file.seekable():
        file.seek(n_bytes)
        return
    while n_bytes and (data := file.read(min(n_bytes, _CHUNK_BYTES))):
        n_bytes -= len(data)


def _read(data: bytes) -> tuple[ArchivedPaper | None, str]:
    """What a line holds, and why it cannot be used."""
    if not data.strip():
        return None, ""
    try:
        record = json.loads(data)
        return (archived_paper(record), "") if isinstance(record, dict) else (None, "not a JSON object")
    except (ValueError, RecursionError, BadInput) as error:
        return None, _first_line(error)


def _first_line(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg} at character {error.pos})"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error).splitlines()[0]


def archived_paper(record: dict[str, Any]) -> ArchivedPaper:
    """A paper from its record.

    Raises:
        BadInput: if the id is none, or title or abstract are missing.
    """
    arxiv_id = ArxivId.parse(_text(record, "id"))
    title = " ".join(normalise(_text(record, "title")).split())
    abstract = _text(record, "abstract")
    if not title or not abstract.strip():
        raise BadInput(f"{arxiv_id} has no {'abstract' if title else 'title'}")
    if len(abstract) > _MAX_ABSTRACT_CHARS:
        raise BadInput(f"the abstract of {arxiv_id} is longer than {_MAX_ABSTRACT_CHARS:,} characters")
    versions = _versions(record)
    comment = " ".join(_text(record, "comments").split())
    newest = max(versions, default=arxiv_id.version)
    paper = Paper(
        id=arxiv_id.base,
        title=title,
        authors=_authors(record),
        date=versions.get(1) or arxiv_id.month,
        categories=tuple(_text(record, "categories").split()),
        version=newest,
        updated=versions.get(newest) or _date(record.get("update_date")),
        withdrawn=is_withdrawn(comment, abstract),
        doi=_text(record, "doi").strip(),
        journal=" ".join(_text(record, "journal-ref").split()),
        comment=comment,
    )
    return ArchivedPaper(paper, abstract)


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return normalise(value) if isinstance(value, str) else ""


def _versions(record: dict[str, Any]) -> dict[int, str | None]:
    """When each version that is named was submitted."""
    found: dict[int, str | None] = {}
    versions = record.get("versions")
    for version in versions if isinstance(versions, list) else ():
        name = version.get("version") if isinstance(version, dict) else None
        if isinstance(name, str) and name[:1] == "v" and name[1:].isdecimal() and name.isascii() and 1 < len(name) < 5:
            found[int(name[1:])] = _date(version.get("created"))
    return {number: date for number, date in found.items() if number}


def _date(value: object) -> str | None:
    """A date from a day, a month, a year, an ISO time or an e-mail time stamp; None where it is none of these."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        if "," in text and (stamp := parsedate(text)):
            text = f"{stamp[0]:04}-{stamp[1]:02}-{stamp[2]:02}"
        return parse_date(text.partition("T")[0].partition(" ")[0])
    except (BadInput, ValueError, TypeError, IndexError):
        return None


def _authors(record: dict[str, Any]) -> tuple[str, ...]:
    """Names in reading order, from the parsed list or else from the line as it was written."""
    parsed = record.get("authors_parsed")
    names = [_name(parts) for parts in parsed[:_MAX_AUTHORS]] if isinstance(parsed, list) else []
    if not any(names):
        written = " ".join(_text(record, "authors").split()).replace(" and ", ", ")
        names = [name.strip() for name in written.split(",")[:_MAX_AUTHORS]]
    return tuple(_accented(name) for name in names if name)


def _accented(name: str) -> str:
    r"""A name with its accents, which the public snapshot writes as TeX: `M{\"u}ller`."""
    if "\\" not in name or len(name) > _MAX_NAME_CHARS:
        return name
    return " ".join(_tex().latex_to_text(name).split()) or name


@cache
def _tex() -> "LatexNodes2Text":
    from pylatexenc.latex2text import LatexNodes2Text

    # Names with commands that are no accents are common enough, and nobody can do anything about them.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    return LatexNodes2Text()


def _name(parts: object) -> str:
    """`[last, first, suffix, …]` as it is spoken."""
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts[:3]):
        return ""
    last, first, suffix = [*map(normalise, parts[:3]), "", "", ""][:3]
    return " ".join(f"{first} {last} {suffix}".split())


def names(categories: Sequence[str]) -> tuple[str, ...]:
    """Categories as they were asked for, without stars and doubles: `cs.*` is `cs`."""
    return tuple(dict.fromkeys(category.strip().removesuffix(".*") for category in categories if category.strip()))
