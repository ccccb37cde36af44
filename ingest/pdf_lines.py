"""The lines of a PDF's pages as pdfium finds them, with their place, size and weight."""

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.tidy import clean

if TYPE_CHECKING:
    import pypdfium2

# pdfium writes one of these in place of a hyphen and the line break after it.
HYPHENS = "\ufffe\x02"
_LINE = re.compile(rf"[^\r\n{HYPHENS}]+[{HYPHENS}]?")
# After short words such digits are powers, as in `cm2`.
_GLUED_DIGITS = re.compile(r"(?<=[^\W\d_]{4})[0-9]{1,2}(?![\w])")
_BOLD_NAME = re.compile(rb"bold|black|heavy|demi|medi(?!a)|-md|cmbx|bx1|sfbx|\.b$|-b$", re.IGNORECASE)
_BOLD_WEIGHT = 600
_MAX_SINGLE = 40
_INNER_BLANK = re.compile(r"(?<=\S)[ \t\xa0]+(?=\S)")
_WIDE_GAP = 0.7
"""Of the size of type; a blank within justified text seldom has more than half of it."""


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
    parted: str = ""
    """On the first page the text with a semicolon where blanks are wide, as between the names of authors."""

    @property
    def height(self) -> float:
        """From the lower to the upper edge, in points."""
        return self.top - self.bottom


def page_lines(page: "pypdfium2.PdfPage", number: int) -> list[Line]:
    """The lines of a page in reading order; `number` counts from 0."""
    text_page = page.get_textpage()
    try:
        lines = list(_lines(text_page, number))
        single = sum(len(line.text) == 1 for line in lines)
        is_torn = single > _MAX_SINGLE and single > 0.3 * len(lines)
        return list(_lines_of_characters(text_page, number)) if is_torn else lines
    finally:
        text_page.close()


def _lines(text_page: "pypdfium2.PdfTextPage", number: int) -> Iterator[Line]:
    from pypdfium2 import raw

    written = text_page.get_text_range(errors="replace")
    # Offsets in pdfium's text count UTF-16 units, which differ only beyond the basic plane.
    beyond = [index for index, character in enumerate(written) if character > "\uffff"]
    for match in _LINE.finditer(written):
        if not clean(match[0].translate(_NO_HYPHENS)).strip():
            continue
        start, end = match.start(), match.start() + len(match[0].rstrip(HYPHENS + " ")) - 1
        start += len(match[0]) - len(match[0].lstrip())
        if beyond:
            start, end = (place + sum(index < place for index in beyond) for place in (start, end))
        first, last = (raw.FPDFText_GetCharIndexFromTextIndex(text_page, place) for place in (start, max(start, end)))
        if first < 0 or last < 0:
            continue
        middle = (first + last) // 2
        # The largest of three: raised and lowered signs are smaller, and stand on a line of their own.
        size, place = max((_type_size(text_page, place), -place) for place in (first, middle, last))
        bottom = _base_line(text_page, -place)
        left, right = _edges(text_page, first)[0], _edges(text_page, last)[1]
        broken = match[0][-1] in HYPHENS
        raised = _raised(text_page, match, beyond, size, bottom)
        text = clean("".join(c for i, c in enumerate(match[0]) if i not in raised).translate(_NO_HYPHENS)).strip()
        parted = _parted(text_page, match, beyond, size) if number == 0 else ""
        yield Line(text, number, left, right, bottom, bottom + size, size, _is_bold(text_page, middle), broken, parted)


def _parted(text_page: "pypdfium2.PdfTextPage", line: re.Match[str], beyond: list[int], size: float) -> str:
    """A line's text with a semicolon in place of every wide blank."""
    from pypdfium2 import raw

    def index(place: int) -> int:
        whole = line.start() + place
        return int(raw.FPDFText_GetCharIndexFromTextIndex(text_page, whole + sum(other < whole for other in beyond)))

    def shown(blank: re.Match[str]) -> str:
        before, after = index(blank.start() - 1), index(blank.end())
        if before < 0 or after < 0:
            return " "
        gap = _edges(text_page, after)[0] - _edges(text_page, before)[1]
        return "; " if gap > _WIDE_GAP * size else " "

    return clean(_INNER_BLANK.sub(shown, line[0]).translate(_NO_HYPHENS)).strip()


def _raised(
    text_page: "pypdfium2.PdfTextPage", line: re.Match[str], beyond: list[int], size: float, bottom: float
) -> set[int]:
    """Places in a line of raised small digits after a word: they name a footnote, and are no part of the word."""
    from pypdfium2 import raw

    found: set[int] = set()
    for mark in _GLUED_DIGITS.finditer(line[0]):
        place = line.start() + mark.start()
        index = raw.FPDFText_GetCharIndexFromTextIndex(text_page, place + sum(other < place for other in beyond))
        if index < 0 or _type_size(text_page, index) > 0.85 * size:
            continue
        if _base_line(text_page, index) - bottom > 0.15 * size:
            found.update(range(*mark.span()))
    return found


def _lines_of_characters(text_page: "pypdfium2.PdfTextPage", number: int) -> Iterator[Line]:
    """Lines put together from the characters' places, where pdfium took a page for one that is set downwards."""
    from pypdfium2 import raw

    parts: list[tuple[str, int]] = []
    for index in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, index)
        character = chr(code) if 32 < code < 0x110000 and chr(code) not in HYPHENS else "-" if code > 32 else ""
        if not character.strip():
            continue
        if parts and not _goes_on(text_page, parts[-1][1], index):
            yield _line_of(text_page, parts, number)
            parts = []
        parts.append((character, index))
    if parts:
        yield _line_of(text_page, parts, number)


def _goes_on(text_page: "pypdfium2.PdfTextPage", last: int, index: int) -> bool:
    """Whether a character stands in the line of the one before it."""
    size = max(_type_size(text_page, last), 1.0)
    gap = _edges(text_page, index)[0] - _edges(text_page, last)[1]
    return (
        abs(_base_line(text_page, index) - _base_line(text_page, last)) < 0.5 * size and -0.5 * size < gap < 1.5 * size
    )


def _line_of(text_page: "pypdfium2.PdfTextPage", parts: list[tuple[str, int]], number: int) -> Line:
    first, middle = parts[0][1], parts[len(parts) // 2][1]
    size, bottom = _type_size(text_page, middle), _base_line(text_page, first)
    text = parts[0][0]
    for (_, last), (character, index) in pairwise(parts):
        gap = _edges(text_page, index)[0] - _edges(text_page, last)[1]
        text += (" " if gap > 0.15 * size else "") + character
    broken = text.endswith("-") and len(text) > 2 and text[-2].islower()
    left, right = _edges(text_page, first)[0], _edges(text_page, parts[-1][1])[1]
    text = clean(text[:-1] if broken else text)
    return Line(text, number, left, right, bottom, bottom + size, size, _is_bold(text_page, middle), broken)


_NO_HYPHENS = dict.fromkeys(map(ord, HYPHENS))


def _edges(text_page: "pypdfium2.PdfTextPage", index: int) -> tuple[float, float]:
    """Left and right edge of a character's cell."""
    from pypdfium2 import raw

    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text_page, index, box)
    return box.left, box.right


def _base_line(text_page: "pypdfium2.PdfTextPage", index: int) -> float:
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    return y.value


def _type_size(text_page: "pypdfium2.PdfTextPage", index: int) -> float:
    """Size of type in points as it is printed: the font's size times what the page does to it."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text_page, index, matrix)
    scale = math.hypot(matrix.c, matrix.d) or 1.0
    return round(float(raw.FPDFText_GetFontSize(text_page, index)) * scale, 1)


def _is_bold(text_page: "pypdfium2.PdfTextPage", index: int) -> bool:
    from pypdfium2 import raw

    if raw.FPDFText_GetFontWeight(text_page, index) >= _BOLD_WEIGHT:
        return True
    name = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, index, name, 128, flags)
    return bool(_BOLD_NAME.search(name.value))
