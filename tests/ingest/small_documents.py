"""Documents that the tests write themselves: PDF files byte by byte, archives of TeX, pages of LaTeXML."""

import gzip
import io
import tarfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

PAGE_HEIGHT = 800


@dataclass(frozen=True)
class Printed:
    """A line on a PDF's page: its left edge, its base line from the bottom, its size in points, its face."""

    text: str
    x: float
    y: float
    size: float = 10
    bold: bool = False


def pdf(pages: Sequence[Sequence[Printed]], *, info: str = "", trailer: str = "") -> bytes:
    """A PDF whose pages show these lines."""
    return pdf_of_streams([_content(lines) for lines in pages], info=info, trailer=trailer)


def pdf_of_streams(streams: Sequence[bytes], *, info: str = "", trailer: str = "", deflate: bool = False) -> bytes:
    """A PDF with one page for each content stream."""
    kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(streams)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< {info} >>".encode(),
    ]
    for number, stream in enumerate(streams):
        fonts = "/Font << /F1 3 0 R /F2 4 0 R >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 {PAGE_HEIGHT}] /Resources << {fonts} >> "
            f"/Contents {7 + 2 * number} 0 R >>".encode()
        )
        data = zlib.compress(stream, 9) if deflate else stream
        filters = "/Filter /FlateDecode " if deflate else ""
        objects.append(f"<< {filters}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream")
    return _assembled(objects, trailer)


def _assembled(objects: Sequence[bytes], trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 5 0 R {trailer} >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def _content(lines: Sequence[Printed]) -> bytes:
    shown = []
    for line in lines:
        text = line.text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        face = "F2" if line.bold else "F1"
        shown.append(f"BT /{face} {line.size} Tf 1 0 0 1 {line.x} {line.y} Tm (".encode() + text + b") Tj ET")
    return b"\n".join(shown)


def column(text: str, *, x: float = 60, top: float = 700, size: float = 10, width: int = 60) -> list[Printed]:
    """A paragraph broken into lines of at most `width` characters; `-` at a line's end is kept as it is."""
    lines, words = [""], text.split()
    for word in words:
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return [Printed(line, x, top - 12 * number, size) for number, line in enumerate(lines)]


def archive(files: dict[str, str | bytes]) -> bytes:
    """A gzipped tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


def latexml(body: str, *, head: str = "", outside: str = "") -> bytes:
    """A page as LaTeXML writes it, with `outside` before the article."""
    return (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'>{head}</head><body>{outside}<div class='ltx_page_main'>"
        f"<div class='ltx_page_content'><article class='ltx_document'>{body}</article></div></div></body></html>"
    ).encode()
