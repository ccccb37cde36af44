"""The lines of a PDF's pages as pdfium finds them, with their place, size and weight."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.tidy import clean

if TYPE_CHECKING:
    import pypdfium2

# pdfium writes one of these in place of a hyphen and the line break after it.
HYPHENS = "\ufffe\x02"
_LINE = re.compile(rf"[^\r\n{HYPHENS}]+[{HYPHENS}]?")
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|medi(?!a)|-md|cmbx|bx1|sfbx|\.b$|-b$", re.IGNORECASE)
_BOLD_WEIGHT = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line: text, page (from 0), edges in points with the origin at the bottom left, and its type."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    size: float
    """Height of its type in points."""
    bold: bool
    broken: bool
    """Whether it ends within a word, at a hyphen that is not part of `text`."""

    @property
    def height(self) -> float:
        """From the lower to the upper edge, in points."""
        return self.top - self.bottom


def page_lines(page: "pypdfium2.PdfPage", number: int) -> list[Line]:
    """The lines of a page in reading order; `number` counts from 0."""
    text_page = page.get_textpage()
    try:
        return list(_lines(text_page, number))
    finally:
        text_page.close()


def _lines(text_page: "pypdfium2.PdfTextPage", number: int) -> Iterator[Line]:
    from pypdfium2 import raw

    written = text_page.get_text_range(errors="replace")
    # Offsets in pdfium's text count UTF-16 units, which differ only beyond the basic plane.
    beyond = [index for index, character in enumerate(written) if character > "\uffff"]
    for match in _LINE.finditer(written):
        text = clean(match[0].translate(_NO_HYPHENS)).strip()
        if not text:
            continue
        start, end = match.start(), match.start() + len(match[0].rstrip(HYPHENS + " ")) - 1
        start += len(match[0]) - len(match[0].lstrip())
        if beyond:
            start, end = (place + sum(index < place for index in beyond) for place in (start, end))
        first, last = (raw.FPDFText_GetCharIndexFromTextIndex(text_page, place) for place in (start, max(start, end)))
        if first < 0 or last < 0:
            continue
        left, _, bottom, top = _box(text_page, first)
        _, right, last_bottom, last_top = _box(text_page, last)
        middle = (first + last) // 2
        broken = match[0][-1] in HYPHENS
        size = max(round(top - bottom, 1), round(last_top - last_bottom, 1) if last_bottom else 0)
        yield Line(text, number, left, right, bottom, top, size, _is_bold(text_page, middle), broken)


_NO_HYPHENS = dict.fromkeys(map(ord, HYPHENS))


def _box(text_page: "pypdfium2.PdfTextPage", index: int) -> tuple[float, float, float, float]:
    """(left, right, bottom, top) of a character's cell, which does not depend on the letter's own shape."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, index, box)
    return box.left, box.right, box.bottom, box.top


def _is_bold(text_page: "pypdfium2.PdfTextPage", index: int) -> bool:
    from pypdfium2 import raw

    if raw.FPDFText_GetFontWeight(text_page, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, 128, flags)
    return bool(_BOLD_NAME.search(name.value))
