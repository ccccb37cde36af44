"""A TeX file on disk with the files that it names and its bibliography, from its own folder alone."""

import io
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

_INPUT = re.compile(r"\\(?:input|include|subfile)\s*(?:\{\s*([^{}\n]{1,200}?)\s*\}|([^\s{}\\]{1,200}))")
_BIBLIOGRAPHY = re.compile(r"\\(?:bibliography|addbibresource)\s{0,5}(?:\[[^\[\]]{0,200}\])?\{([^{}]{1,1000})\}")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*")
_CLASS = re.compile(r"\\document(?:class|style)\b")
_MAX_PARTS = 300
_MAX_BYTES = 20 * 2**20


def is_main(path: Path) -> bool:
    """Whether a file is compiled by itself; False for what cannot be read."""
    return bool(_CLASS.search(_COMMENT.sub("", _text(path))))


def parts(main: Path) -> list[Path]:
    """The files that a TeX file takes in, and those that they take in, 300 at most, none outside of its folder."""
    folder = Path(os.path.realpath(main.parent))
    found: dict[Path, None] = {Path(os.path.realpath(main)): None}
    waiting = list(found)
    while waiting and len(found) <= _MAX_PARTS:
        for part in _named(folder, _text(waiting.pop())):
            if part not in found:
                found[part] = None
                waiting.append(part)
    return list(found)[1 : _MAX_PARTS + 1]


def bundled(main: Path) -> bytes:
    """A TeX file as an archive of itself, its parts and its bibliography; as it is where it stands alone.

    Raises:
        OSError: if it cannot be read.
    """
    folder = Path(os.path.realpath(main.parent))
    own = main.read_bytes()
    others = [path for path in [*parts(main), *_bibliography(main, folder)] if _size(path) <= _MAX_BYTES]
    if not others or own[:2] == b"\x1f\x8b" or own[257:262] == b"ustar":
        return own
    out = io.BytesIO()
    left = _MAX_BYTES
    with tarfile.open(fileobj=out, mode="w") as archive:
        _put(archive, main.name, own)
        for path in others:
            if (left := left - _size(path)) >= 0:
                _put(archive, path.relative_to(folder).as_posix(), path.read_bytes())
    return out.getvalue()


def _named(folder: Path, text: str) -> Iterator[Path]:
    for match in _INPUT.finditer(_COMMENT.sub("", text)):
        name = (match[1] or match[2]).strip().strip('"')
        for written in (name, f"{name}.tex"):
            if "\0" not in written and _is_inside(path := Path(os.path.realpath(folder / written)), folder):
                yield path
                break


def _bibliography(main: Path, folder: Path) -> list[Path]:
    """What BibTeX wrote for this file, else the folder's only such file, else what BibTeX would read."""
    found = sorted(path for path in folder.glob("*.bbl") if _is_inside(Path(os.path.realpath(path)), folder))
    own = [path for path in found if path.stem == main.stem]
    if own or len(found) == 1:
        return own or found
    texts = (_COMMENT.sub("", _text(path)) for path in [main, *parts(main)])
    names = [name.strip() for text in texts for match in _BIBLIOGRAPHY.finditer(text) for name in match[1].split(",")]
    named = (Path(os.path.realpath(folder / f"{name.removesuffix('.bib')}.bib")) for name in names if "\0" not in name)
    return list(dict.fromkeys(path for path in named if _is_inside(path, folder)))[:_MAX_PARTS]


def _is_inside(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) and path.suffix.lower() in (".tex", ".ltx", ".bbl", ".bib") and path.is_file()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return _MAX_BYTES + 1


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace") if _size(path) <= _MAX_BYTES else ""
    except OSError:
        return ""


def _put(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
