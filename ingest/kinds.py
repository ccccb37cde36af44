"""Which kind of document some bytes are, by what they begin with before what they are called."""

import re

from kb.errors import BadDocument

_MEGABYTE = 2**20
# A web page becomes a tree many times its size; the others do not.
_LIMITS = {"pdf": 100 * _MEGABYTE, "html": 20 * _MEGABYTE, "tex": 50 * _MEGABYTE, "text": 10 * _MEGABYTE}
MAX_BYTES = max(_LIMITS.values())
"""No document of more bytes is read; who takes it from a disk or a server need not take more."""

_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--(?:(?!-->)[\s\S]){0,2000}-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|article|div|h1|p|meta|title)[\s>]",
    re.IGNORECASE,
)
_TEX = re.compile(rb"^[ \t]*\\(?:documentclass|documentstyle|begin\{document\})", re.MULTILINE)
_REFUSED = {
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"%!PS": "a PostScript file",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"{\\rtf": "an RTF file",
}
_HEAD = 4_096


def kind_of(data: bytes, name: str, media_type: str = "") -> str:
    """`pdf`, `html`, `tex` or `text`.

    Raises:
        BadDocument: if there are no bytes, or those of a file that cannot be read.
    """
    if not data.strip():
        raise BadDocument("it is empty", cure="Look whether it arrived whole")
    head = data[:_HEAD]
    if b"%PDF-" in head[:1_024]:
        return "pdf"
    for magic, what in _REFUSED.items():
        if head.startswith(magic):
            raise BadDocument(f"this is {what}", cure="Add a PDF, HTML, TeX, Markdown or text file")
    if head.startswith(b"\x1f\x8b") or head[257:262] == b"ustar":
        return "tex"
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        if "/" not in name and name.casefold().endswith(".pdf"):
            raise BadDocument(
                "this is HTML, not a PDF", cure="Fetch the PDF again, or name the file .html to add the page"
            )
        return "html"
    return _by_name(data, name.split("?")[0].casefold(), media_type.casefold())


def _by_name(data: bytes, name: str, media_type: str) -> str:
    if name.endswith(".pdf") or "pdf" in media_type:
        raise BadDocument("this is not a PDF, whatever it is called", cure="Look at what the file holds")
    if name.endswith((".tex", ".ltx")) or "tex" in media_type.replace("text", "") or _TEX.search(data[:100_000]):
        return "tex"
    is_html = name.endswith((".html", ".htm", ".xhtml")) or "html" in media_type
    return "html" if is_html and b"<" in data else "text"


def too_large(kind: str, n_bytes: int) -> str:
    """Why a document of this kind and size is not read; empty where it is."""
    limit = _LIMITS[kind]
    if n_bytes <= limit:
        return ""
    return f"it has {n_bytes / _MEGABYTE:.0f} MB, more than the {limit // _MEGABYTE} MB of a {kind} file"
