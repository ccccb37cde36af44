"""The blocks of a Markdown text with exact places, so that every passage and quotation can point into the file."""

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from ingest.plain import plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.token import Token

_PROSE = frozenset(("paragraph", "list_item", "quote"))
_CALLOUT = re.compile(r"[ \t>]*+\[![A-Za-z-]++\]")
# Two levels per nested list. The parser recurses, and skips what lies deeper.
_MAX_NESTING = 60
_LEAVES = {"fence": "code", "code_block": "code", "html_block": "html", "math_block": "math"}


@dataclass(frozen=True, slots=True)
class Block:
    """One leaf block: `text[char_start:char_end]`, half-open, in code points, without surrounding space.

    `kind` is paragraph, list_item, quote, callout, heading, code, table, math or html; callout is the line that names a
    callout (`> [!note] Title`), whose text is a quote. `section` is the path of headings above,
    outermost first, in plain words; a heading's own path ends with itself. Only prose is `quotable`.
    """

    kind: str
    char_start: int
    char_end: int
    section: tuple[str, ...]
    level: int = 0
    """Of a heading, 1 to 6; 0 for all else."""

    @property
    def quotable(self) -> bool:
        """Whether the block is prose, whose sentences may be quoted."""
        return self.kind in _PROSE


class Lines:
    """Translates between offsets in a text and its lines, which are counted from 0."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]

    def line_of(self, offset: int) -> int:
        """Line that holds an offset."""
        return bisect_right(self._starts, offset) - 1

    def start(self, line: int) -> int:
        """Offset at which a line begins; one past the last line, the end of the text plus one."""
        return self._starts[min(line, len(self._starts) - 1)]


def blocks(text: str, start: int = 0) -> list[Block]:
    """Leaf blocks of the CommonMark text (with tables and `$$` math) from `start` on, in order, not overlapping.

    `start` is the offset of a line's beginning, such as the end of the front matter. A list's or quotation's paragraphs
    are blocks of their own and include their marks. Link definitions and rules give no block.
    """
    return list(_blocks(text, start))


@lru_cache(maxsize=4)
def _blocks(text: str, start: int) -> tuple[Block, ...]:
    """The blocks, remembered for a moment: a note is cut into passages soon after its links were read."""
    return tuple(_Walk(text, start).blocks())


class _Walk:
    """Goes through the tokens once and keeps the headings that are open."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.tokens = _parser().parse(text[start:])
        self.lines = Lines(text)
        self.first_line = self.lines.line_of(start)
        self.headings: list[tuple[int, str]] = []
        self.containers: list[str] = []

    def blocks(self) -> list[Block]:
        found = []
        for index, token in enumerate(self.tokens):
            kind = self._kind(token)
            if kind == "heading":
                self._open_heading(token, self.tokens[index + 1].content)
            if kind and (block := self._block(kind, token)):
                found += self._callout(block) if kind == "quote" else [block]
        return found

    def _callout(self, block: Block) -> list[Block]:
        """A quotation, or the line that names a callout apart from its text."""
        if not _CALLOUT.match(self.text, block.char_start, block.char_end):
            return [block]
        newline = self.text.find("\n", block.char_start, block.char_end)
        if newline < 0:
            return [replace(block, kind="callout")]
        rest = self.text[newline + 1 : block.char_end]
        begin = newline + 1 + len(rest) - len(rest.lstrip())
        return [replace(block, kind="callout", char_end=newline), replace(block, char_start=begin)]

    def _kind(self, token: "Token") -> str:
        """Kind of the block that a token begins, empty where it begins none."""
        if token.type in ("list_item_open", "blockquote_open"):
            self.containers.append("list_item" if token.type == "list_item_open" else "quote")
        elif token.type in ("list_item_close", "blockquote_close"):
            self.containers.pop()
        elif token.type == "paragraph_open":
            return self.containers[-1] if self.containers else "paragraph"
        elif token.type in ("heading_open", "table_open"):
            return token.type.removesuffix("_open")
        return _LEAVES.get(token.type, "")

    def _open_heading(self, token: "Token", markdown: str) -> None:
        level = int(token.tag[1:])
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.headings.append((level, plain(markdown)))

    def _block(self, kind: str, token: "Token") -> Block | None:
        first, last = token.map or (0, 0)
        begin = self.lines.start(self.first_line + first)
        raw = self.text[begin : self.lines.start(self.first_line + last)]
        char_start = begin + len(raw) - len(raw.lstrip())
        char_end = begin + len(raw.rstrip())
        if char_start >= char_end:
            return None
        level = int(token.tag[1:]) if kind == "heading" else 0
        return Block(kind, char_start, char_end, tuple(words for _, words in self.headings if words), level)


def _parser() -> "MarkdownIt":
    """A parser for blocks only: what is inside them is read by patterns of our own that keep offsets."""
    from markdown_it import MarkdownIt  # here: a question needs no parser

    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    parser.block.ruler.before("fence", "math_block", _math, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.core.ruler.enableOnly(["block"])
    return parser


def _math(state: "StateBlock", first: int, last: int, silent: bool) -> bool:
    """Block rule: lines from one that begins with `$$` to the next that holds `$$`, without a blank line between."""
    if state.is_code_block(first) or not _line(state, first).startswith("$$"):
        return False
    closing = first
    if "$$" not in _line(state, first)[2:]:
        closing = next((n for n in range(first + 1, last) if state.isEmpty(n) or "$$" in _line(state, n)), last)
    if closing == last or state.isEmpty(closing) or not _line(state, closing).rstrip().endswith("$$"):
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.map = [first, closing + 1]
        state.line = closing + 1
    return True


def _line(state: "StateBlock", line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
