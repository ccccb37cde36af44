"""From the lines of a PDF to its blocks: furniture dropped, headings, captions, footnotes and prose told apart.

What is neither (cells of tables, labels in figures, formulas torn into signs) is kept for search, but not as prose that
could be quoted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from ingest.pdf_lines import Line

_PAGE_NUMBER = re.compile(
    r"(?:page )?[-–—|• ]*(?:[0-9]{1,4}|[ivxl]{1,6})(?: ?(?:of|/) ?[0-9]{1,4})?[-–—|• ]*", re.IGNORECASE
)
STAMP = re.compile(r"arXiv:([\w./-]+) ?\[[^\]]+\] ?(.{0,40})")
_DIGITS = re.compile(r"[0-9]+")
_HEAD_ZONE, _FOOT_ZONE = 0.87, 0.09

_CAPTION = re.compile(r"(?:supplementary |extended data )?(?:figure|fig\.|table|algorithm|listing|scheme|box) ?[A-Z]?\.?[0-9]+(?:\.[0-9]+)*(?:[a-z]|\([a-z]\))? ?[.:|–—]|table [IVX]{1,5}(?: ?[.:|–—]|\Z)", re.IGNORECASE)  # fmt: skip # noqa: E501
_BULLET = re.compile(r"(?:[•▪◦‣∙●○■□–—*] |\([a-z0-9ivx]{1,3}\) |[0-9]{1,2}[.)] )(?=\S)")
_DOT = re.compile("[•▪◦‣∙●○■□] ")
_NUMBERED = re.compile(r"(?:(?:[0-9]{1,2}|(?-i:[A-Z]))(?:\.[0-9]{1,2}){0,3}\.?|(?-i:[IVX]{1,5})\.|appendix [A-Z0-9]{0,2}[.:]?)\s+(?=[^\W\d_])", re.IGNORECASE)  # fmt: skip # noqa: E501
_KNOWN = re.compile(r"(?:abstract|summary|introduction|background|related works?|prior work|preliminaries|methods?|methodology|materials and methods|experiments?|experimental setup|results|evaluation|analysis|discussion|results and discussion|conclusions?|conclusions? and future work|limitations|future work|acknowledge?ments?|ethics statement|ethical considerations|broader impact|reproducibility statement|references|bibliography|literature cited|appendix|appendices|supplementary materials?|keywords|ccs concepts)\W*", re.IGNORECASE)  # fmt: skip # noqa: E501
_WORD = re.compile(r"[^\W\d_]{2,}")
_LOWER_WORD = re.compile(r"\b[^\W\d_A-Z]{2,}\b")
_TERMINAL = re.compile(r"[.!?:;。！？][\"'”’)\]]*[0-9]{0,2}\Z")
_FOOTNOTE_MARK = re.compile(r"([0-9]{1,2}|[*†‡§¶∗])\s?(?=[^\s\d.,)%])")
_MAX_HEADING = 120


@dataclass(slots=True)
class LayoutBlock:
    """Lines that belong together; `kind` is heading, prose, item, aside, caption, footnote or cells.

    An aside is prose in smaller type than the text's, such as an abstract or a box.
    """

    kind: str
    lines: list[Line] = field(default_factory=list)
    level: int = 0

    @property
    def page(self) -> int:
        """Page of the first line, from 0."""
        return self.lines[0].page

    @property
    def raw(self) -> str:
        """The lines' words, hyphens at their ends not mended."""
        return " ".join(line.text for line in self.lines)


def without_furniture(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[Line]:
    """Lines of all pages without running heads, page numbers and arXiv's stamp."""
    # Type larger than the text's is a heading's, wherever it stands.
    largest = 1.12 * body_size([line for lines in pages for line in lines])
    edges = [
        [_is_edge(line, height) and line.size < largest for line in lines]
        for lines, height in zip(pages, heights, strict=True)
    ]
    seen = Counter(
        signature
        for lines, at_edge in zip(pages, edges, strict=True)
        for signature in {_signature(line) for line, edge in zip(lines, at_edge, strict=True) if edge}
    )
    often = 2 if len(pages) < 6 else 3
    return [
        line
        for lines, at_edge in zip(pages, edges, strict=True)
        for line, edge in zip(lines, at_edge, strict=True)
        if not STAMP.match(line.text)
        and not (edge and (_PAGE_NUMBER.fullmatch(line.text) or seen[_signature(line)] >= often))
    ]


def _is_edge(line: Line, height: float) -> bool:
    return line.bottom > _HEAD_ZONE * height or line.top < _FOOT_ZONE * height


def _signature(line: Line) -> str:
    return _DIGITS.sub("#", line.text.casefold())


def merged(lines: Sequence[Line]) -> list[Line]:
    """Lines whose pieces on the same row, as raised or lowered signs leave them, are one again."""
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last and not last.broken and _same_row(last, line):
            gap = line.left - last.right
            glue = " " if gap > 0.12 * last.size and line.text[0] not in ",.;:)]" else ""
            text, parted = last.text + glue + line.text, f"{last.parted}{glue}{line.parted}".strip()
            bottom, top = (last.bottom, last.top) if last.height >= line.height else (line.bottom, line.top)
            size = max(last.size, line.size)
            found[-1] = replace(
                last, text=text, right=line.right, bottom=bottom, top=top, size=size, broken=line.broken,
                bold=last.bold and line.bold, parted=parted,
            )  # fmt: skip
        else:
            found.append(line)
    return found


def _same_row(first: Line, second: Line) -> bool:
    overlap = min(first.top, second.top) - max(first.bottom, second.bottom)
    near = -2 <= second.left - first.right <= 1.2 * max(first.size, second.size)
    return first.page == second.page and near and overlap > 0.5 * min(first.height, second.height)


def body_size(lines: Sequence[Line]) -> float:
    """The size of type that most characters have."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 10.0


class Layout:
    """Groups lines into blocks by type size, place and wording."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.body = body_size(lines)
        steps = [a.bottom - b.bottom for a, b in pairwise(lines) if 0 < a.bottom - b.bottom < 40]
        self.leading = median(steps) if steps else 1.2 * self.body

    def blocks(self) -> list[LayoutBlock]:
        """Blocks in reading order."""
        found: list[LayoutBlock] = []
        for index, line in enumerate(self.lines):
            kind, level = self._opens(line, found[-1] if found else None, self.lines[index + 1 : index + 2])
            if kind:
                found.append(LayoutBlock(kind, [line], level))
            else:
                found[-1].lines.append(line)
        return _cells_together([self._judged(block) for block in found])

    def _opens(self, line: Line, block: LayoutBlock | None, after: Sequence[Line]) -> tuple[str, int]:
        """Kind and level of the block that a line opens; nothing where it goes on with the one before."""
        is_heading, level = self.heading(line)
        if block is None:
            return ("heading", level) if is_heading else ("prose", 0)
        last = block.lines[-1]
        if _CAPTION.match(line.text):
            return "caption", 0
        if block.kind == "heading" and self._continues_heading(block, line):
            return "", 0
        if is_heading and not (last.broken and _follows(last, line, self.leading)):
            return "heading", level
        if block.kind == "heading" or self._apart(block, line) or self._next_footnote(block, line):
            return ("item" if _BULLET.match(line.text) else "prose"), 0
        is_after = _TERMINAL.search(last.text) or block.kind == "item" or _DOT.match(line.text)
        if _BULLET.match(line.text) and is_after:
            return "item", 0
        if self._indented(block, line, after):
            return "prose", 0
        return "", 0

    def _next_footnote(self, block: LayoutBlock, line: Line) -> bool:
        """Whether a line begins the footnote after the one that the block is."""
        mark, next_mark = _FOOTNOTE_MARK.match(block.raw), _FOOTNOTE_MARK.match(line.text)
        numbers = bool(mark and next_mark and mark[1].isdecimal() and next_mark[1].isdecimal())
        return numbers and line.size < 0.93 * self.body and int(next_mark[1]) == int(mark[1]) + 1  # type: ignore[index]

    def heading(self, line: Line) -> tuple[bool, int]:
        """Whether a line is a heading, and its level from 2."""
        text = line.text
        is_sentence = text.endswith((",", ";", ":")) or ". " in text[5:]
        if len(text) > _MAX_HEADING or line.broken or is_sentence or not _WORD.search(text):
            return False, 0
        larger, large = line.size >= 1.04 * self.body, line.size >= 1.09 * self.body
        if _KNOWN.fullmatch(_NUMBERED.sub("", text)):
            return (line.bold or larger or text.isupper() or bool(_NUMBERED.match(text)) or len(text) < 14), 2
        number = _NUMBERED.match(text)
        if number and (line.bold or large) and line.size >= 0.94 * self.body and not text.endswith("."):
            depth = number[0].strip(". ").count(".")
            return text[number.end() :][:1].isupper() or large, 2 + depth
        return bool(line.bold and large and text[0].isupper() and not text.endswith(".")), 2 if large else 3

    def _continues_heading(self, block: LayoutBlock, line: Line) -> bool:
        last = block.lines[-1]
        alike = abs(line.size - last.size) < 0.06 * last.size and (line.bold or line.size >= 1.09 * self.body)
        plain = not _NUMBERED.match(line.text) and not _KNOWN.fullmatch(line.text)
        return alike and plain and not _KNOWN.fullmatch(block.raw) and _follows(last, line, 1.25 * self.leading) and len(block.lines) < 4  # fmt: skip # noqa: E501

    def _apart(self, block: LayoutBlock, line: Line) -> bool:
        """Whether space, type size or a new column or page sets a line apart from the block before."""
        last = block.lines[-1]
        typical = max(self.leading, 1.05 * last.size)
        if not _follows(last, line, 1.3 * typical):
            return True
        usual = median([other.size for other in block.lines])
        return abs(line.size - usual) > 0.09 * max(usual, line.size) and line.height > 0

    def _indented(self, block: LayoutBlock, line: Line, after: Sequence[Line]) -> bool:
        """Whether a line is the first of a paragraph: set in, after a line that ends a sentence."""
        margin = min(other.left for other in block.lines[1:]) if len(block.lines) > 1 else block.lines[0].left
        set_in = 0.5 * line.size < line.left - margin < 5 * line.size
        hangs = bool(after) and after[0].left < line.left - 0.4 * line.size and after[0].page == line.page
        return set_in and bool(_TERMINAL.search(block.lines[-1].text)) and (hangs or block.kind != "item")

    def _judged(self, block: LayoutBlock) -> LayoutBlock:
        """The block with its kind as far as its words and type tell it."""
        if block.kind not in ("prose", "item"):
            return block
        usual = median([line.size for line in block.lines])
        if usual < 0.93 * self.body and _FOOTNOTE_MARK.match(block.raw) and is_prose(block.raw, 3):
            return replace(block, kind="footnote")
        small = usual < 0.93 * self.body
        is_text = is_prose(block.raw, 6 if small else 3)
        if not is_text or (
            small and not (len(block.lines) > 1 and (ends_sentence(block.raw) or block.lines[-1].broken))
        ):
            return replace(block, kind="cells")
        return replace(block, kind="aside") if small and block.kind == "prose" else block


def _cells_together(blocks: Sequence[LayoutBlock]) -> list[LayoutBlock]:
    """Blocks with runs of cells on a page as one."""
    found: list[LayoutBlock] = []
    for block in blocks:
        if found and block.kind == found[-1].kind == "cells" and block.page == found[-1].page:
            found[-1].lines.extend(block.lines)
        else:
            found.append(block)
    return found


def _follows(last: Line, line: Line, step: float) -> bool:
    """Whether a line stands under another, in the same column and not farther below than `step` points."""
    same_place = line.page == last.page and line.left < last.right + 1 and line.right > last.left - 1
    return same_place and -0.3 * last.size <= last.bottom - line.bottom <= step + 1


def is_prose(text: str, n_words: int) -> bool:
    """Whether a text reads as sentences: enough words, most of its signs letters, and small words between them."""
    if _cjk(text) > 0.3 * len(text):
        return len(text) >= 2 * n_words
    words = _WORD.findall(text)
    letters = sum(character.isalpha() for character in text)
    parts = text.split()
    if len(words) < n_words or letters < 0.62 * sum(map(len, parts)):
        return False
    single = sum(len(part.strip(".,;:()")) <= 1 for part in parts)
    is_running = len(_LOWER_WORD.findall(text)) >= 0.45 * len(words) and single <= 0.35 * len(parts)
    return is_running or _is_script(words)


def _cjk(text: str) -> int:
    return sum("\u3040" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7a3" for character in text)


def _is_script(words: Sequence[str]) -> bool:
    """Whether words are of a script without capitals."""
    return bool(words) and sum(word.lower() == word.upper() for word in words) > 0.5 * len(words)


def footnote_text(block_text: str) -> str:
    """A footnote with its mark set apart."""
    match = _FOOTNOTE_MARK.match(block_text)
    return f"Footnote {match[1]}: {block_text[match.end() :]}" if match else block_text


def ends_sentence(text: str) -> bool:
    """Whether a text ends as sentences do."""
    return bool(_TERMINAL.search(text))


def _is_section(text: str) -> bool:
    return bool(_KNOWN.fullmatch(text) or (_NUMBERED.match(text) and text[0].isdigit()))


def title_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines of the title: the largest type in the upper part of the first page, of three words if it can be."""
    first = [line for line in lines if line.page == 0 and not STAMP.match(line.text)]
    if not first:
        return []
    top, bottom = max(line.top for line in first), min(line.bottom for line in first)
    middle = bottom + 0.5 * (top - bottom)
    upper = [line for line in first if line.bottom > middle and not _is_section(line.text)]
    runs: list[list[Line]] = []
    for line in upper:
        if runs and abs(line.size - runs[-1][-1].size) < 0.05 * line.size:
            runs[-1].append(line)
        else:
            runs.append([line])
    body = body_size(lines)
    for n_words in (3, 1):
        worded = [run for run in runs if len(_WORD.findall(" ".join(line.text for line in run))) >= n_words]
        largest = max(worded, key=lambda run: run[0].size, default=[])
        if largest and largest[0].size > 1.08 * body:
            return largest
    return []
