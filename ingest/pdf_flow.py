"""Joins a PDF's blocks into Markdown: paragraphs across columns and pages, words across line ends."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ingest.pdf_layout import LayoutBlock, ends_sentence, footnote_text
from ingest.pdf_lines import Line
from ingest.tidy import fenced, heading, paragraph

# Stands around the number of a page where that page begins; such characters are in no text that was cleaned.
PAGE_MARK = "\ue000"

_LAST_WORD = re.compile(r"[^\W_]+\Z")
_FIRST_WORD = re.compile(r"[^\W_][\w-]*")
_BULLET = re.compile(r"(?:[•▪◦‣∙●○■□–—*]|\(?[a-z0-9ivx]{1,3}[.)])\s+")
_ABSTRACT = re.compile(r"abstract\s*[.:—–-]\s*(?=\S)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_][\w-]*")
_NOTE_MARK = re.compile(r"(?<=[^\W\d_)”][.,;:)”])(?<!ig\.)(?<!ec\.)(?<!ab\.)(?<!q\.)(?<!o\.)[0-9]{1,2}(?=\s|\Z)")
_FORMULA_LINES = 8


def whole_words(blocks: Iterable[LayoutBlock]) -> Counter[str]:
    """How often each word occurs, in small letters, with inner hyphens; halves of broken words do not count."""
    words: Counter[str] = Counter()
    for block in blocks:
        after_break = False
        for line in block.lines:
            found = _WORD.findall(line.text.casefold())
            words.update(found[after_break : len(found) - line.broken])
            after_break = line.broken
    return words


class Flow:
    """Writes blocks one after the other; what floats between the halves of a paragraph goes before or after it."""

    def __init__(self, words: Counter[str]) -> None:
        self._words = words
        self._out: list[str] = []
        self._open: list[LayoutBlock] = []
        self._before: list[LayoutBlock] = []
        self._after: list[LayoutBlock] = []
        self._page = 0
        self._footnotes: dict[int, set[str]] = {}

    def markdown(self, blocks: Sequence[LayoutBlock]) -> str:
        """Markdown of the blocks with page marks."""
        for block in blocks:
            if block.kind == "footnote":
                self._footnotes.setdefault(block.page, set()).add(block.raw[:2].strip())
        for block in blocks:
            if block.kind in ("prose", "item") or (block.kind == "aside" and self._takes_aside()):
                self._prose(block)
            elif block.kind == "heading" or not self._open or self._is_complete() or self._is_formula(block):
                self._flush()
                self._write(block)
            else:
                (self._before if block.page == self._open[0].page else self._after).append(block)
        self._flush()
        return "\n\n".join(self._out) + "\n"

    def _prose(self, block: LayoutBlock) -> None:
        alike = bool(self._open) and (block.kind == "aside") == (self._open[0].kind == "aside")
        if alike and block.kind != "item" and not self._is_complete() and self._continues(block):
            self._open.append(block)
            return
        self._flush()
        self._open = [block]

    def _takes_aside(self) -> bool:
        """Whether prose in small type stands for itself here, and does not interrupt a paragraph of the text."""
        return not self._open or self._open[0].kind == "aside" or self._is_complete()

    def _is_complete(self) -> bool:
        last = self._open[-1].lines[-1]
        return not last.broken and ends_sentence(last.text)

    def _continues(self, block: LayoutBlock) -> bool:
        """Whether a block goes on with the open paragraph: within a word, in lower case, or in a new column."""
        last, first = self._open[-1].lines[-1], block.lines[0]
        if last.broken or first.text[0].islower():
            return True
        moved = first.page != last.page or first.bottom > last.top
        return moved and not first.bold

    def _is_formula(self, block: LayoutBlock) -> bool:
        """Whether cells are few lines in the open paragraph's own column: a formula that belongs where it is."""
        last, first = self._open[-1].lines[-1], block.lines[0]
        in_column = first.page == last.page and first.bottom < last.bottom and first.left < last.right
        return block.kind == "cells" and len(block.lines) <= _FORMULA_LINES and in_column

    def _flush(self) -> None:
        for block in self._before:
            self._write(block)
        if self._open:
            self._write(LayoutBlock(self._open[0].kind, [line for block in self._open for line in block.lines]))
        for block in self._after:
            self._write(block)
        self._open, self._before, self._after = [], [], []

    def _write(self, block: LayoutBlock) -> None:
        # Marked by number first, so that what the readers' clean-up removes are not the marks.
        if block.kind == "cells":
            text = fenced(line.text for line in block.lines)
        elif block.kind == "heading":
            text = heading(block.level, block.raw)
        else:
            text = self._paragraph(block)
        if text:
            self._out.append(self._mark(block.page) + text)
            self._page = max(self._page, block.lines[-1].page)

    def _paragraph(self, block: LayoutBlock) -> str:
        pieces = self._pieces(block)
        first = pieces[0][1]
        if block.kind == "footnote":
            first = footnote_text(first)
        lead = ""
        if match := _ABSTRACT.match(first):
            lead, first = "## Abstract\n\n", first[match.end() :]
        if block.kind == "item" and (bullet := _BULLET.match(first)):
            number = bullet[0].strip(" ().")
            lead = f"{number}. " if number.isdecimal() else "- " if not number.isalnum() else f"- ({number}) "
            first = first[bullet.end() :]
        text = paragraph(first)
        if not text:
            return ""
        for page, piece in pieces[1:]:
            joint = "" if text.endswith("\u00ad") else " "
            text = text.removesuffix("\u00ad") + joint + self._mark(page) + piece
        return lead + text

    def _pieces(self, block: LayoutBlock) -> list[tuple[int, str]]:
        """The block's text, one piece for each page; a piece that ends within a word ends with a soft hyphen."""
        pieces: list[tuple[int, str]] = []
        text = ""
        for index, line in enumerate(block.lines):
            after = block.lines[index + 1] if index + 1 < len(block.lines) else None
            text += self._unmarked(line)
            if after is None:
                glue = ""
            elif line.broken:
                glue = self._hyphen(text, after.text)
            else:
                glue = "" if self._is_joined(text, after.text) else " "
            if after is not None and after.page != line.page:
                pieces.append(
                    (line.page, text + (glue.strip() if line.broken else "") + ("" if glue == " " else "\u00ad"))
                )
                text = ""
            else:
                text += glue
        pieces.append((block.lines[-1].page, text))
        return [(page, " ".join(piece.split())) for page, piece in pieces]

    def _unmarked(self, line: Line) -> str:
        """A line without the footnote marks that stand right after a comma, stop or bracket."""
        notes = {re.match(r"\d*", mark)[0] for mark in self._footnotes.get(line.page, ())}  # type: ignore[index]
        return _NOTE_MARK.sub(lambda match: "" if match[0] in notes else match[0], line.text)

    def _is_joined(self, text: str, after: str) -> bool:
        """Whether a line ends with a hyphen that the printed word has in any case, as in `state-of-`."""
        return text.endswith("-") and len(text) > 1 and text[-2].isalpha() and after[:1].isalpha()

    def _hyphen(self, text: str, after: str) -> str:
        """What to put where a word was broken: its own hyphen if the document writes the word so elsewhere."""
        last, first = _LAST_WORD.search(text), _FIRST_WORD.match(after)
        if not last or not first or text[: last.start()].endswith("-"):
            return "-"
        whole, parted = (last[0] + first[0]).casefold(), f"{last[0]}-{first[0]}".casefold()
        if self._words[whole]:
            return ""
        if self._words[parted] or not first[0].islower() or last[0][-1].isdecimal():
            return "-"
        is_word = self._words[last[0].casefold()] > 0 and len(last[0]) > 2
        is_compound = self._words[first[0].casefold()] > 0 and len(first[0]) > 2
        return "-" if is_word and (is_compound or "-" in first[0] or last[0].endswith("ly")) else ""

    def _mark(self, page: int) -> str:
        if page <= self._page:
            return ""
        self._page = page
        return f"{PAGE_MARK}{page}{PAGE_MARK}"
