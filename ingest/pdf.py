"""Reads PDF files with pdfium: prose in reading order, pages kept, references left out."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ingest import boilerplate
from ingest.extracted import Extracted
from ingest.pdf_flow import PAGE_MARK, Flow, whole_words
from ingest.pdf_layout import STAMP, Layout, LayoutBlock, merged, title_lines, without_furniture
from ingest.pdf_lines import Line, page_lines
from ingest.tidy import find_date, names, one_line
from kb.errors import BadDocument
from kb.identity import normalise

if TYPE_CHECKING:
    import pypdfium2

MAX_PAGES = 2_000
_MAX_PAGE_CHARACTERS = 200_000
_TAIL = 4_096
_MIN_PER_PAGE = 30
_REFERENCES = re.compile(
    r"(?:[0-9IVX]+\.?\s+)?(?:references|bibliography|literature cited|works cited)\W*", re.IGNORECASE
)
_APPENDIX = re.compile(r"(?:appendi(?:x|ces)|supplement\w*|(?-i:[A-Z])(?:\.[0-9]+)*\.?\s+(?-i:[A-Z]))", re.IGNORECASE)
_NO_TITLE = re.compile(
    r"untitled|microsoft word|\.(?:docx?|tex|pdf|indd|dvi|ps)\b|^\W*$|^arxiv:|^[\d.v]+$", re.IGNORECASE
)
_CAPTION = re.compile(r"(?:figure|fig\.|table|abstract)\s", re.IGNORECASE)
_PARTED_NAME = re.compile(r"(?:\band|[,;&])\s+[^\W\d_]+\Z")
_INITIAL = re.compile(r"(?:[A-Z]\.\s*){1,2}[^\W\d_]")
_FRONT_END = re.compile(r"abstract|summary|introduction", re.IGNORECASE)


def read_pdf(data: bytes) -> Extracted:
    """Text and facts of a PDF; `pages` tells where each page begins.

    Raises:
        BadDocument: if it is encrypted, cut short, damaged, longer than 2,000 pages, or holds no text.
    """
    document = _opened(data)
    try:
        return _read(document)
    finally:
        document.close()


def _opened(data: bytes) -> "pypdfium2.PdfDocument":
    import pypdfium2

    if b"%%EOF" not in data[-_TAIL:] and b"startxref" not in data[-_TAIL:]:
        raise BadDocument("the PDF was cut short: its end is missing", cure="Fetch or copy it again")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise BadDocument("the PDF is encrypted", cure="Save a copy without a password") from error
        raise BadDocument("the PDF is damaged and cannot be opened", cure="Fetch or copy it again") from error
    if len(document) > MAX_PAGES:
        reason = f"the PDF has {len(document)} pages, more than {MAX_PAGES}"
        document.close()
        raise BadDocument(reason, cure="Split it and add the parts")
    return document


def _read(document: "pypdfium2.PdfDocument") -> Extracted:
    import pypdfium2

    pages, heights = [], []
    for number in range(len(document)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError as error:
            raise BadDocument(f"page {number + 1} of the PDF cannot be read", cure="Fetch or copy it again") from error
        heights.append(page.get_height() or 1.0)
        pages.append(page_lines(page, number))
        page.close()
        if sum(len(line.text) for line in pages[-1]) > _MAX_PAGE_CHARACTERS:
            raise BadDocument(f"page {number + 1} of the PDF is no page of text", cure="Add its text instead")
    if sum(len(line.text) for lines in pages for line in lines) < _MIN_PER_PAGE * max(len(pages), 1):
        raise BadDocument("the PDF holds no text; it may be scanned", cure="Run text recognition (OCR) on it first")
    facts = document.get_metadata_dict(skip_empty=True)
    lines = merged(without_furniture(pages, heights))
    title = title_lines(lines)
    blocks = Layout(_after(lines, title)).blocks()
    front, blocks = _without_front(blocks) if title else ([], blocks)
    text, starts = _text(_evidence(blocks), len(pages))
    largest = max((line.size for line in title), default=0.0)
    authors, stamp = _authors(facts, front, largest), _stamp(pages)
    date = find_date(stamp[2]) if stamp else _made(facts)
    return Extracted(text, "pdf", _title(facts, title), authors, date, starts, stamp[1] if stamp else "")


def _after(lines: Sequence[Line], title: Sequence[Line]) -> list[Line]:
    """Lines that come after the title; what stands above it is a banner."""
    if not title:
        return list(lines)
    return list(lines[next(index for index, line in enumerate(lines) if line is title[-1]) + 1 :])


def _without_front(blocks: list[LayoutBlock]) -> tuple[list[LayoutBlock], list[LayoutBlock]]:
    """Blocks about authors and their places, and all others: the text begins at the abstract."""
    for index, block in enumerate(blocks):
        is_start = block.kind == "heading" and _FRONT_END.search(block.raw)
        is_text = (
            block.kind in ("prose", "aside") and len(block.lines) > 3 and len(block.raw) > 300 and "@" not in block.raw
        )
        if block.page > 0:
            break
        if is_start or is_text or _FRONT_END.match(block.raw[:12]):
            return blocks[:index], blocks[index:]
    return [], blocks


def _evidence(blocks: Iterable[LayoutBlock]) -> list[LayoutBlock]:
    """Blocks without the list of references, which ends at an appendix, and without publishers' lines and terms."""
    kept, in_references, in_terms = [], False, False
    for block in blocks:
        if block.kind == "heading":
            in_references = bool(_REFERENCES.fullmatch(block.raw)) or (in_references and not _APPENDIX.match(block.raw))
            in_terms = boilerplate.is_terms_heading(block.raw)
        in_terms = in_terms and len(block.raw) <= boilerplate.LONGEST
        if in_terms and not _CAPTION.match(block.raw):
            continue
        if not in_references and not boilerplate.is_boilerplate(block.raw) and not _REFERENCES.fullmatch(block.raw):
            kept.append(block)
    return kept


def _text(blocks: Sequence[LayoutBlock], n_pages: int) -> tuple[str, tuple[int, ...]]:
    """Markdown of the blocks, and the offset at which each page begins."""
    marked = Flow(whole_words(blocks)).markdown(blocks)
    pieces = re.split(rf"{PAGE_MARK}(\d+){PAGE_MARK}", marked)
    starts: dict[int, int] = {0: 0}
    text = pieces[0]
    for number, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        starts.setdefault(int(number), len(text))
        text = normalise(text + piece)
    offsets, following = [], len(text)
    for number in reversed(range(n_pages)):
        following = starts.get(number, following)
        offsets.append(following)
    return text, tuple(reversed(offsets))


def _title(facts: dict[str, Any], lines: Sequence[Line]) -> str:
    """The title as printed, where type tells it; else the one in the file's properties, if it is one."""
    printed = one_line(" ".join(line.text for line in lines))
    named = one_line(str(facts.get("Title", "")))
    if _NO_TITLE.search(named) or len(named) < 8:
        named = ""
    if printed and len(printed) <= 300 and (not named or printed.casefold()[:12] == named.casefold()[:12]):
        return printed
    return named or (printed if len(printed) <= 300 else "")


def _authors(facts: dict[str, Any], front: Sequence[LayoutBlock], largest: float) -> tuple[str, ...]:
    """Names in the file's properties, else those before the abstract in type no larger than the title's."""
    lines: list[str] = []
    for line in (line.parted or line.text for block in front for line in block.lines if line.size <= largest):
        # A name that its line's end parts: `… and Andrew`, `D. White`.
        is_parted = bool(lines) and _PARTED_NAME.search(lines[-1]) and names(lines[-1]) and _INITIAL.match(line)
        lines[-1:] = [f"{lines[-1]} {line}"] if is_parted else [*lines[-1:], line]
    named = names(str(facts.get("Author", "")))
    return named or tuple(dict.fromkeys(name for line in lines for name in names(line)))


def _stamp(pages: Sequence[Sequence[Line]]) -> re.Match[str] | None:
    """The stamp that arXiv prints beside the first page: the paper's id and when it received that version."""
    return next((match for line in (pages[0] if pages else ()) if (match := STAMP.match(line.text))), None)


def _made(facts: dict[str, Any]) -> str:
    """When the file was made. A file that was saved again does not tell."""
    made = re.match(r"D:(\d{4})(\d\d)(\d\d)", str(facts.get("CreationDate", "")))
    if not made or "Quartz" in str(facts.get("Producer", "")):
        return ""
    return find_date("-".join(made.groups()))
