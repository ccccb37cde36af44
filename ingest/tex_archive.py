"""The TeX files in what arXiv calls a source: a gzipped file, a gzipped tar archive, or a bare file."""

import io
import posixpath
import tarfile
import zlib

from kb.errors import BadDocument

_KEPT = (".tex", ".ltx", ".latex", ".bbl", ".bib", ".txt")
_MAX_EXPANDED = 100 * 2**20
_MAX_TEXT = 10 * 2**20
_MAX_MEMBERS = 3_000
_WHOLE = "Add the paper's PDF or HTML instead"


def tex_files(data: bytes) -> dict[str, str]:
    """Texts by their path in the archive; a single file is `main.tex`.

    Nothing is written to disk. Links, and files that are no TeX, are passed over.

    Raises:
        BadDocument: if it is damaged, expands beyond 100 MB, has too many files, or names one outside of itself.
    """
    if data.startswith(b"\x1f\x8b"):
        data = _unzipped(data)
    if data.startswith(b"%PDF-"):
        raise BadDocument("the source is a PDF, not TeX", cure="Add it as a PDF")
    if data[257:262] != b"ustar":
        return {"main.tex": _text(data)}
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return _members(archive)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BadDocument("the archive is damaged", cure="Fetch it again") from error


def _unzipped(data: bytes) -> bytes:
    """Gzip taken apart, up to the limit."""
    decoder = zlib.decompressobj(wbits=31)
    try:
        expanded = decoder.decompress(data, _MAX_EXPANDED)
    except zlib.error as error:
        raise BadDocument("the archive is damaged", cure="Fetch it again") from error
    if decoder.unconsumed_tail:
        raise BadDocument(f"the archive expands to more than {_MAX_EXPANDED // 2**20} MB", cure=_WHOLE)
    if not decoder.eof:
        raise BadDocument("the archive was cut short", cure="Fetch it again")
    return expanded


def _members(archive: tarfile.TarFile) -> dict[str, str]:
    files: dict[str, str] = {}
    for count, member in enumerate(archive):
        if count >= _MAX_MEMBERS:
            raise BadDocument(f"the archive has more than {_MAX_MEMBERS} files", cure=_WHOLE)
        path = posixpath.normpath(member.name.replace("\\", "/"))
        if path.startswith(("/", "../")) or path == ".." or ":" in path.split("/")[0]:
            raise BadDocument("the archive names a file outside of itself", cure=_WHOLE)
        if not member.isfile() or not path.casefold().endswith(_KEPT) or member.size > _MAX_TEXT:
            continue
        content = archive.extractfile(member)
        if content:
            files[path] = _text(content.read(_MAX_TEXT))
    return files


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
